"""Measure the async socket object of ports: what a connection costs in memory, and how many requests it carries.

    python -m bench.async_socket [--connections N] [--seconds S]

An echo server holds N loopback connections whose clients live in a second process; each form of server runs in a process
of its own: threads, asyncio's bare streams, and the async socket object. Rows: KiB of resident memory per connection;
requests per second of 50 connections that ask all at once; and requests per second of the server's own processor time,
which is what counts, as a machine is rarely quiet. Streams and objects take turns in short rounds. The limits: at most
twice the memory of the streams, at least 0.8 of their requests. Exits with 1 if one is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

MEMORY, SPEED = 2.0, 0.8
"""The limits, by the figures of bare streams."""
BUSY = 50
"""Connections that ask at the same time."""
ROUNDS = 12
MESSAGE = b"x" * 100 + b"\n"
FORMS = ("threads", "streams", "object")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the forms one after the other, print a line each, and say by the exit code whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=8000)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--serve", choices=FORMS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    _raise_limit()
    if options.serve:
        _serve(options.serve)
        return 0
    found = _measured(["threads"], options.connections, options.seconds)
    found |= _measured(["streams", "object"], options.connections, options.seconds)
    for form, one in found.items():
        print(
            f"{form:8}{one.memory:7.1f} KiB per connection,{one.clock:7.0f} requests per second, {one.busy:7.0f} of its own time"
        )
    memory = found["object"].memory / found["streams"].memory
    speed = found["object"].busy / found["streams"].busy
    print(f"object / streams: memory {memory:.2f} (limit {MEMORY}), requests {speed:.2f} (limit {SPEED})")
    return int(memory > MEMORY or speed < SPEED)


class _Figures(NamedTuple):
    """KiB per connection; requests per second by the clock, and by the processor time of the server."""

    memory: float
    clock: float
    busy: float


def _raise_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _measured(forms: Sequence[str], connections: int, seconds: float) -> dict[str, _Figures]:
    """The figures of servers that are up at the same time; the median of short rounds, in which they take turns."""
    with contextlib.ExitStack() as stack:
        held = {form: stack.enter_context(_held(form, connections)) for form in forms}
        rounds: dict[str, list[tuple[float, float]]] = {form: [] for form in forms}
        for _ in range(ROUNDS):
            for form, (process, clients, _) in held.items():
                rounds[form].append(_requests(process, clients[:BUSY], seconds / ROUNDS))
        speeds = {form: map(statistics.median, zip(*rounds[form], strict=True)) for form in forms}
        return {form: _Figures(memory, *speeds[form]) for form, (_, _, memory) in held.items()}


@contextlib.contextmanager
def _held(form: str, connections: int) -> Iterator[tuple[int, list[socket.socket], float]]:
    """A server's process, the clients whose connections it holds, and its KiB of memory for each."""
    command = [sys.executable, "-m", "bench.async_socket", "--serve", form]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        port = json.loads(server.stdout.readline())
        before = _resident(server.pid)
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
        for client in clients:
            client.sendall(MESSAGE)
        for client in clients:
            client.recv(len(MESSAGE), socket.MSG_WAITALL)
        yield server.pid, clients, (_resident(server.pid) - before) / connections
        server.kill()
    for client in clients:
        client.close()


def _requests(server: int, clients: Sequence[socket.socket], seconds: float) -> tuple[float, float]:
    """All ask, then all get their answers, so that the server has to wait: requests per second, and per second of its own."""
    count, start, busy = 0, time.perf_counter(), _processor_time(server)
    while (spent := time.perf_counter() - start) < seconds:
        for client in clients:
            client.sendall(MESSAGE)
        for client in clients:
            client.recv(len(MESSAGE), socket.MSG_WAITALL)
        count += len(clients)
    return count / spent, count / (_processor_time(server) - busy)


def _processor_time(process: int) -> float:
    """Seconds that a process has run."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(process: int) -> float:
    """KiB of memory that a process holds."""
    text = Path(f"/proc/{process}/status").read_text()
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS:")))


# --- the servers ---------------------------------------------------------------------------------------------------


def _serve(form: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    gc.collect()
    print(json.dumps(listener.getsockname()[1]), flush=True)
    match form:
        case "threads":
            _threads(listener)
        case "streams":
            asyncio.run(_streams(listener))
        case _:
            asyncio.run(_objects(listener))


def _threads(listener: socket.socket) -> None:
    threading.stack_size(256 * 1024)

    def handle(connection: socket.socket) -> None:
        while data := connection.recv(4096):
            connection.sendall(data)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=(connection,), daemon=True).start()


async def _streams(listener: socket.socket) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()

    server = await asyncio.start_server(handle, sock=listener)
    await server.serve_forever()


async def _objects(listener: socket.socket) -> None:
    from porter.support.aio_socket import Socket

    async def handle(connection: Socket) -> None:
        while data := await connection.recv(4096):
            await connection.sendall(data)

    tasks = set()
    accepting = Socket.adopt(listener)
    while True:
        connection, _ = await accepting.accept()
        task = asyncio.create_task(handle(connection))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    sys.exit(main())
