"""Prove the checker: break correct ports on purpose, and count what ``verify`` catches.

    python -m bench.mutants [--each N] [--seed N] [--run] [--twins WORK] [FIXTURE...]

Every fixture is ported; each kind of ``bench.mutations`` is tried at up to N places of the ports, drawn by the seed.
What ``verify`` does not catch survives. ``--run`` runs survivors of fixtures that can be run against their threaded
side. ``--twins`` adds the ported httpcore of the twins' work folder. Printed: a table by kind, each survivor with its
place, and the false alarms on the unbroken ports. Without ``--run`` no program is run. Exit code 1 for a false alarm, for
less than 95 % found by ``verify`` alone, and with ``--run`` for less than 99 % found by either.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.mutations import ANYWHERE, KINDS, Port, Steps, read
from porter import pipeline
from porter.check.cases import prepared, read_case
from porter.check.checking import discover
from porter.check.comparison import Comparison
from porter.check.fixture import Fixture
from porter.check.programs import read_program
from porter.check.sides import compare_runs
from porter.check.trees import ported_tree, write_tree
from porter.plan.model import FileChange, Patch, Plan
from porter.plan.model import Port as Result
from porter.project.model import Project
from porter.syntax.places import Span
from porter.verify import verify

FIXTURES = Path(__file__).parents[1] / "fixtures"
LIMIT = 0.95
"""Of all mutants, how many verify alone finds."""
LIMIT_WITH_RUNS = 0.99
"""The same with the runs of what survives."""
COLOUR = ("colour",)
"""What a mistake outside all patches claims to be, so that it is not found by the text alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Ported:
    """A program and its port."""

    name: str
    project: Project
    plan: Plan
    changes: tuple[FileChange, ...]
    before: Path
    how: Comparison | None = None
    faults: int = 0
    """What verify found wrong with the port when it was made: there, too, false alarms."""


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """One mistake in one port."""

    kind: str
    program: Ported
    change: FileChange
    broken: FileChange
    line: int

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """The port with the mistake."""
        return tuple(self.broken if one is self.change else one for one in self.program.changes)

    def __str__(self) -> str:
        was = self.change.new.splitlines()[self.line - 1 : self.line]
        return f"{self.kind}: {self.program.name}, {Path(self.change.path).name}:{self.line}: {''.join(was).strip()[:90]}"


@dataclass(slots=True)
class Count:
    """The row of one kind."""

    made: int = 0
    caught: int = 0
    by_run: int = 0


# --- programs -----------------------------------------------------------------------------------------------------------


def fixtures(paths: Sequence[Path], folder: Path) -> Iterator[Ported]:
    """Every fixture that changes, ported."""
    for path in discover(paths):
        fixture = read_program(path) if path.is_dir() else prepared(read_case(path), folder / path.stem)
        if fixture.after is not None and fixture.min_python <= sys.version_info[:2]:
            yield _ported(path.stem, fixture)


def _ported(name: str, fixture: Fixture) -> Ported:
    project = pipeline.read([fixture.before], settings=fixture.settings)
    port = pipeline.port_project(project)
    changes = tuple(change for change in port.files if change.changed)
    return Ported(name, project, port.plan, changes, fixture.before, fixture.how, len(port.faults))


def httpcore(work: Path) -> Ported:
    """The twins' httpcore, ported with the settings that the twins write for it."""
    folder = work / "lib" / "httpcore"
    project = pipeline.read([folder / "sync"], config=folder / "porter.toml")
    port = pipeline.port_project(project)
    changes = tuple(one for one in port.files if one.changed)
    return Ported("httpcore", project, port.plan, changes, folder / "sync", faults=len(port.faults))


# --- mutants ------------------------------------------------------------------------------------------------------------


def mutants(programs: Sequence[Ported], each: int, chance: random.Random) -> Iterator[Mutant]:
    """Up to ``each`` mutants of each kind, drawn from all programs."""
    texts = [(program, change, read(change.new)) for program in programs for change in program.changes]
    for kind in KINDS:
        found = [
            Mutant(kind.__name__, program, change, mistaken, line)
            for program, change, text in texts
            for steps in kind(text)
            if _fits(kind, change, steps)
            for mistaken, line in [(broken(change, steps, claimed=kind not in ANYWHERE), _line_of(change, steps))]
            if mistaken.new not in (change.new, change.old)
        ]
        yield from chance.sample(found, min(each, len(found)))


def _line_of(change: FileChange, steps: Steps) -> int:
    return change.new.count("\n", 0, max(span.start for span, _ in steps)) + 1


def _fits(kind: Callable[[Port], Iterator[Steps]], change: FileChange, steps: Steps) -> bool:
    """Changes that no tree shows are tried outside the patches, where they are forbidden."""
    spans = [patch.new for patch in change.patches]
    return kind not in ANYWHERE or not any(one.start <= step.end and step.start <= one.end for one in spans for step, _ in steps)


def broken(change: FileChange, steps: Steps, *, claimed: bool) -> FileChange:
    """The change with a mistake, its patches in step: the writer claims what it did."""
    for span, text in sorted(steps, key=lambda step: step[0], reverse=True):
        new = change.new[: span.start] + text + change.new[span.end :]
        change = replace(change, new=new, patches=_patches(change, span, len(text), claimed=claimed))
    return change


