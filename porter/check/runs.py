"""Running one side of a program, seeded, strict and bounded in time.

The environment that a program sees: ``PORTER_PORT`` is a TCP port that was free on 127.0.0.1 a moment ago, for programs
that listen; ``PYTHONHASHSEED`` is the seed; asyncio's debug mode is on, as are ``-X dev`` and ``-W error``.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from porter.check.comparison import Comparison
from porter.check.errors import FixtureError
from porter.check.pythons import Python

# Runs FILE or -m MODULE as __main__, with `random` seeded before its first line. A file is executed in the real
# __main__, because threads may use its globals, and pickle its classes, until the interpreter ends.
_BOOTSTRAP = """
import random, sys
random.seed(int(sys.argv.pop(1)))
del random
if sys.argv[1] == "-m":
    import runpy
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    import os.path
    sys.argv = sys.argv[1:]
    __file__ = sys.argv[0]
    sys.path[0] = os.path.dirname(os.path.abspath(__file__))
    del os
    with open(__file__, "rb") as _file:
        _code = compile(_file.read(), __file__, "exec")
    del sys, _file
    exec(globals().pop("_code"))
"""

# asyncio's debug mode reports each step that took over 0.1 s. On a busy machine that says nothing of the program,
# unless the step took long indeed.
_SLOW_STEP = re.compile(r"^Executing <.*> took (\d+\.\d+) seconds\r?\n?", re.MULTILINE)
_SLOW_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left behind."""

    stdout: str
    stderr: str
    code: int
    """Exit code; negative: the signal that ended it."""
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a program: a file, or a folder."""

    path: Path

    @property
    def folder(self) -> Path:
        """Where it runs."""
        return self.path if self.path.is_dir() else self.path.parent

    def arguments(self, run: tuple[str, ...]) -> list[str]:
        """What stands behind the interpreter. Raises FixtureError when nothing says what to run."""
        if self.path.is_dir():
            if not run or "{file}" in run:
                raise FixtureError(f"{self.path}: a folder needs `run`, such as ['-m', 'package'] or ['main.py']")
            return list(run)
        return [self.path.name if word == "{file}" else word for word in run or ("{file}",)]


class Ports:
    """TCP ports of 127.0.0.1 that nobody holds now, none dealt twice, so that runs side by side do not meet."""

    def __init__(self) -> None:
        self._dealt: set[int] = set()
        self._lock = threading.Lock()

    def deal(self) -> int:
        """A port not dealt before."""
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port: int = probe.getsockname()[1]
            with self._lock:
                if port not in self._dealt:
                    self._dealt.add(port)
                    return port


@dataclass(frozen=True, slots=True)
class Launch:
    """What one run is given."""

    python: Python
    seed: int
    port: int


def run_side(side: Side, how: Comparison, launch: Launch) -> Run:
    """Run one side once. After ``how.timeout`` seconds it is killed together with every process it started."""
    command = [str(launch.python.path), "-X", "dev", "-W", "error", "-c", _BOOTSTRAP, str(launch.seed)]
    process = subprocess.Popen(
        [*command, *side.arguments(how.run)],
        cwd=side.folder,
        env=_environment(launch),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    timed_out = False
    with process:
        try:
            stdout, stderr = process.communicate(timeout=how.timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            _kill_group(process)
            stdout, stderr = process.communicate()
        except BaseException:
            _kill_group(process)
            raise
    return Run(_text(stdout), _without_load(_text(stderr)), process.returncode, timed_out)


def _environment(launch: Launch) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {
        "PORTER_PORT": str(launch.port),
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": str(launch.seed),
        "PYTHONIOENCODING": "utf-8",
    }


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the run. It leads a session of its own, so its group holds what it started and nothing else."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        process.kill()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")


def _without_load(stderr: str) -> str:
    return _SLOW_STEP.sub(lambda step: step[0] if float(step[1]) >= _SLOW_SECONDS else "", stderr)
