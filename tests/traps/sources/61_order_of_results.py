import time
from concurrent.futures import ThreadPoolExecutor


def work(number):
    time.sleep(0.01 / (number + 1))
    return number


def main():
    with ThreadPoolExecutor(4) as pool:
        print(list(pool.map(work, range(4))))


main()
