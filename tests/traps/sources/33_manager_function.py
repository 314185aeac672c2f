import contextlib
import time


@contextlib.contextmanager
def opened(name):
    time.sleep(0.001)
    try:
        yield name
    finally:
        time.sleep(0.001)
        print("closed")


def main():
    with opened("a") as found:
        print(found)


main()
