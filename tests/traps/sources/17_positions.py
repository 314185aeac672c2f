import time


def give(value):
    time.sleep(0.001)
    return value


def main():
    print(f"{give(3):{give(5)}}", (size := give(2)), 1 if give(0) else 2, 0 < give(1) < give(2))
    items = [1, 2, 3, 4]
    del items[give(0)]
    print(items[give(1) : give(2)], -give(2) ** give(2), size)
    match give("a"):
        case "a" if give(1):
            print("matched")
    try:
        assert give(0), give("message")
    except give(AssertionError) as error:
        print(error)
    print(*give([1, 2]), **give({"sep": "-"}))
    size += give(1)
    print(size)


main()
