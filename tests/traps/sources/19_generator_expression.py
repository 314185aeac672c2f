import time


def give(value):
    time.sleep(0.001)
    return value


def main():
    print(sum(give(n) for n in range(4)))
    print("".join(give(c) for c in "abc"))
    print(any(give(n) for n in (0, 1)), all(give(n) for n in (0, 1)))
    print(sorted(give(n) for n in (3, 1)), max(give(n) for n in (3, 1)))
    print(next((give(n) for n in (5, 6)), None))


main()
