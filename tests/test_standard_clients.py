"""Clients of the standard library, ported as they stand in this Python, talk TLS to real blocking servers."""

from __future__ import annotations

import http.server
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.certificates import contexts
from tests.support.peers import LIMIT

_LIBRARY = Path(os.__file__).parent

_POP = """
import asyncio, ssl, sys
from mail.client import POP3, POP3_SSL

async def main(cafile, tls_port, plain_port):
    context = ssl.create_default_context(cafile=cafile)
    client = await POP3_SSL.create("localhost", tls_port, context=context)
    print(await client.user("me"), await client.quit())
    client = await POP3.create("localhost", plain_port)
    print(await client.stls(context=context), await client.user("me"), await client.quit())

asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])), debug=True)
"""

_HTTP = """
import asyncio, ssl, sys
from web.client import HTTPSConnection

async def main(cafile, port):
    context = ssl.create_default_context(cafile=cafile)
    connection = HTTPSConnection("localhost", port, context=context)
    for _ in range(2):
        await connection.request("POST", "/", body=b"x" * 100000)
        async with await connection.getresponse() as response:
            print(response.status, len(await response.readline()), len(await response.read()))
    await connection.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2])), debug=True)
"""


def _ported(source: str, package: Path) -> None:
    """The port of a module, as the module ``client`` of a package."""
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "client.py").write_text((_LIBRARY / source).read_text())
    command = [sys.executable, "-m", "porter", "port", str(package), "--in-place", "--strict"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=300, check=False)
    assert not done.returncode, done.stdout + done.stderr


def _run(folder: Path, program: str, *arguments: object) -> str:
    (folder / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "program.py", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr
    return done.stdout


@contextmanager
def _in_thread(serve: object, stop: object = None) -> Iterator[None]:
    thread = threading.Thread(target=serve, daemon=True)  # type: ignore[arg-type]
    thread.start()
    yield
    if callable(stop):
        stop()
    thread.join(LIMIT)
    assert not thread.is_alive()


def test_poplib(tmp_path: Path) -> None:
    server, _, certificate = contexts(tmp_path)
    _ported("poplib.py", tmp_path / "mail")
    secure, plain = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for listener, wrapped in ((secure, True), (plain, False)):
            connection, _ = listener.accept()
            connection.settimeout(LIMIT)
            _speak_pop(server.wrap_socket(connection, server_side=True) if wrapped else connection, server)

    with secure, plain, _in_thread(serve):
        ports = secure.getsockname()[1], plain.getsockname()[1]
        assert _run(tmp_path, _POP, certificate, *ports).splitlines() == [
            "b'+OK user' b'+OK quit'",
            "b'+OK stls' b'+OK user' b'+OK quit'",
        ]


def _speak_pop(connection: socket.socket, server: ssl.SSLContext) -> None:
    connection.sendall(b"+OK hello\r\n")
    while line := connection.recv(100):
        command = line.split()[0].lower()
        connection.sendall(b"+OK " + command + (b"\r\nSTLS\r\n.\r\n" if command == b"capa" else b"\r\n"))
        if command == b"stls":
            connection = server.wrap_socket(connection, server_side=True)
        if command == b"quit":
            break
    connection.close()


class _Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"line\n", body, b""):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_http_client(tmp_path: Path) -> None:
    server, _, certificate = contexts(tmp_path)
    _ported("http/client.py", tmp_path / "web")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as web:
        web.socket = server.wrap_socket(web.socket, server_side=True)
        with _in_thread(web.serve_forever, web.shutdown):
            output = _run(tmp_path, _HTTP, certificate, web.server_port)
    assert output.splitlines() == ["200 5 100000", "200 5 100000"]
