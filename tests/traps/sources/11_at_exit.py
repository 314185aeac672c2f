import atexit
import time


def farewell():
    time.sleep(0.001)
    print("bye")


def main():
    atexit.register(farewell)
    time.sleep(0.001)
    print("end")


main()
