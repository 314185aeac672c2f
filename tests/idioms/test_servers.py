"""Servers end as the threaded ones did: at Ctrl+C, at SIGTERM, with connections open, on every Python of the machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from porter.check.pythons import Python, find_pythons
from porter.idioms import servers
from porter.idioms.idiom import Example
from porter.support import aio_socket
from tests.idioms.porting import text

SERVER = """
    import socket
    import threading


    def handle(connection):
        with connection:
            for line in connection.makefile("rb"):
                connection.sendall(line.upper())
        print("left", flush=True)


    def serve():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            print(listener.getsockname()[1], flush=True)
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=handle, args=(connection,)DAEMON).start()


    def main():
        try:
            serve()
        finally:
            print("main ends", flush=True)


    main()
"""
DAEMON = SERVER.replace("DAEMON", ", daemon=True")
WAITED = SERVER.replace("DAEMON", "")
HANDLER = "def handle(connection):\n"
KEPT_IN_A_LIST = WAITED.replace(HANDLER, f"guests = []\n\n\n    {HANDLER}        guests.append(connection)\n")
PYTHONS = find_pythons()


@pytest.mark.parametrize("example", (*servers.EXAMPLES, *servers.REFUSALS), ids=lambda example: example.name)
def test_example(example: Example, tmp_path: Path) -> None:
    assert text(tmp_path, example.before) == example.after


@pytest.mark.parametrize("python", PYTHONS, ids=str)
@pytest.mark.parametrize("program", [DAEMON, WAITED, KEPT_IN_A_LIST], ids=["daemons", "waited", "kept"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_server_with_a_guest_ends_as_it_did(number: signal.Signals, program: str, python: Python, tmp_path: Path) -> None:
    new = text(tmp_path, program)
    (tmp_path / "ported.py").write_text(new)
    if "_aio_socket" in new:
        shutil.copy(aio_socket.__file__, tmp_path / "_aio_socket.py")
    before = _ended(python, tmp_path / "program.py", number, leaves=program is not DAEMON)
    after = _ended(python, tmp_path / "ported.py", number, leaves=program is not DAEMON)
    assert after == before


def _ended(python: Python, program: Path, number: signal.Signals, *, leaves: bool) -> tuple[object, ...]:
    """Exit code, output and the last line of the complaint of a server that gets a signal while a guest is there."""
    environment = {**os.environ, "PYTHONASYNCIODEBUG": "1"}
    command = [python.path, "-X", "dev", "-W", "error", program]
    with (
        subprocess.Popen(command, env=environment, stdout=-1, stderr=-1, text=True) as process,
        contextlib.ExitStack() as stack,
    ):
        stack.callback(process.kill)
        assert process.stdout is not None
        port = int(process.stdout.readline())
        guest = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        guest.sendall(b"hello\n")
        assert guest.recv(100) == b"HELLO\n"
        process.send_signal(number)
        if number == signal.SIGINT:
            assert process.stdout.readline() == "main ends\n"
        if leaves:
            guest.close()
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err.splitlines()[-1:], "asyncio" in err and "callback" in err


def test_a_server_with_its_own_client_serves_forever(tmp_path: Path) -> None:
    served = DAEMON[: DAEMON.index("    def main")].replace('("127.0.0.1", 0)', "address").replace("serve()", "serve(address)")
    client = """
    def main(address=("127.0.0.1", 5000)):
        threading.Thread(target=serve, args=(address,), daemon=True).start()
        with socket.create_connection(address) as connection:
            connection.sendall(b"hello")


    main()
    """
    new = text(tmp_path, served + client.lstrip("\n"))
    assert "await asyncio.start_server(handle, " in new and "await server.serve_forever()" in new
