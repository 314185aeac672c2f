import threading
import time


class Account:
    def __init__(self):
        self.lock = threading.RLock()
        self.amount = 0

    def add(self, amount):
        with self.lock:
            time.sleep(0.001)
            self.amount += amount

    def add_twice(self, amount):
        with self.lock:
            self.add(amount)
            self.add(amount)


def main():
    account = Account()
    threads = [threading.Thread(target=account.add_twice, args=(1,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(account.amount)


main()
