import time


class Money:
    def __init__(self, amount):
        self.amount = amount

    def __add__(self, other):
        time.sleep(0.001)
        return Money(self.amount + other.amount)


def main():
    print((Money(1) + Money(2)).amount)


main()
