import time


def words():
    for word in "abc":
        time.sleep(0.001)
        yield word


def main():
    for word in words():
        print(word)
    found = words()
    print(next(found), list(words()), sorted(words()), "".join(words()))
    for index, word in enumerate(words()):
        print(index, word)
    for word, number in zip(words(), range(2)):
        print(word, number)
    print("b" in words(), max(words()), tuple(words()), set(words()) == {"a", "b", "c"}, any(words()))
    first, *rest = words()
    print(first, rest, [*words()], dict(zip(words(), "xyz")))


main()
