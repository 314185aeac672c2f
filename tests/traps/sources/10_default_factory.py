import time
from collections import defaultdict


def fresh():
    time.sleep(0.001)
    return []


def main():
    found = defaultdict(fresh)
    found["a"].append(1)
    print(dict(found))


main()
