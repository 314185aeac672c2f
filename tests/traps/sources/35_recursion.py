import time


def depth(number):
    if number == 0:
        time.sleep(0.001)
        return 0
    return 1 + depth(number - 1)


def main():
    print(depth(50))


main()
