"""``porter check``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Try fixtures: port them, compare, run both sides.")
@click.argument("fixtures", nargs=-1, required=True, metavar="FIXTURES...", type=click.Path(path_type=Path))
@click.option("--refresh", is_flag=True, help="Rewrite the goldens first; refused under CI.")
@click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Run each program with at most N seeds.")
@click.option("--one-python", is_flag=True, help="Run on porter's own Python only, not on each one the machine has.")
def check(fixtures: tuple[Path, ...], refresh: bool, seeds: int | None, one_python: bool) -> int:
    """Port each fixture again, compare it with its golden, RUN both sides and compare what they print."""
    from porter.check.checking import CheckReport, checks
    from porter.check.pythons import find_pythons, running_python

    pythons = (running_python(),) if one_python else find_pythons()
    results = []
    for result in checks(fixtures, refresh=refresh, pythons=pythons, seeds=seeds):
        click.echo("\n".join(result.lines))
        results.append(result)
    report = CheckReport(tuple(results), pythons)
    click.echo(report.summary)
    return 0 if report.ok else 1
