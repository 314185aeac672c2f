"""What ``concurrent.futures`` and ``threading.Timer`` offer, for coroutines: a pool of tasks, a call after a while.

A coroutine function runs in a task, any other function in a thread, as it did before. Python 3.11 and later; no
dependencies.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
import inspect
import os
from collections.abc import AsyncIterator, Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

__all__ = ["Future", "TaskPool", "Timer", "as_completed", "exception", "finish", "result", "wait"]

T = TypeVar("T")

_lasting: set[asyncio.Task[Any]] = set()
"""What the program waits for before it ends."""


async def finish() -> None:
    """Wait for all timers and for all that was given to a pool."""
    while _lasting:
        await asyncio.wait(_lasting)


def _keep(task: asyncio.Task[Any]) -> None:
    _lasting.add(task)
    task.add_done_callback(_lasting.discard)


class Future(asyncio.Future[T]):
    """A future that the program completes; nobody need ask for its exception. Made where an event loop runs."""

    def set_result(self, result: T) -> None:
        """Give the result to whoever waits. Raises InvalidStateError the second time."""
        self._check_pending()
        super().set_result(result)

    def set_exception(self, exception: type[BaseException] | BaseException | None) -> None:
        """Raise ``exception`` where the result is waited for. Raises InvalidStateError the second time."""
        self._check_pending()
        super().set_exception(exception or RuntimeError("no exception was given"))
        self.exception()  # which tells the event loop that it is not forgotten

    def set_running_or_notify_cancel(self) -> bool:
        """Whether the work is still wanted."""
        return not self.cancelled()

    def _check_pending(self) -> None:
        if self.done():
            raise concurrent.futures.InvalidStateError(f"FINISHED: {self!r}")


class Timer:
    """Calls a function after ``interval`` seconds, unless it is cancelled before. What has begun is not stopped."""

    def __init__(
        self,
        interval: float,
        function: Callable[..., Any],
        args: Iterable[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.interval = interval
        self.function = function
        self.args = list(args or ())
        self.kwargs = dict(kwargs or {})
        self.daemon = False
        self.finished = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Let the time begin to run. Raises RuntimeError the second time."""
        if self._task is not None:
            raise RuntimeError("threads can only be started once")
        self._task = asyncio.create_task(self._run())
        if not self.daemon:
            _keep(self._task)

    def cancel(self) -> None:
        """Do not call the function, if it is not called yet."""
        self.finished.set()

    def is_alive(self) -> bool:
        """Whether it waits, or the function runs."""
        return self._task is not None and not self._task.done()

    async def join(self, timeout: float | None = None) -> None:
        """Wait until it is over, for ``timeout`` seconds at most."""
        if self._task is None:
            raise RuntimeError("cannot join thread before it is started")
        await asyncio.wait([self._task], timeout=timeout)

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self.interval):
                await self.finished.wait()
        except TimeoutError:
            if not self.finished.is_set():
                called = self.function(*self.args, **self.kwargs)
                if inspect.isawaitable(called):
                    await called
        self.finished.set()


class TaskPool:
    """Runs what it is given, ``max_workers`` at a time; what comes later waits for its turn."""

    def __init__(self, max_workers: int | None = None, thread_name_prefix: str = "") -> None:
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        self._slots = asyncio.Semaphore(max_workers or min(32, (os.cpu_count() or 1) + 4))
        self._prefix = thread_name_prefix
        self._waiting: set[asyncio.Task[Any]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._count = 0
        self._closed = False

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        """Have the function run; its task has the result. Raises RuntimeError after ``shutdown``."""
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        name = f"{self._prefix}_{self._count}" if self._prefix else None
        task = asyncio.create_task(self._run(function, args, kwargs), name=name)
        self._count += 1
        self._waiting.add(task)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        _keep(task)
        return task

    def map(
        self, function: Callable[..., Any], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> AsyncIterator[Any]:
        """Have the function run with each element, at once; the results in the order of the elements.

        ``chunksize`` says nothing here, as it says nothing to a pool of threads.
        """
        return self._results([self.submit(function, *args) for args in zip(*iterables, strict=False)], timeout)

    async def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; wait for what was given. ``cancel_futures``: drop what has not begun."""
        self._closed = True
        if cancel_futures:
            for task in self._waiting:
                task.cancel()
        while wait and self._tasks:
            await asyncio.wait(self._tasks)

    async def __aenter__(self) -> TaskPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shutdown()

    async def _run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        async with self._slots:
            task = asyncio.current_task()
            assert task is not None
            self._waiting.discard(task)
            if inspect.iscoroutinefunction(function):
                return await function(*args, **kwargs)
            context = contextvars.copy_context()
            work = functools.partial(context.run, function, *args, **kwargs)
            called = await asyncio.get_running_loop().run_in_executor(None, work)
            return await called if inspect.isawaitable(called) else called

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._waiting.discard(task)
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # nobody need ask for it

    async def _results(self, tasks: list[asyncio.Task[Any]], timeout: float | None) -> AsyncIterator[Any]:
        end = None if timeout is None else asyncio.get_running_loop().time() + timeout
        try:
            for task in tasks:
                left = None if end is None else max(0, end - asyncio.get_running_loop().time())
                yield await result(task, left)
        finally:
            for task in self._waiting.intersection(tasks):
                task.cancel()


async def result(task: asyncio.Future[Any], timeout: float | None = None) -> Any:
    """What the work gives or raises; TimeoutError after ``timeout`` seconds, and the work goes on."""
    await asyncio.wait([task], timeout=timeout)
    if not task.done():
        raise TimeoutError
    if task.cancelled():
        raise concurrent.futures.CancelledError
    return task.result()


async def exception(task: asyncio.Future[Any], timeout: float | None = None) -> BaseException | None:
    """What the work raises, if it does; TimeoutError after ``timeout`` seconds."""
    await asyncio.wait([task], timeout=timeout)
    if not task.done():
        raise TimeoutError
    if task.cancelled():
        raise concurrent.futures.CancelledError
    return task.exception()


async def as_completed(tasks: Iterable[asyncio.Future[Any]], timeout: float | None = None) -> AsyncIterator[asyncio.Future[Any]]:
    """The tasks themselves, as they come to their ends; TimeoutError after ``timeout`` seconds."""
    pending = list(dict.fromkeys(tasks))
    loop = asyncio.get_running_loop()
    end = None if timeout is None else loop.time() + timeout
    over: asyncio.Queue[asyncio.Future[Any]] = asyncio.Queue()
    for task in pending:
        task.add_done_callback(over.put_nowait)
    for _ in pending:
        async with asyncio.timeout_at(end):
            done = await over.get()
        yield done


class Outcome(NamedTuple):
    """What ``wait`` gives."""

    done: set[asyncio.Future[Any]]
    not_done: set[asyncio.Future[Any]]


async def wait(tasks: Iterable[asyncio.Future[Any]], timeout: float | None = None, return_when: str = "ALL_COMPLETED") -> Outcome:
    """Wait for all, for the first, or for the first that fails."""
    waited = set(tasks)
    if not waited:
        return Outcome(set(), set())
    return Outcome(*await asyncio.wait(waited, timeout=timeout, return_when=return_when))
