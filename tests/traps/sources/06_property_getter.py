import time


class Author:
    @property
    def solves(self):
        time.sleep(0.001)
        return [3, 4]


class Machine:
    @property
    def author(self):
        time.sleep(0.001)
        return Author()


def main():
    print(Machine().author.solves[0])


main()
