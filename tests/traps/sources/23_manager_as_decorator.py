import contextlib
import time


@contextlib.contextmanager
def around():
    print("in")
    yield
    print("out")


@around()
def work():
    time.sleep(0.001)
    print("body")


def main():
    work()


main()
