"""Port the whole standard library in one command, and the port again: nothing may crash, get lost, or change twice.

    python -m bench.whole_library [--work FOLDER] [--jobs N]

The running Python's library without its tests is copied to the work folder; ``porter port`` runs on the copy, then on what
it wrote. Looked at: exit codes, files, whether each compiles, whether the second port is the first byte for byte, and
whether the account adds up. Printed: time, lines a second, peak memory. Exit code 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LEFT_OUT = frozenset(("test", "tests", "idle_test", "site-packages", "__pycache__"))


@dataclass(frozen=True, slots=True)
class Run:
    """One command: its exit code, seconds, peak memory in megabytes, and what it told as JSON."""

    code: int
    seconds: float
    peak: int
    told: dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Port twice, print, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(prog="bench.whole_library", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--work", type=Path, help="where the copies go and stay (a temporary folder)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        source, first, second = work / "library", work / "port", work / "port-of-the-port"
        lines = _copy(Path(sysconfig.get_path("stdlib")), source)
        wrong = _looked_at("port", _port(source, first, options.jobs), lines)
        wrong += _looked_at("port of the port", _port(first, second, options.jobs), lines)
        wrong += _differences(source, first, second)
    print("\n".join(wrong) if wrong else "all well")
    return int(bool(wrong))


def _copy(library: Path, target: Path) -> int:
    """Copy the Python files; how many lines they have."""
    lines = files = 0
    for folder, names, found in os.walk(library):
        names[:] = [name for name in names if name not in LEFT_OUT and not name.startswith("config-")]
        for name in found:
            if name.endswith(".py"):
                place = target / Path(folder).relative_to(library) / name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(folder, name), place)
                files, lines = files + 1, lines + place.read_bytes().count(b"\n")
    print(f"{files} files, {lines} lines")
    return lines


def _port(source: Path, target: Path, jobs: int) -> Run:
    command = [sys.executable, "-m", "porter", "port", str(source), "-o", str(target), "--json", "--jobs", str(jobs)]
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    told = json.loads(text) if text else {}
    return Run(process.returncode, time.monotonic() - started, usage.ru_maxrss >> 10, told)


def _looked_at(name: str, run: Run, lines: int) -> list[str]:
    account = run.told.get("account", {})
    print(
        f"{name}: exit code {run.code}, {run.seconds:.0f} s, {lines / run.seconds:.0f} lines/s, {run.peak} MB; {account}",
        flush=True,
    )
    ends = sum(account.get(key, 0) for key in ("ported", "offloaded", "kept", "refused"))
    wrong = [f"{name}: exit code {run.code}"] if run.code not in (0, 3) else []
    return wrong + ([] if account and ends == account["found"] else [f"{name}: the account does not add up"])


def _differences(source: Path, first: Path, second: Path) -> list[str]:
    old, new, again = _files(source), _files(first), _files(second)
    wrong = [f"{name}: lost" for name in old if name not in new]
    wrong += [f"{name}: changed by the second port" for name in new if again.get(name) != new[name]]
    wrong += [f"{name}: does not compile" for name, content in new.items() if not _compiles(content, name)]
    print(f"{sum(new.get(name) != content for name, content in old.items())} files changed, {len(new) - len(old)} added")
    return wrong


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}


def _compiles(content: bytes, name: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(content, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
