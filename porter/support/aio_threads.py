"""What ``threading`` offers and ``asyncio`` does not: waiting for a while and saying how it went, a re-entrant lock and
condition, a barrier that acts, an object whose attributes each task has for itself, log records that say which task wrote
them, a task that is made at one time and started at another; and a context manager that blocks.

``event.wait(5)`` becomes ``await wait(event, 5)`` where its result is used, ``lock.acquire(timeout=5)`` becomes ``await
acquire(lock, timeout=5)``; both give what the calls of ``threading`` give. Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, TypeVar

__all__ = ["Barrier", "Condition", "Local", "LogRecord", "RLock", "Thread", "acquire", "finish", "in_thread", "wait", "wait_for"]

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


class Condition(asyncio.Condition):
    """A condition over a re-entrant lock: who waits gives it back as often as it was taken, and has it as often again."""

    def __init__(self, lock: RLock | None = None) -> None:
        self._taken = RLock() if lock is None else lock
        super().__init__(self._taken._lock)
        self.acquire, self.release = self._taken.acquire, self._taken.release  # type: ignore[method-assign, assignment]

    async def wait(self) -> Literal[True]:
        """Wait to be notified. Raises RuntimeError in a task that does not hold the condition."""
        if self._taken._owner is not asyncio.current_task():
            raise RuntimeError("cannot wait on un-acquired lock")
        count, self._taken._count = self._taken._count, 1
        try:
            return await super().wait()
        finally:
            self._taken._count = count


class Barrier:
    """A barrier with an action, which the last task to come runs before all go on, and a timeout, which breaks it."""

    def __init__(self, parties: int, action: Callable[[], object] | None = None, timeout: float | None = None) -> None:
        self.parties = parties
        self.broken = False
        self._action, self._timeout = action, timeout
        self._here = 0
        self._passed: asyncio.Future[bool] | None = None

    @property
    def n_waiting(self) -> int:
        """How many tasks wait."""
        return self._here

    async def wait(self, timeout: float | None = None) -> int:
        """Wait for the others; the number of those that were there before. Raises BrokenBarrierError."""
        if self.broken:
            raise asyncio.BrokenBarrierError
        index, self._here = self._here, self._here + 1
        if self._here == self.parties:
            try:
                if self._action is not None:
                    self._action()
            except BaseException:
                await self.abort()
                raise
            self._all_go_on(True)
            return index
        passed = self._passed = self._passed or asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait([passed], timeout=self._timeout if timeout is None else timeout)
        except asyncio.CancelledError:
            self._here -= not passed.done()
            raise
        if not passed.done():
            await self.abort()
        if not passed.result():
            raise asyncio.BrokenBarrierError
        return index

    async def abort(self) -> None:
        """Break it: all who wait, or will, get a BrokenBarrierError."""
        self.broken = True
        self._all_go_on(False)

    async def reset(self) -> None:
        """Let it be as new; those who wait get a BrokenBarrierError."""
        self.broken = False
        self._all_go_on(False)

    def _all_go_on(self, well: bool) -> None:
        self._here = 0
        if self._passed is not None:
            self._passed.set_result(well)
            self._passed = None


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
    return _current() or threading.current_thread()


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
        task = _current()
        if task is not None:
            self.threadName = task.get_name()
            if self.threadName != "MainThread":
                self.thread = id(task)


class Thread:
    """Runs a coroutine function in a task, from ``start`` on; what it raises is printed and stops nothing else."""

    def __init__(
        self,
        group: None = None,
        target: Callable[..., Awaitable[object]] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        if not name:
            called = getattr(target, "__name__", "")
            name = f"Thread-{next(_numbers)}" + (f" ({called})" if called else "")
        starter = _running.get(_current())
        self.daemon: bool = daemon if daemon is not None else starter is not None and starter.daemon
        self._name = str(name)
        self._target, self._args, self._kwargs = target, args, kwargs or {}
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """What the task is called."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = str(name)
        if self._task is not None:
            self._task.set_name(self._name)

    @property
    def ident(self) -> int | None:
        """A number that no other running task has; None before ``start``."""
        return None if self._task is None else id(self._task)

    def start(self) -> None:
        """Make the task. Raises RuntimeError the second time."""
        if self._task is not None:
            raise RuntimeError("threads can only be started once")
        self._task = asyncio.create_task(self._life(), name=self._name)
        _running[self._task] = self
        self._task.add_done_callback(_running.pop)

    async def run(self) -> None:
        """What the task does; a subclass may do something else."""
        if self._target is not None:
            await self._target(*self._args, **self._kwargs)

    def is_alive(self) -> bool:
        """Whether it was started and is not over."""
        return self._task is not None and not self._task.done()

    async def join(self, timeout: float | None = None) -> None:
        """Wait until it is over, for ``timeout`` seconds at most."""
        if self._task is None:
            raise RuntimeError("cannot join thread before it is started")
        if self._task is asyncio.current_task():
            raise RuntimeError("cannot join current thread")
        await asyncio.wait([self._task], timeout=timeout)

    async def _life(self) -> None:
        try:
            await self.run()
        except (SystemExit, Exception) as error:  # the former ends the thread, not the program
            threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, self)))


_numbers = itertools.count(1)
_running: dict[asyncio.Task[Any] | None, Thread] = {}
"""The threads that are alive; this also keeps their tasks."""


def _current() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop runs in this thread
        return None


async def finish() -> None:
    """Wait for all threads that are no daemons."""
    while waited := [task for task, thread in _running.items() if task is not None and not thread.daemon]:
        await asyncio.wait(waited)


@contextlib.asynccontextmanager
async def in_thread(manager: contextlib.AbstractContextManager[T, Any]) -> AsyncIterator[T]:
    """A context manager whose entering or leaving blocks: another thread does both."""
    entered = await asyncio.to_thread(manager.__enter__)
    try:
        yield entered
    except BaseException:
        if not await asyncio.to_thread(manager.__exit__, *sys.exc_info()):
            raise
    else:
        await asyncio.to_thread(manager.__exit__, None, None, None)


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
