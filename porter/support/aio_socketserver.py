# porter: keep
"""Servers for asyncio that keep the shape of ``socketserver``: classes for servers, an object of a class per request.

``class Handler(socketserver.StreamRequestHandler)`` becomes ``class Handler(StreamRequestHandler)``, and its ``setup``,
``handle`` and ``finish`` coroutines; ``server.serve_forever()`` becomes ``await server.serve_forever()``. Attributes,
hooks and their order are those of ``socketserver``; ``self.request`` is an async socket, ``self.rfile`` and
``self.wfile`` are its files. With ``ThreadingMixIn`` each request is served in a task of its own, with ``ForkingMixIn``
in a process, which has an event loop of its own.

Coroutines are what may wait: of servers ``serve_forever``, ``handle_request``, ``get_request``, ``process_request``,
``process_request_thread``, ``finish_request``, ``collect_children``, ``shutdown`` and ``server_close``; of the
hooks ``verify_request``, ``handle_error``, ``handle_timeout`` and ``service_actions`` those that a subclass makes
coroutines. Making a handler only keeps what it is given: the server awaits its ``serve_request()``, which runs
``setup``, ``handle`` and ``finish``.
Python 3.11 and later; no dependencies but the async socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import os
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeAlias

from porter.support.aio_socket import BinaryFile, Data, Socket

__all__ = [
    "BaseRequestHandler",
    "BaseServer",
    "DatagramRequestHandler",
    "ForkingMixIn",
    "ForkingTCPServer",
    "ForkingUDPServer",
    "StreamRequestHandler",
    "TCPServer",
    "ThreadingMixIn",
    "ThreadingTCPServer",
    "ThreadingUDPServer",
    "ThreadingUnixDatagramServer",
    "ThreadingUnixStreamServer",
    "UDPServer",
    "UnixDatagramServer",
    "UnixStreamServer",
]

Address: TypeAlias = Any  # a tuple or a path: it depends on the address family


async def _settled(given: Any) -> Any:
    """What a hook gives, be it a coroutine function or not."""
    return await given if inspect.isawaitable(given) else given


class BaseServer:
    """What all servers do; a subclass says what a request is (``get_request``) and how to wait for one (``fileno``)."""

    timeout: float | None = None
    RequestHandlerClass: Callable[[Any, Address, Any], BaseRequestHandler]

    def __init__(
        self, server_address: Address, RequestHandlerClass: Callable[[Any, Address, Any], BaseRequestHandler]
    ) -> None:
        self.server_address = server_address
        self.RequestHandlerClass = RequestHandlerClass
        self._stopping = False
        self._stopped = asyncio.Event()
        self._waiter: asyncio.Future[bool] | None = None

    def fileno(self) -> int:
        """The descriptor that can be read from when there is a request."""
        raise NotImplementedError

    async def get_request(self) -> tuple[Any, Address]:
        """Wait for a request; return it and the address it comes from."""
        raise NotImplementedError

    def server_activate(self) -> None:
        """Called by the constructor: begin to listen."""

    async def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serve requests until ``shutdown``; ``service_actions`` is called every ``poll_interval`` seconds."""
        self._stopped.clear()
        try:
            while not self._is_stopping():
                ready = await self._wait(poll_interval)
                if self._is_stopping():
                    break
                if ready:
                    await self._serve_one()
                await _settled(self.service_actions())
        finally:
            self._stopping = False
            self._stopped.set()

    async def shutdown(self) -> None:
        """End ``serve_forever`` and wait until it has ended; not to be awaited in a handler of a server without tasks."""
        self._stopping = True
        self._wake(False)
        await self._stopped.wait()

    async def handle_request(self) -> None:
        """Serve one request; call ``handle_timeout`` if none comes in ``timeout`` seconds."""
        if await self._wait(self._patience()):
            await self._serve_one()
        else:
            await _settled(self.handle_timeout())

    def _is_stopping(self) -> bool:
        return self._stopping

    def _patience(self) -> float | None:
        return self.timeout

    async def _wait(self, timeout: float | None) -> bool:
        """Whether a request comes before ``timeout`` seconds have passed, or ``shutdown`` is called."""
        loop = asyncio.get_running_loop()
        fd = self.fileno()
        self._waiter = loop.create_future()
        loop.add_reader(fd, self._wake, True)
        try:
            async with asyncio.timeout(timeout):
                return await self._waiter
        except TimeoutError:
            return False
        finally:
            self._waiter = None
            if self.fileno() == fd:  # a closed one may be another file's by now
                loop.remove_reader(fd)

    def _wake(self, ready: bool) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(ready)

    async def _serve_one(self) -> None:
        try:
            request, client_address = await self.get_request()
        except OSError:
            return
        try:
            if await _settled(self.verify_request(request, client_address)):
                await self.process_request(request, client_address)
            else:
                self.shutdown_request(request)
        except Exception:
            await _settled(self.handle_error(request, client_address))
            self.shutdown_request(request)
        except BaseException:
            self.shutdown_request(request)
            raise

    async def process_request(self, request: Any, client_address: Address) -> None:
        """Serve a request, and close it."""
        await self.finish_request(request, client_address)
        self.shutdown_request(request)

    async def finish_request(self, request: Any, client_address: Address) -> None:
        """Serve a request by an object of the handler class."""
        await self.RequestHandlerClass(request, client_address, self).serve_request()

    async def server_close(self) -> None:
        """Close the server, once what it serves is served; ``async with`` does it at its end."""

    def service_actions(self) -> Awaitable[None] | None:
        """Called by ``serve_forever`` between requests."""
        return None

    def verify_request(self, request: Any, client_address: Address) -> Awaitable[bool] | bool:
        """Whether to serve a request."""
        return True

    def handle_timeout(self) -> Awaitable[None] | None:
        """Called by ``handle_request`` when no request came in time."""
        return None

    def shutdown_request(self, request: Any) -> None:
        """Close a request that was served."""
        self.close_request(request)

    def close_request(self, request: Any) -> None:
        """Free what a request holds."""

    def handle_error(self, request: Any, client_address: Address) -> Awaitable[None] | None:
        """Called while the exception is handled that a handler raised; tells of it on standard error."""
        print("-" * 40, file=sys.stderr)
        print("Exception occurred during processing of request from", client_address, file=sys.stderr)
        traceback.print_exc()
        print("-" * 40, file=sys.stderr)
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.server_close()


