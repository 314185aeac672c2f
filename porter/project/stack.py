"""A deep stack: trees as deep as Python itself compiles are walked by recursion, some frames to each level.

Python's own limits end at about three thousand levels; what is deeper has been turned away when it was read.
"""

from __future__ import annotations

import ctypes
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_T = TypeVar("_T")

_FRAMES = 100_000
"""Three thousand levels, thirty frames to each."""
_SIZES = (512 << 20, 128 << 20, 32 << 20)
"""Bytes of stack, tried in order where memory is limited; only what is used of it is ever taken."""
_SECONDS = 1.0
"""How often a thread is looked at that may have died without a word."""
_here = threading.local()


def deeply(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """``function``, run in a thread with a large stack and a high recursion limit, and waited for.

    Ctrl+C reaches it there. Called from such a thread it simply runs; so it does where no large stack is to be had.
    """

    @functools.wraps(function)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if getattr(_here, "is_deep", False):
            return function(*args, **kwargs)
        call = _Call(functools.partial(function, *args, **kwargs))
        thread = _started(call)
        if thread is None:
            return function(*args, **kwargs)
        with _recursion_limit(max(_FRAMES, sys.getrecursionlimit())):
            call.may_run.set()
            _wait(thread, call)
        return cast(_T, call.outcome())

    return run


@contextmanager
def ordinary_limit() -> Iterator[None]:
    """Within, recursion ends where it does for everybody: for asking whether Python itself takes a text."""
    with _recursion_limit(_ORDINARY):
        yield


_ORDINARY = sys.getrecursionlimit()


class _Call:
    """A call in another thread, and what came of it."""

    def __init__(self, function: Callable[[], object]) -> None:
        self.may_run = threading.Event()
        self.is_done = threading.Event()
        self._function = function
        self._value: object = None
        self._error: BaseException | None = None

    def __call__(self) -> None:
        """Run; nothing is raised here."""
        self.may_run.wait()
        _here.is_deep = True
        try:
            self._value = self._function()
        except BaseException as error:  # it belongs to the thread that waits
            self._error = error
        finally:
            self.is_done.set()

    def outcome(self) -> Any:
        """The value; or raise what was raised."""
        if self._error is not None:
            raise self._error
        return self._value


def _started(call: _Call) -> threading.Thread | None:
    """A thread with the largest stack that there is memory for."""
    before = threading.stack_size()
    try:
        for size in _SIZES:
            try:
                threading.stack_size(size)
                thread = threading.Thread(target=call, name="porter", daemon=True)
                thread.start()
            except (RuntimeError, ValueError):
                continue
            return thread
        return None
    finally:
        threading.stack_size(before)


def _wait(thread: threading.Thread, call: _Call) -> None:
    """Wait for its end; an interrupt is handed on to it, so that it can clean up.

    Not by ``join``: up to Python 3.12 a thread counts as ended once a ``join`` of it was interrupted.
    """
    while thread.is_alive():
        try:
            if call.is_done.wait(_SECONDS):
                return
        except KeyboardInterrupt:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt))


@contextmanager
def _recursion_limit(limit: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
