import time


def limit():
    time.sleep(0.001)
    return 7


class Pool:
    size = limit()


def main():
    time.sleep(0.001)
    print(Pool.size)


main()
