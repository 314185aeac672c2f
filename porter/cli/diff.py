"""``porter diff``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from porter.cli.options import Options, porting_options, source_paths


@click.command(short_help="Print the port as a diff; write nothing.")
@source_paths
@porting_options
def diff(src: tuple[Path, ...], options: Options) -> int:
    """Print the port as a unified diff that `git apply` takes; write nothing.

    Each hunk is headed by the idioms at work in it. The summary goes to standard error.
    """
    from porter.cli.work import carry_out, exit_code, print_json, read
    from porter.report.data import port_data
    from porter.report.diff import diff_of, joined
    from porter.report.outcomes import results_of
    from porter.report.text import port_lines

    project = read(src, options)
    work = carry_out(project, options)
    diffs = diff_of(project, work.port.files, work.support)
    results = results_of(project, work.port, work.support)
    if options.json:
        print_json({**port_data(project, work.port, results), "diff": "".join(one.text for one in diffs)})
    elif sys.stdout.isatty():
        from porter.report.terminal import show

        show(diffs, sys.stdout)
    else:
        sys.stdout.buffer.write(joined(diffs))
    if not options.quiet and not options.json:
        click.echo("\n".join(port_lines(project, work.port, results)), err=True)
    return exit_code(project, work.port.plan, options, faulty=bool(work.port.faults))
