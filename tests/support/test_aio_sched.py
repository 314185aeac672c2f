"""The support module for schedulers, beside the library's."""

from __future__ import annotations

import asyncio
import sched
from typing import Any

from porter.support import aio_sched


class Clock:
    """A clock that goes on when it is told to sleep."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def time(self) -> float:
        """What it shows."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Go on."""
        self.slept.append(seconds)
        self.now += seconds

    async def nap(self, seconds: float) -> None:
        """Go on, in the other colour."""
        self.sleep(seconds)


def enter(scheduler: sched.scheduler, log: list[Any], clock: Clock) -> None:
    """The same events for both."""

    def again(left: int) -> None:
        log.append(("again", left, clock.now))
        if left:
            scheduler.enter(2, 1, again, (left - 1,))

    scheduler.enter(5, 1, log.append, ("late",))
    scheduler.enterabs(103, 2, log.append, argument=("second",))
    scheduler.enterabs(103, 1, log.append, argument=("first",))
    scheduler.enter(1, 1, again, kwargs={"left": 3})
    scheduler.cancel(scheduler.enter(2, 1, log.append, ("never",)))


def test_runs_what_the_library_runs() -> None:
    clock, other = Clock(), Clock()
    log: list[Any] = []
    same: list[Any] = []
    plain = sched.scheduler(clock.time, clock.sleep)
    enter(plain, log, clock)
    plain.run()
    scheduler = aio_sched.scheduler(other.time, other.nap)
    enter(scheduler, same, other)
    assert asyncio.run(scheduler.run()) is None
    assert same == log
    assert other.slept == clock.slept
    assert scheduler.empty()


def test_actions_of_the_other_colour_are_awaited_one_after_the_other() -> None:
    log: list[str] = []

    async def action(name: str) -> None:
        log.append(f"{name} begins")
        await asyncio.sleep(0)
        log.append(f"{name} ends")

    async def main() -> None:
        scheduler = aio_sched.scheduler()
        scheduler.enter(0.001, 1, action, ("a",))
        scheduler.enter(0, 1, lambda: action("b"))
        await scheduler.run()

    asyncio.run(main())
    assert log == ["b begins", "b ends", "a begins", "a ends"]


def test_without_blocking_it_says_how_long_there_is() -> None:
    async def main() -> None:
        clock = Clock()
        scheduler = aio_sched.scheduler(clock.time, clock.sleep)
        ran: list[int] = []
        scheduler.enter(0, 1, ran.append, (1,))
        scheduler.enter(7, 1, ran.append, (2,))
        assert await scheduler.run(blocking=False) == 7
        assert ran == [1] and len(scheduler.queue) == 1

    asyncio.run(main())


def test_other_tasks_run_while_it_waits_and_may_enter_events() -> None:
    async def main() -> None:
        scheduler = aio_sched.scheduler()
        ran: list[str] = []
        scheduler.enter(0.02, 1, ran.append, ("late",))
        running = asyncio.create_task(scheduler.run())
        await asyncio.sleep(0)
        scheduler.enter(0.03, 1, ran.append, ("later",))
        await running
        assert ran == ["late", "later"]

    asyncio.run(main())
