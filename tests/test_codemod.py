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
GAME = HOUSE / "fixtures" / "programs" / "guessing_game" / "threaded.py"
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
