import time


def double(number):
    time.sleep(0.001)
    return number * 2


def main():
    print(list(map(double, [1, 2])), sum(map(double, [3])))


main()
