import time


def fetch(key):
    time.sleep(0.001)
    return key + 1


def main():
    get = lambda key: fetch(key)
    print(get(1), get(2))


main()
