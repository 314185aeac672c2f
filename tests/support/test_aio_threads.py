"""The support module for waiting with a result, and the re-entrant lock."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Iterator

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


def test_condition_is_given_back_as_often_as_it_was_taken() -> None:
    async def main() -> None:
        lock = aio_threads.RLock()
        condition, other = aio_threads.Condition(lock), aio_threads.Condition(lock)
        items: list[int] = []

        async def put() -> None:
            async with condition:
                items.append(1)
                condition.notify_all()

        async with condition, other:
            task = asyncio.create_task(put())
            assert await condition.wait_for(lambda: items) == [1]
            await condition.acquire()
            condition.release()
            condition.release()
            assert await asyncio.create_task(aio_threads.acquire(lock, blocking=False)) is False
            assert await aio_threads.wait(condition, 0.001) is False
            await condition.acquire()
        await task
        assert await asyncio.create_task(aio_threads.acquire(lock, blocking=False)) is True

    asyncio.run(main())


def test_condition_is_waited_for_by_who_holds_it() -> None:
    async def main() -> None:
        condition = aio_threads.Condition()
        with pytest.raises(RuntimeError, match="un-acquired"):
            await condition.wait()
        with pytest.raises(RuntimeError):
            condition.notify()
        async with condition:
            waits = asyncio.create_task(condition.wait())
            with pytest.raises(RuntimeError, match="un-acquired"):
                await waits

    asyncio.run(main())


def test_condition_is_held_again_after_a_cancelled_wait() -> None:
    async def main() -> None:
        condition = aio_threads.Condition()

        async def work() -> None:
            async with condition, condition:
                try:
                    await condition.wait()
                finally:
                    assert condition.locked()

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() and not condition.locked()

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


def test_a_thread_object_lives_from_its_start_on(capsys: pytest.CaptureFixture[str]) -> None:
    async def work(item: str, mark: str = ".") -> None:
        await asyncio.sleep(0.001)
        print(item + mark)

    async def main() -> None:
        thread = aio_threads.Thread(target=work, args=("a",), kwargs={"mark": "!"}, name="worker")
        assert not thread.is_alive() and thread.ident is None
        with pytest.raises(RuntimeError, match="before it is started"):
            await thread.join()
        thread.start()
        assert thread.is_alive() and thread.ident is not None
        with pytest.raises(RuntimeError, match="only be started once"):
            thread.start()
        thread.name = "renamed"
        assert "renamed" in [task.get_name() for task in asyncio.all_tasks()]
        await thread.join(0)
        assert thread.is_alive()
        await thread.join()
        assert not thread.is_alive()

    asyncio.run(main())
    assert capsys.readouterr().out == "a!\n"


def test_what_a_thread_object_raises_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)

    async def fail() -> None:
        raise ValueError("told")

    async def leave() -> None:
        raise SystemExit(3)

    async def main() -> None:
        for target in (fail, leave):
            thread = aio_threads.Thread(target=target)
            thread.start()
            await thread.join()

    asyncio.run(main())
    assert [str(args.exc_value) for args in told] == ["told", "3"]  # threads tell of both; the default hook says nothing of exits
    assert told[0].thread is not None and told[0].thread.name.endswith("(fail)")


def test_finish_waits_for_all_but_daemons() -> None:
    ended = []

    async def work(seconds: float) -> None:
        await asyncio.sleep(seconds)
        ended.append(seconds)

    async def start_another() -> None:
        inner = aio_threads.Thread(target=work, args=(30,))
        assert inner.daemon
        inner.start()

    async def main() -> None:
        aio_threads.Thread(target=work, args=(0.01,)).start()
        aio_threads.Thread(target=start_another, daemon=True).start()
        await aio_threads.finish()

    asyncio.run(main())
    assert ended == [0.01]


def test_a_subclass_runs_what_it_says_and_cannot_wait_for_itself() -> None:
    class Worker(aio_threads.Thread):
        async def run(self) -> None:
            with pytest.raises(RuntimeError, match="current thread"):
                await self.join()
            self.seen = self.name

    async def main() -> None:
        worker = Worker(name="own")
        worker.start()
        await worker.join()
        assert worker.seen == "own"

    asyncio.run(main())


def test_in_thread_enters_and_leaves_elsewhere() -> None:
    threads: list[threading.Thread] = []

    @contextlib.contextmanager
    def manager(swallow: bool) -> Iterator[str]:
        threads.append(threading.current_thread())
        try:
            yield "entered"
        except ValueError:
            if not swallow:
                raise
        finally:
            threads.append(threading.current_thread())

    async def main() -> None:
        async with aio_threads.in_thread(manager(False)) as entered:
            assert entered == "entered"
        async with aio_threads.in_thread(manager(True)):
            raise ValueError("swallowed")
        with pytest.raises(ValueError, match="through"):
            async with aio_threads.in_thread(manager(False)):
                raise ValueError("through")

    asyncio.run(main())
    assert len(threads) == 6 and threading.main_thread() not in threads


def test_barrier_acts_before_all_go_on() -> None:
    calls: list[str] = []

    async def main() -> None:
        barrier = aio_threads.Barrier(3, action=lambda: calls.append("action"))

        async def work() -> int:
            place = await barrier.wait()
            calls.append("on")
            return place

        for _ in range(2):
            assert sorted(await asyncio.gather(*(work() for _ in range(3)))) == [0, 1, 2]
        assert calls == ["action", *["on"] * 3] * 2
        assert (barrier.parties, barrier.n_waiting, barrier.broken) == (3, 0, False)

    asyncio.run(main())


def test_barrier_breaks() -> None:
    async def main() -> None:
        barrier = aio_threads.Barrier(3, timeout=10)
        patient = asyncio.create_task(barrier.wait())
        await asyncio.sleep(0)
        assert barrier.n_waiting == 1
        with pytest.raises(asyncio.BrokenBarrierError):
            await barrier.wait(timeout=0.001)
        with pytest.raises(asyncio.BrokenBarrierError):
            await patient
        with pytest.raises(asyncio.BrokenBarrierError):
            await barrier.wait()
        assert barrier.broken
        await barrier.reset()
        cancelled, waiting = asyncio.create_task(barrier.wait()), asyncio.create_task(barrier.wait())
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        assert (barrier.n_waiting, barrier.broken) == (1, False)
        await barrier.reset()
        with pytest.raises(asyncio.BrokenBarrierError):
            await waiting
        assert not barrier.broken

    asyncio.run(main())


def test_barrier_whose_action_fails() -> None:
    async def main() -> None:
        barrier = aio_threads.Barrier(2, lambda: 1 // 0)
        waiting = asyncio.create_task(barrier.wait())
        await asyncio.sleep(0)
        with pytest.raises(ZeroDivisionError):
            await barrier.wait()
        with pytest.raises(asyncio.BrokenBarrierError):
            await waiting

    asyncio.run(main())
