"""The pages of docs/ that are made of the code: ``python -m porter.cli.pages docs`` writes them anew."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from porter.catalogue import Row, load
from porter.cli.idioms import idioms_by_name
from porter.idioms.idiom import Example, Idiom

_BECOMES = {
    "thread": "a thread hop",
    "none": "refused",
    "plain": "does not block",
    "await": "awaited",
    "streams": "a stream, or a socket of the support module",
    "task": "a task",
    "helper": "a helper of the support module",
    "split": "split",
    "factory": "a factory",
    "async with": "`async with`",
    "async for": "`async for`",
}


def pages() -> dict[str, str]:
    """The text of each page, by its file name."""
    return {"catalogue.md": catalogue_page(), "idioms.md": idioms_page()}


def catalogue_page() -> str:
    """All rows, one table for each library."""
    rows = load().rows
    lines = [
        "# The catalogue",
        "",
        f"{len(rows)} names that block, or that a port touches, and what stands for each in asyncio. Made of",
        "`porter/catalogue/*.toml`; `porter explain NAME` prints a row, and `[[catalogue]]` in the settings adds rows.",
    ]
    for library, found in groupby(sorted(rows, key=lambda row: row.library), key=lambda row: row.library):
        lines += ["", f"## {library}", "", "| name | becomes | in asyncio | what differs |", "|---|---|---|---|"]
        lines += [_table_row(row) for row in found]
    return "\n".join([*lines, ""])


def _table_row(row: Row) -> str:
    said = " ".join(filter(None, (row.differs, row.exceptions, row.remedy)))
    since = f" (Python {row.since[0]}.{row.since[1]})" if row.since > (3, 11) else ""
    there = f"`{row.asyncio}`{since}" if row.asyncio else ""
    return f"| `{row.name}` | {_BECOMES[row.becomes]} | {there} | {said.replace('|', chr(92) + '|')} |"


def idioms_page() -> str:
    """All idioms, in their order: what they do, examples, what they leave alone."""
    lines = ["# The idioms", "", "What porter rewrites, one idiom after the other, in the order in which they are asked."]
    for name, idiom in idioms_by_name().items():
        lines += ["", f"## {name}", "", *_idiom(idiom)]
    return "\n".join([*lines, ""])


def _idiom(idiom: Idiom) -> Iterator[str]:
    headline, _, text = inspect.cleandoc(idiom.doc).partition("\n\n")
    yield headline.replace("\n", " ")
    for paragraph in filter(None, text.split("\n\n")):
        head, _, said = paragraph.partition("\n")
        yield ""
        yield f"**{head.strip()}** {' '.join(said.split())}" if said.startswith("    ") else " ".join(paragraph.split())
    for example in (*idiom.examples, *idiom.refusals):
        yield from _example(example)


def _example(example: Example) -> Iterator[str]:
    why = f": {example.why}" if example.why else ""
    stays = example.before == example.after
    yield from ("", f"*{example.name.replace('_', ' ')}*{' (stays as it is)' if stays else ''}{why}", "")
    yield from ("```python", example.before.strip("\n"), "```")
    if not stays:
        yield from ("", "becomes", "", "```python", example.after.strip("\n"), "```")


def write(folder: Path) -> None:
    """Write the pages into a folder."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
