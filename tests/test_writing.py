"""Writing under adversity: kills, a disk that is full, a folder that may not be written. Real processes, real signals."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="uses limits and capabilities of Linux")

ROOT = Path(__file__).parents[1]
PROGRAM = "import time\n\n\ndef main():\n    time.sleep(0)\n"
KILLER = """
import os, signal, sys
from porter.cli.main import run
left, real = int(sys.argv[1]), os.replace
def replace(source, target):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)
os.replace = replace
run(sys.argv[2:])
"""


def build(folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.py").write_text(PROGRAM)
    (folder / "large.py").write_text(PROGRAM + "# much text\n" * 20_000)
    return tree(folder)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def python(*arguments: str | Path, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, preexec_fn=before, timeout=120)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("moment", [1, 2, 4])
def test_a_killed_run_leaves_whole_files_and_the_next_finishes(tmp_path: Path, moment: int) -> None:
    folder, reference = tmp_path / "src", tmp_path / "reference"
    old = build(folder)
    assert python("-m", "porter", "port", folder, "-o", reference, "--quiet").returncode == 0
    new = tree(reference)
    assert python("-c", KILLER, str(moment), "port", folder, "--in-place").returncode == -signal.SIGKILL
    for name, content in tree(folder).items():
        assert name.startswith(".") or content in (old[name], new[name])
    assert python("-m", "porter", "port", folder, "--in-place", "--quiet").returncode == 0
    assert tree(folder) == new


def test_a_full_disk(tmp_path: Path) -> None:
    import resource

    folder = tmp_path / "src"
    old = build(folder)
    done = python(
        *("-m", "porter", "port", folder, "--in-place"),
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert done.returncode == 2
    assert "large.py: cannot be written (File too large); nothing was changed" in one_line(done)
    assert tree(folder) == old


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    old = build(folder)
    folder.chmod(0o555)
    done = python("-m", "porter", "port", folder, "--in-place", before=_without_power)
    folder.chmod(0o755)
    assert done.returncode == 2
    assert "cannot be written (Permission denied); nothing was changed" in one_line(done)
    assert tree(folder) == old


def _without_power() -> None:
    """Root may write everywhere; not so when it has given that up."""
    if os.getuid() == 0:
        drop, override_permissions = 24, 1
        ctypes.CDLL(None).prctl(drop, override_permissions, 0, 0, 0)


def test_two_runs_at_once(tmp_path: Path) -> None:
    folder, reference = tmp_path / "src", tmp_path / "reference"
    build(folder)
    assert python("-m", "porter", "port", folder, "-o", reference, "--quiet").returncode == 0
    command = [sys.executable, "-m", "porter", "port", str(folder), "--in-place", "--quiet"]
    runs = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [run.communicate(timeout=120)[1] for run in runs]
    assert tree(folder) == tree(reference)
    for run, text in zip(runs, told, strict=True):
        assert run.returncode == 0 or (run.returncode == 2 and "changed while porter was at work" in text)
