"""Blocking code in a thread reads and writes the files of async sockets."""

from __future__ import annotations

import asyncio
import json
import shutil

import pytest

from porter.support.aio_bridge import BlockingFile
from porter.support.aio_socket import BinaryFile, TextFile, socketpair
from tests.support.peers import run


def test_a_thread_reads_and_writes() -> None:
    def work(file: BlockingFile) -> tuple[object, ...]:
        first = file.readline()
        rest = list(file)
        file.writelines([b"a", b"b"])
        file.write(b"c")
        file.flush()
        return first, rest, file.read(), file.readlines(), file.readable(), file.writable(), file.seekable(), file.closed

    async def main() -> None:
        ours, theirs = socketpair()
        async with ours.makefile("rwb") as file:
            assert isinstance(file, BinaryFile)
            await theirs.sendall(b"one\ntwo\nthree")
            theirs.shutdown(1)
            found = await asyncio.to_thread(work, BlockingFile(file))
            assert found == (b"one\n", [b"two\n", b"three"], b"", [], True, True, False, False)
            assert BlockingFile(file).fileno() == ours.fileno()
        assert await theirs.recv(10) == b"abc"
        ours.close()
        theirs.close()

    run(main())


def test_modules_that_take_files() -> None:
    async def main() -> None:
        ours, theirs = socketpair()
        file = ours.makefile("w")
        assert isinstance(file, TextFile)
        await asyncio.to_thread(json.dump, {"a": [1, 2]}, BlockingFile(file))
        await asyncio.to_thread(BlockingFile(file).close)
        ours.close()
        source = theirs.makefile("r")
        assert isinstance(source, TextFile)
        assert await asyncio.to_thread(json.load, BlockingFile(source)) == {"a": [1, 2]}
        await source.close()
        theirs.close()

    run(main())


def test_errors_come_as_they_are() -> None:
    async def main() -> None:
        ours, theirs = socketpair()
        ours.settimeout(0.01)
        file = ours.makefile("rb")
        assert isinstance(file, BinaryFile)
        with pytest.raises(TimeoutError):
            await asyncio.to_thread(BlockingFile(file).read, 1)
        await file.close()
        with pytest.raises(ValueError, match="closed"):
            await asyncio.to_thread(shutil.copyfileobj, BlockingFile(file), BlockingFile(file))
        ours.close()
        theirs.close()

    run(main())


def test_the_loop_does_not_wait_for_itself() -> None:
    async def main() -> None:
        ours, theirs = socketpair()
        file = ours.makefile("rb")
        assert isinstance(file, BinaryFile)
        with pytest.raises(RuntimeError, match="thread of its event loop"):
            BlockingFile(file).read(1)
        await file.close()
        ours.close()
        theirs.close()

    run(main())
