"""``sched.scheduler`` for the event loop: ``run`` is awaited, and so are the actions that are coroutine functions.

All else is as in ``sched``: ``enter``, ``enterabs``, ``cancel``, ``queue``, ``empty``. Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import inspect
import sched
import time
from collections.abc import Callable
from typing import Any

__all__ = ["scheduler"]


class scheduler(sched.scheduler):
    """Runs actions when their time has come; other tasks run while it waits."""

    def __init__(
        self, timefunc: Callable[[], float] = time.monotonic, delayfunc: Callable[[float], Any] = asyncio.sleep
    ) -> None:
        super().__init__(timefunc, delayfunc)

    async def run(self, blocking: bool = True) -> float | None:  # type: ignore[override]
        """Run the actions until none is left; not ``blocking``: those that are due, and give the time to the next."""
        while not self.empty():
            event = self.queue[0]
            delay = event.time - self.timefunc()
            if delay > 0 and not blocking:
                return delay
            if delay > 0:
                await _done(self.delayfunc(delay))
                continue
            self.cancel(event)
            await _done(event.action(*event.argument, **event.kwargs))
            await _done(self.delayfunc(0))
        return None


async def _done(result: Any) -> None:
    """What a function gave, awaited if it was a coroutine function."""
    if inspect.isawaitable(result):
        await result
