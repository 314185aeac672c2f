import abc
import time
from collections.abc import Iterator


class Source(abc.ABC):
    @abc.abstractmethod
    def words(self) -> Iterator[str]: ...


class Slow(Source):
    def words(self) -> Iterator[str]:
        time.sleep(0.001)
        yield "a"


def show(source: Source) -> None:
    for word in source.words():
        print(word)


def main():
    show(Slow())


main()
