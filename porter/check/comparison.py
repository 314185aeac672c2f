"""How two runs of one program are compared, and what they differ in."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Order = Literal["exact", "actors", "sorted"]
ORDERS: tuple[str, ...] = get_args(Order)

_SHOWN_LINES = 40


@dataclass(frozen=True, slots=True)
class Comparison:
    """How to run the two sides of a program, and what must be equal."""

    run: tuple[str, ...] = ()
    """Arguments behind the interpreter, relative to the side's folder: ``FILE ARG...`` or ``-m MODULE ARG...``.
    ``{file}`` stands for the side itself where that is a file. Empty: the file, without arguments."""
    seeds: int = 1
    """Both sides run once for each of ``random.seed(0)`` up to ``random.seed(seeds - 1)``; with 0 they do not run."""
    order: Order = "exact"
    """``exact``: the output is the same text. ``sorted``: the same lines. ``actors``: each actor prints the same lines
    in the same order, whatever the others print between them."""
    actors: tuple[str, ...] = ()
    """The actors' line prefixes. Lines that begin with none of them count as one more actor."""
    daemons: tuple[str, ...] = ()
    """Those actors that speak from daemon threads. Such a thread dies with its program, often in mid-sentence, so on
    the threaded side its last lines may be missing; on the ported side they may not."""
    timeout: float = 20.0
    """Seconds after which a run is killed, with all processes it started."""


def difference(before: str, after: str, how: Comparison) -> str:
    """What the second output has that the first has not, and the reverse; empty when they agree."""
    match how.order:
        case "exact":
            lines = diff(before.splitlines(), after.splitlines())
            return lines or ("" if before == after else "only the line endings differ")
        case "sorted":
            return diff(sorted(before.splitlines()), sorted(after.splitlines()))
        case "actors":
            return _actors_difference(before, after, how)


def diff(before: Sequence[str], after: Sequence[str], names: tuple[str, str] = ("before", "after")) -> str:
    """A unified diff of two lists of lines, cut to a readable length; empty when they are equal."""
    if before == after:
        return ""
    lines = list(difflib.unified_diff(before, after, *names, lineterm=""))
    more = len(lines) - _SHOWN_LINES
    shown = lines[:_SHOWN_LINES] + ([f"... and {more} lines more"] if more > 0 else [])
    return "\n".join(shown)


def _actors_difference(before: str, after: str, how: Comparison) -> str:
    spoken_before, spoken_after = (_by_actor(before, how.actors), _by_actor(after, how.actors))
    found = []
    for actor in (*how.actors, ""):
        said, says = spoken_before[actor], spoken_after[actor]
        if actor in how.daemons:
            says = says[: len(said)]
        text = diff(said, says)
        if text:
            found.append(f"{actor or 'other lines'}:\n{text}")
    return "\n".join(found)


def _by_actor(output: str, actors: tuple[str, ...]) -> dict[str, list[str]]:
    """Each actor's lines in order; the longest prefix wins, and ``""`` has the lines of nobody."""
    spoken: dict[str, list[str]] = {actor: [] for actor in (*actors, "")}
    for line in output.splitlines():
        spoken[max((actor for actor in actors if line.startswith(actor)), key=len, default="")].append(line)
    return spoken
