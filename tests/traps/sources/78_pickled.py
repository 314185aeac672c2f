import time
from concurrent.futures import ProcessPoolExecutor


def work(number):
    time.sleep(0.001)
    return number * 2


def main():
    with ProcessPoolExecutor(1) as pool:
        print(list(pool.map(work, [1, 2])))


if __name__ == "__main__":
    main()
