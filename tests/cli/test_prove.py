"""``--prove`` over the real pipeline: a port with a support module beside it."""

from __future__ import annotations

from pathlib import Path

from porter.cli.options import Options
from porter.cli.prove import ported_project, unproved
from porter.cli.work import carry_out, read

SOURCE = """
import socket


def ask(address):
    peer = socket.create_connection(address, timeout=1)
    peer.settimeout(2)
    return peer.recv(1)


print(ask(("127.0.0.1", 1)))
"""


def test_a_port_that_needs_a_support_module_is_proved(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    work = carry_out(read([tmp_path / "a.py"], Options()), Options(prove=True))
    assert not work.port.faults
    assert [Path(shown).name for shown, _ in work.support] == ["_aio_socket.py"]
    added = next(file for file in ported_project(work).files if file.module == "_aio_socket")
    assert not added.is_target
    assert not unproved(work, Options())
