import time


def inner():
    time.sleep(0.001)
    yield 1
    yield 2


def outer():
    yield 0
    yield from inner()


def main():
    print(list(outer()))


main()
