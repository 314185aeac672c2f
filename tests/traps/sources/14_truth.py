import time


def check(value):
    time.sleep(0.001)
    return value


def main():
    if not check(0):
        print("no")
    print(check(0) and "wrong", check("") or "default")
    count = 2
    while check(count):
        count -= 1
    print(count, "yes" if check(0) else "no")


main()
