"""The setting ``packages``: installed code is read for what it says, neither imported nor written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from porter import pipeline
from porter.project.faults import UsageFault
from porter.project.settings import Settings

PROGRAM = """\
import socket
import boxes
from boxes.native import wrap


def main(host):
    box = boxes.Box(socket.create_connection((host, 1)))
    print(box.item.recv(5))
    wrap(host).recv(5)
"""
BOXES = """\
raise SystemExit("imported")


class Box:
    def __init__(self, item):
        self.item = item
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site"
    (site / "boxes").mkdir(parents=True)
    (site / "boxes" / "__init__.py").write_text(BOXES)
    (site / "boxes" / "broken.py").write_text("def (")
    (site / "boxes" / "native.pyi").write_text("import socket\ndef wrap(host: str) -> socket.socket: ...\n")
    monkeypatch.syspath_prepend(site)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text(PROGRAM)
    return tmp_path / "src"


def test_values_pass_through_the_package_and_its_stubs(program: Path) -> None:
    settings = Settings(packages=("boxes",))
    plan = pipeline.port([program], settings=settings).plan
    assert [call.callee for call in plan.calls].count("socket.socket.recv") == 2
    assert not plan.uncertain
    assert "boxes" not in sys.modules


def test_without_the_setting_they_are_unknown(program: Path) -> None:
    plan = pipeline.port([program], settings=Settings()).plan
    assert "socket.socket.recv" not in [call.callee for call in plan.calls]


def test_package_is_not_written(program: Path) -> None:
    port = pipeline.port([program], settings=Settings(packages=("boxes",)))
    assert all("boxes" not in file.path for file in port.files)
    assert all(verdict.path.endswith("main.py") for verdict in port.plan.verdicts)


def test_distribution_name_is_understood() -> None:
    project = pipeline.read([Path(__file__)], settings=Settings(packages=("typeshed-client",)))
    assert "typeshed_client.finder" in [file.module for file in project.library]
    assert not any(file.is_target for file in project.library)


def test_unknown_package_is_an_error(program: Path) -> None:
    with pytest.raises(UsageFault, match="names `no-such-lib`, which is not installed .*; install it there"):
        pipeline.read([program], settings=Settings(packages=("no-such-lib",)))


def test_stub_without_source_in_the_program(tmp_path: Path) -> None:
    (tmp_path / "fast.pyi").write_text("import socket\ndef connect() -> socket.socket: ...\n")
    (tmp_path / "main.py").write_text("import fast\n\n\ndef main():\n    fast.connect().recv(1)\n")
    plan = pipeline.port([tmp_path], settings=Settings()).plan
    assert [call.callee for call in plan.calls] == ["socket.socket.recv"]
