"""The traps as data, and the table of them in docs/limits.md; ``python -m tests.traps.table`` writes it anew."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
LIMITS = HERE.parents[1] / "docs" / "limits.md"
BEGIN = "<!-- traps: made of tests/traps/traps.toml by `python -m tests.traps.table` -->"
END = "<!-- end of traps -->"


@dataclass(frozen=True, slots=True)
class Program:
    """One program that shows a trap, and what must become of it; it must run as before in any case, unless ``text``."""

    file: str
    has: tuple[str, ...] = ()
    """What the port says."""
    lacks: tuple[str, ...] = ()
    """What the port must not say."""
    once: tuple[str, ...] = ()
    """What the port says just once."""
    refused: str = ""
    """Part of a refusal's reason; empty: all of it is ported, kept, or refused for a reason that says something."""
    naming: str = "keep"
    kept: int = 0
    """How many calls the account counts as kept, at the least."""
    text: bool = False
    """Only its text is looked at."""


@dataclass(frozen=True, slots=True)
class Trap:
    """One trap."""

    number: int
    name: str
    does: str
    programs: tuple[Program, ...]


def traps() -> list[Trap]:
    """All traps, in order."""
    tables = tomllib.loads((HERE / "traps.toml").read_text("utf-8"))["trap"]
    return [Trap(t["number"], t["name"], t["does"], tuple(_program(case) for case in t["cases"])) for t in tables]


def _program(case: dict[str, object]) -> Program:
    return Program(**{key: tuple(value) if isinstance(value, list) else value for key, value in case.items()})  # type: ignore[arg-type]


def table() -> str:
    """The table, in Markdown."""
    lines = [BEGIN, "", "| | trap | what porter does | shown by |", "|---|---|---|---|"]
    for trap in traps():
        files = dict.fromkeys(program.file for program in trap.programs)
        links = ", ".join(f"[{name.partition('_')[2]}](../tests/traps/sources/{name}.py)" for name in files)
        lines.append(f"| {trap.number} | {_cell(trap.name)} | {_cell(trap.does)} | {links} |")
    return "\n".join([*lines, "", END])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def with_table(text: str) -> str:
    """The page with the table as it must be."""
    before, _, rest = text.partition(BEGIN)
    return before + table() + rest.partition(END)[2]


if __name__ == "__main__":
    LIMITS.write_text(with_table(LIMITS.read_text("utf-8")), "utf-8")
