# porter: keep
"""Sockets for asyncio that keep the shape of blocking code.

``connection = socket.create_connection(address)`` becomes ``connection = await create_connection(address)``, and
``connection.sendall(data)`` becomes ``await connection.sendall(data)``; the rest of the program stays as it is. What
waits is a coroutine, what does not wait (``close``, ``bind``, options, ``with connection:``) is a plain call. Results,
exceptions, timeouts and the files of ``makefile`` are those of the ``socket`` module: bytes that ``sendall`` was given
are in the kernel when its ``await`` returns, the end of a stream is ``b""``, a timeout ``TimeoutError("timed out")``.

What differs from a blocking socket, each time for the better:

- Closing a socket wakes the tasks that wait on it, with ``OSError(EBADF)``; a blocked thread would stay blocked.
- What a cancelled read has received is not lost (but for ``MSG_WAITALL``): the next call returns it.
- Writing to a text file opened as ``"rw"`` does not drop what was read ahead (``io.TextIOWrapper`` before 3.13 does).
- A file's ``read`` on a socket with ``settimeout(0)`` raises ``BlockingIOError``; it never returns ``None``.

TLS is ``tls = await wrap_socket(context, connection, server_hostname=host)``, with the arguments of the context's own
``wrap_socket``, at any time of a connection (STARTTLS); ``await tls.unwrap()`` leaves it again.

A socket belongs to the event loop that uses it, not to several at once. POSIX, Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import errno
import io
import os
import re
import socket
import ssl
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, BinaryIO, Generic, Literal, Protocol, Self, TypeAlias, TypeVar, cast, overload

__all__ = [
    "BinaryFile",
    "File",
    "Socket",
    "TextFile",
    "TlsSocket",
    "at_once",
    "close",
    "create_connection",
    "create_server",
    "fromfd",
    "socketpair",
    "wrap_socket",
]

Address: TypeAlias = Any  # a tuple, a path or bytes: it depends on the address family
Data: TypeAlias = bytes | bytearray | memoryview
Result = TypeVar("Result")
Text = TypeVar("Text", bytes, str)

_CHUNK = io.DEFAULT_BUFFER_SIZE
_TURN = 16  # after this many calls on a socket the other tasks get a turn, although none of the calls had to wait
_DEFAULT_TIMEOUT: Any = getattr(socket, "_GLOBAL_DEFAULT_TIMEOUT", -1.0)  # what callers of the plain function hand on
_LINE_END = re.compile(r"\r\n|\r|\n")


class _Waiters:
    """The tasks that wait until a socket can be read (or until it can be written); first come, first served.

    The event loop wakes one task at a time; as it reports a socket that is still ready again, no task is forgotten. It
    watches on until the socket is ready while nobody waits, as whoever has waited mostly waits again. (``loop.sock_recv``
    and its like keep one task for each socket: a second one silently takes the place of the first, and closing the
    socket wakes neither.)
    """

    def __init__(self, watch: str) -> None:
        self._watch = watch
        self._queue: deque[asyncio.Future[None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None  # which watches
        self._fd = -1
        self._process = -1  # whose loop that is

    async def wait(self, fd: int, deadline: float | None) -> None:
        """Return once ``fd`` is ready, or closed; raise TimeoutError at ``deadline``, a time of the loop's clock."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._unwatch()
            getattr(loop, f"add_{self._watch}")(fd, self._wake_first)
            self._loop, self._fd, self._process = loop, fd, os.getpid()
        waiter = loop.create_future()
        self._queue.append(waiter)
        try:
            if deadline is None:
                await waiter
            else:
                async with asyncio.timeout_at(deadline):
                    await waiter
        except TimeoutError:
            raise TimeoutError("timed out") from None
        finally:
            if waiter in self._queue:
                self._queue.remove(waiter)

    def end(self) -> None:
        """Wake all tasks; for a descriptor that is about to be closed or given away, so that their next attempt fails."""
        self._unwatch()
        while self._queue:
            self._wake_first()

    def rest(self) -> None:
        """Stop watching, unless a task waits."""
        if not self._queue:
            self._unwatch()

    def _wake_first(self) -> None:
        if not self._queue:
            self._unwatch()
            return
        waiter = self._queue.popleft()
        if not waiter.done():
            waiter.set_result(None)

    def _unwatch(self) -> None:
        if self._loop is not None and self._process == os.getpid() and not self._loop.is_closed():
            getattr(self._loop, f"remove_{self._watch}")(self._fd)
        self._loop = None


