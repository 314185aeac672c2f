"""The asynchronous base classes of files do what those of ``io`` do, on the same data."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

from porter.support import aio_io
from tests.support.peers import run

DATA = b"one\ntwo\n\nthree"


class Raw(io.RawIOBase):
    """The blocking file."""

    def __init__(self) -> None:
        self.source = io.BytesIO(DATA)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self.source.readinto(memoryview(buffer)[:2])


class AsyncRaw(aio_io.RawIOBase):
    """Its asynchronous form."""

    def __init__(self) -> None:
        self.source = io.BytesIO(DATA)

    async def readinto(self, buffer: Any) -> int:
        return self.source.readinto(memoryview(buffer)[:2])


class Buffered(aio_io.BufferedIOBase):
    """A buffered file that can be looked into."""

    def __init__(self) -> None:
        self.source = io.BufferedReader(io.BytesIO(DATA))
        self.flushed = 0

    async def read(self, n: int | None = -1) -> bytes:
        return self.source.read(n)

    async def read1(self, n: int = -1) -> bytes:
        return self.source.read1(n)

    async def peek(self, n: int = 0) -> bytes:
        return self.source.peek(n)

    async def flush(self) -> None:
        await super().flush()
        self.flushed += 1


def test_lines_and_reads_of_a_raw_file() -> None:
    async def main() -> None:
        assert [line async for line in AsyncRaw()] == list(Raw())
        assert await AsyncRaw().readlines(5) == Raw().readlines(5)
        assert await AsyncRaw().readline(2) == Raw().readline(2)
        assert await AsyncRaw().read() == Raw().read() == DATA
        assert await AsyncRaw().read(5) == Raw().read(5)
        assert await AsyncRaw().readall() == DATA

    run(main())


def test_a_buffered_file() -> None:
    async def main() -> None:
        file = Buffered()
        assert await file.readline() == b"one\n"
        buffer = bytearray(3)
        assert await file.readinto(buffer) == 3
        assert buffer == b"two"
        assert await file.readinto1(buffer) == 3
        assert await file.readlines() == [b"hree"]

    run(main())


def test_closing_flushes_once() -> None:
    async def main() -> None:
        async with Buffered() as file:
            assert not file.closed
        assert file.closed
        await file.close()
        assert file.flushed == 1
        for failing in (file.readline, file.__aenter__, file.flush):
            with pytest.raises(ValueError, match="closed"):
                await failing()

    run(main())


def test_what_a_file_does_not_do() -> None:
    async def main() -> None:
        file = aio_io.IOBase()
        assert not (file.readable() or file.writable() or file.seekable() or file.isatty())
        for failing in (file.fileno, file.tell, file.truncate, aio_io.BufferedIOBase().detach):
            with pytest.raises(io.UnsupportedOperation):
                failing()
        for waiting in (file.read(1), file.write(b""), aio_io.BufferedIOBase().read1(), aio_io.RawIOBase().readinto(b"")):
            with pytest.raises(io.UnsupportedOperation):
                await waiting

    run(main())


def test_text() -> None:
    class Text(aio_io.TextIOBase):
        def __init__(self) -> None:
            self.source = io.StringIO("a\nb\n")
            self.written: list[str] = []

        async def read(self, n: int | None = -1) -> str:
            return self.source.read(n)

        async def write(self, text: str) -> int:
            self.written.append(text)
            return len(text)

    async def main() -> None:
        file = Text()
        assert [line async for line in file] == ["a\n", "b\n"]
        await file.writelines(["x", "y"])
        assert file.written == ["x", "y"]

    run(main())


def test_a_copy_takes_files_of_either_kind() -> None:
    class Slow:
        def __init__(self, text: bytes = b"") -> None:
            self.file = io.BytesIO(text)

        async def read(self, size: int) -> bytes:
            return self.file.read(size)

        async def write(self, data: bytes) -> int:
            return self.file.write(data)

    async def main() -> None:
        text, slow, fast = b"text" * 10, Slow(), io.BytesIO()
        await aio_io.copyfileobj(io.BytesIO(text), slow, 3)
        await aio_io.copyfileobj(Slow(text), fast)
        assert slow.file.getvalue() == fast.getvalue() == text

    run(main())


def test_they_are_what_the_plain_classes_are() -> None:
    assert isinstance(AsyncRaw(), io.RawIOBase) and isinstance(AsyncRaw(), io.IOBase)
    assert not isinstance(AsyncRaw(), io.BufferedIOBase) and isinstance(Buffered(), io.BufferedIOBase)


def test_print_writes_in_one_piece(capsys: pytest.CaptureFixture[str]) -> None:
    class Slow(aio_io.TextIOBase):
        def __init__(self) -> None:
            self.told: list[str] = []

        async def write(self, data: str, /) -> int:
            await asyncio.sleep(0)
            self.told.append(data)
            return len(data)

        async def flush(self) -> None:
            self.told.append("flushed")

    async def main() -> None:
        slow, plain = Slow(), io.StringIO()
        await aio_io.print("a", 1, file=slow, flush=True)
        await aio_io.print(*"xyz", sep=None, end="", file=slow)
        await aio_io.print(file=plain, flush=True)
        await aio_io.print("out", sep="")
        assert (slow.told, plain.getvalue()) == (["a 1\n", "flushed", "x y z"], "\n")

    run(main())
    assert capsys.readouterr().out == "out\n"
