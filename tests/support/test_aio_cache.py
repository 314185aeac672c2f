"""The support module for caches of coroutine functions."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest

from porter.support import aio_cache


def test_keeps_what_functools_keeps() -> None:
    calls: list[tuple[Any, ...]] = []
    plain: list[tuple[Any, ...]] = []

    @aio_cache.lru_cache(maxsize=2)
    async def double(*args: Any, **kwargs: Any) -> int:
        calls.append((*args, *kwargs.items()))
        return 2

    @functools.lru_cache(maxsize=2)
    def same(*args: Any, **kwargs: Any) -> int:
        plain.append((*args, *kwargs.items()))
        return 2

    async def main() -> None:
        for number in (1, 2, 1, 3, 1, 2, 1.0):
            assert await double(number) == same(number)
        assert await double(n=1) == same(n=1)
        assert calls == plain
        assert tuple(double.cache_info()) == tuple(same.cache_info())
        assert str(double.cache_info()) == str(same.cache_info())
        assert double.cache_parameters() == same.cache_parameters()
        double.cache_clear()
        assert tuple(double.cache_info()) == (0, 0, 2, 0)
        assert (double.__wrapped__).__name__ == "double"

    asyncio.run(main())


@pytest.mark.parametrize(("maxsize", "info"), [(0, (0, 2, 0, 0)), (-3, (0, 2, 0, 0)), (None, (1, 1, None, 1))])
def test_sizes(maxsize: int | None, info: tuple[int | None, ...]) -> None:
    @aio_cache.lru_cache(maxsize)
    async def one() -> int:
        return 1

    async def main() -> None:
        assert [await one(), await one()] == [1, 1]
        assert tuple(one.cache_info()) == info

    asyncio.run(main())


def test_types_count_where_they_are_asked_for() -> None:
    @aio_cache.lru_cache(typed=True)
    async def show(value: float) -> str:
        return str(value)

    async def main() -> None:
        assert [await show(1), await show(1.0)] == ["1", "1.0"]

    asyncio.run(main())


def test_an_exception_is_not_kept_and_the_next_computes() -> None:
    calls = []

    @aio_cache.cache
    async def flaky(name: str) -> str:
        calls.append(name)
        await asyncio.sleep(0)
        if len(calls) == 1:
            raise OSError(name)
        return name

    async def main() -> None:
        found = await asyncio.gather(*(flaky("a") for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in found] == [OSError, str, str]
        assert calls == ["a", "a"]

    asyncio.run(main())


def test_a_cancelled_task_leaves_the_work_to_the_next() -> None:
    @aio_cache.cache
    async def slow() -> int:
        await asyncio.sleep(0.01)
        return 1

    async def main() -> None:
        first = asyncio.create_task(slow())
        second = asyncio.create_task(slow())
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 1

    asyncio.run(main())


def test_a_task_may_ask_for_what_it_computes() -> None:
    depth = 0

    @aio_cache.cache
    async def again() -> int:
        nonlocal depth
        depth += 1
        return await again() if depth < 3 else depth

    async def main() -> None:
        assert await again() == 3

    asyncio.run(main())


class Sensor:
    """An object with a cached property."""

    def __init__(self) -> None:
        self.reads = 0

    @aio_cache.cached_property
    async def serial(self) -> int:
        """The number on it."""
        self.reads += 1
        await asyncio.sleep(0)
        return self.reads


def test_a_cached_property_is_computed_once_for_each_object() -> None:
    async def main() -> None:
        sensor: Any = Sensor()
        other: Any = Sensor()
        assert list(await asyncio.gather(sensor.serial, sensor.serial, other.serial)) == [1, 1, 1]
        assert vars(sensor) == {"reads": 1, "serial": 1}
        del sensor.serial
        assert await sensor.serial == 2
        sensor.serial = 7
        assert await sensor.serial == 7
        del other.serial
        with pytest.raises(AttributeError):
            del other.serial
        assert Sensor.serial.__doc__ == "The number on it."

    asyncio.run(main())
