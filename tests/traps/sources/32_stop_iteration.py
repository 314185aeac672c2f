import time


def words():
    time.sleep(0.001)
    yield "a"


def main():
    found = words()
    try:
        while True:
            print(next(found))
    except StopIteration:
        print("end")


main()
