import time


def give(value):
    time.sleep(0.001)
    return value


def main():
    print([give(n) for n in range(3)], {give(n) for n in range(2)}, {give(n): give(n) for n in range(2)})
    print([n for n in range(4) if give(n % 2)])


main()
