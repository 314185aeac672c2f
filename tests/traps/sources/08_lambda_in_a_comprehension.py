import time


def get(n):
    time.sleep(0.001)
    return n


def main():
    adders = [lambda m, n=n: get(n) + m for n in range(2)]
    print([add(1) for add in adders])


main()
