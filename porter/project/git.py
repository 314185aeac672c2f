"""What git knows of files that are about to be written over."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

_SECONDS = 30
_COMMAND = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "status", "--porcelain", "-z", "--ignored=matching")
"""Nothing is written to the repository, and nothing that its own settings name is run."""


def uncommitted(files: Sequence[Path], folder: Path) -> tuple[Path, ...]:
    """Those of ``files``, below ``folder``, whose text git has not: changed since the last commit, new, or ignored.

    Empty where ``folder`` is in no repository, or git is not there: then there is nothing to be said.
    """
    top = _git(("git", "rev-parse", "--show-toplevel"), folder)
    if not top.strip():
        return ()
    entries = _git((*_COMMAND, "--untracked-files=all", "--no-renames", "--", "."), folder).split("\0")
    root = Path(top.rstrip("\n")).resolve()
    dirty = [root / entry[3:] for entry in entries if len(entry) > 3]
    found = (file for file in files if any(file == one or one in file.parents for one in dirty))
    return tuple(dict.fromkeys(found))


def _git(command: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "surrogateescape")
