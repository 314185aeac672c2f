"""Port modules of the standard library, and run CPython's own tests for them against the ports.

    python -m bench.standard_library [--suite FOLDER] [--runs N] [MODULE ...]

Each module of this Python whose tests the suite knows is ported by ``porter port`` with no settings. A line each: what
the plan says of its calls, and for each run how many of its tests are proven: they pass, no blocking call was made, and
a coroutine ran. The suite is no part of porter: ``../shared/bench/cpython_suite``, or what ``--suite`` names. Exits with
1 if a module is below its figure.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

WANTED = {"poplib": 67, "telnetlib": 17, "http.client": 95, "queue": 52, "sched": 10}
"""The proven tests that hand-made ports reach."""
_LIBRARY = Path(os.__file__).parent
_ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Port and score each module; the exit code says whether all reached their figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--suite", type=Path, default=_ROOT.parent / "shared" / "bench" / "cpython_suite")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    script = options.suite / "suite.py"
    if not script.is_file():
        print(f"{script} is not there, so nothing is measured")
        return 0
    missed = [module for module in options.modules or _known(script) if not _measure(script, module, options.runs)]
    return int(bool(missed))


def _known(script: Path) -> list[str]:
    """The modules whose tests the suite has, and that this Python has, too."""
    listed = subprocess.run([sys.executable, script, "list"], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in listed.splitlines() if line.strip()]
    return [name for name in names if _source(name).is_file()]


def _source(module: str) -> Path:
    return _LIBRARY / f"{module.replace('.', '/')}.py"


def _measure(script: Path, module: str, runs: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source, port = _source(module), Path(folder) / f"{module.replace('.', '/')}.py"
        command = [sys.executable, "-m", "porter", "port", str(source), "-o", str(port), "--json"]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{module:14} not ported: {done.stderr.strip() or done.stdout.strip()}")
            return False
        account = json.loads(done.stdout)["account"]
        proven = [_score(script, module, port, Path(folder)) for _ in range(runs)]
    told = ", ".join(f"{account[name]} {name}" for name in ("found", "ported", "offloaded", "kept", "refused"))
    least = min(count for count, _ in proven)
    wanted = WANTED.get(module, 0)
    figures = ", ".join(f"{count}/{total}" for count, total in proven)
    print(f"{module:14} {told}; proven {figures}" + (f" (wanted: {wanted})" if wanted else ""), flush=True)
    return least >= wanted


def _score(script: Path, module: str, port: Path, folder: Path) -> tuple[int, int]:
    """How many tests are proven, and of how many."""
    result = folder / "score.json"
    command: list[str | Path] = [sys.executable, script, "score", module, "--ported", port, "--support", folder, "--json", result]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode or not result.is_file():
        print(f"{module:14} not scored: {(done.stderr.strip() or done.stdout.strip()).rpartition(chr(10))[2]}", flush=True)
        return 0, 0
    proven, total = json.loads(result.read_text())["proven"]
    return proven, total


if __name__ == "__main__":
    sys.exit(main())
