"""The asynchronous socket against real blocking peers, and against itself."""

from __future__ import annotations

import array
import asyncio
import errno
import os
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from porter.support import aio_socket
from porter.support.aio_socket import Socket
from tests.support.peers import LIMIT, blocking_peer, blocking_server, run

pytestmark = pytest.mark.filterwarnings("error")

BIG = os.urandom(1 << 20) * 10


def receive_all(connection: socket.socket) -> bytes:
    """What a blocking socket receives until the end."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


async def read_all(connection: Socket) -> bytes:
    """What an asynchronous socket receives until the end."""
    data = bytearray()
    while chunk := await connection.recv(65536):
        data += chunk
    return bytes(data)


async def turns(count: int = 5) -> None:
    """Let the other tasks run until they wait."""
    for _ in range(count):
        await asyncio.sleep(0)


def reset(connection: socket.socket) -> None:
    """Wait for a byte, then close with a reset instead of an orderly end."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# -- clients and servers --------------------------------------------------------------------------------------------


def test_client_of_a_blocking_server() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(connection.recv(100).upper())

    async def main(address: tuple[str, int]) -> None:
        connection = await aio_socket.create_connection(address)
        with connection:
            assert connection.getpeername() == address
            await connection.sendall(b"hello")
            assert await connection.recv(100) == b"HELLO"
            assert await connection.recv(100) == b""
            assert await connection.recv(100) == b""
        assert connection.fileno() == -1

    with blocking_server(serve) as address:
        run(main(address))


def test_entered_either_way() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"hello\n")

    async def main(address: tuple[str, int]) -> None:
        async with await aio_socket.create_connection(address) as connection, connection.makefile("r") as lines:
            assert await lines.readline() == "hello\n"
        assert connection.fileno() == -1
        with pytest.raises(KeyError):
            async with connection:
                raise KeyError

    with blocking_server(serve) as address:
        run(main(address))


def test_client_by_host_name() -> None:
    async def main(port: int) -> None:
        with await aio_socket.create_connection(("localhost", port)) as connection:
            assert await connection.recv(10) == b"hi"
        with Socket() as connection, pytest.raises(ConnectionRefusedError):
            await connection.connect(("localhost", closed_port()))

    with blocking_server(lambda connection: connection.sendall(b"hi")) as (_, port):
        run(main(port))


def test_server_of_blocking_clients() -> None:
    def client(address: tuple[str, int], text: bytes) -> bytes:
        with socket.create_connection(address, LIMIT) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            return receive_all(connection)

    async def handle(connection: Socket) -> None:
        with connection:
            await connection.sendall(await read_all(connection) + b"!")

    async def main() -> None:
        with aio_socket.create_server(("127.0.0.1", 0)) as listener:
            address = listener.getsockname()
            calls = [asyncio.create_task(asyncio.to_thread(client, address, b"%d" % n)) for n in range(4)]
            handlers = []
            for _ in calls:
                connection, peer = await listener.accept()
                assert connection.getpeername() == peer
                handlers.append(asyncio.create_task(handle(connection)))
            assert await asyncio.gather(*calls) == [b"0!", b"1!", b"2!", b"3!"]
            await asyncio.gather(*handlers)

    run(main())


def test_two_tasks_accept_on_one_listener() -> None:
    async def main() -> None:
        with aio_socket.create_server(("127.0.0.1", 0)) as listener:
            waiting = [asyncio.create_task(listener.accept()) for _ in range(3)]
            await turns()
            clients = [await aio_socket.create_connection(listener.getsockname()) for _ in range(3)]
            accepted = [connection for connection, _ in await asyncio.gather(*waiting)]
            assert {s.getpeername() for s in accepted} == {s.getsockname() for s in clients}
            for sock in accepted + clients:
                sock.close()

    run(main())


def test_connecting_by_hand_and_binding() -> None:
    async def main(address: tuple[str, int]) -> None:
        with Socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
            connection.bind(("127.0.0.1", 0))
            await connection.connect(address)
            assert await connection.recv(10) == b"hi"

    with blocking_server(lambda connection: connection.sendall(b"hi")) as address:
        run(main(address))


