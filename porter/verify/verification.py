"""All checks on one port: file by file, then over the whole new program."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from porter.catalogue import load
from porter.facts import FileFacts
from porter.plan.model import Fault, FileChange, Plan
from porter.project.model import Project, SourceFile
from porter.syntax.places import Lines, Span
from porter.verify import (
    accounted,
    arity,
    blocking,
    compiles,
    contexts,
    erasure,
    ingredients,
    made,
    overrides,
    references,
    streams,
    support,
    text,
    unbound,
)
from porter.verify.changed import ChangedFile
from porter.verify.closed import closed
from porter.verify.finding import Finding
from porter.verify.view import View

INFERENCE = "inference"
"""Names the check that found nothing out because the inference failed."""


def verify(project: Project, plan: Plan, changes: tuple[FileChange, ...]) -> tuple[Fault, ...]:
    """What is wrong with a port, before anything is written; empty if nothing is.

    Nothing of the plan's edits is trusted: the new texts are parsed and inferred anew. A fault that the old program had
    already is not the port's.
    """
    sources = {file.shown: file for file in project.files}
    changed = [change for change in changes if change.changed]
    files = {change.path: ChangedFile(change) for change in changed}
    faults: list[Fault] = []
    for change in changed:
        source = sources.get(change.path)
        faults += text.check(change, source)
        broken = [*compiles.check(change.path, change.new)]
        faults += broken
        if not broken and source is not None:
            faults += _of_file(files[change.path], project, plan)
    if any(fault.check == compiles.CHECK for fault in faults):
        return _sorted(_with_groups(faults, changed))
    by_path = {change.path: change for change in changed}
    read_only = frozenset(file.shown for file in project.files if not file.is_target)  # callers there are the user's to port

    def against_source(view: View) -> Iterator[Finding]:
        rows = load(project.settings.catalogue)
        yield from blocking.check(view, plan, by_path, project.settings, rows)
        yield from references.check(view, files, plan.renames)
        yield from accounted.check(view, plan, files, project.settings, rows)
        yield from overrides.check(view, files, read_only)
        yield from made.check(view, files, plan.renames)
        yield from _of_ports(view)

    indexed = {path: file.new for path, file in files.items()}
    copies = {shown: support.text(name) for name, shown in plan.support}
    new = [_known_by_its_face(file, copies) for file in new_files(project, plan, changed)]
    faults += program_faults(new, project.files, against_source, by_path, indexed, read_only)
    faults = [fault for fault in faults if fault.path not in read_only]
    declared = _declared(project, plan, files)
    return _sorted(f for f in _with_groups(faults, changed) if (f.path, f.line) not in declared or f.check not in _DECLARED)


def _known_by_its_face(file: SourceFile, copies: Mapping[str, str]) -> SourceFile:
    """Of a support module's copy the interface; a program's own file in its place is looked at whole."""
    return replace(file, text=support.interface(file.text)) if copies.get(file.shown) == file.text else file


def _of_file(file: ChangedFile, project: Project, plan: Plan) -> Iterator[Fault]:
    """What a file that compiles shows by itself."""
    path = file.change.path
    yield from _safely(path, erasure.CHECK, functools.partial(erasure.check, file, plan.renames))
    if project.settings.catalogue:  # a user's rows put other names in the place of whatever they name
        yield from _safely(path, ingredients.CHECK, functools.partial(ingredients.check_constants, file))
    else:
        yield from _safely(path, ingredients.CHECK, functools.partial(ingredients.check, file, plan.renames))
    yield from _safely(path, unbound.CHECK, functools.partial(unbound.check, file))


_DECLARED = ("await", "protocol", "awaited", "blocking")


def _declared(project: Project, plan: Plan, files: Mapping[str, ChangedFile]) -> set[tuple[str, int]]:
    """Lines of the new texts where a user's own row says that something is asynchronous: that is not questioned."""
    names = {row.get("blocking") for row in project.settings.catalogue}
    found: set[tuple[str, int]] = set()
    for call in plan.calls if names else ():
        file = files.get(call.path)
        if call.callee in names and file is not None:
            lines = file.new.lines
            for patch in file.change.patches:
                if patch.old.start <= call.span.start < patch.old.end:
                    first, last = lines.place(patch.new.start).line, lines.place(patch.new.end).line
                    found.update((call.path, line) for line in range(first, last + 1))
    return found


def program_faults(
    new: Sequence[SourceFile],
    old: Sequence[SourceFile],
    more: Callable[[View], Iterable[Finding]] | None = None,
    changes: dict[str, FileChange] | None = None,
    indexed: Mapping[str, FileFacts] | None = None,
    left_out: frozenset[str] = frozenset(),
) -> list[Fault]:
    """What the checks of the whole program find in the new files and did not find in the old.

    ``indexed`` are facts of new files, by path, that nobody else needs any more; nothing is looked for in those of
    ``left_out``, which are followed only.
    """
    found = _program(new, more, changes or {}, indexed or {}, left_out)
    if not found:
        return []
    single = len(new) == len(old) == 1
    before = _known(tuple(old), single, left_out)
    return [fault for fault in found if fault.check == INFERENCE or _identity(fault, new, single) not in before]


