import time


def words():
    try:
        for word in "abc":
            time.sleep(0.001)
            yield word
    finally:
        print("closed")


def main():
    for word in words():
        print(word)
        break
    print("end")


main()
