"""Measure the async socket object of ports: what a connection costs in memory, and how many requests it carries.

    python -m bench.async_socket [--connections N] [--seconds S]

An echo server holds N loopback connections whose clients live in a second process; each form of server runs in a process
of its own, one after the other: threads, asyncio's bare streams, and the async socket object. Rows: KiB of resident
memory per connection, and requests per second over 50 of the connections. The limits: at most twice the memory of the
streams, at least 0.8 of their requests. Exits with 1 if one is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

MEMORY, SPEED = 2.0, 0.8
"""The limits, by the figures of bare streams."""
BUSY = 50
"""Connections that ask at once, in rounds."""
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
    found = {form: _measure(form, options.connections, options.seconds) for form in FORMS}
    for form, (memory, speed) in found.items():
        print(f"{form:8} {memory:7.1f} KiB per connection {speed:9.0f} requests per second")
    memory = found["object"][0] / found["streams"][0]
    speed = found["object"][1] / found["streams"][1]
    print(f"object / streams: memory {memory:.2f} (limit {MEMORY}), requests {speed:.2f} (limit {SPEED})")
    return int(memory > MEMORY or speed < SPEED)


def _raise_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _measure(form: str, connections: int, seconds: float) -> tuple[float, float]:
    """KiB per connection, and requests per second."""
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
        memory = (_resident(server.pid) - before) / connections
        speed = _requests(clients[:BUSY], seconds)
        server.kill()
    for client in clients:
        client.close()
    return memory, speed


def _requests(clients: Sequence[socket.socket], seconds: float) -> float:
    """Each connection asks again as soon as it has its answer."""
    poller = select.epoll()
    by_number = {client.fileno(): client for client in clients}
    for number, client in by_number.items():
        poller.register(number, select.EPOLLIN)
        client.sendall(MESSAGE)
    count, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        for number, _ in poller.poll(1):
            by_number[number].recv(len(MESSAGE), socket.MSG_WAITALL)
            by_number[number].sendall(MESSAGE)
            count += 1
    poller.close()
    return count / spent


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
