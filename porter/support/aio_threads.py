"""What ``threading`` offers and ``asyncio`` does not: waiting for a while and saying how it went, a re-entrant lock, an
object whose attributes each task has for itself, log records that say which task wrote them.

``event.wait(5)`` becomes ``await wait(event, 5)`` where its result is used, ``lock.acquire(timeout=5)`` becomes ``await
acquire(lock, timeout=5)``; both give what the calls of ``threading`` give. Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

__all__ = ["Local", "LogRecord", "RLock", "acquire", "wait", "wait_for"]

T = TypeVar("T")


class RLock:
    """A lock that the task which holds it may take again; it is free when it was released as often as taken."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None
        self._count = 0

    async def acquire(self) -> bool:
        """Take the lock; wait while another task holds it."""
        task = asyncio.current_task()
        if self._owner is not task or task is None:
            await self._lock.acquire()
            self._owner = task
        self._count += 1
        return True

    def release(self) -> None:
        """Give it back once. Raises RuntimeError in a task that does not hold it."""
        if not self._count or self._owner is not asyncio.current_task():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = None
            self._lock.release()

    async def __aenter__(self) -> bool:
        return await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Local:
    """An object whose attributes each task has for itself, and each thread outside of tasks, as ``threading.local``.

    The constructor of a subclass runs anew, with the same arguments, in each task that uses the object.
    """

    _arguments: tuple[tuple[Any, ...], dict[str, Any]]
    _owned: weakref.WeakKeyDictionary[object, dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        object.__setattr__(self, "_arguments", (args, kwargs))
        object.__setattr__(self, "_owned", weakref.WeakKeyDictionary({_owner(): {}}))
        return self

    def __getattribute__(self, name: str) -> Any:
        mine = _mine(self)
        if name == "__dict__":
            return mine
        return mine[name] if name in mine else object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        descriptor = getattr(type(self), name, None)
        if hasattr(descriptor, "__set__"):
            object.__setattr__(self, name, value)
        else:
            _mine(self)[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del _mine(self)[name]
        except KeyError:
            raise AttributeError(name) from None


def _owner() -> object:
    """The task that runs, or the thread where none does."""
    try:
        return asyncio.current_task() or threading.current_thread()
    except RuntimeError:  # no loop runs in this thread
        return threading.current_thread()


def _mine(local: Local) -> dict[str, Any]:
    """The attributes that a local object has in this task; new ones are made by its constructor."""
    owned, owner = object.__getattribute__(local, "_owned"), _owner()
    found: dict[str, Any] | None = owned.get(owner)
    if found is None:
        found = owned[owner] = {}
        args, kwargs = object.__getattribute__(local, "_arguments")
        type(local).__init__(local, *args, **kwargs)
    return found


class LogRecord(logging.LogRecord):
    """A log record that names the task which wrote it where others name the thread; ``logging.setLogRecordFactory``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            task = asyncio.current_task()
        except RuntimeError:  # no loop runs in this thread
            return
        if task is not None:
            self.threadName = task.get_name()
            if self.threadName != "MainThread":
                self.thread = id(task)


Lock: TypeAlias = "asyncio.Lock | asyncio.Semaphore | asyncio.Condition | RLock"


async def wait(waited: asyncio.Event | asyncio.Condition, timeout: float | None = None) -> bool:
    """Wait for an event to be set, or a condition to be notified; False if it took more than ``timeout`` seconds."""
    try:
        async with asyncio.timeout(timeout):
            await waited.wait()
    except TimeoutError:
        return isinstance(waited, asyncio.Event) and waited.is_set()
    return True


async def wait_for(condition: asyncio.Condition, predicate: Callable[[], T], timeout: float | None = None) -> T:
    """Wait until ``predicate()`` is true, for ``timeout`` seconds at most; what it gave last."""
    try:
        async with asyncio.timeout(timeout):
            return await condition.wait_for(predicate)
    except TimeoutError:
        return predicate()


async def acquire(lock: Lock, blocking: bool = True, timeout: float | None = -1) -> bool:
    """Take a lock or a semaphore; False if it was not free within ``timeout`` seconds (``-1``: however long)."""
    if blocking and (timeout is None or timeout == -1):
        return await lock.acquire()
    try:
        async with asyncio.timeout(timeout if blocking else 0):
            return await lock.acquire()
    except TimeoutError:
        return False
