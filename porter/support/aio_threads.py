"""What ``threading`` offers and ``asyncio`` does not: waiting for a while and saying how it went, a re-entrant lock, an
object whose attributes each task has for itself.

``event.wait(5)`` becomes ``await wait(event, 5)`` where its result is used, ``lock.acquire(timeout=5)`` becomes ``await
acquire(lock, timeout=5)``; both give what the calls of ``threading`` give. Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

__all__ = ["Local", "RLock", "acquire", "wait", "wait_for"]

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
    """An object whose attributes each task has for itself, and each thread outside of tasks, as ``threading.local``."""

    def __init__(self) -> None:
        object.__setattr__(self, "_owned", weakref.WeakKeyDictionary())

    def __getattr__(self, name: str) -> Any:
        try:
            return self._mine()[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None

    def __setattr__(self, name: str, value: object) -> None:
        self._mine()[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self._mine()[name]
        except KeyError:
            raise AttributeError(name) from None

    def _mine(self) -> dict[str, Any]:
        owner: object = threading.current_thread()
        try:
            owner = asyncio.current_task() or owner
        except RuntimeError:  # no loop runs in this thread
            pass
        owned: dict[str, Any] = self._owned.setdefault(owner, {})
        return owned


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
