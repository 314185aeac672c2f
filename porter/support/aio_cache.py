"""``functools.lru_cache``, ``cache`` and ``cached_property`` for coroutine functions.

The plain ones would keep the coroutine, which can be awaited once; these keep what it gives. While one task computes a
value, others that ask for the same one wait for it. As in ``functools``, an exception is not kept. Python 3.11 and later;
no dependencies.
"""

from __future__ import annotations

import asyncio
import collections
import functools
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, overload

__all__ = ["CacheInfo", "cache", "cached_property", "lru_cache"]

T = TypeVar("T")
_KEYWORDS = object()
_NOTHING: Any = object()


class CacheInfo(NamedTuple):
    """What ``cache_info`` gives."""

    hits: int
    misses: int
    maxsize: int | None
    currsize: int


class _Pending:
    """The values that are being computed, and by which task."""

    def __init__(self) -> None:
        self._computing: dict[Hashable, tuple[asyncio.Task[Any] | None, asyncio.Event]] = {}

    async def value(self, key: Hashable, stored: Callable[[], Any], compute: Callable[[], Awaitable[Any]]) -> tuple[Any, bool]:
        """What is stored, else what ``compute`` gives; and whether it was stored.

        A task that asks for what it computes itself computes it again, as a thread would.
        """
        task = asyncio.current_task()
        while (value := stored()) is _NOTHING and (other := self._computing.get(key)) and other[0] is not task:
            await other[1].wait()
        if value is not _NOTHING:
            return value, True
        done = asyncio.Event()
        before = self._computing.get(key)
        self._computing[key] = (task, done)
        try:
            return await compute(), False
        finally:
            done.set()
            if before is None:
                del self._computing[key]
            else:
                self._computing[key] = before


class _Cached(Protocol[T]):
    """A coroutine function with a cache."""

    __wrapped__: Callable[..., Awaitable[T]]

    def __call__(self, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, T]: ...

    def cache_info(self) -> CacheInfo: ...

    def cache_clear(self) -> None: ...

    def cache_parameters(self) -> dict[str, Any]: ...


@overload
def lru_cache(maxsize: Callable[..., Awaitable[T]], typed: bool = False) -> _Cached[T]: ...


@overload
def lru_cache(
    maxsize: int | None = 128, typed: bool = False
) -> Callable[[Callable[..., Awaitable[T]]], _Cached[T]]: ...


def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
    """Keep what a coroutine function gave for its last ``maxsize`` sets of arguments."""
    if callable(maxsize):
        return _cached(maxsize, 128, typed)
    size = None if maxsize is None else max(maxsize, 0)
    return lambda function: _cached(function, size, typed)


def cache(function: Callable[..., Awaitable[T]]) -> _Cached[T]:
    """Keep all that a coroutine function gives."""
    made: _Cached[T] = _cached(function, None, False)
    return made


def _cached(function: Callable[..., Awaitable[T]], maxsize: int | None, typed: bool) -> Any:
    kept: collections.OrderedDict[Hashable, T] = collections.OrderedDict()
    pending = _Pending()
    hits = misses = 0

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> T:
        nonlocal hits
        if maxsize == 0:
            return await compute(None, args, kwargs)
        key = _key(args, kwargs, typed)
        value, was_kept = await pending.value(key, lambda: kept.get(key, _NOTHING), lambda: compute(key, args, kwargs))
        if was_kept:
            hits += 1
            if key in kept:
                kept.move_to_end(key)
        result: T = value
        return result

    async def compute(key: Hashable, args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        nonlocal misses
        misses += 1
        value = await function(*args, **kwargs)
        if maxsize != 0:
            kept[key] = value
            if maxsize is not None and len(kept) > maxsize:
                kept.popitem(last=False)
        return value

    def cache_clear() -> None:
        nonlocal hits, misses
        hits = misses = 0
        kept.clear()

    wrapper.cache_info = lambda: CacheInfo(hits, misses, maxsize, len(kept))  # type: ignore[attr-defined]
    wrapper.cache_clear = cache_clear  # type: ignore[attr-defined]
    wrapper.cache_parameters = lambda: {"maxsize": maxsize, "typed": typed}  # type: ignore[attr-defined]
    return wrapper


def _key(args: tuple[Any, ...], kwargs: dict[str, Any], typed: bool) -> Hashable:
    """What two calls that mean the same have in common. Raises TypeError where an argument cannot be hashed."""
    if len(args) == 1 and not kwargs and not typed and type(args[0]) in (int, str):
        only: Hashable = args[0]  # which `functools` keeps apart from an equal number of another type
        return only
    key: tuple[Any, ...] = args
    if kwargs:
        key += (_KEYWORDS, *kwargs.items())
    if typed:
        key += tuple(type(value) for value in (*args, *kwargs.values()))
    return key


class cached_property(Generic[T]):
    """A property, ``await object.name``, whose coroutine runs once for each object; it can be set, and deleted."""

    def __init__(self, function: Callable[[Any], Awaitable[T]]) -> None:
        self.func = function
        self.attrname = function.__name__
        self.__doc__ = function.__doc__
        self._pending = _Pending()

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.attrname = name

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        return self if instance is None else self._value(instance)

    def __set__(self, instance: Any, value: T) -> None:
        vars(instance)[self.attrname] = value

    def __delete__(self, instance: Any) -> None:
        try:
            del vars(instance)[self.attrname]
        except KeyError:
            raise AttributeError(self.attrname) from None

    async def _value(self, instance: Any) -> T:
        async def compute() -> T:
            value = await self.func(instance)
            vars(instance)[self.attrname] = value
            return value

        value, _ = await self._pending.value(id(instance), lambda: vars(instance).get(self.attrname, _NOTHING), compute)
        result: T = value
        return result
