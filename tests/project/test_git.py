"""What git has not is told before it is written over."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from porter.cli.main import run
from porter.project.git import uncommitted

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")

PROGRAM = "import time\n\n\ndef main():\n    time.sleep(0)\n"


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "pkg").mkdir(parents=True)
    for name in ("clean", "changed", "staged"):
        (root / "pkg" / f"{name}.py").write_text(PROGRAM)
    (root / ".gitignore").write_text("ignored.py\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    for name in ("changed", "staged", "new", "ignored"):
        (root / "pkg" / f"{name}.py").write_text(PROGRAM + "# more\n")
    git(root, "add", "pkg/staged.py")
    return root


def test_changed_staged_new_and_ignored_files_are_found(repository: Path) -> None:
    files = sorted((repository / "pkg").glob("*.py"))
    found = uncommitted(files, repository / "pkg")
    assert [path.stem for path in found] == ["changed", "ignored", "new", "staged"]


def test_without_a_repository_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PROGRAM)
    assert uncommitted([tmp_path / "a.py"], tmp_path) == ()


def test_in_place_tells(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["port", str(repository / "pkg"), "--in-place"]) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "git" in line]
    assert "changed.py" in line and "staged.py" in line and "clean.py" not in line


def test_a_clean_tree_is_written_without_a_word(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["port", str(repository / "pkg" / "clean.py"), "--in-place"]) == 0
    assert "git" not in capsys.readouterr().err