def test_source_address() -> None:
    async def main(address: tuple[str, int]) -> None:
        connection = await aio_socket.create_connection(address, 5, ("127.0.0.1", 0))
        with connection:
            assert connection.gettimeout() == 5
            assert connection.getsockname()[0] == "127.0.0.1"

    with blocking_server(lambda connection: None) as address:
        run(main(address))


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_refused_like_a_blocking_socket() -> None:
    address = ("127.0.0.1", closed_port())
    with pytest.raises(ConnectionRefusedError) as blocking:
        socket.create_connection(address)

    async def main() -> None:
        with pytest.raises(ConnectionRefusedError) as failure:
            await aio_socket.create_connection(address)
        assert failure.value.args == blocking.value.args
        with pytest.raises(ExceptionGroup) as failures:
            await aio_socket.create_connection(address, all_errors=True)
        assert [type(error) for error in failures.value.exceptions] == [ConnectionRefusedError]
        with Socket() as connection:
            assert await connection.connect_ex(address) == errno.ECONNREFUSED
        with pytest.raises(socket.gaierror):
            await aio_socket.create_connection(("no such host.invalid", 1))

    run(main())


def test_bad_arguments_fail_like_a_blocking_socket() -> None:
    async def main() -> None:
        with Socket() as connection:
            with pytest.raises(TypeError):
                await connection.connect("nowhere")
            with pytest.raises(ValueError):
                await connection.recv(-1)
            with pytest.raises(TypeError):
                await connection.sendall("text")  # type: ignore[arg-type]
            with pytest.raises(ValueError):
                connection.settimeout(-1)
            with pytest.raises(OSError) as failure:
                await connection.recv(1)
            assert failure.value.errno == errno.ENOTCONN
        left, right = aio_socket.socketpair()
        with left, right, pytest.raises(ValueError):
            await aio_socket.create_connection(("127.0.0.1", 9), timeout=-5)

    run(main())


def test_unix_sockets(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")

    def client() -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT)
            connection.connect(path)
            return receive_all(connection)

    async def main() -> None:
        with Socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            with blocking_peer(client) as results:
                connection, _ = await listener.accept()
                with connection:
                    await connection.sendall(b"over unix")
            assert results == [b"over unix"]

    run(main())


