import functools
import re
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
def bold(found):
    return f"*{found.group()}*"


def main():
    read(1)
    print(re.sub("b+", bold, "abba"))


main()
