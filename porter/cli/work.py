"""From options to a finished port, and from a finished port to an exit code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from porter.cli.options import Options

if TYPE_CHECKING:
    from porter import Plan, Port
    from porter.project.model import Project


@dataclass(frozen=True, slots=True)
class Work:
    """A project, its port, and the support modules that go with it, as pairs of a shown path and a text."""

    project: Project
    port: Port
    support: tuple[tuple[str, str], ...]

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to write: no file changes."""
        return not self.support and not any(change.changed for change in self.port.files)


def read(paths: Sequence[Path], options: Options, out: Path | None = None) -> Project:
    """Read the program, and name on standard error what could not be read; but first see that it may go to ``out``."""
    from porter import pipeline
    from porter.project.formatter import is_missed
    from porter.project.output import check_out
    from porter.project.settings import without_effect
    from porter.report.text import problem_line

    project = pipeline.read(paths, config=options.config, naming=options.naming)
    if out is not None:
        check_out(project, out)
    for key in without_effect(project.settings):
        click.echo(f"the setting `{key}` has no effect yet as it is set", err=True)
    if is_missed(project):
        click.echo("black is not installed, so changed statements are not formatted; porter's extra `format` brings it", err=True)
    for problem in project.problems:
        click.echo(problem_line(problem), err=True)
    return project


def carry_out(project: Project, options: Options) -> Work:
    """Port what has been read; faults are named on standard error. With ``--prove``, prove it."""
    from porter import pipeline
    from porter.project.support import support_text
    from porter.report.text import fault_line

    port = pipeline.port_project(project, only=options.only, skip=options.skip, jobs=options.jobs)
    needed = port.plan.support if any(change.changed for change in port.files) else ()
    work = Work(project, port, tuple((shown, support_text(name)) for name, shown in needed))
    if options.prove and not port.faults:
        from porter.cli.prove import unproved

        work = replace(work, port=replace(port, faults=(*port.faults, *unproved(work, options))))
    for fault in work.port.faults:
        click.echo(fault_line(fault), err=True)
    return work


def exit_code(project: Project, plan: Plan, options: Options, *, faulty: bool = False) -> int:
    """3 for a fault of porter's own, 1 where ``--strict`` objects, else 0."""
    if faulty:
        return 3
    objections = plan.account.refused + len(plan.refusals) + len(project.problems)
    return 1 if options.strict and objections else 0


def print_json(data: object) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))
