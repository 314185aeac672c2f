"""The support module for waiting with a result, and the re-entrant lock."""

from __future__ import annotations

import asyncio

import pytest

from porter.support import aio_threads


def test_wait_says_how_it_went() -> None:
    async def main() -> None:
        event = asyncio.Event()
        assert await aio_threads.wait(event, 0.001) is False
        assert await aio_threads.wait(event, 0) is False
        event.set()
        assert await aio_threads.wait(event, 0) is True
        assert await aio_threads.wait(event) is True

    asyncio.run(main())


def test_wait_for_gives_what_the_predicate_gave() -> None:
    async def main() -> None:
        condition = asyncio.Condition()
        items: list[int] = []

        async def add() -> None:
            async with condition:
                items.append(1)
                condition.notify_all()

        async with condition:
            assert await aio_threads.wait_for(condition, lambda: items, 0.001) == []
            assert condition.locked()
        task = asyncio.create_task(add())
        async with condition:
            assert await aio_threads.wait_for(condition, lambda: items, 5) == [1]
        await task
        async with condition:
            assert await aio_threads.wait(condition, 0.001) is False

    asyncio.run(main())


@pytest.mark.parametrize("make", [asyncio.Lock, asyncio.Semaphore, asyncio.Condition])
def test_acquire(make: type[asyncio.Lock]) -> None:
    async def main() -> None:
        lock = make()
        assert await aio_threads.acquire(lock, blocking=False) is True
        assert await aio_threads.acquire(lock, blocking=False) is False
        assert await aio_threads.acquire(lock, timeout=0.001) is False
        lock.release()
        assert await aio_threads.acquire(lock, timeout=1) is True
        lock.release()
        assert await aio_threads.acquire(lock) is True

    asyncio.run(main())


def test_reentrant_lock_belongs_to_a_task() -> None:
    async def main() -> None:
        lock = aio_threads.RLock()
        order: list[str] = []

        async def other() -> None:
            assert await aio_threads.acquire(lock, blocking=False) is False
            with pytest.raises(RuntimeError, match="un-acquired"):
                lock.release()
            async with lock:
                order.append("other")

        async with lock:
            async with lock:
                task = asyncio.create_task(other())
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.001)
            order.append("first")
        await task
        assert order == ["first", "other"]
        with pytest.raises(RuntimeError, match="un-acquired"):
            lock.release()

    asyncio.run(main())


def test_each_task_has_attributes_of_its_own() -> None:
    state = aio_threads.Local()
    state.n = 0

    async def work(n: int) -> int:
        assert not hasattr(state, "n")
        state.n = n
        await asyncio.sleep(0)
        found: int = state.n
        del state.n
        with pytest.raises(AttributeError):
            del state.n
        return found

    async def main() -> list[int]:
        state.n = 9
        assert await asyncio.create_task(work(7)) == 7
        return [*await asyncio.gather(*(asyncio.create_task(work(n)) for n in range(3))), state.n]

    assert asyncio.run(main()) == [0, 1, 2, 9]
    assert state.n == 0
