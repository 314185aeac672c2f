# porter: keep
"""Asynchronous files for blocking code that runs in a thread.

``handler = Handler(file)``, where ``Handler`` reads and writes the file and does not await, becomes ``handler = await
asyncio.to_thread(Handler, BlockingFile(file))``, and ``handler.run()`` becomes ``await asyncio.to_thread(handler.run)``. The
event loop reads and writes for the thread, which waits; what a method returns and raises is what the file's own does.
In the thread of the event loop itself, where it would wait for ever, a method raises RuntimeError.
Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from inspect import iscoroutine
from typing import Any, Protocol

__all__ = ["BlockingFile"]


class _File(Protocol):
    async def read(self, n: int | None = -1) -> Any: ...

    async def readline(self, limit: int | None = -1) -> Any: ...

    async def write(self, data: Any) -> int: ...

    async def flush(self) -> None: ...

    async def close(self) -> None: ...

    @property
    def closed(self) -> bool: ...

    def fileno(self) -> int: ...

    def readable(self) -> bool: ...

    def writable(self) -> bool: ...


class BlockingFile:
    """The blocking side of an asynchronous file; to be made where the event loop runs."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._loop = asyncio.get_running_loop()

    def read(self, n: int | None = -1) -> Any:
        """``n`` bytes or characters, fewer only at the end; all up to there if it is -1 or None."""
        return self._wait(self._file.read(n))

    def readline(self, limit: int | None = -1) -> Any:
        """One line with its ending."""
        return self._wait(self._file.readline(limit))

    def readlines(self, hint: int | None = -1) -> list[Any]:
        """All lines, or the first ones that together have more than ``hint`` bytes or characters."""
        lines: list[Any] = []
        wanted = hint if hint and hint > 0 else float("inf")
        while wanted >= 0 and (line := self.readline()):
            lines.append(line)
            wanted -= len(line)
        return lines

    def write(self, data: Any) -> int:
        """Write ``data``; return its length."""
        length: int = self._wait(self._file.write(data))
        return length

    def writelines(self, lines: Iterable[Any]) -> None:
        """Write all ``lines``, which bring their own endings."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Send what was written."""
        self._wait(self._file.flush())

    def close(self) -> None:
        """Send what was written and close the file."""
        self._wait(self._file.close())

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._file.closed

    def fileno(self) -> int:
        """The descriptor."""
        return self._file.fileno()

    def readable(self) -> bool:
        """Whether it can be read from."""
        return self._file.readable()

    def writable(self) -> bool:
        """Whether it can be written to."""
        return self._file.writable()

    def seekable(self) -> bool:
        """Connections know no positions."""
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(self.readline, self.readline(0))

    def _wait(self, given: Any) -> Any:
        if not iscoroutine(given):  # a plain file may take the place of an asynchronous one, in tests say
            return given
        if asyncio._get_running_loop() is self._loop:
            given.close()
            raise RuntimeError("a blocking file cannot be used in the thread of its event loop")
        return asyncio.run_coroutine_threadsafe(given, self._loop).result()
