# porter: keep
# mypy: disable-error-code="override, misc"
"""HTTP servers for asyncio that keep the shape of ``http.server``: ``do_GET`` and its like serve the requests.

``class Handler(http.server.BaseHTTPRequestHandler)`` becomes ``class Handler(BaseHTTPRequestHandler)``. What may wait is a
coroutine: ``handle``, ``handle_one_request``, ``parse_request``, ``handle_expect_100``, ``send_error``, ``end_headers``,
``flush_headers``, the ``do_`` methods of ``SimpleHTTPRequestHandler``, its ``send_head``, ``list_directory`` and ``copyfile``.
A ``do_`` method may be a plain one. ``send_response``, ``send_header`` and the ``log_`` methods wait for nothing.

How a request is understood and a file is found is left to ``http.server`` itself. Files are read as they are there.
Python 3.11 and later; no dependencies but the async servers and sockets.
"""

from __future__ import annotations

import copy
import http.server
import inspect
import io
import os
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, BinaryIO

from porter.support.aio_socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn

__all__ = ["BaseHTTPRequestHandler", "HTTPServer", "SimpleHTTPRequestHandler", "ThreadingHTTPServer"]

_MAX_LINE = 65536
_MAX_HEADERS = 100
_CHUNK = 64 * 1024


class HTTPServer(TCPServer):
    """A server that knows its name and port."""

    allow_reuse_address = True

    def server_bind(self) -> None:
        """Called by the constructor: bind the socket, and look up the host's name."""
        super().server_bind()
        host, port = self.server_address[:2]
        self.server_name = socket.getfqdn(host)
        self.server_port = port


class ThreadingHTTPServer(ThreadingMixIn, HTTPServer):
    """A task for each connection."""

    daemon_threads = True


