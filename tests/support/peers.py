"""A bounded loop, and blocking peers in threads, for the tests of the support modules."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

LIMIT = 20.0  # seconds after which a test that hangs is ended
Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine, in a loop of its own with asyncio's debug mode on."""

    async def bounded() -> Result:
        async with asyncio.timeout(LIMIT):
            return await main

    return asyncio.run(bounded(), debug=True)


@contextmanager
def blocking_peer(act: Callable[..., Any], *args: Any) -> Iterator[list[Any]]:
    """``act`` in a thread, with its result in the list at the end; what it raises is raised here."""
    results: list[Any] = []
    failures: list[BaseException] = []

    def target() -> None:
        try:
            results.append(act(*args))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    try:
        yield results
    finally:
        thread.join(LIMIT)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


@contextmanager
def blocking_server(serve: Callable[[socket.socket], Any]) -> Iterator[tuple[str, int]]:
    """The address of a blocking server that hands its first connection to ``serve`` and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT)

        def accept() -> None:
            connection, _ = listener.accept()
            connection.settimeout(LIMIT)
            with connection:
                serve(connection)

        with blocking_peer(accept):
            yield listener.getsockname()
