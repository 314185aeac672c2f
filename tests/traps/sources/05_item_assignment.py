import time


class Store:
    def __init__(self):
        self.kept = {}

    def __setitem__(self, key, value):
        time.sleep(0.001)
        self.kept[key] = value


def main():
    store = Store()
    store["a"] = 1
    print(store.kept)


main()
