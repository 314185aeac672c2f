"""``porter plan``."""

from __future__ import annotations

from pathlib import Path

import click

from porter.cli.options import Options, planning_options, source_paths


@click.command(short_help="Account for every blocking call.")
@source_paths
@planning_options
def plan(src: tuple[Path, ...], options: Options) -> int:
    """Print the account of all blocking calls, and each function that becomes async with its reason."""
    from porter import pipeline
    from porter.cli.work import exit_code, print_json, read
    from porter.report.data import plan_data
    from porter.report.text import plan_lines

    project = read(src, options)
    planned = pipeline.plan(project, only=options.only, skip=options.skip, jobs=options.jobs)
    if options.json:
        print_json(plan_data(project, planned))
    elif not options.quiet:
        click.echo("\n".join(plan_lines(project, planned)))
    return exit_code(project, planned, options)
