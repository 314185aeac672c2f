"""The interpreters that fixtures run on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VERSIONS: tuple[tuple[int, int], ...] = ((3, 11), (3, 12), (3, 13))
"""The Pythons that porter and its ports are tested on."""

_ASK_VERSION = "import sys; print(*sys.version_info[:2])"


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter: where it is, and its version's first two numbers."""

    path: Path
    version: tuple[int, int]

    def __str__(self) -> str:
        return ".".join(map(str, self.version))


def running_python() -> Python:
    """The interpreter that runs porter."""
    return Python(Path(sys.executable), sys.version_info[:2])


def find_pythons() -> tuple[Python, ...]:
    """One interpreter for each of ``VERSIONS`` that the machine has: the running one, those on ``PATH``, pyenv's."""
    found = {running_python().version: running_python()}
    for version in VERSIONS:
        if version not in found:
            found.update((python.version, python) for python in _installed(version))
    return tuple(found[version] for version in sorted(found))


def _installed(version: tuple[int, int]) -> Iterator[Python]:
    """The first working interpreter of a version. A name on ``PATH`` may be a shim that leads nowhere: ask it."""
    for path in _candidates(version):
        python = _probe(path)
        if python is not None and python.version == version:
            yield python
            return


def _candidates(version: tuple[int, int]) -> Iterator[Path]:
    name = "python{}.{}".format(*version)
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in sorted((root / "versions").glob("{}.{}.*".format(*version))):
        yield folder / "bin" / name


def _probe(path: Path) -> Python | None:
    if not path.is_file():
        return None
    try:
        answer = subprocess.run([path, "-I", "-c", _ASK_VERSION], capture_output=True, text=True, timeout=30, check=True)
        major, minor = map(int, answer.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Python(path, (major, minor))