class BaseHTTPRequestHandler(StreamRequestHandler, http.server.BaseHTTPRequestHandler):
    """Serves the requests of a connection, one after the other, by its ``do_`` methods."""

    async def handle(self) -> None:
        """Serve requests until the connection is to be closed."""
        self.close_connection = True
        await self.handle_one_request()
        while not self.close_connection:
            await self.handle_one_request()

    async def handle_one_request(self) -> None:
        """Read a request and call the method that serves it."""
        try:
            self.raw_requestline = await self.rfile.readline(_MAX_LINE + 1)
            if len(self.raw_requestline) > _MAX_LINE:
                self.requestline = self.request_version = self.command = ""
                await self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
                return
            if not self.raw_requestline:
                self.close_connection = True
                return
            if not await self.parse_request():
                return
            method = getattr(self, f"do_{self.command}", None)
            if method is None:
                await self.send_error(HTTPStatus.NOT_IMPLEMENTED, f"Unsupported method ({self.command!r})")
                return
            served = method()
            if inspect.isawaitable(served):
                await served
            await self.wfile.flush()
        except TimeoutError as error:
            self.log_error("Request timed out: %r", error)
            self.close_connection = True

    async def parse_request(self) -> bool:
        """Understand the request line, and read and understand the headers; false if the request was answered by an error."""
        headers = _Headers()
        errors: list[tuple[Any, ...]] = []
        expects: list[bool] = []

        def expect() -> bool:
            expects.append(True)
            return True

        parse = http.server.BaseHTTPRequestHandler.parse_request
        plain: dict[str, Any] = {
            "rfile": headers,
            "send_error": lambda *args, **kwargs: errors.append((*args, *kwargs.values())),
            "handle_expect_100": expect,
        }
        try:
            parsed = self._plainly(parse, plain)
        except _Unread:  # the line is right, so the headers count
            headers.lines = await self._read_headers()
            parsed = self._plainly(parse, plain)
        if errors:
            await self.send_error(*errors[0])
        elif expects:
            return await self.handle_expect_100()
        return bool(parsed)

    async def _read_headers(self) -> list[bytes]:
        lines: list[bytes] = []
        while len(lines) <= _MAX_HEADERS:
            line = await self.rfile.readline(_MAX_LINE + 1)
            lines.append(line)
            if len(line) > _MAX_LINE or line in (b"\r\n", b"\n", b""):
                break
        return lines

    async def handle_expect_100(self) -> bool:
        """Tell a client to go on that asks before it sends; whether to serve the request."""
        self.send_response_only(HTTPStatus.CONTINUE)
        await self.end_headers()
        return True

    async def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Log an error and answer with it; nothing else is to be sent then."""
        body = io.BytesIO()
        send = http.server.BaseHTTPRequestHandler.send_error
        self._plainly(send, {"end_headers": lambda: None, "wfile": body}, code, message, explain)
        await self.end_headers()
        if body.getvalue():
            await self.wfile.write(body.getvalue())

    async def end_headers(self) -> None:
        """Send the headers."""
        if self.request_version != "HTTP/0.9":
            self._headers_buffer.append(b"\r\n")
            await self.flush_headers()

    async def flush_headers(self) -> None:
        """Send the headers so far."""
        headers: list[bytes] = getattr(self, "_headers_buffer", [])
        self._headers_buffer: list[bytes] = []
        if headers:
            await self.wfile.write(b"".join(headers))

    def _plainly(self, method: Callable[..., Any], plain: dict[str, Any], *args: Any) -> Any:
        """The result of a plain method of ``http.server``, called on a double that has plain attributes, too."""
        double = copy.copy(self)
        double.__dict__ = vars(self) | plain
        try:
            return method(double, *args)
        finally:
            self.__dict__.update((name, value) for name, value in vars(double).items() if name not in plain)


class SimpleHTTPRequestHandler(BaseHTTPRequestHandler, http.server.SimpleHTTPRequestHandler):
    """Serves the files of a directory."""

    def __init__(self, *args: Any, directory: str | os.PathLike[str] | None = None, **kwargs: Any) -> None:
        self.directory = os.fspath(os.getcwd() if directory is None else directory)
        super().__init__(*args, **kwargs)

    async def do_GET(self) -> None:
        """Send a file, or what a directory holds."""
        file = await self.send_head()
        if file:
            try:
                await self.copyfile(file, self.wfile)
            finally:
                file.close()

    async def do_HEAD(self) -> None:
        """Send the headers only."""
        file = await self.send_head()
        if file:
            file.close()

    async def send_head(self) -> BinaryIO | None:
        """Send the headers; return the file to be sent, or None if there is nothing more to send."""
        found: BinaryIO | None = await self._sent(http.server.SimpleHTTPRequestHandler.send_head)
        return found

    async def list_directory(self, path: str) -> BinaryIO | None:
        """Send the headers of a directory's listing; return the listing."""
        found: BinaryIO | None = await self._sent(http.server.SimpleHTTPRequestHandler.list_directory, path)
        return found

    async def copyfile(self, source: BinaryIO, outputfile: Any) -> None:
        """Send all of a file."""
        while data := source.read(_CHUNK):
            await outputfile.write(data)

    async def _sent(self, method: Callable[..., Any], *args: Any) -> Any:
        """What a plain method gives, once the headers, or the error, that it wants to send are sent."""
        ended: list[bool] = []
        errors: list[tuple[Any, ...]] = []

        def end() -> None:
            ended.append(True)

        def fail(*args: Any, **kwargs: Any) -> None:
            errors.append((*args, *kwargs.values()))

        plain = {"list_directory": self.list_directory, "end_headers": end, "send_error": fail}
        found = self._plainly(method, plain, *args)
        if inspect.isawaitable(found):  # it is left to `list_directory`
            found = await found
        if errors:
            await self.send_error(*errors[0])
        elif ended:
            await self.end_headers()
        return found


class _Unread(Exception):
    """The headers are needed."""


class _Headers:
    """The lines of the headers, once they are read."""

    lines: list[bytes] | None = None

    def readline(self, limit: int) -> bytes:
        """The next line."""
        if self.lines is None:
            raise _Unread
        return self.lines.pop(0) if self.lines else b""