@functools.lru_cache(maxsize=2)
def _known(files: tuple[SourceFile, ...], single: bool, left_out: frozenset[str]) -> frozenset[tuple[str, ...]]:
    """What is wrong in the old program already; asked again when a part of its port was taken back."""
    found = _program(files, _of_ports, {}, {}, left_out)
    return frozenset(_identity(fault, files, single) for fault in found)


def _of_ports(view: View) -> Iterator[Finding]:
    """What porter's ports always do, and a person may have reasons not to."""
    yield from streams.check_ports(view)
    yield from contexts.check_ports(view)


def _program(
    files: Sequence[SourceFile],
    more: Callable[[View], Iterable[Finding]] | None,
    changes: dict[str, FileChange],
    indexed: Mapping[str, FileFacts],
    left_out: frozenset[str],
) -> list[Fault]:
    def run() -> list[Fault]:
        view = View(files, indexed)
        findings = [*closed(view, left_out), *(more(view) if more is not None else ())]
        return [_fault(view, finding, changes) for finding in findings]

    return _safely(files[0].shown if files else "", INFERENCE, run)


def _safely(path: str, check: str, run: Callable[[], Iterable[Fault]]) -> list[Fault]:
    """A checker that fails is a fault, too: what could not be checked is not written."""
    try:
        return list(run())
    except Exception as error:  # whatever it is, the port is not proved
        return [Fault(path, 1, check, f"the check itself failed: {type(error).__name__}: {error}")]


def _fault(view: View, finding: Finding, changes: dict[str, FileChange]) -> Fault:
    path = finding.module.source.shown
    cause = _place(view, finding.cause)
    group = _group_at(changes.get(path), finding.line)
    if not group and cause is not None:
        group = _group_at(changes.get(cause[0]), cause[1])
    return Fault(path, finding.line, finding.check, finding.message, group, cause)


def _place(view: View, definition: ast.AST | None) -> tuple[str, int] | None:
    """Path and line of a definition."""
    for module in view.modules if definition is not None else ():
        if definition in module.facts.scopes:
            return module.source.shown, getattr(definition, "lineno", 1)
    return None


def _group_at(change: FileChange | None, line: int) -> str:
    """The group of a patch that touches a line of the new text."""
    if change is None:
        return ""
    lines = Lines(change.new)
    for patch in change.patches:
        if patch.groups and lines.place(patch.new.start).line <= line <= lines.place(patch.new.end).line:
            return patch.groups[0]
    return ""


def _with_groups(faults: list[Fault], changes: list[FileChange]) -> list[Fault]:
    by_path = {change.path: change for change in changes}
    return [fault if fault.group else replace(fault, group=_group_at(by_path.get(fault.path), fault.line)) for fault in faults]


def _sorted(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(dict.fromkeys(faults), key=_order))


def _order(fault: Fault) -> tuple[str, int, str, str]:
    return fault.path, fault.line, fault.check, fault.message


def _identity(fault: Fault, files: Sequence[SourceFile], single: bool) -> tuple[str, ...]:
    """What makes two faults the same one, before and after: module, check, message and the line's text."""
    source = next((file for file in files if file.shown == fault.path), None)
    if source is None:
        return (fault.path, fault.check, fault.message)
    lines = Lines(source.text)
    line = Span(lines.start(fault.line), lines.end(fault.line)).cut(source.text).strip()
    if fault.check == arity.CHECK:
        line = line.replace("await ", "")  # which says nothing of the arguments
    return ("" if single else source.module, fault.check, fault.message, line)


def new_files(project: Project, plan: Plan, changes: Iterable[FileChange]) -> list[SourceFile]:
    """The files of the new program: those of the old with their new texts, and what is written beside them."""
    new = {change.path: change.new for change in changes}
    files = [replace(file, text=new.pop(file.shown, file.text)) for file in project.files]
    for name, shown in plan.support:
        if shown not in new and shown not in {file.shown for file in files}:
            new[shown] = support.text(name)
    return files + [_beside(shown, made, project) for shown, made in new.items()]


def _beside(shown: str, made: str, project: Project) -> SourceFile:
    """A new file, named as a module beside the files of its folder."""
    path = PurePosixPath(shown)
    beside = next((file for file in project.files if PurePosixPath(file.shown).parent == path.parent), None)
    package = "" if beside is None else (beside.module if beside.is_package else beside.module.rpartition(".")[0])
    folder = Path(shown).parent if beside is None else beside.path.parent
    module = f"{package}.{path.stem}" if package else path.stem
    return SourceFile(folder / path.name, shown, Path(path.name), module, False, made, "utf-8", False)
