"""``porter check``: find fixtures, try each, report."""

from __future__ import annotations

import contextlib
import os
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from porter import Port
from porter.check.cases import prepared, read_case, renewed
from porter.check.errors import FixtureError
from porter.check.fixture import Fixture
from porter.check.programs import DESCRIPTION, read_program
from porter.check.pythons import Python, running_python
from porter.check.trees import Tree, ported_tree, write_tree
from porter.check.trial import Porting, skipped, trial
from porter.pipeline import port
from porter.project.faults import UsageFault
from porter.project.settings import Settings


@dataclass(frozen=True, slots=True)
class Checked:
    """One fixture's result."""

    path: Path
    problems: tuple[str, ...] = ()
    skipped: str = ""
    """Why it was not tried."""

    @property
    def lines(self) -> tuple[str, ...]:
        """For a person: the fixture, and below it, indented, what is wrong."""
        word = "failed" if self.problems else "skipped" if self.skipped else "ok"
        head = f"{word:<7} {self.path}{f': {self.skipped}' if self.skipped else ''}"
        return (head, *(f"    {line}" for problem in self.problems for line in problem.splitlines()))


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The results of all fixtures."""

    checked: tuple[Checked, ...]
    pythons: tuple[Python, ...]

    @property
    def ok(self) -> bool:
        """Whether every fixture is as it must be."""
        return not any(one.problems for one in self.checked)

    @property
    def lines(self) -> tuple[str, ...]:
        """For a person: each fixture's lines and a summary."""
        return (*(line for one in self.checked for line in one.lines), self.summary)

    @property
    def summary(self) -> str:
        """How many fixtures there were, how many failed, and on which Pythons they ran."""
        failed = sum(bool(one.problems) for one in self.checked)
        count = f"{len(self.checked)} fixture{'s' * (len(self.checked) != 1)}"
        return f"{count}, {failed} failed; ran on Python {', '.join(map(str, self.pythons))}"


def check(
    paths: Sequence[Path | str],
    *,
    refresh: bool = False,
    pythons: Sequence[Python] | None = None,
    seeds: int | None = None,
) -> CheckReport:
    """Try every fixture that ``paths`` name or hold. This runs the fixtures' programs.

    ``refresh`` rewrites the goldens first, and is refused under CI. ``pythons``: where the programs run, by default the
    running interpreter. ``seeds``: at most so many for each program. Raises UsageFault where nothing can be checked.
    """
    pythons = tuple(pythons or (running_python(),))
    return CheckReport(tuple(checks(paths, refresh=refresh, pythons=pythons, seeds=seeds)), pythons)


def checks(
    paths: Sequence[Path | str], *, refresh: bool, pythons: Sequence[Python], seeds: int | None = None
) -> Iterator[Checked]:
    """The same, one result at a time, for those who show progress."""
    if refresh and os.environ.get("CI"):
        raise FixtureError("goldens are not refreshed under CI; refresh them by hand and read the diff")
    for path in discover(paths):
        yield check_fixture(path, refresh=refresh, pythons=pythons, seeds=seeds)


def discover(paths: Sequence[Path | str]) -> tuple[Path, ...]:
    """The fixtures that paths name or hold: folders with a ``fixture.toml``; other Python files, which are cases.

    Raises UsageFault where a path does not exist or holds none.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise FixtureError(f"{path}: no such file or folder; name a fixture, or a folder of fixtures")
        here = list(_fixtures_below(path))
        if not here:
            raise FixtureError(f"{path}: holds no fixture; a fixture is a case file, or a folder with a {DESCRIPTION}")
        found.update(dict.fromkeys(here))
    return tuple(found)


def check_fixture(
    path: Path,
    *,
    refresh: bool = False,
    pythons: Sequence[Python] | None = None,
    seeds: int | None = None,
    porting: Porting | None = None,
) -> Checked:
    """Try one fixture; a mistake in the fixture itself is a problem like others.

    ``porting`` stands in for the pipeline.
    """
    porting = porting or _pipeline
    try:
        with contextlib.ExitStack() as stack:
            fixture = _fixture_at(path, stack)
            if skipped(fixture):
                return Checked(path, skipped=skipped(fixture))
            if refresh:
                _refresh(path, fixture, porting)
                fixture = _fixture_at(path, stack)
            if seeds is not None and fixture.how is not None:
                fixture = replace(fixture, how=replace(fixture.how, seeds=min(seeds, fixture.how.seeds)))
            return Checked(path, tuple(trial(fixture, porting, pythons or (running_python(),))))
    except UsageFault as fault:
        return Checked(path, (fault.message,))
    except Exception:  # a crash on one fixture must not hide what the others say
        return Checked(path, (f"porter itself failed:\n{traceback.format_exc()}",))


def _pipeline(path: Path, settings: Settings | None) -> Port:
    return port([path], settings=settings)


def _fixtures_below(path: Path) -> Iterator[Path]:
    if path.is_file() and path.suffix == ".py" or (path / DESCRIPTION).is_file():
        yield path
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            if not child.name.startswith((".", "__")):
                yield from _fixtures_below(child)


def _fixture_at(path: Path, stack: contextlib.ExitStack) -> Fixture:
    if path.is_dir():
        return read_program(path)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="porter-case-"))
    return prepared(read_case(path), Path(folder))


def _refresh(path: Path, fixture: Fixture, porting: Porting) -> None:
    """Write what the port is now as the golden, where the fixture has one."""
    result = ported_tree(fixture.before, porting(fixture.before, fixture.settings))
    if path.is_file():
        case = renewed(read_case(path), result[fixture.before.name].decode())
        path.write_bytes(case.text.encode())
    elif fixture.after is not None:
        _write_golden(fixture.before, fixture.after, result)


def _write_golden(before: Path, after: Path, result: Tree) -> None:
    if before.is_dir():
        write_tree(after, result)
        return
    for name, data in result.items():
        (after if name == before.name else after.parent / name).write_bytes(data)
