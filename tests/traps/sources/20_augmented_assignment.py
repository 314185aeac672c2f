import threading
import time


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def one(self):
        time.sleep(0.001)
        return 1

    def add(self):
        with self.lock:
            self.value += self.one()


def main():
    counter = Counter()
    threads = [threading.Thread(target=counter.add) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(counter.value)


main()
