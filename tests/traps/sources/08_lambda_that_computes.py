import time


def get(n):
    time.sleep(0.001)
    return n


def apply(values, *, key):
    return [key(value) for value in values]


def main():
    print(apply([1, 2], key=lambda n: get(n) + 1))


main()
