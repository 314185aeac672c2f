"""Waiting for input that may never come: ``await to_thread(input, "> ")``.

``asyncio.to_thread`` would hold up the end of the program, Ctrl+C included, until somebody presses Enter: asyncio waits for
its threads. These are daemons. Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

__all__ = ["to_thread"]

P = ParamSpec("P")
T = TypeVar("T")


async def to_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the function gives, called in a thread that dies with the program."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def call() -> None:
        _kept = sys.stdin  # an interpreter that ends while a thread reads would fail to close it
        try:
            settle = functools.partial(_give, future, function(*args, **kwargs))
        except BaseException as error:
            settle = functools.partial(_fail, future, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=call, daemon=True).start()
    return await future


def _give(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
