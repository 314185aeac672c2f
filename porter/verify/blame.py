"""Whose a fault is: the groups, functions or files that must stay as they were for it to go away.

Each fault is traced to what it touches, the narrowest first: the function whose colour is behind it, the groups of the
patches at its place, the function around that place, the file, at last every file that changes. Where what was taken
back did not help, the next wider one is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from porter.idioms.idiom import Refusal
from porter.plan.model import Fault, FileChange, Plan, Verdict, Withheld
from porter.syntax.places import Lines, Span

REMEDY = "a fault of porter's own: report it with the program; port this part by hand, or mark it with `# porter: keep`"


@dataclass(frozen=True, slots=True)
class _Culprit:
    """One thing that may be taken back."""

    kind: Literal["group", "function", "file"]
    path: str
    name: str
    span: Span
    """In the old text."""


def blame(faults: Sequence[Fault], plan: Plan, changes: Sequence[FileChange], withheld: Withheld) -> Withheld:
    """``withheld`` and what the faults touch. The same as before where nothing is left to take back."""
    tracing = _Tracing(plan, {change.path: change for change in changes})
    wider = withheld
    for fault in faults:
        reason = f"the checker rejected its port (check `{fault.check}`, line {fault.line} of the port of {fault.path})"
        for step in tracing.steps(fault):
            fresh = [one for one in step if not _is_withheld(one, withheld)]
            if fresh:
                for one in fresh:
                    wider = _with(wider, one, Refusal(one.path, one.span, reason, REMEDY))
                break
    return wider


class _Tracing:
    """Faults stand in the new texts; verdicts and groups in the old."""

    def __init__(self, plan: Plan, changes: Mapping[str, FileChange]) -> None:
        self._changes = changes
        self._groups = _places_of_groups(plan)
        self._verdicts: dict[str, list[Verdict]] = {}
        for verdict in plan.verdicts:
            self._verdicts.setdefault(verdict.path, []).append(verdict)

    def steps(self, fault: Fault) -> Iterator[list[_Culprit]]:
        """What may be taken back for a fault, narrow to wide."""
        if fault.cause is not None:
            yield self._functions(*fault.cause, only_asynchronous=True)
        yield self._groups_at(fault)
        yield self._functions(fault.path, fault.line)
        yield [_Culprit("file", path, path, Span(0, 0)) for path in (fault.path,) if path in self._changes]
        yield [_Culprit("file", path, path, Span(0, 0)) for path in self._changes]

    def _functions(self, path: str, line: int, *, only_asynchronous: bool = False) -> list[_Culprit]:
        """The innermost function around a line of the new text."""
        change = self._changes.get(path)
        if change is None:
            return []
        at = _old_place(change, line)
        around = [
            verdict
            for verdict in self._verdicts.get(path, ())
            if verdict.span.start <= at.start < verdict.span.end or at.start <= verdict.span.start < at.end
        ]
        if only_asynchronous:
            around = [verdict for verdict in around if verdict.becomes_async]
        inner = max(around, key=lambda verdict: verdict.span.start, default=None)
        return [_Culprit("function", path, inner.function, inner.span)] if inner is not None else []

    def _groups_at(self, fault: Fault) -> list[_Culprit]:
        change = self._changes.get(fault.path)
        names = [fault.group] if fault.group else []
        if change is not None:
            line = _line(change, fault.line)
            names += [group for patch in change.patches if _touch(patch.new, line) for group in patch.groups]
        return [_Culprit("group", *self._groups[name]) for name in dict.fromkeys(names) if name in self._groups]


def _places_of_groups(plan: Plan) -> dict[str, tuple[str, str, Span]]:
    """The first edit of each group: path, the group's name, span."""
    found: dict[str, tuple[str, str, Span]] = {}
    for edit in plan.edits:
        if edit.group:
            found.setdefault(edit.group, (edit.path, edit.group, edit.span))
    return found


def _line(change: FileChange, line: int) -> Span:
    lines = Lines(change.new)
    line = min(line, len(lines))
    return Span(lines.start(line), lines.end(line))


def _old_place(change: FileChange, line: int) -> Span:
    """Where a line of the new text stood in the old: its own place, or all of the patches that touch it."""
    here, shift = _line(change, line), 0
    touched: list[Span] = []
    for patch in change.patches:
        if patch.new.start > here.end:
            break
        if _touch(patch.new, here):
            touched.append(patch.old)
        elif patch.new.end < here.start:
            shift = patch.old.end - patch.new.end
    if touched:
        return Span(touched[0].start, max(touched[-1].end, touched[0].start + 1))
    return Span(here.start + shift, max(here.end, here.start + 1) + shift)


def _touch(patch: Span, line: Span) -> bool:
    return patch.start <= line.end and line.start <= patch.end


def _is_withheld(one: _Culprit, withheld: Withheld) -> bool:
    if one.path in withheld.files:
        return True
    match one.kind:
        case "group":
            return one.name in withheld.groups
        case "function":
            return (one.path, one.name) in withheld.functions
        case "file":
            return False


def _with(withheld: Withheld, one: _Culprit, refusal: Refusal) -> Withheld:
    match one.kind:
        case "group":
            return replace(withheld, groups={one.name: refusal, **withheld.groups})
        case "function":
            return replace(withheld, functions={(one.path, one.name): refusal, **withheld.functions})
        case "file":
            return replace(withheld, files={one.path: refusal, **withheld.files})
