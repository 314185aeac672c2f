"""The diff in colour, for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO

from porter.report.diff import FileDiff

_HUNK = re.compile(r"^(@@ \S+ \S+ @@)(.*)$")


def show(diffs: Sequence[FileDiff], stream: TextIO) -> None:
    """Print ``diffs`` to a terminal, a hunk's idioms standing out. Long lines are left to the terminal to wrap."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for diff in diffs:
        for line in diff.text.removesuffix("\n").split("\n"):
            text = Text(line.replace("\r", "␍"))
            for style, start, end in _styles(line):
                text.stylize(style, start, end)
            console.print(text, soft_wrap=True)


def _styles(line: str) -> list[tuple[str, int, int]]:
    hunk = _HUNK.match(line)
    if hunk:
        return [("cyan", 0, hunk.end(1)), ("bold magenta", hunk.start(2), len(line))]
    for mark, style in (("---", "bold"), ("+++", "bold"), ("-", "red"), ("+", "green"), ("\\", "dim")):
        if line.startswith(mark):
            return [(style, 0, len(line))]
    return []