def test_unix_listener_with_a_full_queue(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")

    async def main() -> None:
        with Socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(0)
            clients = [Socket(socket.AF_UNIX) for _ in range(4)]
            connecting = [asyncio.create_task(client.connect(path)) for client in clients]
            await asyncio.sleep(0.05)
            assert not all(task.done() for task in connecting)
            late = Socket(socket.AF_UNIX)
            late.settimeout(0.05)
            with late, pytest.raises(TimeoutError, match="timed out"):
                await late.connect(path)
            accepted = [(await listener.accept())[0] for _ in clients]
            await asyncio.gather(*connecting)
            for sock in accepted:
                await sock.sendall(b"x")
            for sock in clients:
                assert await sock.recv(1) == b"x"
            for sock in clients + accepted:
                sock.close()

    run(main())


def test_datagrams() -> None:
    def serve(server: socket.socket) -> None:
        for _ in range(3):
            data, sender = server.recvfrom(100)
            server.sendto(data[::-1], sender)

    async def main(address: tuple[str, int]) -> None:
        with Socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            assert await client.sendto(b"abc", address) == 3
            assert await client.recvfrom(100) == (b"cba", address)
            assert await client.sendto(b"def", 0, ("localhost", address[1])) == 3
            buffer = bytearray(10)
            assert await client.recvfrom_into(buffer) == (3, address)
            assert buffer[:3] == b"fed"
            await client.connect(address)
            assert await client.send(b"ghi") == 3
            assert await client.recv(100) == b"ihg"
            client.settimeout(0.01)
            with pytest.raises(TimeoutError, match="timed out"):
                await client.recvfrom(100)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(LIMIT)
        with blocking_peer(serve, server):
            run(main(server.getsockname()))


# -- moving bytes ---------------------------------------------------------------------------------------------------


def test_large_transfers_both_ways_at_once() -> None:
    def serve(connection: socket.socket) -> None:
        sender = threading.Thread(target=connection.sendall, args=(BIG,))
        sender.start()
        received.append(receive_all(connection))
        sender.join(LIMIT)

    async def send(connection: Socket) -> None:
        await connection.sendall(memoryview(BIG))
        connection.shutdown(socket.SHUT_WR)

    async def main(address: tuple[str, int]) -> None:
        with await aio_socket.create_connection(address) as connection:
            answer, _ = await asyncio.gather(read_all(connection), send(connection))
            assert answer == BIG

    received: list[bytes] = []
    with blocking_server(serve) as address:
        run(main(address))
    assert received == [BIG]


def test_large_transfers_between_tasks() -> None:
    async def send(sock: Socket) -> None:
        await sock.sendall(BIG)
        sock.shutdown(socket.SHUT_WR)

    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            results = await asyncio.gather(read_all(left), read_all(right), send(left), send(right))
            assert results[0] == results[1] == BIG

    run(main())


def test_send_returns_what_the_kernel_took() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            sent = await left.send(BIG)
            assert 0 < sent < len(BIG)
            waiting = asyncio.create_task(left.send(b"more"))
            await turns()
            assert not waiting.done()
            data = b""
            while len(data) < sent:
                data += await right.recv(sent)
            assert data == BIG[:sent]
            assert await waiting == 4
            assert await left.sendall(b"") is None

    run(main())


def test_sendall_takes_any_buffer() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            numbers = array.array("i", [1, 2, 3])
            await left.sendall(numbers)  # type: ignore[arg-type]
            assert await right.recv(100) == numbers.tobytes()
            data = bytearray(b"abc")
            await left.sendall(data)
            data += b"it can grow again"
            assert await right.recv(100) == b"abc"

    run(main())


def test_receiving_into_buffers_and_flags() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            buffer = bytearray(4)
            waiting = asyncio.create_task(right.recv_into(buffer))
            await turns()
            await left.sendall(b"abcdef")
            assert await waiting == 4
            assert buffer == b"abcd"
            assert await right.recv(10, socket.MSG_PEEK) == b"ef"
            assert await right.recv_into(memoryview(buffer)[1:], 1) == 1
            assert buffer == b"aecd"
            assert await right.recv(10) == b"f"
            with pytest.raises(BlockingIOError):
                await right.recv(10, socket.MSG_DONTWAIT)

    run(main())


@pytest.mark.parametrize("into", [False, True])
def test_waitall_waits_for_all(into: bool) -> None:
    async def receive(sock: Socket, count: int) -> bytes:
        if not into:
            return await sock.recv(count, socket.MSG_WAITALL)
        buffer = bytearray(count)
        return bytes(buffer[: await sock.recv_into(buffer, 0, socket.MSG_WAITALL)])

    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            waiting = asyncio.create_task(receive(right, 6))
            for part in (b"ab", b"cd", b"efgh"):
                await turns()
                assert not waiting.done()
                await left.sendall(part)
            assert await waiting == b"abcdef"
            left.close()
            assert await receive(right, 6) == b"gh"
            assert await receive(right, 6) == b""

    run(main())


def test_messages_with_descriptors() -> None:
    async def main(file: Path) -> None:
        left, right = aio_socket.socketpair()
        with left, right, file.open("rb") as opened:
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [opened.fileno()]))
            assert await left.sendmsg([b"he", b"re"], [rights]) == 4
            data, ancillary, _, _ = await right.recvmsg(100, socket.CMSG_LEN(4))
            assert data == b"here"
            (number,) = struct.unpack("i", ancillary[0][2])
            with os.fdopen(number, "rb") as received:
                assert received.read() == file.read_bytes()

    run(main(Path(__file__)))


@pytest.mark.parametrize(("offset", "count"), [(0, None), (10, None), (0, 20), (7, 100_000), (0, 0)])
def test_sendfile(tmp_path: Path, offset: int, count: int | None) -> None:
    path = tmp_path / "data"
    path.write_bytes(BIG[:50_000])

    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right, path.open("rb") as file:
            wanted = BIG[:50_000][offset:][:count]
            receiving = asyncio.create_task(read_all(right))
            assert await left.sendfile(file, offset, count) == len(wanted)
            assert file.tell() == (offset + len(wanted) if wanted else offset)
            left.close()
            assert await receiving == wanted

    run(main())


