import time


def inner():
    time.sleep(0.001)
    yield 1
    return "value"


def outer():
    got = yield from inner()
    print(got)


def main():
    print(list(outer()))


main()
