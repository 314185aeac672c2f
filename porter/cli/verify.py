"""``porter verify``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from porter.project.faults import UsageFault


@click.command(short_help="Check a program against its port.")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--run", "runs", is_flag=True, help="Also RUN both programs, and compare what they print.")
@click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="With --run: how often; fixture.toml's, or 1.")
@click.option("--json", "json", is_flag=True, help="Print one JSON object in place of text.")
def verify(before: Path, after: Path, arguments: tuple[str, ...], runs: bool, seeds: int | None, json: bool) -> int:
    """Check two trees, a program and its port: that the port is closed and changed nothing it need not.

    With --run both are run: a file by itself, a folder as ARGUMENTS say (`FILE ARG...` or `-m MODULE ARG...`, behind
    `--`). A fixture.toml beside the two says how to run and compare them.
    """
    for path in (before, after):
        if not path.exists():
            raise UsageFault(f"{path}: no such file or folder; name one that exists")
    if before.is_dir() != after.is_dir():
        raise UsageFault(f"{before}, {after}: one is a file, the other a folder; name two files or two folders")
    from porter.cli.work import print_json
    from porter.report.data import fault_data
    from porter.verify import verify_trees

    faults = verify_trees(before, after)
    differences = _differences(before, after, arguments, seeds) if runs else ()
    if json:
        told = [fault_data(fault) for fault in faults]
        print_json({"version": 1, "ok": not told and not differences, "faults": told, "differences": list(differences)})
    else:
        lines = [*(f"{fault.path}:{fault.line}: {fault.check}: {fault.message}" for fault in faults), *differences]
        click.echo("\n".join(lines) if lines else "nothing wrong")
    return 1 if faults or differences else 0


def _differences(before: Path, after: Path, arguments: tuple[str, ...], seeds: int | None) -> tuple[str, ...]:
    from porter.check.comparison import Comparison
    from porter.check.programs import described_comparison
    from porter.check.sides import compare_runs

    how = described_comparison(before, after) or Comparison()
    return compare_runs(before, after, replace(how, run=arguments or how.run, seeds=seeds or how.seeds))