def test_tasks_that_never_wait_leave_turns_to_others() -> None:
    async def main() -> None:
        seen = 0

        async def other() -> None:
            nonlocal seen
            while True:
                seen += 1
                await asyncio.sleep(0)

        with Socket(socket.AF_INET, socket.SOCK_DGRAM) as sink, Socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
            sink.bind(("127.0.0.1", 0))
            task = asyncio.create_task(other())
            for _ in range(100):
                await source.sendto(b"x", sink.getsockname())
            assert seen > 3
            task.cancel()

    run(main())


# -- errors, timeouts, closing --------------------------------------------------------------------------------------


def test_reset_and_broken_pipe() -> None:
    async def main(address: tuple[str, int]) -> None:
        with await aio_socket.create_connection(address) as connection:
            await connection.sendall(b"x")
            with pytest.raises(ConnectionResetError):
                await connection.recv(10)
        left, right = aio_socket.socketpair()
        with left:
            right.close()
            with pytest.raises(BrokenPipeError):
                await left.sendall(b"x")

    with blocking_server(reset) as address:
        run(main(address))


def test_timeouts() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right, aio_socket.create_server(("127.0.0.1", 0)) as listener:
            assert left.gettimeout() is left.timeout is None
            assert left.getblocking()
            left.settimeout(0.02)
            assert left.timeout == 0.02
            for waiting in (left.recv(1), left.recv_into(bytearray(1)), left.sendall(BIG), left.send(b"x")):
                with pytest.raises(TimeoutError) as failure:
                    await waiting
                assert failure.value.args == ("timed out",)
                assert failure.value.__cause__ is None
            listener.settimeout(0.02)
            with pytest.raises(TimeoutError):
                await listener.accept()
            left.settimeout(5)
            await right.sendall(b"late")
            assert await left.recv(10) == b"late"

    run(main())


def test_timeout_of_connect(tmp_path: Path) -> None:
    async def main() -> None:
        # On Linux, a listener with a full queue drops further requests to connect.
        with aio_socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            address = listener.getsockname()
            filling = [Socket() for _ in range(3)]
            for sock in filling:
                sock.settimeout(0.05)
            outcomes = [await sock.connect_ex(address) for sock in filling]
            if errno.EWOULDBLOCK in outcomes:
                with pytest.raises(TimeoutError, match="timed out"):
                    await aio_socket.create_connection(address, 0.05)
            for sock in filling:
                sock.close()

    run(main())


def test_timeout_zero_does_not_wait() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right, aio_socket.create_server(("127.0.0.1", 0)) as listener, Socket() as client:
            left.setblocking(False)
            assert not left.getblocking()
            with pytest.raises(BlockingIOError):
                await left.recv(1)
            with pytest.raises(BlockingIOError):
                await left.sendall(BIG)
            listener.settimeout(0)
            with pytest.raises(BlockingIOError):
                await listener.accept()
            client.settimeout(0)
            with pytest.raises(BlockingIOError):
                await client.connect(listener.getsockname())
            left.setblocking(True)
            assert left.gettimeout() is None

    run(main())


def test_default_timeout_is_inherited() -> None:
    async def main() -> None:
        with aio_socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(5)
            with await aio_socket.create_connection(listener.getsockname()) as client:
                accepted, _ = await listener.accept()
                with accepted:
                    assert (client.timeout, accepted.timeout) == (socket.getdefaulttimeout(),) * 2

    run(main())
    socket.setdefaulttimeout(7)
    try:
        run(main())
    finally:
        socket.setdefaulttimeout(None)


