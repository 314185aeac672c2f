"""``porter port``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from porter.cli.options import Options, porting_options, source_paths

if TYPE_CHECKING:
    from porter.cli.work import Work
    from porter.project.model import Project


@click.command(short_help="Port a file, a package or a project.")
@source_paths
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), metavar="OUT", help="Where the port goes.")
@click.option("--in-place", is_flag=True, help="Write the port over SRC.")
@porting_options
def port(src: tuple[Path, ...], out: Path | None, in_place: bool, options: Options) -> int:
    """Port a file, a package or a project, and print a summary.

    SRC a file: OUT is a file. SRC a folder: OUT is a folder laid out like it, with all its files. Several SRC: each
    goes under OUT, by its name.
    """
    if (out is None) == (not in_place):
        raise click.UsageError("give either -o OUT or --in-place")
    from porter.cli.work import carry_out, exit_code, print_json, read
    from porter.project.output import write_port
    from porter.report.data import port_data
    from porter.report.outcomes import results_of
    from porter.report.text import port_lines

    if in_place:
        _finish(src)
    project = read(src, options, out)
    work = carry_out(project, options)
    results = results_of(project, work.port, work.support)
    unproved = any(fault.check == "prove" for fault in work.port.faults)
    if in_place and not unproved:
        _tell_uncommitted(project, work)
    if not unproved:
        write_port(project, work.port.files, work.support, out=out, in_place=in_place)
    if options.json:
        print_json(port_data(project, work.port, results))
    elif not options.quiet:
        click.echo("\n".join(port_lines(project, work.port, results)))
    return exit_code(project, work.port.plan, options, faulty=bool(work.port.faults))


def _tell_uncommitted(project: Project, work: Work) -> None:
    """Say which files are written over though git has not their text: there the port cannot be undone by it."""
    from porter.project.git import uncommitted
    from porter.project.output import common_folder

    changed = {change.path for change in work.port.files if change.changed}
    files = {file.path.resolve(): file.shown for file in project.written if file.shown in changed}
    found = [files[path] for path in uncommitted(list(files), common_folder(project.roots))] if files else []
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        click.echo(f"not committed in git, and now changed by the port: {', '.join(found[:3])}{more}", err=True)


def _finish(src: tuple[Path, ...]) -> None:
    """Finish what a killed run left half written, before reading it."""
    from porter.project.journal import finish_interrupted
    from porter.project.output import common_folder

    existing = [path.absolute() for path in src if path.exists()]
    for path in finish_interrupted(common_folder(existing)) if existing else ():
        click.echo(f"{path}: finished from an interrupted run", err=True)