class _Descriptor(socket.socket):
    """A socket that is closed in silence when nothing refers to it any more.

    A daemon thread that ends with the program warns of no open socket; nor does a task that is cancelled then.
    """

    def __del__(self) -> None:
        self.close()


class Socket:
    """A socket whose waiting methods are coroutines; arguments, results and errors are those of ``socket.socket``.

    Several tasks may use it at once. Each waiting call is tried at once and only waits if it must; the timeout bounds
    the whole call.
    """

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        self._adopt(socket.socket(family, type, proto, fileno))

    @classmethod
    def adopt(cls, sock: socket.socket) -> Self:
        """The asynchronous form of a blocking socket, which is not to be used directly any more."""
        self = cls.__new__(cls)
        self._adopt(sock)
        return self

    def _adopt(self, sock: socket.socket) -> None:
        timeout = sock.gettimeout()  # the default timeout, also for an accepted socket
        self._share(_Descriptor(sock.family, sock.type, sock.proto, sock.detach()))
        self._timeout = timeout

    def _share(self, sock: socket.socket) -> None:
        self._timeout = sock.gettimeout()
        self._sock = sock
        self._readers = _Waiters("reader")
        self._writers = _Waiters("writer")
        self._closed = False
        self._files = 0  # of makefile; the descriptor stays open until the last one is closed
        self._calls = 0
        self.family, self.type, self.proto = sock.family, sock.type, sock.proto
        # What does not wait is the plain socket's own.
        self.bind, self.listen, self.shutdown = sock.bind, sock.listen, sock.shutdown
        self.getsockname, self.getpeername, self.fileno = sock.getsockname, sock.getpeername, sock.fileno
        self.setsockopt, self.getsockopt = sock.setsockopt, sock.getsockopt
        sock.setblocking(False)

    # -- calls that wait ----------------------------------------------------------------------------------------

    async def accept(self) -> tuple[Self, Address]:
        """Wait for a connection; return its socket and the peer's address."""
        sock, address = await self._call(self._readers, self._sock.accept)
        return self.adopt(sock), address

    async def connect(self, address: Address) -> None:
        """Connect to ``address``; a host name is resolved without blocking the loop."""
        error = await self._connect(address)
        if error:
            raise OSError(error, os.strerror(error))

    async def connect_ex(self, address: Address) -> int:
        """Like ``connect``, but return the error number, 0 for success; a name that does not resolve still raises."""
        try:
            return await self._connect(address)
        except TimeoutError:
            return errno.EWOULDBLOCK

    async def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive at most ``bufsize`` bytes; ``b""`` is the end of the stream."""
        data = more = await self._call(self._readers, lambda: self._sock.recv(bufsize, flags), flags)
        while more and len(data) < bufsize and self._waits_for_all(flags):
            missing = bufsize - len(data)
            more = await self._call(self._readers, lambda: self._sock.recv(missing, flags), flags)  # noqa: B023
            data += more
        return data

    async def recv_into(self, buffer: bytearray | memoryview, nbytes: int = 0, flags: int = 0) -> int:
        """Receive into ``buffer``; return how many bytes came."""
        if self._waits_for_all(flags):
            with memoryview(buffer) as view, view.cast("B") as octets:
                data = await self.recv(nbytes or len(octets), flags)
                octets[: len(data)] = data
                return len(data)
        return await self._call(self._readers, lambda: self._sock.recv_into(buffer, nbytes, flags), flags)

    async def recvfrom(self, bufsize: int, flags: int = 0) -> tuple[bytes, Address]:
        """Receive a datagram and the address of its sender."""
        return await self._call(self._readers, lambda: self._sock.recvfrom(bufsize, flags), flags)

    async def recvfrom_into(
        self, buffer: bytearray | memoryview, nbytes: int = 0, flags: int = 0
    ) -> tuple[int, Address]:
        """Receive a datagram into ``buffer``; return its size and the address of its sender."""
        return await self._call(self._readers, lambda: self._sock.recvfrom_into(buffer, nbytes, flags), flags)

    async def recvmsg(self, bufsize: int, ancbufsize: int = 0, flags: int = 0) -> tuple[bytes, list[Any], int, Address]:
        """Receive data with ancillary data, such as file descriptors."""
        return await self._call(self._readers, lambda: self._sock.recvmsg(bufsize, ancbufsize, flags), flags)

    async def send(self, data: Data, flags: int = 0) -> int:
        """Send some of ``data``; return how many bytes the kernel took."""
        return await self._call(self._writers, lambda: self._sock.send(data, flags), flags)

    async def sendall(self, data: Data, flags: int = 0) -> None:
        """Send all of ``data``; the timeout bounds the whole."""
        deadline = self._deadline()
        with memoryview(data) as view, view.cast("B") as octets:
            sent, more = 0, True
            while more:
                rest = octets[sent:]
                sent += await self._call(self._writers, lambda: self._sock.send(rest, flags), flags, deadline)  # noqa: B023
                more = sent < len(octets)

    async def sendto(self, data: Data, *flags_and_address: Any) -> int:
        """Send a datagram: ``sendto(data, address)`` or ``sendto(data, flags, address)``."""
        *flags, address = flags_and_address
        flags_and_address = (*flags, await self._resolved(address))
        return await self._call(self._writers, lambda: self._sock.sendto(data, *flags_and_address), *flags)

    async def sendmsg(
        self, buffers: Iterable[Data], ancdata: Iterable[Any] = (), flags: int = 0, address: Address = None
    ) -> int:
        """Send data with ancillary data, such as file descriptors."""
        parts, ancillary, address = list(buffers), list(ancdata), await self._resolved(address)
        return await self._call(self._writers, lambda: self._sock.sendmsg(parts, ancillary, flags, address), flags)

    async def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:
        """Send a file from ``offset`` to its end, or ``count`` bytes of it; return how many, and leave it there."""
        if offset:
            file.seek(offset)
        total = 0
        try:
            while data := file.read(_CHUNK if count is None else min(count - total, _CHUNK)):
                await self.sendall(data)
                total += len(data)
            return total
        finally:
            if total:
                file.seek(offset + total)

    async def _call(
        self, waiters: _Waiters, call: Callable[[], Result], flags: int = 0, deadline: float | None = None
    ) -> Result:
        """The result of a call of the non-blocking socket, made again each time that the socket becomes ready."""
        deadline = deadline or self._deadline()
        self._calls += 1
        if self._calls % _TURN == 0:
            await asyncio.sleep(0)
        while True:
            try:
                return call()
            except BlockingIOError:
                if self._timeout == 0 or flags & socket.MSG_DONTWAIT:
                    raise
                until = waiters
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:  # TLS may have to read in order to write
                if self._timeout == 0:
                    raise
                until = self._readers if isinstance(error, ssl.SSLWantReadError) else self._writers
            await until.wait(self.fileno(), deadline)

    def _waits_for_all(self, flags: int) -> bool:
        """Whether MSG_WAITALL makes a blocking call wait for all bytes (with a timeout it does not)."""
        waits = flags & (socket.MSG_WAITALL | socket.MSG_PEEK) == socket.MSG_WAITALL
        return waits and self._timeout is None and self.type == socket.SOCK_STREAM

    def _deadline(self) -> float | None:
        """When a call that starts now has timed out, by the loop's clock."""
        return asyncio.get_running_loop().time() + self._timeout if self._timeout else None

    async def _connect(self, address: Address) -> int:
        address = await self._resolved(address)
        deadline = self._deadline()
        error = self._sock.connect_ex(address)
        while error == errno.EAGAIN and self.family == socket.AF_UNIX and self._timeout != 0:
            # The listener's queue is full, and the kernel does not tell when it no longer is.
            if deadline is not None and asyncio.get_running_loop().time() >= deadline:
                raise TimeoutError("timed out")
            await asyncio.sleep(0.01)
            error = self._sock.connect_ex(address)
        if error == errno.EINPROGRESS and self._timeout != 0:
            await self._writers.wait(self.fileno(), deadline)
            error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return error

    async def _resolved(self, address: Address) -> Address:
        """``address`` with a numeric host, so that the plain call does not resolve its name, which would block."""
        named = self.family in (socket.AF_INET, socket.AF_INET6)
        match address:
            case (str(host), int(port), *rest) if named and host not in ("", "<broadcast>") and not _is_numeric(host):
                found = await _getaddrinfo(host, port, self.family, self.type, self.proto)
                return (*found[0][4][:2], *rest) if rest else found[0][4]
        return address

    # -- calls that do not wait ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the socket, once its files are closed too; tasks that wait on it get ``OSError(EBADF)``."""
        self._closed = True
        if not self._files:
            self._end_waits()
            self._sock.close()

    def detach(self) -> int:
        """Give up the descriptor without closing it, and return it."""
        self._end_waits()
        self._sock.settimeout(self._timeout)  # puts the descriptor into the mode that others expect
        self._closed = True
        return self._sock.detach()

    def get_inheritable(self) -> bool:
        """Whether a program that is started gets the descriptor."""
        return self._sock.get_inheritable()

    def set_inheritable(self, inheritable: bool) -> None:
        """Set whether a program that is started gets the descriptor."""
        self._sock.set_inheritable(inheritable)

    def rest(self) -> None:
        """Let the descriptor be watched by other means, ``loop.add_reader`` or a selector, while no task waits on it."""
        self._readers.rest()
        self._writers.rest()

    def _forget(self) -> None:
        """The descriptor belongs to another object from here on."""
        self._end_waits()
        self._closed = True

    def _end_waits(self) -> None:
        # Before the descriptor is closed: the loop must not watch a number that may soon be another file's.
        self._readers.end()
        self._writers.end()

    def __del__(self) -> None:
        if hasattr(self, "_writers"):  # the constructor got as far
            self._end_waits()

    def _release_file(self) -> None:
        self._files -= 1
        if self._closed:
            self.close()

    def settimeout(self, value: float | None) -> None:
        """Bound each later call: None is not at all, and 0 makes calls raise BlockingIOError instead of waiting."""
        self._sock.settimeout(value)  # checks the value
        self._timeout = self._sock.gettimeout()
        self._sock.setblocking(False)

    def gettimeout(self) -> float | None:
        """The timeout in seconds, or None."""
        return self._timeout

    def setblocking(self, flag: bool) -> None:
        """``settimeout(None)`` or ``settimeout(0)``."""
        self.settimeout(None if flag else 0.0)

    def getblocking(self) -> bool:
        """Whether calls wait."""
        return self._timeout != 0

    @property
    def timeout(self) -> float | None:
        """The timeout in seconds, or None."""
        return self._timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if not self._closed:
            self.close()

    async def __aenter__(self) -> Self:
        """As by ``with``: for a statement that enters what waits, too."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if not self._closed:
            self.close()

    def __repr__(self) -> str:
        cls = type(self)
        return f"<{cls.__module__}.{cls.__qualname__} {repr(self._sock).partition(' ')[2]}"

    @overload
    def makefile(
        self, mode: Literal["b", "rb", "br", "wb", "bw", "rwb", "rbw", "wrb", "wbr", "brw", "bwr"],
        buffering: int | None = None,
    ) -> BinaryFile: ...  # fmt: skip

    @overload
    def makefile(
        self, mode: Literal["r", "w", "rw", "wr", ""] = "r", buffering: int | None = None, *,
        encoding: str | None = None, errors: str | None = None, newline: str | None = None,
    ) -> TextFile: ...  # fmt: skip

    def makefile(
        self,
        mode: str = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> BinaryFile | TextFile:
        """A file over the socket, as ``socket.socket.makefile`` gives it, with coroutines for what waits."""
        if not set(mode) <= {"r", "w", "b"}:
            raise ValueError(f"invalid mode {mode!r} (only r, w, b allowed)")
        if buffering == 0 and "b" not in mode:
            raise ValueError("unbuffered streams must be binary")
        size = _CHUNK if buffering is None or buffering < 0 else buffering
        if "b" in mode:
            return BinaryFile(self, "rwb" if {"r", "w"} <= set(mode) else "wb" if "w" in mode else "rb", size)
        return TextFile(self, mode, size, io.text_encoding(encoding), errors, newline)


class TlsSocket(Socket):
    """The asynchronous form of ``ssl.SSLSocket``, as ``wrap_socket`` makes it."""

    def _adopt(self, sock: socket.socket) -> None:
        assert isinstance(sock, ssl.SSLSocket)
        self._share(sock)
        self._tls = sock
        self._handshakes = True
        self.context, self.server_side, self.server_hostname = sock.context, sock.server_side, sock.server_hostname
        self.getpeercert, self.cipher, self.version, self.pending = sock.getpeercert, sock.cipher, sock.version, sock.pending
        self.compression, self.shared_ciphers = sock.compression, sock.shared_ciphers
        self.selected_alpn_protocol, self.get_channel_binding = sock.selected_alpn_protocol, sock.get_channel_binding

    @property
    def session(self) -> ssl.SSLSession | None:
        """The TLS session, to be resumed by a later connection."""
        return self._tls.session

    @property
    def session_reused(self) -> bool | None:
        """Whether the connection resumed an earlier session."""
        return self._tls.session_reused

    async def do_handshake(self, block: bool = False) -> None:
        """Agree on keys; connecting, accepting and wrapping do it by themselves, unless told otherwise."""
        if self._timeout == 0 and block:
            raise ValueError("a socket with a timeout of 0 cannot wait for a handshake")
        await self._call(self._readers, self._tls.do_handshake)

    async def unwrap(self) -> Self:
        """Leave TLS: wait until both sides have said so; return the socket, on which plain bytes follow."""
        await self._call(self._readers, self._tls.unwrap)
        return self

    async def read(self, len: int = 1024, buffer: bytearray | None = None) -> bytes | int:
        """Receive at most ``len`` bytes, into ``buffer`` if there is one; then return how many."""
        if buffer is None:
            return await self.recv(len)
        return await self.recv_into(buffer, len)

    async def write(self, data: Data) -> int:
        """Send some of ``data``; return how many bytes that was."""
        return await self.send(data)

    async def sendall(self, data: Data, flags: int = 0) -> None:
        """Send all of ``data``; the timeout bounds the whole."""
        if len(data):  # TLS has no empty records
            await super().sendall(data, flags)

    async def accept(self) -> tuple[Self, Address]:
        """Wait for a connection and shake hands; return its socket and the peer's address."""
        accepted, address = await super().accept()
        accepted._handshakes = self._handshakes
        await accepted._shake_hands()
        return accepted, address

    async def _connect(self, address: Address) -> int:
        error = await super()._connect(address)
        if not error:
            await self._shake_hands()
        return error

    async def _shake_hands(self) -> None:
        if self._handshakes:
            try:
                await self.do_handshake()
            except BaseException:
                self.close()
                raise

    def __del__(self) -> None:
        self._tls.close()  # in silence, as a plain socket is


