"""The stages in order. Start reading here.

read → index → infer → plan → rewrite → verify → report; each takes a frozen value and gives one.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from porter.catalogue import Catalogue, CatalogueError, load
from porter.facts import FileFacts, index, is_kept
from porter.idioms.all import IDIOMS
from porter.inference.engine import infer
from porter.inference.result import Inference
from porter.inference.typeshed import Typeshed
from porter.plan.model import NOTHING_WITHHELD, Fault, FileChange, Plan, Port, Withheld
from porter.plan.planning import make_plan
from porter.project.faults import UsageFault
from porter.project.files import read_project
from porter.project.locate import Locator
from porter.project.model import Project
from porter.project.settings import Naming, Settings, settings_for
from porter.project.stack import deeply
from porter.rewrite.engine import rewrite_files
from porter.rewrite.errors import RewriteError
from porter.rewrite.formatting import formatted
from porter.rewrite.stub_files import follow_stubs
from porter.verify import blame, verify

_MANY = 24
"""Changed files from which on more processes are worth their start."""

_ROUNDS = 30
"""How often something is taken back before the whole run stays as it was."""


def port(
    paths: Sequence[Path | str],
    *,
    settings: Settings | None = None,
    config: Path | None = None,
    naming: Naming | None = None,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    jobs: int = 1,
) -> Port:
    """Port the program that ``paths`` name; nothing is written. Raises ``UsageFault`` for what the user can put right."""
    return port_project(read(paths, settings=settings, config=config, naming=naming), only=only, skip=skip, jobs=jobs)


@deeply
def port_project(project: Project, *, only: Sequence[str] = (), skip: Sequence[str] = (), jobs: int = 1) -> Port:
    """Port what has been read. What the checker does not believe is taken back, and the rest is planned anew without it."""
    with _collecting_seldom():
        return _ported(project, _planner(project, only, skip), jobs)


def _ported(project: Project, planned: Callable[[Withheld], Plan], jobs: int) -> Port:
    withheld = NOTHING_WITHHELD
    faults: dict[tuple[str, str, str], Fault] = {}
    for _ in range(_ROUNDS):
        decided = planned(withheld)
        changes, found = _rewritten(project, decided, jobs)
        found = found or verify(project, decided, changes)
        if not found:
            return Port(decided, (*changes, *follow_stubs(project, decided, changes)), tuple(faults.values()))
        for fault in found:
            faults.setdefault((fault.path, fault.check, fault.message), fault)
        wider = blame(found, decided, changes, withheld)
        if wider == withheld:
            break
        withheld = wider
        gc.collect()  # the program that the checker inferred
    unchanged = tuple(replace(change, new=change.old, patches=()) for change in changes)
    return Port(decided, unchanged, tuple(faults.values()))


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """What is known of a program is cyclic and lives long: looking through it again and again finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read(
    paths: Sequence[Path | str],
    *,
    settings: Settings | None = None,
    config: Path | None = None,
    naming: Naming | None = None,
) -> Project:
    """The source files and settings that ``paths`` stand for."""
    named = [Path(path) for path in paths]
    project = read_project(named, settings if settings is not None else settings_for(named, config, naming))
    kept = tuple(replace(file, is_target=file.is_target and not is_kept(file.text)) for file in project.files)
    return replace(project, files=kept)


def understand(project: Project, catalogue: Catalogue) -> Inference:
    """Index every file, then infer what each expression may be."""
    facts: list[tuple] = [(source, index(source.text)) for source in (*project.files, *project.library)]  # type: ignore[type-arg]
    return infer(facts, tracked_classes(catalogue), _typeshed(project))


def _typeshed(project: Project) -> Typeshed:
    return Typeshed(project.settings.target_version, search_path=project.stub_folders)


def tracked_classes(catalogue: Catalogue) -> list[str]:
    """The outside classes that have rows: their objects are followed one by one."""
    owners = {row.name.rpartition(".")[0] for row in catalogue.rows if row.kind in ("method", "iteration")}
    classes = {row.name for row in catalogue.rows if row.kind == "class"}
    return sorted(owner for owner in owners | classes if "()" not in owner)


@deeply
def plan(project: Project, *, only: Sequence[str] = (), skip: Sequence[str] = (), jobs: int = 1) -> Plan:
    """What becomes of every blocking call, and the edits that takes. Raises ``UsageFault``."""
    return _planner(project, only, skip)(NOTHING_WITHHELD)


def _planner(project: Project, only: Sequence[str], skip: Sequence[str]) -> Callable[[Withheld], Plan]:
    """Understand once, plan as often as the checker takes something back."""
    try:
        catalogue = load(project.settings.catalogue)
    except CatalogueError as error:
        raise UsageFault(str(error)) from error
    idioms = [idiom for idiom in IDIOMS if (not only or idiom.name in only) and idiom.name not in skip]
    inference = understand(project, catalogue)
    return lambda withheld: make_plan(project, inference, catalogue, idioms, withheld)


def rewrite(project: Project, decided: Plan, jobs: int = 1) -> tuple[FileChange, ...]:
    """The new texts, file by file; in ``jobs`` processes where that pays."""
    carry_out = {idiom.name: idiom.rewrite for idiom in IDIOMS}
    changed = {edit.path for edit in decided.edits}
    if jobs > 1 and len(changed) >= _MANY:
        with ProcessPoolExecutor(jobs) as pool:
            changes = rewrite_files(project.files, decided.edits, carry_out, pool)
    else:
        changes = rewrite_files(project.files, decided.edits, carry_out)
    paths = {file.shown: file.path for file in project.files}
    return tuple(formatted(change, paths[change.path], project.settings) for change in changes)


def _rewritten(project: Project, decided: Plan, jobs: int) -> tuple[tuple[FileChange, ...], tuple[Fault, ...]]:
    """The new texts; or, where an edit cannot be carried out, the old ones and the fault."""
    try:
        return rewrite(project, decided, jobs), ()
    except RewriteError as error:
        paths = {edit.path for edit in decided.edits}
        kept = tuple(FileChange(file.shown, file.text, file.text, ()) for file in project.files if file.shown in paths)
        line = Locator(project).place(error.path, error.span).line if error.span is not None else 1
        return kept, (Fault(error.path, line, "rewrite", error.reason, error.group),)


__all__ = ["FileFacts", "plan", "port", "read", "rewrite", "understand"]
