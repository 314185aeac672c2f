"""Measure ``verify``: its CPU against ``ast.parse`` of the same files, old and new.

    python -m bench.verify [--twins WORK] [--repeat N] [--profile NAME]

Each program is ported once, then ``verify`` runs cold N times and the least CPU time counts; ``ast.parse`` likewise, over
all files of the old and of the new program. Rows: the programs of the fixtures together, and, with the twins' work
folder, its httpcore and pymongo. Exits with 1 if a ratio is over the limit.
"""

from __future__ import annotations

import argparse
import ast
import cProfile
import gc
import pstats
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from porter import pipeline
from porter.check.fixture import Fixture
from porter.check.programs import read_program
from porter.plan.model import FileChange, Plan
from porter.project.model import Project
from porter.project.stack import deeply
from porter.verify import verify
from porter.verify.verification import new_files

LIMIT = 4.0
PROGRAMS = Path(__file__).parents[1] / "fixtures" / "programs"


@dataclass(frozen=True, slots=True)
class Ported:
    """A program and its port."""

    project: Project
    plan: Plan
    changes: tuple[FileChange, ...]

    @property
    def texts(self) -> list[str]:
        """The files that are parsed for comparison, old and new."""
        new = new_files(self.project, self.plan, [change for change in self.changes if change.changed])
        return [file.text for file in (*self.project.files, *new)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit code whether the limit holds."""
    parser = argparse.ArgumentParser(prog="bench.verify", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--twins", type=Path, metavar="WORK", help="the twins' work folder")
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--profile", default="", metavar="NAME", help="print where the time goes for one row")
    options = parser.parse_args(arguments)
    print(f"{'program':24} files  lines  parse s  verify s  ratio")
    worst = 0.0
    for name, programs in _rows(options.twins):
        if options.profile in ("", name):
            worst = max(worst, _row(name, programs, options.repeat, profile=bool(options.profile)))
    print(f"limit: {LIMIT:g} times the parse")
    return int(worst > LIMIT)


def _rows(work: Path | None) -> Iterator[tuple[str, list[Ported]]]:
    fixtures = [read_program(path) for path in sorted(PROGRAMS.iterdir()) if path.is_dir()]
    yield "fixtures' programs", [_fixture(one) for one in fixtures if one.min_python <= sys.version_info[:2]]
    for name in ("httpcore", "pymongo") if work is not None else ():
        folder = work / "lib" / name  # type: ignore[operator]
        yield name, [_ported(pipeline.read([folder / "sync"], config=folder / "porter.toml"))]


def _fixture(fixture: Fixture) -> Ported:
    return _ported(pipeline.read([fixture.before], settings=fixture.settings))


def _ported(project: Project) -> Ported:
    port = pipeline.port_project(project)
    return Ported(project, port.plan, port.files)


def _row(name: str, programs: Sequence[Ported], repeat: int, *, profile: bool) -> float:
    texts = [text for program in programs for text in program.texts]
    parse = _least(repeat, lambda: [ast.parse(text) for text in texts])
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    spent = _least(repeat, lambda: [verify(one.project, one.plan, one.changes) for one in programs])
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("cumtime").print_stats(70)
    lines = sum(text.count("\n") for text in texts)
    print(f"{name:24} {len(texts):5} {lines:6} {parse:8.2f} {spent:9.2f} {spent / parse:6.1f}", flush=True)
    return spent / parse


def _least(repeat: int, work: Callable[[], object]) -> float:
    """The least CPU seconds of some runs, the cyclic collector off, as it is in a port."""
    found = []
    for _ in range(repeat):
        gc.collect()
        gc.disable()
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
        gc.enable()
    return min(found)


if __name__ == "__main__":
    sys.exit(deeply(main)())
