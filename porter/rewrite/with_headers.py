"""Headers of ``with`` that got too long: their items in parentheses, each on a line of its own."""

from __future__ import annotations

import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from porter.rewrite.aligning import CLOSING, OPENING


@dataclass(slots=True)
class WithHeader:
    """The items of a ``with``; rows count from 0, columns are characters."""

    start: tuple[int, int]
    """Behind ``with``."""
    commas: list[tuple[int, int]] = field(default_factory=list)
    """Behind each comma between items."""
    end: tuple[int, int] = (0, 0)
    """Where the colon stands."""


def with_headers(rows: Sequence[str]) -> Iterator[WithHeader]:
    """The headers with several items, all on one line, that have no parentheses around them."""
    found: WithHeader | None = None
    depth, is_first = 0, True
    for token in tokenize.generate_tokens(iter([*rows, ""]).__next__):
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT):
            is_first = is_first or token.type == tokenize.NEWLINE
            found = None if token.type == tokenize.NEWLINE else found
            continue
        depth += (token.string in OPENING) - (token.string in CLOSING) if token.type == tokenize.OP else 0
        if is_first and token.string == "with" and depth == 0:
            found = WithHeader((token.end[0] - 1, token.end[1]))
        elif found is not None and depth == 0 and token.string == ",":
            found.commas.append((token.end[0] - 1, token.end[1]))
        elif found is not None and depth == 0 and token.string == ":":
            found.end = (token.start[0] - 1, token.start[1])
            if found.commas and found.end[0] == found.start[0]:
                yield found
            found = None
        is_first = is_first and token.string == "async"


def in_parentheses(rows: Sequence[str], header: WithHeader, width: int, step: str, newline: str) -> str | None:
    """The text with the items of a header in lines of their own; None where one is too long even so."""
    at = header.start[0]
    row = rows[at]
    ending = row[len(row.rstrip("\r\n")) :]
    blank = row[: len(row) - len(row.lstrip())]
    cuts = [header.start[1], *(column for _, column in header.commas), header.end[1]]
    items = [row[start:end].strip().removesuffix(",") for start, end in zip(cuts, cuts[1:], strict=False)]
    lines = [
        f"{row[: header.start[1]]} (",
        *(f"{blank}{step}{item}," for item in items),
        f"{blank}){row[header.end[1] :].rstrip()}",
    ]
    if any(len(line) > width for line in lines):
        return None
    return "".join((*rows[:at], newline.join(lines), ending, *rows[at + 1 :]))
