"""Servers of the support module serve blocking clients as those of ``socketserver`` do."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from porter.support import aio_socketserver as servers
from tests.support.peers import LIMIT, run


class Echo(servers.StreamRequestHandler):
    """Answers each line in capitals."""

    async def handle(self) -> None:
        async for line in self.rfile:
            await self.wfile.write(line.upper())


def ask(address: Any, *lines: bytes) -> bytes:
    """What a server answers a blocking client."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(LIMIT)
        client.connect(address)
        for line in lines:
            client.sendall(line)
        client.shutdown(socket.SHUT_WR)
        return client.makefile("rb").read()


@pytest.mark.parametrize("cls", [servers.TCPServer, servers.ThreadingTCPServer, servers.ForkingTCPServer])
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the clients' threads are at work
def test_streams(cls: type[servers.TCPServer]) -> None:
    async def main() -> None:
        async with cls(("127.0.0.1", 0), Echo) as server:
            serving = asyncio.create_task(server.serve_forever())
            asked = (asyncio.to_thread(ask, server.server_address, b"a\n", b"b") for _ in range(3))
            assert await asyncio.gather(*asked) == [b"A\nB"] * 3
            await server.shutdown()
            assert serving.done()

    run(main())


def test_paths(tmp_path: Path) -> None:
    async def main() -> None:
        async with servers.ThreadingUnixStreamServer(str(tmp_path / "s"), Echo) as server:
            serving = asyncio.create_task(server.serve_forever())
            assert await asyncio.to_thread(ask, server.server_address, b"a\n") == b"A\n"
            await server.shutdown()
            await serving

    run(main())


def test_datagrams() -> None:
    class Answer(servers.DatagramRequestHandler):
        async def handle(self) -> None:
            self.wfile.write(self.rfile.read().upper())

    class Reverse(servers.BaseRequestHandler):
        async def handle(self) -> None:
            data, sock = self.request
            await sock.sendto(data[::-1], self.client_address)

    async def main() -> None:
        for cls, handler, answer in ((servers.UDPServer, Answer, b"XYZ"), (servers.ThreadingUDPServer, Reverse, b"zyx")):
            async with cls(("127.0.0.1", 0), handler) as server:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                    client.settimeout(LIMIT)
                    client.sendto(b"xyz", server.server_address)
                    await server.handle_request()
                    assert await asyncio.to_thread(client.recv, 10) == answer

    run(main())


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_children_are_waited_for() -> None:
    class Sleeper(servers.BaseRequestHandler):
        async def handle(self) -> None:
            await asyncio.sleep(0.05)
            os._exit(0) if self.request[0] == b"leaves" else None

    class Few(servers.ForkingUDPServer):
        max_children = 2

    async def main() -> None:
        async with Few(("127.0.0.1", 0), Sleeper) as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                for data in (b"stays", b"leaves", b"stays"):
                    client.sendto(data, server.server_address)
                    await server.handle_request()
                    assert 1 <= len(server.active_children or ()) <= 2
        assert server.active_children == set()
        await server.collect_children(blocking=True)  # there is nobody to wait for

    run(main())


def test_the_hooks_are_called_in_order() -> None:
    calls: list[str] = []

    class Handler(servers.BaseRequestHandler):
        async def setup(self) -> None:
            calls.append("setup")

        async def handle(self) -> None:
            calls.append((await self.request.recv(10)).decode())

        async def finish(self) -> None:
            calls.append("finish")

    class Server(servers.TCPServer):
        allow_reuse_address = True

        def server_bind(self) -> None:
            calls.append("bind")
            super().server_bind()

        def verify_request(self, request: Any, client_address: Any) -> bool:
            calls.append("verify")
            return True

        def service_actions(self) -> None:
            calls.append("actions")
            self._stopping = True

        def close_request(self, request: Any) -> None:
            calls.append("close")
            super().close_request(request)

    async def main() -> None:
        async with Server(("127.0.0.1", 0), Handler) as server:
            asking = asyncio.create_task(asyncio.to_thread(ask, server.server_address, b"data"))
            await server.serve_forever(LIMIT)
            await asking
        assert calls == ["bind", "verify", "setup", "data", "finish", "close", "actions"]

    run(main())


