# porter: keep
"""The base classes of ``io`` for files whose methods are coroutines.

A class that derives from ``io.RawIOBase``, ``BufferedIOBase`` or ``TextIOBase`` derives from the class of that name here
once its ``read`` or ``write`` waits. What the base class adds to it is the same: lines and iteration from ``read`` (and
``peek``, where there is one), ``readinto`` from ``read``, ``closed``, ``with``, which becomes ``async with``. And
``copyfileobj`` is that of ``shutil``, ``print`` the built-in one, for files of either kind.

What differs: a file that is dropped is not closed, since closing it may wait.
"""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Iterable
from inspect import isawaitable
from typing import Any, Self

__all__ = ["BufferedIOBase", "IOBase", "RawIOBase", "TextIOBase", "copyfileobj", "print"]


class IOBase:
    """What all files share, as ``io.IOBase`` has it."""

    _is_closed = False
    _end: Any = b"\n"

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._is_closed

    async def close(self) -> None:
        """Send what was written, and close the file."""
        if not self._is_closed:
            try:
                await self.flush()
            finally:
                self._is_closed = True

    async def flush(self) -> None:
        """Send what was written; here, nothing is kept back."""
        self._check_open()

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def _unsupported(self, name: str) -> io.UnsupportedOperation:
        return io.UnsupportedOperation(f"{type(self).__name__}.{name}() not supported")

    def readable(self) -> bool:
        """Whether it can be read from."""
        return False

    def writable(self) -> bool:
        """Whether it can be written to."""
        return False

    def seekable(self) -> bool:
        """Whether it has positions."""
        return False

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        self._check_open()
        return False

    def fileno(self) -> int:
        """The descriptor, where there is one."""
        raise self._unsupported("fileno")

    def seek(self, pos: int, whence: int = 0) -> int:
        """Move to another position, where there are any."""
        raise self._unsupported("seek")

    def tell(self) -> int:
        """The position."""
        return self.seek(0, 1)

    def truncate(self, pos: int | None = None) -> int:
        """Cut the file off."""
        raise self._unsupported("truncate")

    async def read(self, n: int | None = -1, /) -> Any:
        """At most ``n`` bytes or characters; all if it is negative or None."""
        raise self._unsupported("read")

    async def write(self, data: Any, /) -> Any:
        """Write ``data``; return how much of it was taken."""
        raise self._unsupported("write")

    async def readline(self, size: int | None = -1, /) -> Any:
        """One line with its ending, at most ``size`` bytes or characters."""
        self._check_open()
        most = float("inf") if size is None or size < 0 else size
        line = self._end[:0]
        while len(line) < most and not line.endswith(self._end):
            part = await self.read(min(await self._distance(), int(min(most - len(line), 1 << 30))))
            if not part:
                break
            line += part
        return line

    async def _distance(self) -> int:
        """How many bytes may be read at once without going beyond the end of the line."""
        peek = getattr(self, "peek", None)
        ahead = await peek(1) if peek is not None else b""
        return (ahead.find(b"\n") + 1 or len(ahead)) or 1

    async def readlines(self, hint: int | None = -1, /) -> list[Any]:
        """All lines, or the first ones that together have ``hint`` bytes or characters."""
        lines = []
        missing = float("inf") if hint is None or hint <= 0 else hint
        async for line in self:
            lines.append(line)
            missing -= len(line)
            if missing <= 0:
                break
        return lines

    async def writelines(self, lines: Iterable[Any], /) -> None:
        """Write all ``lines``, which bring their own endings."""
        self._check_open()
        for line in lines:
            await self.write(line)

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        self._check_open()
        return self

    async def __anext__(self) -> Any:
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line


class RawIOBase(IOBase):
    """Files whose calls are single ones of the system: ``read`` and ``readall`` from ``readinto``."""

    async def readinto(self, buffer: Any, /) -> Any:
        """Fill ``buffer``; return how many bytes came."""
        raise self._unsupported("readinto")

    async def read(self, n: int | None = -1, /) -> Any:
        """At most ``n`` bytes, of one call; all if it is negative or None."""
        if n is None or n < 0:
            return await self.readall()
        buffer = bytearray(n)
        count = await self.readinto(buffer)
        return None if count is None else bytes(buffer[:count])

    async def readall(self) -> Any:
        """All bytes up to the end."""
        data = b""
        while part := await self.read(io.DEFAULT_BUFFER_SIZE):
            data += part
        return data if data or part is not None else None


class BufferedIOBase(IOBase):
    """Files with a buffer of their own: ``readinto`` from ``read``."""

    async def read1(self, n: int = -1, /) -> Any:
        """At most ``n`` bytes, of one call of the system."""
        raise self._unsupported("read1")

    async def readinto(self, buffer: Any, /) -> int:
        """Fill ``buffer``; return how many bytes there are."""
        return self._filled(buffer, await self.read(len(memoryview(buffer).cast("B"))))

    async def readinto1(self, buffer: Any, /) -> int:
        """Like ``readinto``, of one call of the system."""
        return self._filled(buffer, await self.read1(len(memoryview(buffer).cast("B"))))

    def _filled(self, buffer: Any, data: bytes) -> int:
        with memoryview(buffer) as view, view.cast("B") as octets:
            octets[: len(data)] = data
        return len(data)

    def detach(self) -> Any:
        """Give up what lies below."""
        raise self._unsupported("detach")


class TextIOBase(IOBase):
    """Files of text."""

    _end = "\n"
    encoding: str | None = None
    errors: str | None = None
    newlines: Any = None

    async def _distance(self) -> int:
        return 1

    def detach(self) -> Any:
        """Give up what lies below."""
        raise self._unsupported("detach")


# What a file is asked to be, ``isinstance(file, io.BufferedIOBase)``, these are as well.
io.IOBase.register(IOBase)
io.RawIOBase.register(RawIOBase)
io.BufferedIOBase.register(BufferedIOBase)
io.TextIOBase.register(TextIOBase)


async def copyfileobj(fsrc: Any, fdst: Any, length: int = 64 * 1024) -> None:
    """Copy what is left of one file to another, ``length`` bytes or characters at a time; either may be asynchronous."""
    while True:
        data = fsrc.read(length)
        data = await data if isawaitable(data) else data
        if not data:
            return
        written = fdst.write(data)
        if isawaitable(written):
            await written


async def print(
    *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
) -> None:
    """Write ``values`` to a file, in one piece; it may be asynchronous."""
    target = sys.stdout if file is None else file
    text = io.StringIO()
    builtins.print(*values, sep=sep, end=end, file=text)
    written = target.write(text.getvalue())
    if isawaitable(written):
        await written
    if flush and isawaitable(flushed := target.flush()):
        await flushed
