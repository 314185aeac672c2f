"""Rewriting files: the front door of this package."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Protocol

from porter.idioms.idiom import Edit
from porter.plan.model import FileChange
from porter.project.stack import deeply
from porter.rewrite.applying import Rewriter
from porter.rewrite.assembling import assemble, without_ending
from porter.rewrite.errors import RewriteError
from porter.rewrite.folding import kept_width
from porter.rewrite.imports import import_changes, rewrite_import
from porter.rewrite.outline import Outline
from porter.rewrite.rendering import Replacement, render
from porter.rewrite.units import divide
from porter.rewrite.unused import IDIOM

_NEWLINE_AT_END = re.compile(r"(?:\r\n|\r|\n)\Z")
_FILES_PER_JOB = 4


class Source(Protocol):
    """What rewriting needs of a file; ``SourceFile`` has it."""

    @property
    def shown(self) -> str:
        """The path as messages and edits name it."""

    @property
    def text(self) -> str:
        """The decoded text, without a BOM."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file's share of a run, fit to be sent to another process."""

    shown: str
    text: str
    edits: tuple[Edit, ...]
    exported: frozenset[str] = frozenset()
    """Names that other modules import from this one."""


def rewrite_file(
    source: Source,
    edits: Sequence[Edit],
    idioms: Mapping[str, Rewriter],
    exported: frozenset[str] = frozenset(),
) -> FileChange:
    """Carry out ``edits`` (on one node: in the order given) and bring the imports in line.

    Raises RewriteError when an edit cannot be carried out, NameTaken when an import's name is bound to something else.
    """
    if not edits:
        return FileChange(source.shown, source.text, source.text, ())
    try:
        return _Rewriting(source, idioms).run(edits, exported)
    except RewriteError as error:
        error.path = error.path or source.shown
        raise
    except RecursionError:
        raise RewriteError("it is nested too deeply to be rewritten", path=source.shown) from None


class _Rewriting:
    """The rewriting of one file. Units that the import pass leaves alone are rendered once."""

    def __init__(self, source: Source, idioms: Mapping[str, Rewriter]) -> None:
        self.source = source
        self.ending = "" if _NEWLINE_AT_END.search(source.text) or not source.text else _newline_of(source.text)
        self.outline = Outline(source.text + self.ending)
        self.step = self.outline.indent_unit()
        self.width = kept_width(source.text)
        self.idioms = {**idioms, IDIOM: rewrite_import}
        self.rendered: dict[tuple[object, ...], Replacement] = {}

    def run(self, edits: Sequence[Edit], exported: frozenset[str]) -> FileChange:
        """The file's change."""
        old = self.outline.text
        rendered = self._render(edits)
        new, patches = assemble(old, rendered)
        more, inserted = import_changes(self.outline, edits, new, patches, exported)
        if more or inserted:
            rendered = self._render((*edits, *more))
            new, patches = assemble(old, sorted((*inserted, *rendered), key=_place))
        new, patches = without_ending(self.source.text, self.ending, new, patches)
        return FileChange(self.source.shown, self.source.text, new, patches)

    def _render(self, edits: Sequence[Edit]) -> list[Replacement]:
        found = []
        for work in divide(self.outline, edits):
            if work.key not in self.rendered:
                self.rendered[work.key] = render(self.outline, work, self.step, self.idioms, self.width)
            found.append(self.rendered[work.key])
        return found


def _place(one: Replacement) -> tuple[int, int]:
    return one.span.start, one.span.end


def _newline_of(text: str) -> str:
    found = re.search(r"\r\n|\r|\n", text)
    return found.group() if found else "\n"


def rewrite_files(
    sources: Sequence[Source],
    edits: Sequence[Edit],
    idioms: Mapping[str, Rewriter],
    jobs: Executor | None = None,
    exported: Mapping[str, frozenset[str]] | None = None,
) -> tuple[FileChange, ...]:
    """Rewrite the files that have edits, in the order of ``sources``; ``exported`` is by ``shown`` path.

    With an executor the files are shared out, and ``idioms`` must hold functions that can be pickled.
    """
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(replace(edit, data=dict(edit.data)))
    known = exported or {}
    tasks = [
        Task(source.shown, source.text, tuple(by_path[source.shown]), known.get(source.shown, frozenset()))
        for source in sources
        if source.shown in by_path
    ]
    if jobs is None:
        return tuple(_run(task, idioms) for task in tasks)
    return tuple(jobs.map(_run, tasks, repeat(dict(idioms)), chunksize=_FILES_PER_JOB))


@deeply
def _run(task: Task, idioms: Mapping[str, Rewriter]) -> FileChange:
    return rewrite_file(task, task.edits, idioms, task.exported)
