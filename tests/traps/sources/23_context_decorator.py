import contextlib
import time


class around(contextlib.ContextDecorator):
    def __enter__(self):
        print("in")
        return self

    def __exit__(self, *error):
        print("out")


@around()
def work():
    time.sleep(0.001)
    print("body")


def main():
    work()


main()
