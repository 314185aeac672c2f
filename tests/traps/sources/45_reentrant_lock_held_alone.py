import threading
import time


class Account:
    def __init__(self):
        self.lock = threading.RLock()
        self.amount = 100

    def withdraw(self, amount):
        with self.lock:
            if self.amount >= amount:
                time.sleep(0.001)
                self.amount -= amount


def main():
    account = Account()
    threads = [threading.Thread(target=account.withdraw, args=(80,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(account.amount)


main()
