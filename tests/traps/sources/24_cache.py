import functools
import time


@functools.lru_cache
def load(key):
    time.sleep(0.001)
    return key * 2


def main():
    time.sleep(0.001)
    print(load(1), load(1), load.cache_info().hits)


main()
