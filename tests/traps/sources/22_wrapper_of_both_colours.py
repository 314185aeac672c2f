import functools
import time


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        result = function(*args)
        print("gave", result)
        return result

    return wrapper


@logged
def read(value):
    time.sleep(0.001)
    return value


@logged
def add(value):
    return value + 1


def main():
    read(1)
    add(1)
    print(sorted([2, 1], key=add))


main()
