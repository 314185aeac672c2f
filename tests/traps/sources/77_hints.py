import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager


def words() -> Iterator[str]:
    time.sleep(0.001)
    yield "a"


def sums() -> Generator[int, None, None]:
    time.sleep(0.001)
    yield 1


@contextmanager
def opened() -> Iterator[int]:
    time.sleep(0.001)
    yield 1


def read() -> int:
    time.sleep(0.001)
    return 1


def call(function: Callable[[], int]) -> int:
    return function()


def main() -> None:
    with opened() as number:
        print(list(words()), list(sums()), number, call(read))


main()
