"""Checks of the settings a user wrote: every key known, every value of the type and among the values allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pathspec

from porter.project.faults import UsageFault
from porter.project.pyproject import line_of_key

LISTS = ("targets", "exclude", "packages", "prefer", "frozen")
"""Keys whose value is a list of texts."""
PATTERNS = ("targets", "exclude")
"""Those of them that hold path patterns."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "naming": ("keep", "twin"),
    "format": ("auto", "black", "none"),
    "files": ("keep", "thread", "anyio"),
}
"""Keys whose value is one of a few words."""
KEYS = (*LISTS, *CHOICES, "target-version", "rename", "catalogue")
ROW_TEXTS = ("blocking", "asyncio", "becomes")
"""What every ``[[catalogue]]`` row must say."""

_OLDEST = (3, 11)
_VERSION = re.compile(r"3\.(\d{1,2})")


class _Checker:
    """The checks of one file's table; remembers the file, to say where a mistake is."""

    def __init__(self, path: Path, header: str) -> None:
        self.path = path
        self.header = header

    def fail(self, key: str, cause: str, remedy: str) -> NoReturn:
        line = line_of_key(self.path, key, self.header)
        raise UsageFault(f"{self.path}{f':{line}' if line else ''}: {cause}; {remedy}")

    def unknown(self, key: str) -> NoReturn:
        close = difflib.get_close_matches(key.replace("_", "-"), KEYS, n=1)
        remedy = f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(KEYS)}"
        self.fail(key, f"unknown setting `{key}`", remedy)

    def texts(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(key, f"`{key}` is {_show(value)}", 'it must be a list of texts, such as ["a", "b"]')
        if key in PATTERNS:
            self.patterns(key, value)
        return tuple(value)

    def patterns(self, key: str, value: list[str]) -> None:
        for item in value:
            try:
                pathspec.GitIgnoreSpec.from_lines([item])
            except ValueError:
                self.fail(key, f"`{key}` has the pattern {item!r}", "write it as in a .gitignore file")

    def choice(self, key: str, value: object) -> str:
        if not isinstance(value, str) or value not in CHOICES[key]:
            allowed = " or ".join(f'"{word}"' for word in CHOICES[key])
            self.fail(key, f"`{key}` is {_show(value)}", f"it must be {allowed}")
        return value

    def version(self, key: str, value: object) -> tuple[int, int]:
        found = _VERSION.fullmatch(value) if isinstance(value, str) else None
        if found is None or (3, int(found[1])) < _OLDEST:
            self.fail(key, f"`{key}` is {_show(value)}", 'it must be a text from "3.11" on, such as "3.12"')
        return 3, int(found[1])

    def rename(self, key: str, value: object) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict):
            self.fail(key, f"`{key}` is {_show(value)}", 'it must be a table of texts: "Lock" = "AsyncLock"')
        for old, new in value.items():
            if not isinstance(new, str) or not new.isidentifier():
                self.fail(old, f"`{key}` gives {old!r} the name {_show(new)}", "it must be a Python name, in quotes")
        return tuple(value.items())

    def rows(self, key: str, value: object) -> tuple[Mapping[str, object], ...]:
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.fail(key, f"`{key}` is {_show(value)}", "write each row as a table of its own, below [[catalogue]]")
        for number, row in enumerate(value, start=1):
            self.row(key, number, row)
        return tuple(value)

    def row(self, key: str, number: int, row: Mapping[str, object]) -> None:
        for text in ROW_TEXTS:
            given = row.get(text)
            if not isinstance(given, str) or not given:
                cause = "has no" if given is None else f"has {_show(given)} as"
                self.fail(key, f"row {number} of `{key}` {cause} `{text}`", "it must be a text that is not empty")


def checked(values: Mapping[str, object], path: Path, header: str) -> dict[str, object]:
    """The values of one table by field name of ``Settings``. Raises ``UsageFault`` at the first mistake.

    ``header`` is the table's name in the file, empty for its top.
    """
    checker = _Checker(path, header)
    found: dict[str, object] = {}
    for key, value in values.items():
        found[key.replace("-", "_")] = _value(checker, key, value)
    return found


def _value(checker: _Checker, key: str, value: object) -> object:
    match key:
        case _ if key in LISTS:
            return checker.texts(key, value)
        case _ if key in CHOICES:
            return checker.choice(key, value)
        case "target-version":
            return checker.version(key, value)
        case "rename":
            return checker.rename(key, value)
        case "catalogue":
            return checker.rows(key, value)
        case _:
            checker.unknown(key)


def _show(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case dict():
            return "a table"
        case list():
            return "a list" if len(str(value)) > 40 else str(value)
        case _:
            return str(value)
