"""The HTTP servers of the support module answer blocking clients as those of ``http.server`` do."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from porter.support import aio_http_server as servers
from tests.support.peers import LIMIT, run

PLAIN, ASYNC = http.server.BaseHTTPRequestHandler, servers.BaseHTTPRequestHandler


def talk(address: Any, request: bytes) -> bytes:
    """All that a server answers to some bytes, without the header that says when."""
    with socket.create_connection(address, LIMIT) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        answer = client.makefile("rb").read()
    return b"".join(line for line in answer.splitlines(True) if not line.startswith((b"Date:", b"Server:")))


def of_blocking(handler: Callable[..., Any], request: bytes) -> bytes:
    """What a server of ``http.server`` answers."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            return talk(server.server_address, request)
        finally:
            server.shutdown()
            thread.join()


def of_async(handler: Callable[..., Any], request: bytes) -> bytes:
    """What a server of the support module answers."""

    async def main() -> bytes:
        async with servers.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            assert server.server_port == server.server_address[1]
            serving = asyncio.create_task(server.serve_forever())
            answer = await asyncio.to_thread(talk, server.server_address, request)
            await server.shutdown()
            await serving
            return answer

    return run(main())


class PlainEcho(http.server.BaseHTTPRequestHandler):
    """Answers with what it got."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody need know."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class AsyncEcho(servers.BaseHTTPRequestHandler):
    """The same, asynchronously."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody need know."""

    async def do_POST(self) -> None:
        body = await self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        await self.end_headers()
        await self.wfile.write(body)


POST = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.parametrize(
    "request_",
    [
        POST,
        POST + POST,
        POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"),
        POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + POST,
        b"GET / HTTP/1.1\r\n\r\n",
        b"HEAD / HTTP/1.1\r\n\r\n",
        b"GET /\r\n",
        b"nonsense\r\n",
        b"GET / HTTP/x\r\n",
        b"GET / HTTP/3.0\r\n\r\n",
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 70000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"",
    ],
)
def test_answers_are_those_of_http_server(request_: bytes) -> None:
    assert of_async(AsyncEcho, request_) == of_blocking(PlainEcho, request_)


@pytest.mark.parametrize(
    "line", ["GET /", "GET /folder", "GET /folder/", "HEAD /a.txt", "GET /a.txt", "GET /none", "GET /a.txt/", "PUT /a.txt"]
)
def test_files(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_bytes(b"text\n" * 50000)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "index.html").write_bytes(b"<p>")

    def plain(*args: Any) -> http.server.SimpleHTTPRequestHandler:
        return http.server.SimpleHTTPRequestHandler(*args, directory=str(tmp_path))

    def asynchronous(*args: Any) -> servers.SimpleHTTPRequestHandler:
        return servers.SimpleHTTPRequestHandler(*args, directory=tmp_path)

    request = f"{line} HTTP/1.0\r\n\r\n".encode()
    assert of_async(asynchronous, request) == of_blocking(plain, request)
    logged = capsys.readouterr().err.splitlines()
    assert [entry.partition("] ")[2] for entry in logged[: len(logged) // 2]] == [
        entry.partition("] ")[2] for entry in logged[len(logged) // 2 :]
    ]


def test_what_a_handler_overrides_is_called() -> None:
    class Handler(servers.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Nobody need know."""

        def translate_path(self, path: str) -> str:
            self.seen = path
            return "/nowhere/at/all"

        async def end_headers(self) -> None:
            self.send_header("X-Seen", self.seen)
            await super().end_headers()

    assert b"\r\nX-Seen: /here\r\n" in of_async(Handler, b"GET /here HTTP/1.0\r\n\r\n")


def test_a_plain_method_may_serve() -> None:
    class Handler(AsyncEcho):
        def do_GET(self) -> None:
            self.send_response(204)
            self.close_connection = True

        async def finish(self) -> None:
            await self.flush_headers()
            await super().finish()

    assert of_async(Handler, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 204 No Content\r\n")


def test_a_request_that_does_not_come() -> None:
    told: list[str] = []

    class Handler(AsyncEcho):
        timeout = 0.01

        def log_error(self, format: str, *args: Any) -> None:
            told.append(format % args)

    async def main() -> None:
        async with servers.HTTPServer(("127.0.0.1", 0), Handler) as server:
            with socket.create_connection(server.server_address):
                await server.handle_request()

    run(main())
    assert told == ["Request timed out: TimeoutError('timed out')"]
