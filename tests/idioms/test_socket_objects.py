"""What may be done with an async socket object as it was with a blocking one, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import ported

PROGRAM = """
    import fcntl
    import os
    import socket


    def main():
        sock = socket.create_connection(("127.0.0.1", 7), timeout=5)
        USE
        sock.settimeout(1)
        sock.sendall(b"x")
        print(sock.recv(1))
        sock.close()


    main()
    """


@pytest.mark.parametrize(
    "use",
    [
        "fcntl.fcntl(sock, fcntl.F_SETFD, fcntl.FD_CLOEXEC)",
        "print(fcntl.fcntl(sock, fcntl.F_GETFL))",
        'print(hasattr(sock, "recv"), sock)',
    ],
)
def test_what_leaves_the_socket_as_it_is(use: str, tmp_path: Path) -> None:
    found = ported(tmp_path, PROGRAM.replace("USE", use))
    assert not found.plan.refusals
    assert use in found.files[0].new
    assert "await sock.sendall" in found.files[0].new


@pytest.mark.parametrize(
    "use",
    [
        "fcntl.fcntl(sock, fcntl.F_SETFL, 0)",
        "fcntl.fcntl(sock, 4, os.O_NONBLOCK)",
        'fcntl.ioctl(sock, 0x5421, b"")',
    ],
)
def test_what_may_make_it_block(use: str, tmp_path: Path) -> None:
    found = ported(tmp_path, PROGRAM.replace("USE", use))
    assert not found.files
    assert any("which needs a blocking one" in refusal.reason for refusal in found.plan.refusals)
