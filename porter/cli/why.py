"""``porter why``."""

from __future__ import annotations

from pathlib import Path

import click

from porter.cli.options import Options, reading_options, source_path


@click.command(short_help="Tell why a function must be async, or not.")
@source_path
@click.argument("name")
@reading_options
def why(src: Path, name: str, options: Options) -> int:
    """Tell why a function must be async, or why it is not: the chain of calls, each with its place.

    NAME is qualified as far as needed: `run_server`, `Session.loop`, `game.session.Session.loop`.
    """
    from porter import pipeline
    from porter.cli.work import print_json, read
    from porter.report.chain import why_data, why_lines

    project = read([src], options)
    planned = pipeline.plan(project, jobs=options.jobs)
    if options.json:
        print_json(why_data(project, planned, name))
    else:
        click.echo("\n".join(why_lines(project, planned, name)))
    return 0
