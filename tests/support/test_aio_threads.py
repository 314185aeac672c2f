"""The support module for waiting with a result, and the re-entrant lock."""

from __future__ import annotations

import asyncio
import logging

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


class Counted(aio_threads.Local):
    """A local object with a constructor, a default and a property."""

    unit = "m"
    made = 0

    def __init__(self, first: int, *, step: int) -> None:
        Counted.made += 1
        self.n = first
        self.step = step

    @property
    def doubled(self) -> int:
        return self.n * 2

    @doubled.setter
    def doubled(self, value: int) -> None:
        self.n = value // 2


def test_the_constructor_of_a_subclass_runs_in_each_task() -> None:
    state = Counted(3, step=2)
    state.n += 1

    async def work(unit: str) -> tuple[int, int, str]:
        state.unit = unit
        state.n += state.step
        await asyncio.sleep(0)
        return state.n, state.doubled, state.unit

    async def main() -> list[tuple[int, int, str]]:
        return await asyncio.gather(*(asyncio.create_task(work(unit)) for unit in ("km", "cm")))

    assert asyncio.run(main()) == [(5, 10, "km"), (5, 10, "cm")]
    assert Counted.made == 3
    assert (state.n, state.unit) == (4, "m")
    state.doubled = 20
    assert vars(state) == {"n": 10, "step": 2}


def test_a_thread_has_attributes_of_its_own() -> None:
    state = Counted(1, step=1)
    state.n = 7
    assert asyncio.run(asyncio.to_thread(lambda: state.n)) == 1
    assert state.n == 7


def test_log_records_name_the_task(caplog: pytest.LogCaptureFixture) -> None:
    old = logging.getLogRecordFactory()
    log = logging.getLogger("named")

    async def work() -> None:
        log.warning("in a task")
        await asyncio.to_thread(log.warning, "in a thread")

    async def main() -> None:
        await asyncio.create_task(work(), name="worker")

    logging.setLogRecordFactory(aio_threads.LogRecord)
    try:
        log.warning("before")
        asyncio.run(main())
    finally:
        logging.setLogRecordFactory(old)
    assert [record.threadName for record in caplog.records if record.name == "named"] == ["MainThread", "worker", "asyncio_0"]
