"""Cases: fixtures that are one file each.

On top, optional lines ``# case: FLAG...``; then the source; then a line ``# becomes``; then what the source becomes.
Without the marker the source must not change. Blank lines around the marker belong to neither side. Flags, quoted as in
a shell:

- ``runs``: both sides are run as scripts and must print the same (``order=sorted``: the same lines).
- ``refused="part of the reason"``: a refusal says this; may be repeated.
- ``min-python=3.12``: older Pythons do not take this program.
- a settings key: ``naming=twin``, ``prefer=httpx,aiosqlite``, ``rename=Lock:AsyncLock,run:arun``.
"""

from __future__ import annotations

import itertools
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from porter.check.comparison import ORDERS, Comparison
from porter.check.errors import FixtureError, unknown
from porter.check.fixture import Fixture, settings_of
from porter.project.settings_check import CHOICES, LISTS

MARKER = "# becomes"
FLAG_LINE = "# case:"

_SETTINGS = (*LISTS, *CHOICES, "target-version", "rename")
_FLAGS = ("runs", "refused", "order", "min-python", *_SETTINGS)
_BLANK_END = re.compile(r"(\r\n|[\r\n])[\r\n]*\Z")


@dataclass(frozen=True, slots=True)
class Case:
    """A case file, taken apart."""

    path: Path
    head: str
    """The flag lines as they are written."""
    flags: tuple[tuple[str, str], ...]
    source: str
    result: str | None
    """None: the source must not change."""

    def values(self, flag: str) -> list[str]:
        """The values given to a flag, in order."""
        return [value for name, value in self.flags if name == flag]

    @property
    def text(self) -> str:
        """The whole file."""
        parts = [self.head, "\n" if self.head else "", self.source]
        if self.result is not None:
            parts += ["\n", MARKER, "\n\n", self.result]
        return "".join(parts)


def read_case(path: Path) -> Case:
    """The case in a file. Raises FixtureError where it is not one."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FixtureError(f"{path}: {error}; a case is a readable file in UTF-8") from None
    return parse_case(text, path)


def parse_case(text: str, path: Path) -> Case:
    """Take a case's text apart. Raises FixtureError with the line at fault."""
    lines = text.splitlines(keepends=True)
    head = list(itertools.takewhile(lambda line: line.startswith(FLAG_LINE), lines))
    flags = tuple(flag for number, line in enumerate(head, start=1) for flag in _flags_of(line, f"{path}:{number}"))
    body = lines[len(head) :]
    markers = [index for index, line in enumerate(body) if line.rstrip() == MARKER]
    for index, line in enumerate(body):
        if line.startswith(FLAG_LINE):
            raise FixtureError(f"{path}:{len(head) + index + 1}: a `{FLAG_LINE}` line stands on top, before the source")
    if len(markers) > 1:
        raise FixtureError(f"{path}:{len(head) + markers[1] + 1}: a second `{MARKER}`; a case has one")
    source = _trimmed("".join(body[: markers[0]] if markers else body))
    result = _trimmed("".join(body[markers[0] + 1 :])) if markers else None
    case = Case(path, "".join(head), flags, source, result)
    _refuse_nonsense(case)
    return case


def prepared(case: Case, folder: Path) -> Fixture:
    """The case as a fixture with both sides written below ``folder``."""
    changes = case.result is not None
    before = _write(folder / "before" / case.path.name, case.source)
    versions = [tuple(map(int, value.split("."))) for value in case.values("min-python")]
    return Fixture(
        before=before,
        after=_write(folder / "after" / case.path.name, case.result) if case.result is not None else None,
        settings=settings_of(_settings_values(case), case.path, "case"),
        refused=tuple(case.values("refused")),
        unnamed_refusals=not changes and not case.values("refused"),
        how=_comparison(case),
        min_python=(versions[0][0], versions[0][1]) if versions else (0, 0),
    )


def renewed(case: Case, result: str) -> Case:
    """The case with another result."""
    return replace(case, result=None if result == case.source else result)


def _flags_of(line: str, place: str) -> list[tuple[str, str]]:
    try:
        words = shlex.split(line.removeprefix(FLAG_LINE))
    except ValueError as error:
        raise FixtureError(f"{place}: {error}; quote a flag's value as in a shell") from None
    found = []
    for word in words:
        name, equals, value = word.partition("=")
        if name not in _FLAGS:
            raise FixtureError(f"{place}: {unknown('flag', name, _FLAGS)}")
        if bool(value) == (name == "runs"):
            raise FixtureError(f"{place}: `{name}` takes {'no value' if equals else 'a value: ' + name + '=...'}")
        found.append((name, value or "yes"))
    return found


def _refuse_nonsense(case: Case) -> None:
    for name in _FLAGS:
        if name != "refused" and len(case.values(name)) > 1:
            raise FixtureError(f"{case.path}: `{name}` is given twice; give it once")
    if not case.source.strip():
        raise FixtureError(f"{case.path}: no source; write a program before `{MARKER}`")
    if case.result == case.source:
        raise FixtureError(f"{case.path}: the result is the source; leave out `{MARKER}` where nothing changes")
    if case.result is None and case.values("runs"):
        raise FixtureError(f"{case.path}: `runs` compares two sides, and there is no `{MARKER}`")
    if not set(case.values("order")) <= set(ORDERS) - {"actors"}:
        raise FixtureError(f"{case.path}: `order` is exact or sorted")
    if not all(re.fullmatch(r"\d+\.\d+", value) for value in case.values("min-python")):
        raise FixtureError(f"{case.path}: `min-python` is a version such as 3.12")


def _comparison(case: Case) -> Comparison | None:
    if not case.values("runs"):
        return None
    return Comparison(order="sorted" if "sorted" in case.values("order") else "exact")


def _settings_values(case: Case) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in case.flags:
        if name == "rename":
            values[name] = dict(pair.partition(":")[::2] for pair in value.split(","))
        elif name in LISTS:
            values[name] = value.split(",")
        elif name in _SETTINGS:
            values[name] = value
    return values


def _trimmed(text: str) -> str:
    return _BLANK_END.sub(r"\1", text.lstrip("\r\n"))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode())
    return path
