"""The support module for pools and timers: what it does that the classes of threads do."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from porter.support import aio_pools


async def echo(value: int, delay: float = 0.001) -> int:
    await asyncio.sleep(delay)
    if value < 0:
        raise ValueError(value)
    return value


def test_as_many_at_a_time_as_there_are_workers() -> None:
    running: list[int] = []
    most = 0

    async def work(number: int) -> int:
        nonlocal most
        running.append(number)
        most = max(most, len(running))
        await asyncio.sleep(0.001)
        running.remove(number)
        return number

    async def main() -> None:
        async with aio_pools.TaskPool(2) as pool:
            assert [n async for n in pool.map(work, range(5))] == [0, 1, 2, 3, 4]

    asyncio.run(main())
    assert most == 2


def test_what_computes_runs_in_a_thread() -> None:
    async def main() -> None:
        async with aio_pools.TaskPool(1) as pool:
            assert await pool.submit(threading.get_ident) != threading.get_ident()
            assert await pool.submit(lambda: echo(3)) == 3

    asyncio.run(main())


def test_a_failure_stops_nothing() -> None:
    async def main() -> None:
        async with aio_pools.TaskPool() as pool:
            failing, other = pool.submit(echo, -1), pool.submit(echo, 1, delay=0.01)
            assert isinstance(await aio_pools.exception(failing), ValueError)
            with pytest.raises(ValueError):
                await failing
            with pytest.raises(TimeoutError):
                await aio_pools.result(other, timeout=0.001)
            assert await aio_pools.result(other) == 1
            assert await aio_pools.exception(other) is None

    asyncio.run(main())


def test_shutdown() -> None:
    async def main() -> None:
        pool = aio_pools.TaskPool(1)
        first, second = pool.submit(echo, 1, 0.01), pool.submit(echo, 2)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await pool.shutdown(cancel_futures=True)
        assert await first == 1 and second.cancelled()
        with pytest.raises(RuntimeError):
            pool.submit(echo, 3)

    asyncio.run(main())
    with pytest.raises(ValueError):
        aio_pools.TaskPool(0)


def test_as_completed_and_wait() -> None:
    async def main() -> None:
        async with aio_pools.TaskPool() as pool:
            slow, fast = pool.submit(echo, 1, 0.2), pool.submit(echo, 2)
            assert [task async for task in aio_pools.as_completed([slow, fast, slow])] == [fast, slow]
            never = pool.submit(echo, 3, 0.1)
            with pytest.raises(TimeoutError):
                async for _ in aio_pools.as_completed([never], timeout=0.001):
                    raise AssertionError
            assert (await aio_pools.wait([never, fast], 0.001)).not_done == {never}
            assert await aio_pools.wait([]) == (set(), set())

    asyncio.run(main())


def test_a_timer_calls_once_and_can_be_cancelled() -> None:
    calls: list[str] = []

    async def late(word: str) -> None:
        await asyncio.sleep(0.01)
        calls.append(word)

    async def main() -> None:
        for word in ("cancelled", "begun", "plain"):
            timer = aio_pools.Timer(0.001, calls.append if word == "plain" else late, [word])
            assert not timer.is_alive()
            timer.start()
            if word == "begun":
                await asyncio.sleep(0.005)
            if word != "plain":
                timer.cancel()
            await timer.join()
            assert not timer.is_alive()
        with pytest.raises(RuntimeError):
            timer.start()

    asyncio.run(main())
    assert calls == ["begun", "plain"]


def test_finish_waits_for_timers_that_are_no_daemons() -> None:
    calls: list[int] = []

    async def main() -> None:
        aio_pools.Timer(0.01, calls.append, [1]).start()
        daemon = aio_pools.Timer(60, calls.append, [2])
        daemon.daemon = True
        daemon.start()
        begun = time.monotonic()
        await aio_pools.finish()
        assert time.monotonic() - begun < 50

    asyncio.run(main())
    assert calls == [1]
