import time


def pair():
    time.sleep(0.001)
    return ["b", "a"]


def main():
    first, second = pair()
    print(first, second, pair()[0], len(pair()), pair() + ["c"], *pair(), pair().index("a"))
    for name in pair():
        print(name)


main()
