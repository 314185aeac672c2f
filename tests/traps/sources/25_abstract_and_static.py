import abc
import time


class Base(abc.ABC):
    @abc.abstractmethod
    def read(self): ...

    @staticmethod
    def pause():
        time.sleep(0.001)


class One(Base):
    def read(self):
        self.pause()
        return 1


class Two(Base):
    def read(self):
        return 2


def main():
    for reader in (One(), Two()):
        print(reader.read())


main()
