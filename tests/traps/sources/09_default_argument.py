import time


def now():
    time.sleep(0.001)
    return 7


def show(value=now()):
    print(value)


def main():
    time.sleep(0.001)
    show()


main()
