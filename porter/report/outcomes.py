"""What became of each file of a run, in one word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from porter.plan.model import Port
from porter.project.model import Project

FileOutcome = Literal["changed", "added", "unchanged", "unreadable"]


@dataclass(frozen=True, slots=True)
class FileResult:
    """A file as messages show it, and its outcome."""

    path: str
    outcome: FileOutcome


def results_of(project: Project, port: Port, support: Sequence[tuple[str, str]] = ()) -> tuple[FileResult, ...]:
    """Each Python file of the run, those that the port adds and those that could not be read included, by path."""
    found: dict[str, FileOutcome] = {file.shown: "unchanged" for file in project.written}
    found |= {problem.shown: "unreadable" for problem in project.problems}
    found |= {path: "added" for path, _ in support}
    for change in port.files:
        if change.changed:
            found[change.path] = "changed" if change.path in found else "added"
    return tuple(FileResult(path, outcome) for path, outcome in sorted(found.items()))
