"""The libcst command gives the text that ``porter port`` gives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import porter

pytest.importorskip("porter.pipeline")

HOUSE = Path(porter.__file__).parents[1]
PROGRAMS = HOUSE / "fixtures" / "programs"
GAME = PROGRAMS / "guessing_game" / "threaded.py"
OTHERS = ("iterator_protocol", "line_proxy", "match_commands", "optional_connection", "text_reader", "work_queue")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HOUSE)}


def python(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)


@pytest.mark.parametrize("naming", ["keep", "twin"])
def test_the_same_text_as_porter_port(tmp_path, naming):
    shutil.copy(GAME, tmp_path / "game.py")
    ported = python("-m", "porter", "port", "game.py", "-o", "out/game.py", "--naming", naming, cwd=tmp_path)
    assert ported.returncode == 0, ported.stderr
    codemod = ("-m", "libcst.tool", "codemod", "-x", "--no-format", "porter.codemod.PortCommand", "game.py")
    result = python(*codemod, "--naming", naming, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "game.py").read_bytes() == (tmp_path / "out" / "game.py").read_bytes()
    assert (tmp_path / "game.py").read_bytes() != GAME.read_bytes()


@pytest.mark.parametrize("naming", ["keep", "twin"])
def test_several_files_each_as_porter_ports_it_alone(tmp_path, naming):
    from porter import port

    expected = {}
    for name in OTHERS:
        file = tmp_path / f"{name}.py"
        shutil.copy(PROGRAMS / name / "threaded.py", file)
        changes = [change.new for change in port([file], naming=naming).files if change.changed]
        expected[file] = changes[0] if changes else file.read_text("utf-8")
    codemod = ("-m", "libcst.tool", "codemod", "-x", "--no-format", "porter.codemod.PortCommand", *expected)
    result = python(*codemod, "--naming", naming, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert {file: file.read_text("utf-8") for file in expected} == expected
    assert sum(text != (PROGRAMS / file.stem / "threaded.py").read_text("utf-8") for file, text in expected.items()) >= 4


def test_what_libcst_leaves_undone_is_told(tmp_path):
    import libcst
    from libcst.codemod import CodemodContext

    from porter.codemod import PortCommand

    file = tmp_path / "a.py"
    file.write_text(
        "import socket\n\n\ndef ask(address):\n    peer = socket.create_connection(address, 3)\n    peer.settimeout(1)\n"
        "    return peer.recv(1)\n\n\nprint(ask(('127.0.0.1', 1)))\n"
    )
    context = CodemodContext(filename=str(file))
    code = PortCommand(context).transform_module(libcst.parse_module(file.read_text())).code
    assert "import _aio_socket" in code
    assert context.warnings == ["the port imports _aio_socket.py, which only `porter port` writes beside it"]
    file.write_text("import re\nimport time\n\n\ndef swap(x):\n    time.sleep(1)\n    return x[0]\n\n\nre.sub('a', swap, 'a')\n")
    context = CodemodContext(filename=str(file))
    PortCommand(context).transform_module(libcst.parse_module(file.read_text()))
    assert context.warnings == [f"blocking calls that are not ported: 1; `porter plan {file}` tells why"]


def test_a_file_without_blocking_calls_keeps_its_bytes(tmp_path):
    content = b"\xef\xbb\xbf# a comment\r\nx = 1 ;  y=2\r\n\tz = 3\r\n".replace(b"\tz", b"z")
    (tmp_path / "a.py").write_bytes(content)
    codemod = ("-m", "libcst.tool", "codemod", "-x", "--no-format", "porter.codemod.PortCommand", "a.py")
    assert python(*codemod, cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.py").read_bytes() == content


def test_text_that_another_codemod_changed_before_is_what_is_ported(tmp_path):
    import libcst
    from libcst.codemod import CodemodContext

    from porter.codemod import PortCommand

    (tmp_path / "a.py").write_text("x = 1\n")
    command = PortCommand(CodemodContext(filename=str(tmp_path / "a.py")))
    changed = "import time\n\n\ndef f():\n    time.sleep(1)\n\n\nf()\n"
    code = command.transform_module(libcst.parse_module(changed)).code
    assert "await asyncio.sleep(1)" in code
