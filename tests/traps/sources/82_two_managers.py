import contextlib
import time


@contextlib.contextmanager
def slow():
    time.sleep(0.001)
    print("in slow")
    yield 1
    print("out slow")


@contextlib.contextmanager
def fast():
    print("in fast")
    yield 2
    print("out fast")


def main():
    with slow() as one, fast() as two, contextlib.nullcontext(3) as three:
        print(one, two, three)


main()