async def wrap_socket(
    context: ssl.SSLContext,
    sock: Socket,
    server_side: bool = False,
    do_handshake_on_connect: bool = True,
    suppress_ragged_eofs: bool = True,
    server_hostname: str | None = None,
    session: ssl.SSLSession | None = None,
) -> TlsSocket:
    """Speak TLS on a socket from here on, after the handshake if it is connected; ``sock`` is not to be used any more."""
    timeout = sock.gettimeout()
    wrapped = context.wrap_socket(sock._sock, server_side, False, suppress_ragged_eofs, server_hostname, session)
    sock._forget()
    tls = TlsSocket.adopt(wrapped)
    tls.settimeout(timeout)
    tls._handshakes = do_handshake_on_connect
    if _is_connected(wrapped):
        await tls._shake_hands()
    return tls


def _is_connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


class File(Generic[Text]):
    """What binary and text files share: the bytes that were written but not sent, and the way to the socket.

    Two tasks may use a file at once, each call has its half of the file to itself. A file that is dropped unclosed
    lets go of its socket, as any file does, after one attempt to send what was written.
    """

    _closed = True

    def __init__(self, sock: Socket, mode: str, size: int) -> None:
        self._socket = sock
        self.mode = mode
        self._reads = "r" in mode or "w" not in mode
        self._writes = "w" in mode
        self._size = size
        self._unsent = bytearray()
        self._timed_out = False
        self._reading = asyncio.Lock()
        self._writing = asyncio.Lock()
        sock._files += 1
        self._closed = False

    async def readline(self, limit: int | None = -1) -> Text:
        """One line with its ending, at most ``limit`` bytes or characters; empty at the end of the stream."""
        raise NotImplementedError

    async def readlines(self, hint: int | None = -1) -> list[Text]:
        """All lines, or the first ones that together have more than ``hint`` bytes or characters."""
        lines: list[Text] = []
        wanted = hint if hint and hint > 0 else float("inf")
        while wanted >= 0 and (line := await self.readline()):
            lines.append(line)
            wanted -= len(line)
        return lines

    async def write(self, data: Any) -> int:
        """Write ``data``, sent now or at ``flush`` as the buffer decides; return its length."""
        raise NotImplementedError

    async def writelines(self, lines: Iterable[Text]) -> None:
        """Write all ``lines``, which bring their own endings."""
        for line in lines:
            await self.write(line)

    async def flush(self) -> None:
        """Send what was written."""
        self._check_open()
        async with self._writing:
            await self._send_unsent()

    async def close(self) -> None:
        """Send what was written and close the file; the socket too, if it was closed before and this is the last."""
        if not self._closed:
            try:
                await self.flush()
            finally:
                self._release()

    async def _receive(self, size: int) -> bytes:
        if self._timed_out:
            raise OSError("cannot read from timed out object")
        try:
            return await self._socket.recv(size)
        except TimeoutError:
            self._timed_out = True
            raise

    async def _write(self, octets: memoryview) -> None:
        async with self._writing:
            if len(self._unsent) + len(octets) > self._size:
                await self._send_unsent()
            if len(octets) > self._size:
                await self._socket.sendall(octets)
            else:
                self._unsent += octets

    async def _send_unsent(self) -> None:
        while self._unsent:
            sent = await self._socket.send(self._unsent)
            del self._unsent[:sent]

    def _release(self) -> None:
        if not self._closed:
            self._closed = True
            self._socket._release_file()

    def __del__(self) -> None:
        if not self._closed:
            with contextlib.suppress(OSError):
                if self._unsent:
                    self._socket._sock.send(self._unsent)
            self._release()

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("I/O operation on closed file.")

    def _check(self, allowed: bool, what: str) -> None:
        self._check_open()
        if not allowed:
            raise io.UnsupportedOperation(what)

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._closed

    @property
    def name(self) -> int:
        """The socket's descriptor, -1 once the file is closed."""
        return -1 if self._closed else self._socket.fileno()

    def fileno(self) -> int:
        """The socket's descriptor."""
        self._check_open()
        return self._socket.fileno()

    def readable(self) -> bool:
        """Whether the file was opened for reading."""
        self._check_open()
        return self._reads

    def writable(self) -> bool:
        """Whether the file was opened for writing."""
        self._check_open()
        return self._writes

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        self._check_open()
        return self

    async def __anext__(self) -> Text:
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line


