"""``--prove``: port the port, in memory, and see that nothing would change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from porter import Fault

if TYPE_CHECKING:
    from porter.cli.options import Options
    from porter.cli.work import Work
    from porter.project.model import Project, SourceFile


def unproved(work: Work, options: Options) -> tuple[Fault, ...]:
    """One fault for each edit that a second run with the same options would make."""
    from porter import pipeline
    from porter.project.locate import Locator

    project = ported_project(work)
    at = Locator(project)
    again = pipeline.plan(project, only=options.only, skip=options.skip, jobs=options.jobs)
    return tuple(
        Fault(edit.path, at.place(edit.path, edit.span).line, "prove", f"porting again would use {edit.idiom} here")
        for edit in again.edits
    )


def ported_project(work: Work) -> Project:
    """The project as reading the port would give it."""
    texts = {change.path: change.new for change in work.port.files}
    files = tuple(replace(file, text=texts.get(file.shown, file.text)) for file in work.project.files)
    added = tuple(_beside(files, shown, text) for shown, text in work.support)
    return replace(work.project, files=tuple(sorted((*files, *added), key=lambda file: (file.module, file.shown))))


def _beside(files: tuple[SourceFile, ...], shown: str, text: str) -> SourceFile:
    """A support module as a source file, named like the files beside it; porter never ports its own."""
    path = Path(shown)
    sibling = next(file for file in files if Path(file.shown).parent == path.parent)
    package = sibling.module if sibling.is_package else sibling.module.rpartition(".")[0]
    return replace(
        sibling,
        path=sibling.path.with_name(path.name),
        shown=shown,
        relative=sibling.relative.with_name(path.name),
        module=f"{package}.{path.stem}" if package else path.stem,
        is_package=False,
        is_target=False,
        text=text,
        encoding="utf-8",
        bom=False,
    )
