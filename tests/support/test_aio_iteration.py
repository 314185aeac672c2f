"""The support module for iteration: each function beside its namesake."""

from __future__ import annotations

import asyncio
import builtins
import functools
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import pytest

from porter.support import aio_iteration as aio

Stream = Callable[[Iterable[Any]], Any]


async def stream(items: Iterable[Any]) -> AsyncIterator[Any]:
    """The items, asynchronously."""
    for item in items:
        await asyncio.sleep(0)
        yield item


async def small(number: int) -> bool:
    """A function of the other colour."""
    await asyncio.sleep(0)
    return number < 3


async def collected(iterator: Any) -> list[Any]:
    """What an asynchronous iterator gives."""
    return [item async for item in iterator]


USES: list[tuple[str, Callable[[Any, Stream], Any]]] = [
    ("zip", lambda m, s: m.zip(s("abc"), [1, 2], s(range(5)))),
    ("zip of nothing", lambda m, s: m.zip()),
    ("zip strict", lambda m, s: m.zip(s("ab"), s("cd"), strict=True)),
    ("zip_longest", lambda m, s: m.zip_longest(s("abc"), [1], fillvalue=0)),
    ("chain", lambda m, s: m.chain(s("ab"), [1], s(()))),
    ("compress", lambda m, s: m.compress(s("abcd"), [1, 0, 1])),
    ("map", lambda m, s: m.map(pow, s([2, 3]), [3, 2])),
    ("starmap", lambda m, s: m.starmap(pow, s([(2, 3), (3, 2)]))),
    ("filter", lambda m, s: m.filter(None, s([0, 1, 2]))),
    ("filterfalse", lambda m, s: m.filterfalse(str.isupper, s("aBc"))),
    ("takewhile", lambda m, s: m.takewhile(str.islower, s("abCd"))),
    ("dropwhile", lambda m, s: m.dropwhile(str.islower, s("abCd"))),
    ("accumulate", lambda m, s: m.accumulate(s([1, 2, 3]))),
    ("accumulate with a function", lambda m, s: m.accumulate(s([1, 2, 3]), max, initial=2)),
    ("enumerate", lambda m, s: m.enumerate(s("ab"), start=3)),
    ("islice", lambda m, s: m.islice(s(range(9)), 3)),
    ("islice with bounds", lambda m, s: m.islice(s(range(9)), 2, 7, 3)),
    ("islice to the end", lambda m, s: m.islice(s(range(5)), 2, None)),
    ("islice backwards", lambda m, s: m.islice(s(range(5)), 4, 2)),
    ("islice of nothing", lambda m, s: m.islice(s(range(5)), 0)),
    ("pairwise", lambda m, s: m.pairwise(s("abc"))),
    ("cycle of nothing", lambda m, s: m.cycle(s(""))),
    ("cycle", lambda m, s: m.islice(m.cycle(s("abc")), 7)),
]


class _Plain:
    """The namesakes."""

    def __getattr__(self, name: str) -> Any:
        return getattr(builtins, name, None) or getattr(itertools, name)


@pytest.mark.parametrize("use", [use for _, use in USES], ids=[name for name, _ in USES])
def test_gives_what_its_namesake_gives(use: Callable[[Any, Stream], Any]) -> None:
    assert asyncio.run(collected(use(aio, stream))) == list(use(_Plain(), iter))


@pytest.mark.parametrize("use", [use for name, use in USES if "cycle" not in name], ids=lambda use: "")
def test_takes_as_many_elements_as_its_namesake(use: Callable[[Any, Stream], Any]) -> None:
    taken: list[list[Any]] = [[], []]

    def counted(items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            taken[0].append(item)
            yield item

    async def also_counted(items: Iterable[Any]) -> AsyncIterator[Any]:
        for item in items:
            taken[1].append(item)
            yield item

    list(use(_Plain(), counted))
    asyncio.run(collected(use(aio, also_counted)))
    assert taken[0] == taken[1]


@pytest.mark.parametrize("lengths", [(1, 2), (2, 1), (2, 2, 3), (2, 2, 1), (0, 0, 1)])
def test_zip_strict_says_which_differs(lengths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError) as plain:
        list(zip(*map(range, lengths), strict=True))
    with pytest.raises(ValueError) as asynchronous:
        asyncio.run(collected(aio.zip(*(stream(range(length)) for length in lengths), strict=True)))
    assert str(asynchronous.value) == str(plain.value)


def test_functions_may_be_of_either_colour() -> None:
    async def main() -> None:
        async def add(total: int, number: int) -> int:
            return total + number

        assert await collected(aio.filter(small, range(5))) == [0, 1, 2]
        assert await collected(aio.filterfalse(small, stream(range(5)))) == [3, 4]
        assert await collected(aio.takewhile(small, stream(range(5)))) == [0, 1, 2]
        assert await collected(aio.dropwhile(small, range(5))) == [3, 4]
        assert await collected(aio.map(small, [1, 4])) == [True, False]
        assert await aio.reduce(add, stream([1, 2, 3])) == functools.reduce(lambda a, b: a + b, [1, 2, 3])
        assert await aio.reduce(add, [], 5) == 5
        with pytest.raises(TypeError, match="empty iterable"):
            await aio.reduce(add, [])

    asyncio.run(main())


def test_chain_from_iterable_takes_one_iterable_after_the_other() -> None:
    started: list[str] = []

    async def letters(name: str) -> AsyncIterator[str]:
        started.append(name)
        yield name

    async def main() -> None:
        chained = aio.chain_from_iterable(letters(name) for name in "ab")
        assert await anext(chained) == "a" and started == ["a"]
        assert await collected(chained) == ["b"]

    asyncio.run(main())


def test_until_the_end_marker() -> None:
    async def main() -> None:
        items: asyncio.Queue[int | None] = asyncio.Queue()
        for item in (1, 2, None):
            items.put_nowait(item)
        assert await collected(aio.until(items.get, None)) == [1, 2]
        assert await collected(aio.until(iter("ab.c").__next__, ".")) == ["a", "b"]

    asyncio.run(main())


@pytest.mark.parametrize("skip", [True, False])
def test_groups_are_taken_or_skipped(skip: bool) -> None:
    letters = "aabbbac"

    async def main() -> list[tuple[str, list[str]]]:
        found = []
        async for key, group in aio.groupby(stream(letters)):
            found.append((key, [await anext(group)] if skip else await collected(group)))
        return found

    plain = [(key, [next(group)] if skip else list(group)) for key, group in itertools.groupby(letters)]
    assert asyncio.run(main()) == plain


def test_a_group_ends_when_the_next_begins() -> None:
    async def main() -> None:
        groups = [group async for _, group in aio.groupby(stream("aab"), key=str.upper)]
        assert [await collected(group) for group in groups] == [list(g) for _, g in list(itertools.groupby("aab"))]

    asyncio.run(main())


def test_branches_see_the_same_elements() -> None:
    async def main() -> None:
        first, second = aio.tee(stream("abc"))
        assert await anext(first) == "a"
        rest, everything = await asyncio.gather(collected(first), collected(second))
        assert (rest, everything) == (["b", "c"], ["a", "b", "c"])

    asyncio.run(main())


def test_batches() -> None:
    async def main() -> None:
        assert await collected(aio.batched(stream("abcde"), 2)) == [("a", "b"), ("c", "d"), ("e",)]
        with pytest.raises(ValueError, match="incomplete"):
            await collected(aio.batched(stream("abc"), 2, strict=True))
        with pytest.raises(ValueError, match="at least one"):
            await collected(aio.batched("ab", 0))

    asyncio.run(main())
