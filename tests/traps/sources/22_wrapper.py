import functools
import time


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        try:
            result = function(*args)
        except ValueError as error:
            print("caught", error)
            return None
        print("gave", result)
        return result

    return wrapper


@logged
def read(value):
    time.sleep(0.001)
    if value < 0:
        raise ValueError("negative")
    return value


def main():
    read(1)
    read(-1)


main()