class TCPServer(BaseServer):
    """A server of TCP connections; ``socket`` is the async socket that listens."""

    address_family: int = socket.AF_INET
    socket_type: int = socket.SOCK_STREAM
    request_queue_size = 5
    allow_reuse_address = False
    allow_reuse_port = False

    def __init__(
        self,
        server_address: Address,
        RequestHandlerClass: Callable[[Any, Address, Any], BaseRequestHandler],
        bind_and_activate: bool = True,
    ) -> None:
        super().__init__(server_address, RequestHandlerClass)
        self.socket = Socket(self.address_family, self.socket_type)
        if bind_and_activate:
            try:
                self.server_bind()
                self.server_activate()
            except BaseException:
                self.socket.close()
                raise

    def server_bind(self) -> None:
        """Called by the constructor: bind the socket."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.allow_reuse_port:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def server_activate(self) -> None:
        """Called by the constructor: begin to listen."""
        self.socket.listen(self.request_queue_size)

    async def server_close(self) -> None:
        """Close the listening socket."""
        if self._waiter is not None:
            asyncio.get_running_loop().remove_reader(self.fileno())
        self._wake(False)
        self.socket.close()

    def fileno(self) -> int:
        """The listening socket's descriptor."""
        return self.socket.fileno()

    async def _wait(self, timeout: float | None) -> bool:
        self.socket.rest()
        return await super()._wait(timeout)

    def _patience(self) -> float | None:
        limits = [limit for limit in (self.socket.gettimeout(), self.timeout) if limit is not None]
        return min(limits, default=None)

    async def get_request(self) -> tuple[Any, Address]:
        """Wait for a connection; return its async socket and the peer's address."""
        return await self.socket.accept()

    def shutdown_request(self, request: Any) -> None:
        """Tell the peer that there is nothing more, and close the connection."""
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
        self.close_request(request)

    def close_request(self, request: Any) -> None:
        """Close a connection."""
        request.close()


