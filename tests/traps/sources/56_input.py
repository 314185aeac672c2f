import time


def main():
    time.sleep(0.001)
    try:
        print(input())
    except EOFError:
        print("nothing")


main()