class BinaryFile(File[bytes]):
    """The bytes of a connection, buffered like ``io.BufferedReader``, ``BufferedWriter`` and ``BufferedRWPair``.

    With ``buffering=0`` it keeps nothing, like ``socket.SocketIO``: a ``read`` or ``write`` is one call of the socket.
    """

    def __init__(self, sock: Socket, mode: str, size: int) -> None:
        super().__init__(sock, mode, size)
        self._ahead = bytearray()  # received, and not yet read

    async def read(self, n: int | None = -1) -> bytes:
        """``n`` bytes, fewer only at the end of the stream; all up to there if ``n`` is -1 or None."""
        self._check(self._reads, "read")
        async with self._reading:
            if n is not None and n >= 0 and not self._size:
                return await self._receive(n)
            if n is not None and n < -1:
                raise ValueError("read length must be non-negative or -1")
            while n is None or n < 0 or len(self._ahead) < n:
                if not await self._fill(_CHUNK if n is None or n < 0 else n - len(self._ahead)):
                    break
            return self._take(len(self._ahead) if n is None or n < 0 else n)

    async def read1(self, n: int = -1) -> bytes:
        """At most ``n`` bytes: what is buffered, else what comes next."""
        self._check(self._reads, "read")
        async with self._reading:
            wanted = self._size if n < 0 else n
            if wanted and not self._ahead:
                return await self._receive(wanted)
            return self._take(wanted)

    async def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill ``buffer``; return how many bytes there are, fewer only at the end of the stream."""
        with memoryview(buffer) as view, view.cast("B") as octets:
            data = await self.read(len(octets))
            octets[: len(data)] = data
            return len(data)

    async def peek(self, n: int = 0) -> bytes:
        """What is buffered, or comes next, without taking it."""
        self._check(self._reads, "peek")
        async with self._reading:
            if not self._ahead:
                await self._fill(1)
            return bytes(self._ahead)

    async def readline(self, limit: int | None = -1) -> bytes:
        """One line with its ``b"\\n"``, at most ``limit`` bytes; ``b""`` at the end of the stream."""
        self._check(self._reads, "readline")
        most = float("inf") if limit is None or limit < 0 else limit
        async with self._reading:
            seen, end = 0, self._ahead.find(b"\n") + 1
            while not end and len(self._ahead) < most:
                seen = len(self._ahead)
                if not await self._fill(1):
                    break
                end = self._ahead.find(b"\n", seen) + 1
            return self._take(int(min(end or len(self._ahead), most)))

    async def write(self, data: Data) -> int:
        """Write ``data``, sent now or at ``flush`` as the buffer decides; return its length."""
        self._check(self._writes, "write")
        with memoryview(data) as view, view.cast("B") as octets:
            if not self._size:
                return await self._socket.send(octets)
            await self._write(octets)
            return len(octets)

    async def _fill(self, wanted: int) -> bool:
        """Receive ``wanted`` bytes or a bufferful, whatever is more; false at the end of the stream."""
        data = await self._receive(max(wanted, self._size))
        self._ahead += data
        return bool(data)

    def _take(self, n: int) -> bytes:
        data = bytes(self._ahead[:n])
        del self._ahead[:n]
        return data


class TextFile(File[str]):
    """The text of a connection, decoded, encoded and cut into lines like ``io.TextIOWrapper`` does it."""

    def __init__(
        self, sock: Socket, mode: str, size: int, encoding: str | None, errors: str | None, newline: str | None
    ) -> None:
        self._sink = _Sink()  # what the encoder below, a real text file, has written
        self._encoder = io.TextIOWrapper(self._sink, encoding, errors, newline, write_through=True)
        decoder = codecs.getincrementaldecoder(self._encoder.encoding)(self._encoder.errors or "strict")
        universal = newline is None or newline == ""
        self._decoder = io.IncrementalNewlineDecoder(decoder, newline is None) if universal else decoder
        self._newline = "\n" if newline is None else newline
        self._ahead = bytearray()  # received, and not yet decoded
        self._text = ""  # decoded; what stands before ``_start`` has been read
        self._start = 0
        super().__init__(sock, mode, size)

    @property
    def encoding(self) -> str:
        """Name of the encoding."""
        return self._encoder.encoding

    @property
    def errors(self) -> str | None:
        """What is done about bytes and characters that the encoding lacks."""
        return self._encoder.errors

    @property
    def newlines(self) -> Any:
        """The line endings met so far, where they are translated: None, a string or a tuple."""
        return getattr(self._decoder, "newlines", None)

    async def read(self, n: int | None = -1) -> str:
        """``n`` characters, fewer only at the end of the stream; all up to there if ``n`` is negative or None."""
        self._check(self._reads, "not readable")
        async with self._reading:
            if n is None or n < 0:
                while data := await self._receive(_CHUNK):
                    self._ahead += data
                self._decode(end=True)
                return self._take(len(self._text))
            while (missing := n - len(self._text) + self._start) > 0 and await self._fill(missing):
                pass
            return self._take(min(self._start + n, len(self._text)))

    async def readline(self, limit: int | None = -1) -> str:
        """One line with its ending, at most ``limit`` characters; ``""`` at the end of the stream."""
        self._check(self._reads, "not readable")
        most = float("inf") if limit is None or limit < 0 else limit
        async with self._reading:
            end, more = self._line_end(self._start), True
            while not end and more and len(self._text) - self._start < most:
                seen = len(self._text) - self._start
                more = await self._fill(seen)
                end = self._line_end(max(0, seen - 1))
            return self._take(int(min(end or len(self._text), self._start + most)))

    async def write(self, text: str) -> int:
        """Write ``text``, sent now or at ``flush`` as the buffer decides; return its length."""
        self._check(self._writes, "not writable")
        count = self._encoder.write(text)
        octets = self._sink.take()
        with memoryview(octets) as view:
            await self._write(view)
        return count

    async def _fill(self, wanted: int) -> bool:
        """Receive and decode; false at the end of the stream, where the decoder may still give a rest."""
        if not self._ahead:
            self._ahead += await self._receive(max(wanted, _CHUNK))
        return self._decode(end=not self._ahead)

    def _decode(self, end: bool) -> bool:
        data = bytes(self._ahead)
        self._ahead.clear()
        self._text = self._text[self._start :] + self._decoder.decode(data, end)
        self._start = 0
        return bool(data)

    def _line_end(self, start: int) -> int:
        """Where the first line ends that has its ending behind ``start``, or 0."""
        if not self._newline:
            found = _LINE_END.search(self._text, start)
            return found.end() if found else 0
        at = self._text.find(self._newline, start)
        return at + len(self._newline) if at >= 0 else 0

    def _take(self, end: int) -> str:
        text = self._text[self._start : end]
        self._start = end
        return text


class _Sink(io.BytesIO):
    """Takes the bytes of a text file that believes to write to a socket, which has no start to put a BOM at."""

    def seekable(self) -> bool:
        return False

    def take(self) -> bytes:
        octets = self.getvalue()
        self.seek(0)
        self.truncate()
        return octets


async def create_connection(
    address: tuple[str | None, int],
    timeout: float | None = _DEFAULT_TIMEOUT,
    source_address: tuple[str, int] | None = None,
    *,
    all_errors: bool = False,
) -> Socket:
    """Connect to a host's first address that answers; ``timeout`` bounds each attempt, and stays the socket's."""
    if socket.create_connection is not _plain_create_connection:
        return await _created_by_other(address, timeout, source_address)
    host, port = address
    failures: list[OSError] = []
    for family, kind, proto, _, found in await _getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0):
        try:
            return await _connected(Socket(family, kind, proto), found, timeout, source_address)
        except OSError as error:
            failures.append(error)
    try:
        if not failures:
            raise OSError("getaddrinfo returns an empty list")
        if all_errors:
            raise ExceptionGroup("create_connection failed", failures)
        raise failures[-1]
    finally:
        failures.clear()  # they refer to this frame, which refers to them


_plain_create_connection = socket.create_connection


async def _created_by_other(
    address: Address, timeout: float | None, source_address: tuple[str, int] | None
) -> Socket:
    """What somebody put in the place of ``socket.create_connection`` makes: a proxy's connection, a test's double.

    It blocks, so it is called in a thread. What is no socket is handed on as it is.
    """
    given: tuple[Any, ...] = (timeout, source_address) if source_address else (timeout,)
    if timeout is _DEFAULT_TIMEOUT and not source_address:
        given = ()
    made: Any = await asyncio.to_thread(socket.create_connection, address, *given)
    found: Socket = Socket.adopt(made) if isinstance(made, socket.socket) else made
    return found


async def _connected(
    sock: Socket, address: Address, timeout: float | None, source_address: tuple[str, int] | None
) -> Socket:
    try:
        if timeout is not _DEFAULT_TIMEOUT:
            sock.settimeout(timeout)
        if source_address:
            sock.bind(source_address)
        await sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def create_server(
    address: Address,
    *,
    family: int = socket.AF_INET,
    backlog: int | None = None,
    reuse_port: bool = False,
    dualstack_ipv6: bool = False,
) -> Socket:
    """A TCP socket that listens at ``address`` when this returns."""
    return Socket.adopt(
        socket.create_server(
            address, family=family, backlog=backlog, reuse_port=reuse_port, dualstack_ipv6=dualstack_ipv6
        )
    )


def socketpair(family: int | None = None, type: int = socket.SOCK_STREAM, proto: int = 0) -> tuple[Socket, Socket]:
    """Two connected sockets."""
    left, right = socket.socketpair(family, type, proto)
    return Socket.adopt(left), Socket.adopt(right)


def fromfd(fd: int, family: int, type: int, proto: int = 0) -> Socket:
    """A socket over a duplicate of a descriptor."""
    return Socket.adopt(socket.fromfd(fd, family, type, proto))


def at_once(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that need not wait, as closing hardly ever has to: for ``__del__``, where nothing can await it.

    Raises RuntimeError where it would have to.
    """
    try:
        while coroutine.send(None) is None:  # it only gave others a turn
            pass
    except StopIteration as end:
        return cast("Result", end.value)
    finally:
        coroutine.close()
    raise RuntimeError(f"{coroutine!r} would have to wait, where nothing can await it")


class _Closes(Protocol):
    async def close(self) -> None: ...


async def close(what: Socket | _Closes) -> None:
    """Close a socket, a file of one, or what else is closed by a coroutine: for code that does not tell them apart."""
    if isinstance(what, Socket):
        what.close()
    else:
        await what.close()


async def _getaddrinfo(host: str | None, port: int, family: int, kind: int, proto: int) -> list[tuple[Any, ...]]:
    """The addresses of a host; in a thread, unless the host is a number and looks nothing up."""
    if host is None or _is_numeric(host):
        return list(socket.getaddrinfo(host, port, family, kind, proto))
    found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=kind, proto=proto)
    return list(found)


def _is_numeric(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return True
    return False
