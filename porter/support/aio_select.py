# porter: keep
"""Waiting on several sockets at once, as ``select`` and ``selectors`` do it, without holding up the event loop.

``selector.select(timeout)`` becomes ``await ready(selector, timeout)``, and ``select.select(...)`` becomes ``await
select(...)``; both give what the blocking call gives. The selector stays the plain one and keeps what is registered.
``select.poll()`` becomes ``poll()``, whose ``poll`` is awaited.
POSIX, Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import contextlib
import select as _plain
import selectors
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

__all__ = ["poll", "ready", "select"]

# What a watch is made of. Only epoll knows of exceptional states, such as urgent data, by themselves.
_Watch: Any
if hasattr(_plain, "epoll"):
    _Watch, READ, WRITE, URGENT = _plain.epoll, _plain.EPOLLIN, _plain.EPOLLOUT, _plain.EPOLLPRI
else:
    _Watch, READ, WRITE, URGENT = selectors.DefaultSelector, selectors.EVENT_READ, selectors.EVENT_WRITE, selectors.EVENT_READ

Found = TypeVar("Found")


async def ready(
    selector: selectors.BaseSelector, timeout: float | None = None
) -> list[tuple[selectors.SelectorKey, int]]:
    """The keys that are ready, and for what; empty after ``timeout`` seconds. 0 or less only looks; None waits."""
    return await _looked(lambda: selector.select(0), bool, lambda: _wanted(selector), timeout)


async def select(
    rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None, /
) -> tuple[list[Any], list[Any], list[Any]]:
    """The objects that can be read from, written to, or are in an exceptional state; empty after ``timeout`` seconds."""
    lists = list(rlist), list(wlist), list(xlist)
    wanted = [(one, event) for files, event in zip(lists, (READ, WRITE, URGENT), strict=True) for one in files]
    return await _looked(lambda: _plain.select(*lists, 0), any, lambda: wanted, timeout)


class poll:
    """As ``select.poll()``, which does not tell what is registered."""

    def __init__(self) -> None:
        self._plain = _plain.poll()
        self._events: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = 0x7, /) -> None:
        """Watch a descriptor, or an object that has one, by default for reading, writing and urgent data."""
        self._plain.register(fd, eventmask)
        self._events[_descriptor(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int, /) -> None:
        """Watch for something else; ``OSError`` if it is not registered."""
        self._plain.modify(fd, eventmask)
        self._events[_descriptor(fd)] = eventmask

    def unregister(self, fd: Any, /) -> None:
        """Watch it no more; ``KeyError`` if it is not registered."""
        self._plain.unregister(fd)
        del self._events[_descriptor(fd)]

    async def poll(self, timeout: float | None = None, /) -> list[tuple[int, int]]:
        """The descriptors that are ready, and for what; empty after ``timeout`` milliseconds. None or less than 0 waits."""
        seconds = None if timeout is None or timeout < 0 else timeout / 1000
        return await _looked(lambda: self._plain.poll(0), bool, self._wanted, seconds)

    def _wanted(self) -> list[tuple[Any, int]]:
        asked = ((_plain.POLLIN, READ), (_plain.POLLOUT, WRITE), (_plain.POLLPRI, URGENT))
        return [(fd, sum(event for one, event in asked if mask & one)) for fd, mask in self._events.items()]


def _wanted(selector: selectors.BaseSelector) -> list[tuple[Any, int]]:
    """What is to be watched: a selector that has a descriptor is ready itself once one of its files is."""
    if hasattr(selector, "fileno"):
        return [(selector, READ)]
    events = ((selectors.EVENT_READ, READ), (selectors.EVENT_WRITE, WRITE))
    return [(key.fd, event) for key in selector.get_map().values() for asked, event in events if key.events & asked]


async def _looked(
    look: Callable[[], Found], any_found: Callable[[Found], bool], wanted: Callable[[], list[tuple[Any, int]]],
    timeout: float | None,
) -> Found:  # fmt: skip
    """What ``look`` finds at once, or as soon as one of the files is ready; what it finds in the end."""
    loop = asyncio.get_running_loop()
    end = None if timeout is None else loop.time() + timeout
    await asyncio.sleep(0)  # the other tasks get a turn, although nothing may have to wait
    found = look()
    while not any_found(found) and (end is None or loop.time() < end):
        await _wait(wanted(), end)
        found = look()  # perhaps nothing: another task may have been quicker
    return found


async def _wait(wanted: list[tuple[Any, int]], end: float | None) -> None:
    """Until one of the files is ready for its events, or the loop's clock shows ``end``.

    A watch of its own looks after them, and the loop after that: it may be that another task waits for the same file.
    """
    masks: dict[int, int] = {}
    for file, event in wanted:
        fd = _descriptor(file)
        masks[fd] = masks.get(fd, 0) | event
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()
    with _Watch() as watching, contextlib.suppress(TimeoutError):
        for fd, events in masks.items():
            try:
                watching.register(fd, events)
            except PermissionError:
                return  # a regular file is always ready
        loop.add_reader(watching.fileno(), _wake, waiter)
        try:
            async with asyncio.timeout_at(end):
                await waiter
        finally:
            loop.remove_reader(watching.fileno())


def _descriptor(file: Any) -> int:
    number: int = file if isinstance(file, int) else file.fileno()
    return number


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