@pytest.mark.parametrize("act", ["recv", "recv_into", "recvfrom", "send", "sendall", "read", "readline", "accept"])
@pytest.mark.parametrize("how", ["close", "detach"])
def test_closing_wakes_who_waits(act: str, how: str) -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        listener = aio_socket.create_server(("127.0.0.1", 0))
        with right, listener:
            waits: dict[str, Any] = {
                "recv": lambda: left.recv(1),
                "recv_into": lambda: left.recv_into(bytearray(1)),
                "recvfrom": lambda: left.recvfrom(1),
                "send": lambda: left.send(b"x"),
                "sendall": lambda: left.sendall(BIG),
                "read": lambda: left.makefile("rb").read(1),
                "readline": lambda: left.makefile("r").readline(),
                "accept": lambda: listener.accept(),
            }
            if act == "send":
                await left.send(BIG)
            tasks = [asyncio.create_task(waits[act]()) for _ in range(1 if act == "sendall" else 2)]
            await turns()
            sock = listener if act == "accept" else left
            sock._files = 0  # or else the files would keep the socket open, as they do for a blocking socket
            if how == "close":
                sock.close()
            else:
                os.close(sock.detach())
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(result, OSError)
                assert result.errno == errno.EBADF
            left.close()

    run(main())


def test_closing_wakes_connect() -> None:
    async def main() -> None:
        with aio_socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            clients = [Socket() for _ in range(4)]
            tasks = [asyncio.create_task(sock.connect(listener.getsockname())) for sock in clients]
            await asyncio.sleep(0.05)
            for sock in clients:
                sock.close()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                assert result is None or isinstance(result, OSError) and result.errno == errno.EBADF

    run(main())


def test_shutdown_wakes_who_waits() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right, aio_socket.create_server(("127.0.0.1", 0)) as listener:
            tasks = [asyncio.create_task(left.recv(1)) for _ in range(2)]
            accepting = asyncio.create_task(listener.accept())
            await turns()
            left.shutdown(socket.SHUT_RDWR)
            assert await asyncio.gather(*tasks) == [b"", b""]
            listener.shutdown(socket.SHUT_RD)
            with pytest.raises(OSError):
                await accepting

    run(main())


def test_after_close() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        left.close()
        left.close()
        for call in (left.recv(1), left.sendall(b"x"), left.accept(), left.connect("/nowhere")):
            with pytest.raises(OSError) as failure:
                await call
            assert failure.value.errno == errno.EBADF
        with pytest.raises(OSError):
            left.getsockname()
        assert left.fileno() == -1
        right.close()

    run(main())


def test_cancelling_loses_nothing() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            waiting = [asyncio.create_task(left.recv(10)) for _ in range(3)]
            await turns()
            waiting[0].cancel()
            await right.sendall(b"abc")
            waiting[1].cancel()
            assert await waiting[2] == b"abc"
            assert all(isinstance(r, asyncio.CancelledError) for r in await asyncio.gather(*waiting[:2], return_exceptions=True))
            waiting = [asyncio.create_task(left.recv(10)) for _ in range(2)]
            await turns()
            await right.sendall(b"def")
            await asyncio.sleep(0)
            waiting[0].cancel()
            results = await asyncio.gather(*waiting, asyncio.wait_for(left.recv(0), 1), return_exceptions=True)
            assert b"def" in results

    run(main())


def test_cancelled_create_connection_closes_its_socket() -> None:
    async def main() -> None:
        with aio_socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            tasks = [asyncio.create_task(aio_socket.create_connection(listener.getsockname())) for _ in range(4)]
            await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Socket):
                    result.close()

    run(main())


def test_one_socket_in_two_loops_after_each_other() -> None:
    left, right = aio_socket.socketpair()

    async def exchange() -> bytes:
        waiting = asyncio.create_task(left.recv(10))
        await turns()
        await right.sendall(b"again")
        return await waiting

    with left, right:
        assert [run(exchange()), run(exchange())] == [b"again", b"again"]


def test_descriptor_is_inherited_if_wanted() -> None:
    """``set_inheritable`` and ``get_inheritable``, as of a plain socket."""

    async def main() -> None:
        with Socket() as made:
            assert made.get_inheritable() is False
            made.set_inheritable(True)
            assert made.get_inheritable() is True and os.get_inheritable(made.fileno())

    run(main())


