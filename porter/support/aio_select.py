# porter: keep
"""Waiting on several sockets at once, as ``select`` and ``selectors`` do it, without holding up the event loop.

``selector.select(timeout)`` becomes ``await ready(selector, timeout)``, and ``select.select(...)`` becomes ``await
select(...)``; both give what the blocking call gives. The selector stays the plain one and keeps what is registered.
POSIX, Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Iterable
from select import select as _select
from typing import Any

__all__ = ["ready", "select"]

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


async def ready(
    selector: selectors.BaseSelector, timeout: float | None = None
) -> list[tuple[selectors.SelectorKey, int]]:
    """The keys that are ready, and for what; empty after ``timeout`` seconds. 0 or less only looks; None waits."""
    found = selector.select(0)
    if not found and (timeout is None or timeout > 0):
        await _wait([(key.fd, key.events) for key in selector.get_map().values()], timeout)
        found = selector.select(0)
    await asyncio.sleep(0)  # the other tasks get a turn, although nothing had to wait
    return found


async def select(
    rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None, /
) -> tuple[list[Any], list[Any], list[Any]]:
    """The objects that can be read from, written to, or are in an exceptional state; empty after ``timeout`` seconds."""
    lists = list(rlist), list(wlist), list(xlist)
    found = _select(*lists, 0)
    if not any(found) and (timeout is None or timeout > 0):
        await _wait([(one, READ) for one in (*lists[0], *lists[2])] + [(one, WRITE) for one in lists[1]], timeout)
        found = _select(*lists, 0)
    await asyncio.sleep(0)
    return found


async def _wait(wanted: list[tuple[Any, int]], timeout: float | None) -> None:
    """Until one of the files is ready for its events, or the time is over.

    A selector of its own watches them, and the loop watches that: it may be that another task waits for the same file.
    """
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()
    with selectors.DefaultSelector() as watching, contextlib.suppress(TimeoutError):
        for file, events in wanted:
            try:
                watching.register(file, events)
            except KeyError:
                watching.modify(file, READ | WRITE)
            except PermissionError:
                return  # a regular file is always ready
        loop.add_reader(watching.fileno(), _wake, waiter)
        try:
            async with asyncio.timeout(timeout):
                await waiter
        finally:
            loop.remove_reader(watching.fileno())


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
