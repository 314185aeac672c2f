"""The guessing game, as a user meets it: what the commands say of it, and what its port does when its port is taken."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from porter.cli.main import run

GAME = Path(__file__).parents[1] / "fixtures" / "programs" / "guessing_game"
BEFORE, AFTER = str(GAME / "threaded.py"), str(GAME / "ported.py")


def test_why_goes_down_to_the_read_of_the_sockets_file(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["why", BEFORE, "Session.loop"]) == 0
    told = capfd.readouterr().out.splitlines()
    assert told[0].endswith("threaded.Session.loop becomes async: calls threaded.ConnectionBase.receive")
    assert told[-1].endswith("threaded.ConnectionBase.receive → socket.socket.makefile().readline")


def test_the_plan_accounts_for_every_call(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", BEFORE, "--json", "--strict"]) == 0
    data = json.loads(capfd.readouterr().out)
    account = data["account"]
    outcomes = ("ported", "offloaded", "kept", "refused")
    assert account["found"] == len(data["calls"]) == sum(account[outcome] for outcome in outcomes)
    assert {outcome: account[outcome] for outcome in outcomes} == {
        "ported": account["found"], "offloaded": 0, "kept": 0, "refused": 0}  # fmt: skip


def test_each_hunk_names_its_idioms_and_the_port_has_no_diff(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", BEFORE, "--naming", "twin", "--quiet"]) == 0
    hunks = [line for line in capfd.readouterr().out.splitlines() if line.startswith("@@")]
    assert hunks and all(line.split("@@")[2].strip() for line in hunks)
    assert run(["diff", AFTER, "--naming", "twin", "--quiet"]) == 0
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("listens", [True, False])
def test_a_port_that_is_taken_is_an_error_and_no_hang(listens: bool) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listens:
            taken.listen()
            threading.Thread(target=close_all, args=[taken], daemon=True).start()
        environment = {**os.environ, "PORTER_PORT": str(taken.getsockname()[1]), "PYTHONIOENCODING": "utf-8"}
        result = subprocess.run([sys.executable, AFTER], env=environment, capture_output=True, text=True, timeout=60)
        with contextlib.suppress(OSError):
            taken.shutdown(socket.SHUT_RDWR)
    assert result.returncode != 0
    assert "address already in use" in result.stderr.lower()


def close_all(listener: socket.socket) -> None:
    """Accept whoever comes, and close."""
    with contextlib.suppress(OSError):
        while True:
            listener.accept()[0].close()
