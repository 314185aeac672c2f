import time


class Store:
    def __getitem__(self, key):
        time.sleep(0.001)
        return key * 2

    def __call__(self, key):
        time.sleep(0.001)
        return key * 3


def main():
    store = Store()
    print(store[2] + store(3))


main()