class UDPServer(TCPServer):
    """A server of datagrams: a request is the data, and the socket to answer on."""

    socket_type = socket.SOCK_DGRAM
    max_packet_size = 8192

    async def get_request(self) -> tuple[Any, Address]:
        """Wait for a datagram; return it with the socket, and the sender's address."""
        data, address = await self.socket.recvfrom(self.max_packet_size)
        return (data, self.socket), address

    def server_activate(self) -> None:
        """Datagrams come without listening."""

    def shutdown_request(self, request: Any) -> None:
        """A datagram needs no shutdown."""
        self.close_request(request)

    def close_request(self, request: Any) -> None:
        """A datagram needs no closing."""


class ThreadingMixIn:
    """Serves each request in a task of its own, as ``socketserver`` does in a thread."""

    daemon_threads = False
    block_on_close = True
    _tasks: set[asyncio.Task[None]] | None = None

    async def process_request_thread(self, request: Any, client_address: Address) -> None:
        """Serve a request and close it; what its task runs."""
        server: Any = self
        try:
            await server.finish_request(request, client_address)
        except Exception:
            await _settled(server.handle_error(request, client_address))
        finally:
            server.shutdown_request(request)

    async def _life(self, request: Any, client_address: Address) -> None:
        with contextlib.suppress(SystemExit):  # it ends a thread, not the program
            await self.process_request_thread(request, client_address)

    async def process_request(self, request: Any, client_address: Address) -> None:
        """Start a task that serves the request."""
        if self._tasks is None:
            self._tasks = set()
        task = asyncio.create_task(self._life(request, client_address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def server_close(self) -> None:
        """Close the server; then wait for its tasks, unless they are daemons or ``block_on_close`` says not to."""
        server: Any = super()
        await server.server_close()
        tasks = (self._tasks or set()) - {asyncio.current_task()}
        if tasks and self.block_on_close and not self.daemon_threads:
            await asyncio.wait(tasks)


class ForkingMixIn:
    """Serves each request in a process of its own; the child has an event loop of its own, and ends with the request."""

    timeout: float | None = 300
    active_children: set[int] | None = None
    max_children = 40
    block_on_close = True

    async def collect_children(self, *, blocking: bool = False) -> None:
        """Wait while there are too many children, or for all of them; forget those that have ended."""
        children = self.active_children or set()
        while len(children) >= self.max_children:
            try:
                pid, _ = await asyncio.to_thread(os.waitpid, -1, 0)
            except ChildProcessError:
                children.clear()
            else:
                children.discard(pid)
        for child in children.copy() if blocking else ():
            with contextlib.suppress(ChildProcessError):  # somebody else has waited for it
                await asyncio.to_thread(os.waitpid, child, 0)
            children.discard(child)
        self._forget_ended()

    def _forget_ended(self) -> None:
        children = self.active_children or set()
        for child in children.copy():
            try:
                pid, _ = os.waitpid(child, os.WNOHANG)
            except ChildProcessError:
                pid = child
            children.discard(pid)

    def handle_timeout(self) -> None:
        """Called by ``handle_request`` when no request came in time: forget the children that have ended."""
        self._forget_ended()

    def service_actions(self) -> None:
        """Called by ``serve_forever`` between requests: forget the children that have ended."""
        self._forget_ended()

    async def process_request(self, request: Any, client_address: Address) -> None:
        """Start a process that serves the request."""
        await self.collect_children()
        server: Any = self
        pid = os.fork()
        if pid:
            if self.active_children is None:
                self.active_children = set()
            self.active_children.add(pid)
            server.close_request(request)
            return
        status = 1
        try:
            asyncio.run(server.finish_request(request, client_address))
            status = 0
        except Exception:
            asyncio.run(_settled(server.handle_error(request, client_address)))
        finally:
            try:
                server.shutdown_request(request)
            finally:
                os._exit(status)

    async def server_close(self) -> None:
        """Close the server; then wait for the children, unless ``block_on_close`` says not to."""
        server: Any = super()
        await server.server_close()
        await self.collect_children(blocking=self.block_on_close)


class ForkingTCPServer(ForkingMixIn, TCPServer):
    """A process for each connection."""


class ForkingUDPServer(ForkingMixIn, UDPServer):
    """A process for each datagram."""


class ThreadingTCPServer(ThreadingMixIn, TCPServer):
    """A task for each connection."""


class ThreadingUDPServer(ThreadingMixIn, UDPServer):
    """A task for each datagram."""


class UnixStreamServer(TCPServer):
    """A server of connections to a path."""

    address_family = socket.AF_UNIX


class UnixDatagramServer(UDPServer):
    """A server of datagrams to a path."""

    address_family = socket.AF_UNIX


class ThreadingUnixStreamServer(ThreadingMixIn, UnixStreamServer):
    """A task for each connection to a path."""


class ThreadingUnixDatagramServer(ThreadingMixIn, UnixDatagramServer):
    """A task for each datagram to a path."""


class BaseRequestHandler:
    """Serves one request: ``handle``, between ``setup`` and ``finish``."""

    def __init__(self, request: Any, client_address: Address, server: Any) -> None:
        self.request = request
        self.client_address = client_address
        self.server = server

    async def serve_request(self) -> None:
        """What the server awaits."""
        await self.setup()
        try:
            await self.handle()
        finally:
            await self.finish()

    async def setup(self) -> None:
        """Called before ``handle``."""

    async def handle(self) -> None:
        """Serve the request."""

    async def finish(self) -> None:
        """Called after ``handle``, also if that raises; not if ``setup`` does."""


class StreamRequestHandler(BaseRequestHandler):
    """Serves a connection by its files ``rfile`` and ``wfile``."""

    rbufsize = -1
    wbufsize = 0
    timeout: float | None = None
    disable_nagle_algorithm = False
    connection: Socket
    rfile: BinaryFile
    wfile: BinaryFile

    async def setup(self) -> None:
        """Make the files."""
        self.connection = self.request
        if self.timeout is not None:
            self.connection.settimeout(self.timeout)
        if self.disable_nagle_algorithm:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        unbuffered = self.wbufsize == 0
        self.wfile = _Unbuffered(self.connection) if unbuffered else self.connection.makefile("wb", self.wbufsize)

    async def finish(self) -> None:
        """Close the files."""
        if not self.wfile.closed:
            with contextlib.suppress(OSError):
                await self.wfile.flush()
        await self.wfile.close()
        await self.rfile.close()


class _Unbuffered(BinaryFile):
    """A file that sends at once what it is given, and all of it."""

    def __init__(self, sock: Socket) -> None:
        super().__init__(sock, "wb", 0)

    async def write(self, data: Data) -> int:
        """Send all of ``data``; return its length."""
        self._check_open()
        await self._socket.sendall(data)
        with memoryview(data) as view:
            return view.nbytes


class DatagramRequestHandler(BaseRequestHandler):
    """Serves a datagram by files in memory; what ``wfile`` holds at the end is the answer."""

    async def setup(self) -> None:
        """Make the files."""
        self.packet, self.socket = self.request
        self.rfile = io.BytesIO(self.packet)
        self.wfile = io.BytesIO()

    async def finish(self) -> None:
        """Send the answer."""
        await self.socket.sendto(self.wfile.getvalue(), self.client_address)
