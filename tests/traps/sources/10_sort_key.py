import time


def weight(word):
    time.sleep(0.001)
    return -len(word)


def main():
    print(sorted(["a", "ccc", "bb"], key=weight))


main()
