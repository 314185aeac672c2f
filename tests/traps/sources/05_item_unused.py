import time


class Store:
    def __init__(self):
        self.kept = {}

    def put(self, key, value):
        time.sleep(0.001)
        self.kept[key] = value

    def __setitem__(self, key, value):
        self.put(key, value)


def main():
    store = Store()
    store.put("a", 1)
    print(store.kept)


main()
