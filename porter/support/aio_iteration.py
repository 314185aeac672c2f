"""What ``itertools`` and the builtins do with iterables, for asynchronous ones.

``zip(names, pages())`` becomes ``zip(names, pages())`` of this module where ``pages`` is an asynchronous generator. Each
function takes plain and asynchronous iterables alike, and functions of either colour; it takes as many elements as its
namesake takes, and in the same order. ``until`` is ``iter`` with an end marker. Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import inspect
import operator
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Generic, TypeAlias, TypeVar

__all__ = [
    *("accumulate", "batched", "chain", "chain_from_iterable", "compress", "cycle", "dropwhile", "enumerate", "filter"),
    *("filterfalse", "groupby", "islice", "map", "pairwise", "reduce", "starmap", "takewhile", "tee", "until", "zip"),
    "zip_longest",
]

T = TypeVar("T")
S = TypeVar("S")
AnyIterable: TypeAlias = "Iterable[T] | AsyncIterable[T]"
_NOTHING: Any = object()


class _Plain(Generic[T]):
    """A plain iterator, to be asked as an asynchronous one is."""

    def __init__(self, iterator: Iterator[T]) -> None:
        self._iterator = iterator

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        try:
            return next(self._iterator)
        except StopIteration:
            raise StopAsyncIteration from None


def _iterator(iterable: AnyIterable[T]) -> AsyncIterator[T]:
    return aiter(iterable) if isinstance(iterable, AsyncIterable) else _Plain(iter(iterable))


async def _called(function: Callable[..., Any], *args: Any) -> Any:
    """What the function gives, awaited if it is a coroutine function."""
    result = function(*args)
    return await result if inspect.isawaitable(result) else result


# --- several iterables ---------------------------------------------------------------------------------------------


async def zip(*iterables: AnyIterable[Any], strict: bool = False) -> AsyncIterator[tuple[Any, ...]]:
    """Tuples of one element of each, up to the end of the shortest."""
    iterators = [_iterator(iterable) for iterable in iterables]
    while iterators:
        found: list[Any] = []
        for iterator in iterators:
            item = await anext(iterator, _NOTHING)
            if item is _NOTHING and not strict:
                return
            if found and (item is _NOTHING) is not (found[0] is _NOTHING):
                raise ValueError(_uneven(len(found), longer=item is not _NOTHING))
            found.append(item)
        if found[0] is _NOTHING:
            return
        yield tuple(found)


def _uneven(before: int, *, longer: bool) -> str:
    """What ``zip(strict=True)`` says where an iterable is of another length than those before it."""
    others = "argument 1" if before == 1 else f"arguments 1-{before}"
    return f"zip() argument {before + 1} is {'longer' if longer else 'shorter'} than {others}"


async def zip_longest(*iterables: AnyIterable[Any], fillvalue: Any = None) -> AsyncIterator[tuple[Any, ...]]:
    """Tuples of one element of each, up to the end of the longest."""
    iterators = [_iterator(iterable) for iterable in iterables]
    while True:
        found = [await anext(iterator, _NOTHING) for iterator in iterators]
        if all(item is _NOTHING for item in found):
            return
        yield tuple(fillvalue if item is _NOTHING else item for item in found)


async def chain(*iterables: AnyIterable[T]) -> AsyncIterator[T]:
    """The elements of the first, then those of the next."""
    async for item in chain_from_iterable(iterables):
        yield item


async def chain_from_iterable(iterables: AnyIterable[AnyIterable[T]]) -> AsyncIterator[T]:
    """The elements of all that an iterable gives."""
    async for iterable in _iterator(iterables):
        async for item in _iterator(iterable):
            yield item


async def compress(data: AnyIterable[T], selectors: AnyIterable[object]) -> AsyncIterator[T]:
    """The elements whose selector is true."""
    async for item, selected in zip(data, selectors):
        if selected:
            yield item


# --- with a function -----------------------------------------------------------------------------------------------


async def map(function: Callable[..., Any], *iterables: AnyIterable[Any]) -> AsyncIterator[Any]:
    """What the function makes of the elements."""
    async for items in zip(*iterables):
        yield await _called(function, *items)


async def starmap(function: Callable[..., Any], iterable: AnyIterable[Iterable[Any]]) -> AsyncIterator[Any]:
    """What the function makes of the elements, which are its arguments."""
    async for items in _iterator(iterable):
        yield await _called(function, *items)


async def filter(function: Callable[[T], object] | None, iterable: AnyIterable[T]) -> AsyncIterator[T]:
    """The elements for which the function gives something true."""
    async for item in _iterator(iterable):
        if await _called(function or bool, item):
            yield item


async def filterfalse(function: Callable[[T], object] | None, iterable: AnyIterable[T]) -> AsyncIterator[T]:
    """The elements for which it gives something false."""
    async for item in _iterator(iterable):
        if not await _called(function or bool, item):
            yield item


async def takewhile(function: Callable[[T], object], iterable: AnyIterable[T]) -> AsyncIterator[T]:
    """The elements up to the first for which the function gives something false."""
    async for item in _iterator(iterable):
        if not await _called(function, item):
            return
        yield item


async def dropwhile(function: Callable[[T], object], iterable: AnyIterable[T]) -> AsyncIterator[T]:
    """The elements from the first on for which the function gives something false."""
    dropping = True
    async for item in _iterator(iterable):
        dropping = dropping and bool(await _called(function, item))
        if not dropping:
            yield item


async def accumulate(
    iterable: AnyIterable[Any], func: Callable[[Any, Any], Any] | None = None, *, initial: Any = None
) -> AsyncIterator[Any]:
    """Running totals, or what ``func`` makes of the last and the next element."""
    total = _NOTHING if initial is None else initial
    if initial is not None:
        yield initial
    async for item in _iterator(iterable):
        total = item if total is _NOTHING else await _called(func or operator.add, total, item)
        yield total


async def reduce(function: Callable[[Any, Any], Any], iterable: AnyIterable[Any], initial: Any = _NOTHING) -> Any:
    """What the function makes of all elements, from the first on; TypeError when there is none, and no ``initial``."""
    total = initial
    async for item in _iterator(iterable):
        total = item if total is _NOTHING else await _called(function, total, item)
    if total is _NOTHING:
        raise TypeError("reduce() of empty iterable with no initial value")
    return total


async def until(function: Callable[[], Any], end: object) -> AsyncIterator[Any]:
    """What the function gives, call by call, until it gives ``end``."""
    while (item := await _called(function)) is not end and item != end:
        yield item


# --- parts of one iterable -----------------------------------------------------------------------------------------


async def enumerate(iterable: AnyIterable[T], start: int = 0) -> AsyncIterator[tuple[int, T]]:
    """The elements with their numbers."""
    number = start
    async for item in _iterator(iterable):
        yield number, item
        number += 1


async def islice(iterable: AnyIterable[T], *bounds: int | None) -> AsyncIterator[T]:
    """``islice(iterable, stop)`` or ``islice(iterable, start, stop[, step])``; no element behind ``stop`` is taken."""
    chosen = slice(*bounds)
    wanted, step = chosen.start or 0, 1 if chosen.step is None else chosen.step
    if wanted < 0 or step < 1 or (chosen.stop is not None and chosen.stop < 0):
        raise ValueError("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
    end = None if chosen.stop is None else max(wanted, chosen.stop)
    iterator = _iterator(iterable)
    position = 0
    while end is None or position < end:
        item = await anext(iterator, _NOTHING)
        if item is _NOTHING:
            return
        if position == wanted and (chosen.stop is None or position < chosen.stop):
            wanted += step
            yield item
        position += 1


async def batched(iterable: AnyIterable[T], n: int, *, strict: bool = False) -> AsyncIterator[tuple[T, ...]]:
    """Tuples of ``n`` elements; the last may be shorter."""
    if n < 1:
        raise ValueError("n must be at least one")
    batch: list[T] = []
    async for item in _iterator(iterable):
        batch.append(item)
        if len(batch) == n:
            yield tuple(batch)
            batch = []
    if batch and strict:
        raise ValueError("batched(): incomplete batch")
    if batch:
        yield tuple(batch)


async def pairwise(iterable: AnyIterable[T]) -> AsyncIterator[tuple[T, T]]:
    """Each element with the one behind it."""
    before = _NOTHING
    async for item in _iterator(iterable):
        if before is not _NOTHING:
            yield before, item
        before = item


async def cycle(iterable: AnyIterable[T]) -> AsyncIterator[T]:
    """The elements, again and again."""
    seen: list[T] = []
    async for item in _iterator(iterable):
        seen.append(item)
        yield item
    while seen:
        for item in seen:
            yield item


def tee(iterable: AnyIterable[T], n: int = 2) -> tuple[AsyncIterator[T], ...]:
    """As many iterators over the same elements."""
    iterator = _iterator(iterable)
    lock = asyncio.Lock()
    waiting: list[collections.deque[T]] = [collections.deque() for _ in range(n)]

    async def branch(mine: collections.deque[T]) -> AsyncIterator[T]:
        while True:
            async with lock:
                if not mine:
                    item = await anext(iterator, _NOTHING)
                    if item is _NOTHING:
                        return
                    for one in waiting:
                        one.append(item)
            yield mine.popleft()

    return tuple(branch(mine) for mine in waiting)


class groupby(Generic[T]):
    """Pairs of a key and an asynchronous iterator over the elements, next to each other, that have it."""

    def __init__(self, iterable: AnyIterable[T], key: Callable[[T], Any] | None = None) -> None:
        self._iterator = _iterator(iterable)
        self._function = key
        self._item: T = _NOTHING
        self._key: Any = _NOTHING
        self._last: Any = _NOTHING
        self._group: object = None

    def __aiter__(self) -> AsyncIterator[tuple[Any, AsyncIterator[T]]]:
        return self

    async def __anext__(self) -> tuple[Any, AsyncIterator[T]]:
        self._group = group = object()
        while self._item is _NOTHING or self._key == self._last:
            await self._advance()
        self._last = self._key
        return self._key, self._elements(self._key, group)

    async def _advance(self) -> None:
        """The next element and its key; StopAsyncIteration when there is none."""
        self._item = _NOTHING
        item = await anext(self._iterator)
        self._key = item if self._function is None else await _called(self._function, item)
        self._item = item

    async def _elements(self, key: Any, group: object) -> AsyncIterator[T]:
        while self._group is group and self._item is not _NOTHING and self._key == key:
            yield self._item
            if self._group is group:
                with contextlib.suppress(StopAsyncIteration):
                    await self._advance()
