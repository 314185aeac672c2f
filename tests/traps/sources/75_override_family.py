import time


class Base:
    def read(self):
        raise NotImplementedError


class Slow(Base):
    def read(self):
        time.sleep(0.001)
        return "slow"


class Fast(Base):
    def read(self):
        return "fast"


class Duck:
    def read(self):
        return "duck"


def show(reader):
    print(reader.read())


def main():
    for reader in (Slow(), Fast(), Duck()):
        show(reader)


main()
