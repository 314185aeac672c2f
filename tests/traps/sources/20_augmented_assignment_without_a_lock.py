import threading
import time


class Counter:
    value = 0


counter = Counter()


def one():
    time.sleep(0.001)
    return 1


def add():
    counter.value += one()


def main():
    threads = [threading.Thread(target=add) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(counter.value > 0)


main()