def test_detached_descriptor_blocks_again() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        number = left.detach()
        assert left.fileno() == -1
        assert os.get_blocking(number)
        with right, Socket(fileno=number) as again:
            assert (again.family, again.type) == (socket.AF_UNIX, socket.SOCK_STREAM)
            with aio_socket.fromfd(again.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as copy:
                await copy.sendall(b"x")
            assert await right.recv(10) == b"x"

    run(main())


def test_options_and_looks() -> None:
    with Socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1
        assert len(sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 4)) == 4
        assert (sock.family, sock.type, sock.proto) == (socket.AF_INET, socket.SOCK_STREAM, 0)
        assert repr(sock).startswith(f"<porter.support.aio_socket.Socket fd={sock.fileno()}, family=")
    assert "[closed]" in repr(sock)


# -- what the loop watches ------------------------------------------------------------------------------------------


def test_a_number_is_free_again_once_nothing_refers_to_the_socket() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        left.settimeout(0.01)
        with pytest.raises(TimeoutError):
            await left.recv(1)
        number = left.fileno()
        del left
        again, other = aio_socket.socketpair()
        assert number in (again.fileno(), other.fileno())
        for one, peer in ((again, other), (other, again)):
            waiting = asyncio.create_task(one.recv(1))
            await turns()
            await peer.sendall(b"x")
            assert await waiting == b"x"
        for one in (right, again, other):
            one.close()

    run(main())


def test_a_socket_that_waited_in_one_loop_waits_in_the_next() -> None:
    left, right = aio_socket.socketpair()

    async def main() -> bytes:
        waiting = asyncio.create_task(left.recv(1))
        await turns()
        await right.sendall(b"x")
        return await waiting

    assert [run(main()), run(main())] == [b"x", b"x"]
    left.close()
    right.close()


def test_a_socket_at_rest_may_be_watched_by_other_means() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        loop = asyncio.get_running_loop()
        for _ in range(2):
            waiting = asyncio.create_task(left.recv(1))
            await turns()
            await right.sendall(b"x")
            assert await waiting == b"x"
            left.rest()
            seen = asyncio.Event()
            loop.add_reader(left.fileno(), seen.set)
            await right.sendall(b"y")
            await seen.wait()
            loop.remove_reader(left.fileno())
            assert await left.recv(1) == b"y"
        left.close()
        right.close()

    run(main())


def test_what_comes_while_nobody_waits_is_kept() -> None:
    async def main() -> None:
        left, right = aio_socket.socketpair()
        waiting = asyncio.create_task(left.recv(1))
        await turns()
        await right.sendall(b"x")
        assert await waiting == b"x"
        await right.sendall(b"y")
        await asyncio.sleep(0.01)  # the loop reports it, and stops watching
        waiting = asyncio.create_task(left.recv(2))
        assert await waiting == b"y"
        waiting = asyncio.create_task(left.recv(2))
        await turns()
        await right.sendall(b"z")
        assert await waiting == b"z"
        left.close()
        right.close()

    run(main())


def test_at_once() -> None:
    async def waits(seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
            return "done"
        finally:
            ended.append(seconds)

    async def fails() -> None:
        raise KeyError("x")

    async def main() -> None:
        assert aio_socket.at_once(waits(0)) == "done"
        with pytest.raises(RuntimeError, match="would have to wait"):
            aio_socket.at_once(waits(1))
        with pytest.raises(KeyError):
            aio_socket.at_once(fails())
        assert ended == [0, 1]
        left, right = aio_socket.socketpair()
        with left, right:
            left.settimeout(LIMIT)
            aio_socket.at_once(left.sendall(b"x"))
            assert await right.recv(10) == b"x"
            with pytest.raises(RuntimeError, match="would have to wait"):
                aio_socket.at_once(left.recv(10))
            await right.sendall(b"later")
            assert await left.recv(10) == b"later"

    ended: list[float] = []
    run(main())
    left, right = aio_socket.socketpair()  # no loop runs, as when the interpreter ends
    with left, right:
        aio_socket.at_once(left.sendall(b"x"))
        file = right.makefile("wb")
        aio_socket.at_once(file.write(b"y"))
        aio_socket.at_once(file.close())
