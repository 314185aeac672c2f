"""The files of the asynchronous socket, compared with those that ``socket.socket.makefile`` gives on the same bytes."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import pytest

from porter.support import aio_socket
from porter.support.aio_socket import BinaryFile, Socket, TextFile
from tests.support.peers import LIMIT, blocking_peer, run

pytestmark = pytest.mark.filterwarnings("error")

NEWLINES = [None, "", "\n", "\r", "\r\n"]
TEXTS = [
    "",
    "a",
    "one\ntwo\r\nthree\rfour",
    "\r\r\n\n\r",
    "맞음\r\n더 따뜻함\r잘\n",
    "é\r",
    "\r\n",
    "long" * 5000 + "\r\nend\r",
]
READS = ["readline", "loop", "readlines", "read", "read 3", "readline 2", "mixed"]
BIG = os.urandom(1 << 18) * 4


def read_blocking(file: Any, how: str) -> list[Any]:
    """What a blocking file gives, read in one of the ways of ``READS``."""
    match how.split():
        case ["loop"]:
            return list(file)
        case ["readlines"]:
            return [*file.readlines(3), "then", *file.readlines()]
        case ["mixed"]:
            return [file.read(1), file.readline(), file.read(2), file.readline(1), file.read(0), file.read()]
        case ["read"]:
            return [file.read(), file.read(), file.readline()]
        case [name, *size]:
            read = getattr(file, name)
            arguments = [int(text) for text in size]
            return [*iter(lambda: read(*arguments) or None, None), read(*arguments)]
    raise AssertionError(how)


async def read_async(file: Any, how: str) -> list[Any]:
    """What an asynchronous file gives, read the same way."""
    match how.split():
        case ["loop"]:
            return [line async for line in file]
        case ["readlines"]:
            return [*await file.readlines(3), "then", *await file.readlines()]
        case ["mixed"]:
            line = [await file.read(1), await file.readline(), await file.read(2), await file.readline(1)]
            return [*line, await file.read(0), await file.read()]
        case ["read"]:
            return [await file.read(), await file.read(), await file.readline()]
        case [name, *size]:
            read = getattr(file, name)
            pieces = []
            while piece := await read(*[int(text) for text in size]):
                pieces.append(piece)
            return [*pieces, await read(*[int(text) for text in size])]
    raise AssertionError(how)


def expected(data: bytes, how: str, mode: str, **options: Any) -> Any:
    """What the blocking file gives for ``data``, or the type of the error it raises."""
    left, right = socket.socketpair()
    with left, right, right.makefile(mode, **options) as file:
        with blocking_peer(_send_and_end, left, data):
            try:
                return read_blocking(file, how)
            except UnicodeError as error:
                right.settimeout(LIMIT)
                while right.recv(65536):
                    pass
                return type(error)


def _send_and_end(sock: socket.socket, data: bytes) -> None:
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)


async def actual(packets: Iterable[bytes], how: str, mode: Any, **options: Any) -> Any:
    """What the asynchronous file gives when the packets come one by one, each after a reader has met the lack of it."""
    left, right = aio_socket.socketpair()
    with left, right:
        async with right.makefile(mode, **options) as file:
            reading = asyncio.create_task(read_async(file, how))
            for packet in packets:
                for _ in range(4):
                    await asyncio.sleep(0)
                with suppress(BrokenPipeError):
                    await left.sendall(packet)
            left.close()
            try:
                return await reading
            except UnicodeError as error:
                return type(error)


def splits(data: bytes) -> Iterable[list[bytes]]:
    """``data`` whole, byte by byte and cut at each place of its first part; long data in two places."""
    yield [data]
    if len(data) > 100:
        yield [data[:8192], data[8192:]]
        yield [data[:-5], data[-5:]]
        return
    yield [data[i : i + 1] for i in range(len(data))]
    for at in range(1, min(len(data), 16)):
        yield [data[:at], data[at:]]


@pytest.mark.parametrize("newline", NEWLINES)
@pytest.mark.parametrize("how", READS)
def test_text_is_read_as_blocking_files_read_it(newline: str | None, how: str) -> None:
    async def main() -> None:
        for text in TEXTS:
            data = text.encode()
            if how in ("read 3", "readline 2") and len(data) > 100:
                data = data[-40:]
            wanted = expected(data, how, "r", newline=newline, encoding="utf-8")
            for packets in splits(data):
                got = await actual(packets, how, "r", newline=newline, encoding="utf-8")
                assert got == wanted, (data[-60:], packets[:3])

    run(main())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "euc-kr", "ascii", "utf-8-sig", None])
@pytest.mark.parametrize("errors", [None, "replace", "ignore", "surrogateescape"])
def test_encodings_and_errors(encoding: str | None, errors: str | None) -> None:
    datas = ["ab\r\n맞음\n".encode(name) for name in ("utf-8", "utf-16", "euc-kr", "utf-8-sig")]

    async def main() -> None:
        for data in [*datas, "맞".encode()[:2]]:
            for how in ("readline", "read"):
                wanted = expected(data, how, "r", encoding=encoding, errors=errors)
                assert await actual([data], how, "r", encoding=encoding, errors=errors) == wanted
                if isinstance(wanted, list):
                    packets = [data[i : i + 1] for i in range(len(data))]
                    assert await actual(packets, how, "r", encoding=encoding, errors=errors) == wanted

    run(main())


@pytest.mark.parametrize("how", READS)
@pytest.mark.parametrize("buffering", [None, -1, 1, 5, 8192])
def test_bytes_are_read_as_blocking_files_read_them(how: str, buffering: int | None) -> None:
    async def main() -> None:
        for text in TEXTS:
            data = text.encode()[-60:]
            wanted = expected(data, how, "rb", buffering=buffering)
            for packets in splits(data):
                assert await actual(packets, how, "rb", buffering=buffering) == wanted, (data, packets)

    run(main())


@pytest.mark.parametrize("how", ["readline", "read", "readline 2"])
def test_unbuffered_bytes(how: str) -> None:
    data = b"one\r\ntwo\nthree"

    async def main() -> None:
        assert await actual([data], how, "rb", buffering=0) == expected(data, how, "rb", buffering=0)
        left, right = aio_socket.socketpair()
        with left, right:
            file = right.makefile("rwb", buffering=0)
            await left.sendall(b"line\nrest")
            assert await file.readline() == b"line\n"
            assert await right.recv(100) == b"rest"
            await left.sendall(b"short")
            assert await file.read(100) == b"short"
            assert await file.write(b"at once") == 7
            assert await left.recv(100) == b"at once"
            await file.close()

    run(main())


def written_blocking(pieces: list[Any], mode: str, **options: Any) -> bytes:
    """What the other end receives of what is written to a blocking file."""
    left, right = socket.socketpair()
    with left, right:
        with left.makefile(mode, **options) as file:
            counts = [file.write(piece) for piece in pieces]
        left.close()
        return repr(counts).encode() + b"".join(iter(lambda: right.recv(65536), b""))


async def written_async(pieces: list[Any], mode: Any, **options: Any) -> bytes:
    """What the other end receives of what is written to an asynchronous file."""
    left, right = aio_socket.socketpair()
    with left, right:
        async with left.makefile(mode, **options) as file:
            counts = [await file.write(piece) for piece in pieces]
        left.close()
        async with right.makefile("rb") as other:
            return repr(counts).encode() + await other.read()


@pytest.mark.parametrize("newline", NEWLINES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "euc-kr", None])
def test_text_is_written_as_blocking_files_write_it(newline: str | None, encoding: str | None) -> None:
    pieces = ["one\n", "two\r\n", "", "맞음\n\r", "x" * 9000 + "\n", "end"]
    options: dict[str, Any] = {"newline": newline, "encoding": encoding}
    assert run(written_async(pieces, "w", **options)) == written_blocking(pieces, "w", **options)
    options["errors"] = "replace"
    assert run(written_async(["\ud800", "é"], "w", **options)) == written_blocking(["\ud800", "é"], "w", **options)


@pytest.mark.parametrize("buffering", [None, 1, 4, 100_000])
def test_bytes_are_written_as_blocking_files_write_them(buffering: int | None) -> None:
    pieces = [b"one\n", b"", bytearray(b"two"), memoryview(b"three"), b"x" * 10_000, b"y"]
    assert run(written_async(pieces, "wb", buffering=buffering)) == written_blocking(pieces, "wb", buffering=buffering)


def test_writes_wait_in_the_buffer_until_flush() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            right.settimeout(0)
            for file in (left.makefile("wb"), left.makefile("w"), left.makefile("rwb", 16), left.makefile("rw")):
                await file.write(b"hello" if isinstance(file, BinaryFile) else "hello")
                with pytest.raises(BlockingIOError):
                    await right.recv(10)
                await file.flush()
                assert await right.recv(10) == b"hello"
                await file.writelines([b"a", b"b"] if isinstance(file, BinaryFile) else ["a", "b"])
                await file.close()
                assert await right.recv(10) == b"ab"

    run(main())


@pytest.mark.parametrize("mode", ["rwb", "rw"])
def test_large_files_both_ways_with_a_blocking_peer(mode: Any) -> None:
    text = "".join(f"line {n} 맞음\n" for n in range(20_000))
    whole: Any = text if mode == "rw" else text.encode()
    received: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with connection.makefile("rwb") as file:
            for line in file:
                received.append(line)
                file.write(line)

    async def main(sock: socket.socket) -> None:
        with Socket.adopt(sock) as connection:
            async with connection.makefile(mode, encoding=None if mode == "rwb" else "utf-8") as file:

                async def write() -> None:
                    assert await file.write(whole) == len(whole)
                    await file.flush()
                    connection.shutdown(socket.SHUT_WR)

                writing = asyncio.create_task(write())
                lines = [line async for line in file]
                await writing
                assert whole[:0].join(lines) == whole

    left, right = socket.socketpair()
    left.settimeout(LIMIT)

    def serve_and_close() -> None:
        with left:
            serve(left)

    with blocking_peer(serve_and_close):
        run(main(right))
    assert b"".join(received).decode() == text


def test_binary_extras() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            async with right.makefile("rb") as file:
                await left.sendall(b"abcdefghij")
                assert (await file.peek(1))[:1] == b"a"
                assert await file.read1(2) == b"ab"
                assert await file.read1() == b"cdefghij"
                assert await file.read1(0) == b""
                buffer = bytearray(4)
                reading = asyncio.create_task(file.readinto(buffer))
                for part in (b"12", b"345"):
                    await asyncio.sleep(0)
                    await left.sendall(part)
                assert await reading == 4
                assert buffer == b"1234"
                left.close()
                assert await file.readinto(buffer) == 1
                assert await file.readinto(buffer) == 0
                assert await file.peek() == await file.read1() == await file.read(None) == b""
                with pytest.raises(ValueError):
                    await file.read(-2)

    run(main())


def test_newlines_and_looks_are_those_of_blocking_files() -> None:
    def looks(file: Any) -> list[Any]:
        names = ("encoding", "errors", "newlines", "mode", "closed")
        found = [getattr(file, name) for name in names if hasattr(file, name)]
        return [*found, file.readable(), file.writable(), file.name == file.fileno()]

    left, right = socket.socketpair()
    with left, right:
        with right.makefile("rb") as binary, right.makefile("r", errors="ignore") as text, right.makefile("w") as out:
            wanted = [looks(binary), looks(text), looks(out)]

    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            files = (right.makefile("rb"), right.makefile("r", errors="ignore"), right.makefile("w"))
            assert [looks(file) for file in files] == wanted
            await left.sendall(b"a\r\nb\n")
            assert await files[1].readline() == "a\n"
            assert await files[1].readline() == "b\n"
            assert files[1].newlines == ("\n", "\r\n")
            for file in files:
                await file.close()
                await file.close()
                assert file.closed
                assert file.name == -1

    run(main())


def test_what_a_mode_does_not_allow() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            for call in (
                lambda: left.makefile("rb").write(b"x"),
                lambda: left.makefile("r").write("x"),
                lambda: left.makefile("wb").read(),
                lambda: left.makefile("wb").readline(),
                lambda: left.makefile("w").readline(),
            ):
                with pytest.raises(io.UnsupportedOperation):
                    await call()
            with pytest.raises(TypeError):
                await left.makefile("w").write(b"x")  # type: ignore[arg-type]
            with pytest.raises(TypeError):
                await left.makefile("wb").write("x")  # type: ignore[arg-type]
            file: TextFile = left.makefile("rw")
            await file.close()
            for later in (file.read, file.readline, file.flush, lambda: file.write("x"), file.__aenter__):
                with pytest.raises(ValueError, match="closed file"):
                    await later()

    run(main())


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("x", {}),
        ("r", {"buffering": 0}),
        ("r", {"encoding": "no such"}),
        ("r", {"newline": "x"}),
        ("r", {"encoding": "hex"}),
    ],
)
def test_makefile_refuses_what_a_blocking_socket_refuses(mode: Any, options: dict[str, Any]) -> None:
    left, right = socket.socketpair()
    with pytest.raises((ValueError, LookupError)) as blocking:
        left.makefile(mode, **options)
    os.close(left.detach())  # a plain close would wait for the file that failed
    with Socket.adopt(right) as sock, pytest.raises(blocking.type) as failure:
        sock.makefile(mode, **options)
    assert str(failure.value) == str(blocking.value)
    assert right.fileno() == -1


# -- sharing, timeouts, closing -------------------------------------------------------------------------------------


def test_descriptor_stays_open_until_all_are_closed() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with right:
            first, second = left.makefile("rb"), left.makefile("w")
            left.close()
            await second.write("still here")
            await second.close()
            assert await right.recv(100) == b"still here"
            await right.sendall(b"answer\n")
            assert await first.readline() == b"answer\n"
            await first.close()
            assert left.fileno() == -1
            assert await right.recv(100) == b""

    run(main())


@pytest.mark.parametrize("mode", ["wb", "w"])
def test_a_dropped_file_lets_go_of_its_socket(mode: Any) -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with right:
            with left:
                file = left.makefile(mode)
                await file.write(b"last words" if mode == "wb" else "last words")
            assert left.fileno() >= 0
            del file
            gc.collect()
            assert left.fileno() == -1
            assert await right.recv(100) == b"last words"
            assert await right.recv(100) == b""

    run(main())


def test_timeout_spoils_a_file_as_it_does_a_blocking_one() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            right.settimeout(0.02)
            async with right.makefile("r") as file:
                await left.sendall(b"half a li")
                with pytest.raises(TimeoutError, match="timed out"):
                    await file.readline()
                await left.sendall(b"ne\n")
                with pytest.raises(OSError, match="cannot read from timed out object"):
                    await file.readline()

    run(main())


@pytest.mark.parametrize("mode", ["r", "rb"])
def test_cancelled_reads_lose_nothing(mode: Any) -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            async with right.makefile(mode) as file:
                for read in (file.readline, lambda: file.read(50), file.read):
                    await left.sendall(b"half a ")
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(0.01):
                            await read()
                await left.sendall(b"line\n")
                line = await file.readline()
                assert line == ("half a " * 3 + "line\n" if mode == "r" else b"half a " * 3 + b"line\n")

    run(main())


def test_two_tasks_read_and_two_write_one_file() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            async with left.makefile("wb") as out, right.makefile("rb") as into:
                lines: list[bytes] = []

                async def write(letter: bytes) -> None:
                    for _ in range(30):
                        await out.write(letter * 20_000 + b"\n")
                    await out.flush()

                async def read() -> None:
                    for _ in range(30):
                        lines.append(await into.readline())

                await asyncio.gather(read(), write(b"a"), read(), write(b"b"))
                assert sorted(lines) == [b"a" * 20_000 + b"\n"] * 30 + [b"b" * 20_000 + b"\n"] * 30

    run(main())


@pytest.mark.parametrize("act", ["write", "flush", "close"])
def test_errors_of_writing(act: str) -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left:
            file = left.makefile("wb")
            await file.write(b"x")
            right.close()
            acts: dict[str, Callable[[], Any]] = {
                "write": lambda: file.write(BIG),
                "flush": file.flush,
                "close": file.close,
            }
            with pytest.raises(BrokenPipeError):
                await acts[act]()
            assert file.closed == (act == "close")
            if act != "close":
                with pytest.raises(BrokenPipeError):
                    await file.close()
            assert file.closed

    run(main())


def test_reading_and_writing_text_keeps_what_was_read_ahead() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            async with left.makefile("rw", encoding="utf-8") as file:
                await right.sendall(b"first\nsecond\n")
                assert await file.readline() == "first\n"
                await file.write("answer\n")
                await file.flush()
                assert await right.recv(100) == b"answer\n"
                assert await file.readline() == "second\n"

    run(main())
