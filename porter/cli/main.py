"""The command ``porter`` and its way out: every fault one line, every outcome an exit code.

0 done; 1 a check failed, or ``--strict`` objects; 2 usage, settings or unusable path; 3 a fault of porter's own.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from porter import __version__ as porter_version
from porter.catalogue import CatalogueError
from porter.cli.check import check
from porter.cli.diff import diff
from porter.cli.explain import explain
from porter.cli.plan import plan
from porter.cli.port import port
from porter.cli.verify import verify
from porter.cli.why import why
from porter.project.faults import UsageFault

OWN_FAULT = 3
UNUSABLE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(porter_version, message="%(prog)s %(version)s")
def porter() -> None:
    """Port threaded, blocking Python to asyncio, and account for every blocking call.

    porter reads source files and never runs them; only `check` and `verify --run` run programs.
    """


for command in (port, diff, plan, why, explain, verify, check):
    porter.add_command(command)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code. Faults are told on standard error, in one line each."""
    try:
        result = porter.main(args=list(arguments), prog_name="porter", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except (UsageFault, CatalogueError) as fault:
        return _fail(str(fault), UNUSABLE)
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.format_message(), err=True)
        return UNUSABLE
    except click.UsageError as fault:
        where = fault.ctx.command_path if fault.ctx else "porter"
        return _fail(f"{fault.format_message().rstrip('.')}; see {where} --help", UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", 130)
    except BrokenPipeError:
        # The reader went away, as `head` does; nothing more can be said to it, not even at the interpreter's exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as fault:
        return _own_fault(fault)


def _own_fault(fault: Exception) -> int:
    if os.environ.get("PORTER_DEBUG"):
        traceback.print_exception(fault)
    told = " ".join(str(fault).split()) or "no more is known"
    return _fail(f"a fault of porter's own: {type(fault).__name__}: {told}; PORTER_DEBUG=1 shows where", OWN_FAULT)


def _fail(message: str, code: int) -> int:
    click.echo(f"porter: {' '.join(message.split())}", err=True)
    return code
