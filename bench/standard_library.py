"""Port modules of the standard library, and run CPython's own tests for them against the ports.

    python -m bench.standard_library [--suite FOLDER] [--runs N] [--state FOLDER] [MODULE ...]

Each module of this Python that makes connections or waits, and whose tests pass here, is ported by ``porter port`` with
no settings, and its port is verified by ``porter verify``. A line each: what the plan says of its calls; for each run how
many of its tests are proven: they pass, no blocking call was made, and a coroutine ran; and how many pass. The suite is no
part of porter: ``../shared/bench/cpython_suite``, or what ``--suite`` names. What the unchanged modules pass is measured
once, and kept in ``--state``. Exits with 1 if a module is below its figure or is not verified.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

TESTS = {
    "asynchat": ["test_asynchat"],
    "asyncore": ["test_asyncore"],
    "ftplib": ["test_ftplib"],
    "http.server": ["test_httpservers"],
    "imaplib": ["test_imaplib"],
    "smtpd": ["test_smtpd"],
    "smtplib": ["test_smtplib"],
    "socketserver": ["test_socketserver"],
    "urllib.request": ["test_urllib", "test_urllib2", "test_urllib2_localnet"],
    "urllib.robotparser": ["test_robotparser"],
    "wsgiref.simple_server": ["test_wsgiref"],
    "xmlrpc.client": ["test_xmlrpc"],
    "xmlrpc.server": ["test_xmlrpc", "test_docxmlrpc"],
}
"""Modules that the suite does not list, and what tests them."""
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
    version = ".".join(map(str, sys.version_info[:3]))
    parser.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / f"porter-standard-library-{version}")
    options = parser.parse_args(arguments)
    script = options.suite / "suite.py"
    if not script.is_file():
        print(f"{script} is not there, so nothing is measured")
        return 0
    suite = _Suite(script, options.state)
    missed = [module for module in options.modules or suite.modules() if not _measure(suite, module, options.runs)]
    return int(bool(missed))


@dataclass(frozen=True, slots=True)
class _Suite:
    """CPython's tests, by the suite's script; ``state`` keeps what the unchanged modules pass."""

    script: Path
    state: Path

    def modules(self) -> list[str]:
        """The modules whose tests are known, and that this Python has, too."""
        listed = self._run("list").stdout
        names = [line.split()[0] for line in listed.splitlines() if line.strip()]
        return [name for name in names if _source(name).is_file()]

    def passed(self, module: str) -> int:
        """How many of its own tests the unchanged module passes here; measured if it is not known yet."""
        kept = next(iter(self.state.glob("baseline-*.json")), None)
        if kept is None or module not in json.loads(kept.read_text()):
            self._run("baseline", module)
            kept = next(iter(self.state.glob("baseline-*.json")), None)
        known = json.loads(kept.read_text()) if kept else {}
        return sum(test["outcome"] == "pass" for test in known.get(module, {}).values())

    def score(self, module: str, port: Path, folder: Path) -> _Score | None:
        """What the port of a module passes; None, with the reason on the screen, where it cannot be scored."""
        result = folder / "score.json"
        done = self._run("score", module, "--ported", port, "--support", folder, "--json", result)
        if done.returncode or not result.is_file():
            print(f"{module:22} not scored: {_last_line(done)}", flush=True)
            return None
        counts = json.loads(result.read_text())
        return _Score(*counts["proven"], *counts["all"])

    def _run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        self.state.mkdir(parents=True, exist_ok=True)
        more = self.state / "more.py"
        suites = {name: {"tests": [f"test.{one}" for one in tests], "resources": ["network"]} for name, tests in TESTS.items()}
        more.write_text(f"SUITES = {suites!r}\nEXCLUDED = {{}}\nDESIGN = {{}}\n")
        own = {"CPYTHON_SUITE_STATE": str(self.state), "CPYTHON_SUITE_EXTRA": str(more)}
        command: list[str | Path] = [sys.executable, self.script, *arguments]
        return subprocess.run(
            command, cwd=self.state, env=os.environ | own, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )


class _Score(NamedTuple):
    """Tests that are proven, of how many that count; and that pass, of how many that passed before."""

    proven: int
    counted: int
    passed: int
    before: int


def _source(module: str) -> Path:
    return _LIBRARY / f"{module.replace('.', '/')}.py"


def _measure(suite: _Suite, module: str, runs: int) -> bool:
    if not suite.passed(module):
        print(f"{module:22} none of its tests passes here", flush=True)
        return True
    with tempfile.TemporaryDirectory() as folder:
        source, port = _source(module), Path(folder) / f"{module.replace('.', '/')}.py"
        done = _porter("port", source, "-o", port, "--json")
        if done.returncode:
            print(f"{module:22} not ported: {_last_line(done)}", flush=True)
            return False
        account = json.loads(done.stdout)["account"]
        verified = _porter("verify", source, port)
        scores = [score for _ in range(runs) if (score := suite.score(module, port, Path(folder))) is not None]
    told = ", ".join(f"{account[name]} {name}" for name in ("found", "ported", "offloaded", "kept", "refused"))
    proven = " ".join(f"{score.proven}/{score.counted}" for score in scores)
    passed = " ".join(f"{score.passed}/{score.before}" for score in scores)
    wanted = WANTED.get(module, 0)
    verdict = "" if verified.returncode == 0 else f"; not verified: {_last_line(verified)}"
    print(
        f"{module:22} {told}; proven {proven}" + (f" (wanted: {wanted})" * bool(wanted)) + f"; pass {passed}{verdict}", flush=True
    )
    return len(scores) == runs and verified.returncode == 0 and min((score.proven for score in scores), default=0) >= wanted


def _porter(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, "-m", "porter", *arguments]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]


if __name__ == "__main__":
    sys.exit(main())