def _patches(change: FileChange, span: Span, length: int, *, claimed: bool) -> tuple[Patch, ...]:
    shift = length - (span.end - span.start)
    before = [one for one in change.patches if one.new.end < span.start]
    behind = [one for one in change.patches if one.new.start > span.end]
    met = [one for one in change.patches if one.new.end >= span.start and one.new.start <= span.end]
    offset = before[-1].old.end - before[-1].new.end if before else 0
    moved = [replace(one, new=Span(one.new.start + shift, one.new.end + shift)) for one in behind]
    if not claimed:
        return (*before, *moved)
    start = min([span.start, *(one.new.start for one in met)])
    end = max([span.end, *(one.new.end for one in met)])
    behind_offset = met[-1].old.end - met[-1].new.end if met else offset
    made = Patch(
        Span(start + offset, end + behind_offset),
        Span(start, end + shift),
        tuple(dict.fromkeys(idiom for one in met for idiom in one.idioms)) or COLOUR,
        any(one.structural for one in met),
        tuple(dict.fromkeys(group for one in met for group in one.groups)),
    )
    return (*before, made, *moved)


# --- trying --------------------------------------------------------------------------------------------------------------


def is_caught(mutant: Mutant) -> bool:
    """Whether the checker alone finds a fault; nothing is run."""
    return bool(verify(mutant.program.project, mutant.program.plan, mutant.changes))


def differs(mutant: Mutant) -> bool:
    """Whether the broken port runs otherwise than its threaded side. Runs both."""
    program = mutant.program
    if program.how is None:
        return False
    port = Result(program.plan, mutant.changes)
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder), ported_tree(program.before, port))
        after = Path(folder) if program.before.is_dir() else Path(folder, program.before.name)
        return bool(compare_runs(program.before, after, replace(program.how, seeds=1)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables. Exit code 1 for a false alarm, or below the limits."""
    parser = argparse.ArgumentParser(description="Break correct ports and count what verify catches.")
    parser.add_argument("--each", type=int, default=20, help="mutants of each kind over all fixtures (20)")
    parser.add_argument("--each-twin", type=int, default=5, help="the same in httpcore (5)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", action="store_true", help="RUN survivors against their threaded side")
    parser.add_argument("--twins", type=Path, metavar="WORK", help="the twins' work folder")
    parser.add_argument("--only", default="", help="one kind")
    parser.add_argument("fixtures", nargs="*", type=Path, help="fixtures, or folders of them (all)")
    options = parser.parse_args(arguments)
    counts = {kind.__name__: Count() for kind in KINDS}
    survivors: list[Mutant] = []
    alarms = 0
    with tempfile.TemporaryDirectory() as folder:
        programs = list(fixtures(options.fixtures or [FIXTURES], Path(folder)))
        drawn = [*mutants(programs, options.each, random.Random(options.seed))]
        if options.twins:
            programs.append(httpcore(options.twins))
            drawn += mutants(programs[-1:], options.each_twin, random.Random(options.seed))
        alarms = sum(one.faults + len(verify(one.project, one.plan, one.changes)) for one in programs)
        for mutant in drawn:
            if options.only in ("", mutant.kind):
                _try(mutant, counts[mutant.kind], survivors, run=options.run)
    _print(counts, survivors, run=options.run)
    print(f"false alarms on {len(programs)} unbroken ports: {alarms}")
    return int(alarms > 0 or not _is_enough(counts, run=options.run))


def _is_enough(counts: dict[str, Count], *, run: bool) -> bool:
    """Whether the figures reach the limits."""
    made = sum(one.made for one in counts.values())
    caught = sum(one.caught for one in counts.values())
    both = caught + sum(one.by_run for one in counts.values())
    return caught >= LIMIT * made and (not run or both >= LIMIT_WITH_RUNS * made)


def _try(mutant: Mutant, count: Count, survivors: list[Mutant], *, run: bool) -> None:
    count.made += 1
    if is_caught(mutant):
        count.caught += 1
        return
    print(f"survives verify: {mutant}", flush=True)
    if run and differs(mutant):
        count.by_run += 1
    else:
        survivors.append(mutant)


def _print(counts: dict[str, Count], survivors: list[Mutant], *, run: bool) -> None:
    total = Count(*(sum(getattr(one, field) for one in counts.values()) for field in ("made", "caught", "by_run")))
    print(f"\n{'kind':<26}{'made':>6}{'verify':>8}{'with runs':>11}")
    for name, count in [*counts.items(), ("all", total)]:
        both = f"{count.caught + count.by_run:>11}" if run else f"{'':>11}"
        print(f"{name:<26}{count.made:>6}{count.caught:>8}{both}")
    if total.made:
        print(f"verify alone: {total.caught / total.made:.1%}", end="")
        print(f"; with runs: {(total.caught + total.by_run) / total.made:.1%}" if run else "")
    print("\nsurvivors:" if survivors else "\nno survivors")
    for one in survivors:
        print(f"  {one}")


if __name__ == "__main__":
    started = time.process_time()
    code = main()
    print(f"{time.process_time() - started:.0f} s of CPU")
    sys.exit(code)
