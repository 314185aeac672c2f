import time

MEMO = {}


def load(key):
    time.sleep(0.001)
    return key * 2


def cached(key):
    if key not in MEMO:
        MEMO[key] = load(key)
    return MEMO[key]


def main():
    print(cached(1), cached(1))


main()
