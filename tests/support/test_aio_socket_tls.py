"""TLS on the asynchronous socket: from the start, by upgrade, and left again, against blocking peers."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl

import pytest

from porter.support import aio_socket
from porter.support.aio_socket import Socket, TlsSocket
from tests.support.certificates import contexts
from tests.support.peers import LIMIT, blocking_peer, blocking_server, run

pytestmark = pytest.mark.filterwarnings("error")

BIG = os.urandom(1 << 20) * 4


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context and a client's."""
    return contexts(tmp_path_factory.mktemp("tls"))[:2]


def test_client_of_a_blocking_server(sides: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = sides

    def serve(connection: socket.socket) -> None:
        with server.wrap_socket(connection, server_side=True) as secure:
            assert secure.recv(100) == b"hello"
            secure.sendall(BIG)

    async def main(address: tuple[str, int]) -> None:
        plain = await aio_socket.create_connection(address)
        with await aio_socket.wrap_socket(client, plain, server_hostname="localhost") as secure:
            assert plain.fileno() == -1
            assert isinstance(secure, TlsSocket)
            assert secure.version() in ("TLSv1.2", "TLSv1.3")
            assert secure.getpeercert()["subject"] == ((("commonName", "localhost"),),)
            assert secure.getpeername() == address
            await secure.sendall(b"")
            await secure.sendall(b"hello")
            file = secure.makefile("rb")
            assert await file.read() == BIG
            assert await secure.recv(10) == b""
            await file.close()
        assert secure.fileno() == -1

    with blocking_server(serve) as address:
        run(main(address))


def test_upgrade_and_back(sides: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = sides

    def serve(connection: socket.socket) -> None:
        assert connection.recv(100) == b"STARTTLS"
        connection.sendall(b"ok")
        secure = server.wrap_socket(connection, server_side=True)
        assert secure.recv(100) == b"secret"
        plain = secure.unwrap()
        plain.sendall(b"plain")
        assert plain.recv(100) == b"bye"
        plain.close()

    async def main(address: tuple[str, int]) -> None:
        connection = await aio_socket.create_connection(address, timeout=LIMIT)
        await connection.sendall(b"STARTTLS")
        assert await connection.recv(100) == b"ok"
        secure = await aio_socket.wrap_socket(client, connection, server_hostname="localhost")
        assert secure.gettimeout() == LIMIT
        await secure.sendall(b"secret")
        plain = await secure.unwrap()
        assert await plain.recv(100) == b"plain"
        await plain.sendall(b"bye")
        plain.close()

    with blocking_server(serve) as address:
        run(main(address))


def test_server_and_both_ways_at_once(sides: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = sides

    def visit(address: tuple[str, int]) -> bytes:
        with socket.create_connection(address, LIMIT) as plain:
            with client.wrap_socket(plain, server_hostname="localhost") as secure:
                with blocking_peer(secure.sendall, BIG):
                    return b"".join(iter(lambda: secure.recv(65536), b""))

    async def main() -> None:
        listener = await aio_socket.wrap_socket(server, aio_socket.create_server(("127.0.0.1", 0)), server_side=True)
        with listener, blocking_peer(visit, listener.getsockname()) as results:
            connection, _ = await listener.accept()
            with connection:
                file = connection.makefile("rb")
                read, _ = await asyncio.gather(file.read(len(BIG)), connection.sendall(BIG))
                assert read == BIG
                await file.close()
            while not results:
                await asyncio.sleep(0.01)
        assert results == [BIG]

    run(main())


def test_connecting_shakes_hands(sides: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = sides

    def serve(connection: socket.socket) -> None:
        with server.wrap_socket(connection, server_side=True) as secure:
            secure.sendall(b"hi")

    async def main(address: tuple[str, int]) -> None:
        with await aio_socket.wrap_socket(client, Socket(), server_hostname="localhost") as secure:
            await secure.connect(address)
            assert await secure.read(10) == b"hi"

    with blocking_server(serve) as address:
        run(main(address))


def test_an_unknown_certificate_is_refused(sides: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, _ = sides

    def serve(connection: socket.socket) -> None:
        with pytest.raises(ssl.SSLError):
            server.wrap_socket(connection, server_side=True)

    async def main(address: tuple[str, int]) -> None:
        connection = await aio_socket.create_connection(address)
        with pytest.raises(ssl.SSLCertVerificationError):
            await aio_socket.wrap_socket(ssl.create_default_context(), connection, server_hostname="localhost")
        assert connection.fileno() == -1

    with blocking_server(serve) as address:
        run(main(address))


def test_a_silent_peer_runs_into_the_timeout(sides: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    _, client = sides

    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            left.settimeout(0.05)
            with pytest.raises(TimeoutError):
                await aio_socket.wrap_socket(client, left, server_hostname="localhost")

    run(main())


def test_without_a_host_name_the_socket_stays_usable(sides: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    _, client = sides

    async def main() -> None:
        left, right = aio_socket.socketpair()
        with left, right:
            with pytest.raises(ValueError, match="server_hostname"):
                await aio_socket.wrap_socket(client, left)
            await left.sendall(b"x")
            assert await right.recv(1) == b"x"

    run(main())


def test_a_replaced_create_connection_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(socket, "create_connection", lambda address, *rest: ours)

    async def main() -> None:
        with await aio_socket.create_connection(("nowhere.invalid", 1)) as connection:
            await connection.sendall(b"by proxy")

    with theirs:
        run(main())
        assert theirs.recv(100) == b"by proxy"
