import functools
import time


@functools.singledispatch
def show(value):
    print("other")


@show.register
def _(value: int):
    time.sleep(0.001)
    print("int")


def main():
    show(1)
    show("a")


main()
