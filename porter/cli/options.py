"""The options that verbs share, and the record they are handed on in."""

from __future__ import annotations

import difflib
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import click

from porter.project.faults import UsageFault
from porter.project.settings import Naming

Command = Callable[..., int]
Decorator = Callable[[Command], Command]


@dataclass(frozen=True, slots=True)
class Options:
    """What the shared options say; those that a verb does not take have their defaults."""

    config: Path | None = None
    naming: Naming | None = None
    jobs: int = 1
    json: bool = False
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    quiet: bool = False
    strict: bool = False
    prove: bool = False


def _source(text: str) -> Path:
    """A path to read; whether it can be is for the reading to find out, which says it in the same words everywhere.

    The empty text, which an unset shell variable leaves, must not stand for the working folder.
    """
    if not text:
        raise click.BadParameter("an empty text is no path")
    return Path(text)


source_paths = click.argument("src", nargs=-1, required=True, metavar="SRC...", type=_source)
source_path = click.argument("src", metavar="SRC", type=_source)

_READING: tuple[Decorator, ...] = (
    click.option("--config", type=click.Path(path_type=Path), help="A porter.toml to use in place of pyproject.toml."),
    click.option("--naming", type=click.Choice(["keep", "twin"]), help="Keep the names, or give asynchronous twins."),
    click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to work in.  [default: the cores]"),
    click.option("--json", "json", is_flag=True, help="Print one JSON object in place of text."),
)
_PLANNING: tuple[Decorator, ...] = (
    click.option("--only", multiple=True, metavar="IDIOM", help="Use this idiom and no other; may be repeated."),
    click.option("--skip", multiple=True, metavar="IDIOM", help="Do without this idiom; may be repeated."),
    click.option("--quiet", is_flag=True, help="Print no summary."),
    click.option("--strict", is_flag=True, help="Exit with 1 on a refusal or an unreadable file."),
)
_PORTING: tuple[Decorator, ...] = (
    click.option("--prove", is_flag=True, help="Prove that porting the port would change nothing, or write nothing."),
)


def reading_options(command: Command) -> Command:
    """Options of every verb that reads a program."""
    return _taking(command, _READING)


def planning_options(command: Command) -> Command:
    """Options of every verb that plans a port."""
    return _taking(command, _READING + _PLANNING)


def porting_options(command: Command) -> Command:
    """Options of every verb that carries a port out."""
    return _taking(command, _READING + _PLANNING + _PORTING)


def _taking(command: Command, options: tuple[Decorator, ...]) -> Command:
    """``command`` with click options that reach it as one ``Options``, its parameter ``options``."""

    @functools.wraps(command)
    def collected(**values: Any) -> int:
        shared = {field.name: values.pop(field.name) for field in fields(Options) if field.name in values}
        shared["jobs"] = shared.get("jobs") or os.cpu_count() or 1
        given = Options(**shared)
        _check_idioms((*given.only, *given.skip))
        return command(options=given, **values)

    result = cast(Command, collected)
    for option in reversed(options):
        result = option(result)
    return result


def _check_idioms(names: tuple[str, ...]) -> None:
    if not names:
        return
    from porter.cli.idioms import idiom_names

    known = idiom_names()
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=3)
            remedy = f"did you mean {' or '.join(close)}?" if close else f"the idioms are {', '.join(known)}"
            raise UsageFault(f"{name}: no such idiom; {remedy}")