@pytest.mark.parametrize("cls", [servers.TCPServer, servers.ThreadingTCPServer, servers.ForkingTCPServer])
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_hooks_may_be_coroutines(cls: type[servers.TCPServer], capfd: pytest.CaptureFixture[str]) -> None:
    calls: list[str] = []

    class Handler(servers.BaseRequestHandler):
        async def handle(self) -> None:
            raise ValueError("no")

    class Server(cls):  # type: ignore[misc, valid-type]
        async def verify_request(self, request: Any, client_address: Any) -> bool:
            return bool(await request.recv(1) == b"!")

        async def handle_error(self, request: Any, client_address: Any) -> None:
            await asyncio.sleep(0)
            os.write(1, repr(sys.exc_info()[1]).encode())
            await request.sendall(b"sorry")

        async def service_actions(self) -> None:
            await asyncio.sleep(0)
            calls.append("actions")

        async def handle_timeout(self) -> None:
            await asyncio.sleep(0)
            calls.append("timeout")

    async def main() -> None:
        async with Server(("127.0.0.1", 0), Handler) as server:
            server.timeout = 0.001
            await server.handle_request()
            assert calls == ["timeout"]
            serving = asyncio.create_task(server.serve_forever(0.001))
            assert await asyncio.to_thread(ask, server.server_address, b"?") == b""
            assert await asyncio.to_thread(ask, server.server_address, b"!") == b"sorry"
            await server.shutdown()
            await serving

    run(main())
    assert set(calls) == {"timeout", "actions"}
    assert capfd.readouterr().out == "ValueError('no')"


@pytest.mark.parametrize("cls", [servers.TCPServer, servers.ThreadingTCPServer])
def test_a_failing_handler_is_reported(cls: type[servers.TCPServer], capsys: pytest.CaptureFixture[str]) -> None:
    class Failing(servers.BaseRequestHandler):
        async def handle(self) -> None:
            raise ValueError("no")

    async def main() -> None:
        async with cls(("127.0.0.1", 0), Failing) as server:
            asking = asyncio.create_task(asyncio.to_thread(ask, server.server_address))
            await server.handle_request()
            assert await asking == b""

    run(main())
    told = capsys.readouterr().err
    assert "Exception occurred during processing of request from ('127.0.0.1', " in told
    assert told.splitlines()[-2:] == ["ValueError: no", "-" * 40]


def test_closing_waits_for_the_tasks() -> None:
    for daemon in (False, True):
        done: list[bool] = []

        class Slow(servers.BaseRequestHandler):
            async def handle(self) -> None:
                await asyncio.sleep(0.05)
                done.append(True)  # noqa: B023

        class Server(servers.ThreadingTCPServer):
            daemon_threads = daemon

        async def main() -> None:
            async with Server(("127.0.0.1", 0), Slow) as server:
                with socket.create_connection(server.server_address):
                    await server.handle_request()

        run(main())
        assert done == ([] if daemon else [True])


def test_a_request_that_does_not_come() -> None:
    told: list[str] = []

    class Patient(servers.TCPServer):
        timeout = 0.01

        def handle_timeout(self) -> None:
            told.append("timeout")

    async def main() -> None:
        async with Patient(("127.0.0.1", 0), Echo) as server:
            await server.handle_request()

    run(main())
    assert told == ["timeout"]


def test_shutdown_before_it_serves() -> None:
    async def main() -> None:
        async with servers.TCPServer(("127.0.0.1", 0), Echo) as server:
            serving = asyncio.create_task(server.serve_forever())
            await server.shutdown()
            assert serving.done()

    run(main())


def test_a_handler_stops_its_server() -> None:
    class Stopping(servers.StreamRequestHandler):
        async def handle(self) -> None:
            asyncio.get_running_loop().create_task(self.server.shutdown())
            await self.wfile.write(b"bye")

    async def main() -> None:
        async with servers.TCPServer(("127.0.0.1", 0), Stopping) as server:
            asking = asyncio.create_task(asyncio.to_thread(ask, server.server_address))
            await server.serve_forever()
            assert await asking == b"bye"

    run(main())
