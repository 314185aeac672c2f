import time


def give(value):
    time.sleep(0.001)
    return value


def total(numbers):
    result = 0
    for number in numbers:
        result += number
    return result


def main():
    print(total(give(n) for n in range(4)))


main()
