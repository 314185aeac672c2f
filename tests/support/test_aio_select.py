"""Waiting on several sockets gives what the blocking calls give, and other tasks run meanwhile."""

from __future__ import annotations

import asyncio
import os
import select
import selectors
import socket
from pathlib import Path

import pytest

from porter.support import aio_select, aio_socket
from tests.support.peers import run

SELECTORS = [
    cls for name in ("DefaultSelector", "SelectSelector", "PollSelector") if (cls := getattr(selectors, name, None)) is not None
]


@pytest.mark.parametrize("cls", SELECTORS)
def test_a_selector_waits_for_its_files(cls: type[selectors.BaseSelector]) -> None:
    async def main() -> None:
        left, right = socket.socketpair()
        with left, right, cls() as selector:
            selector.register(left, selectors.EVENT_READ, "left")
            assert await aio_select.ready(selector, 0) == []
            assert await aio_select.ready(selector, 0.01) == []
            asyncio.get_running_loop().call_later(0.01, right.send, b"x")
            ((key, events),) = await aio_select.ready(selector)
            assert (key.data, events) == ("left", selectors.EVENT_READ)
            selector.modify(left, selectors.EVENT_WRITE)
            assert len(await aio_select.ready(selector, 5)) == 1

    run(main())


def test_select() -> None:
    async def main() -> None:
        left, right = socket.socketpair()
        with left, right:
            assert await aio_select.select([left], [], [], 0.01) == ([], [], [])
            assert await aio_select.select([left], [left], [], 5) == ([], [left], [])
            right.send(b"x")
            assert await aio_select.select([left], [], [left]) == ([left], [], [])

    run(main())


def test_what_is_not_asked_for_wakes_nobody() -> None:
    async def main() -> None:
        left, right = socket.socketpair()
        with left, right:
            waiting = asyncio.create_task(aio_select.select([left], [], [left]))
            await asyncio.sleep(0.01)
            assert not waiting.done()  # though it could be written to
            right.send(b"x")
            assert await waiting == ([left], [], [])

    run(main())


def test_whoever_comes_too_late_waits_on() -> None:
    async def main() -> None:
        left, right = socket.socketpair()
        left.setblocking(False)

        async def take(taken: list[bytes]) -> None:
            ready, _, _ = await aio_select.select([left], [], [])
            assert ready == [left]
            taken.append(left.recv(1))

        with left, right:
            taken: list[bytes] = []
            tasks = [asyncio.create_task(take(taken)) for _ in range(2)]
            for letter in b"a", b"b":
                await asyncio.sleep(0.01)
                right.send(letter)
            await asyncio.gather(*tasks)
            assert taken == [b"a", b"b"]

    run(main())


@pytest.mark.skipif(not hasattr(selectors, "EpollSelector"), reason="needs epoll")
def test_a_selector_that_is_changed_while_it_waits() -> None:
    async def main() -> None:
        left, right = socket.socketpair()
        with left, right, selectors.EpollSelector() as selector:
            selector.register(left, selectors.EVENT_READ)
            waiting = asyncio.create_task(aio_select.ready(selector))
            await asyncio.sleep(0.01)
            selector.modify(left, selectors.EVENT_WRITE)
            ((key, events),) = await waiting
            assert (key.fileobj, events) == (left, selectors.EVENT_WRITE)

    run(main())


@pytest.mark.skipif(not hasattr(selectors, "EpollSelector"), reason="needs epoll")
def test_urgent_data_is_exceptional() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as left:
            right, _ = listener.accept()
            with right:
                asyncio.get_running_loop().call_later(0.01, right.send, b"!", socket.MSG_OOB)
                assert await aio_select.select([], [], [left]) == ([], [], [left])

    run(main())


def test_beside_a_task_that_reads() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            reading = asyncio.create_task(left.recv(1))
            waiting = asyncio.create_task(aio_select.select([left], [], [], 5))
            await asyncio.sleep(0.01)
            await right.send(b"x")
            assert await reading == b"x"
            assert (await waiting)[1:] == ([], [])
            again = asyncio.create_task(left.recv(1))
            await right.send(b"y")
            assert await again == b"y"

    run(main())


def test_a_regular_file_is_always_ready(tmp_path: Path) -> None:
    async def main() -> None:
        with open(tmp_path / "file", "w") as file, selectors.SelectSelector() as selector:
            selector.register(file, selectors.EVENT_READ)
            assert len(await aio_select.ready(selector)) == 1

    run(main())


def test_poll_gives_what_is_ready() -> None:
    """Descriptors and objects, a limit in milliseconds, other events, and nothing any more once it is unregistered."""

    async def main() -> None:
        left, right = aio_socket.socketpair()
        poll = aio_select.poll()
        with left, right:
            poll.register(left, select.POLLIN)
            assert await poll.poll(0) == await poll.poll(10) == []
            asyncio.get_running_loop().call_later(0.01, os.write, right.fileno(), b"x")
            assert await poll.poll() == await poll.poll(-1) == [(left.fileno(), select.POLLIN)]
            poll.modify(left.fileno(), select.POLLOUT)
            assert await poll.poll(1000) == [(left.fileno(), select.POLLOUT)]
            poll.unregister(left)
            assert await poll.poll(10) == []
            with pytest.raises(KeyError):
                poll.unregister(left)

    run(main())


def test_poll_tells_that_the_other_end_is_closed() -> None:
    async def main() -> None:
        reading, writing = os.pipe()
        poll = aio_select.poll()
        poll.register(reading, 0)
        asyncio.get_running_loop().call_later(0.01, os.close, writing)
        assert await poll.poll(5000) == [(reading, select.POLLHUP)]
        os.close(reading)

    run(main())


def test_a_cancelled_poll_leaves_nothing() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            poll = aio_select.poll()
            poll.register(left, select.POLLIN)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await poll.poll()
            await right.send(b"x")
            assert await left.recv(1) == b"x"

    run(main())
