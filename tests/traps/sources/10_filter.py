import time


def is_even(number):
    time.sleep(0.001)
    return number % 2 == 0


def main():
    print(list(filter(is_even, range(6))))


main()
