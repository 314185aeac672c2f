"""Continuation lines: those that stood under what follows a bracket stand under it again, wherever it is now."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

OPENING = frozenset("([{")
CLOSING = frozenset(")]}")
_LAYOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
STRING_STARTS = frozenset({tokenize.STRING, getattr(tokenize, "FSTRING_START", -1), getattr(tokenize, "TSTRING_START", -1)})
STRING_ENDS = frozenset({tokenize.STRING, getattr(tokenize, "FSTRING_END", -1), getattr(tokenize, "TSTRING_END", -1)})


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that begins inside brackets; lines count from 0, columns are characters."""

    column: int
    """Where its first token stands."""
    bracket: tuple[int, int]
    """Line and column of the innermost bracket that is open there."""
    is_under: bool
    """Whether something follows that bracket on its line, and this line begins below it."""


def realigned(old: str, new: str) -> str:
    """``new``, which was made of ``old`` line by line, with its continuation lines where they belong.

    Left alone: hanging indents, lines indented by tabs, and texts whose lines came or went.
    """
    lines, old_lines = _lines(new), _lines(old)
    if len(lines) < 2 or len(old_lines) != len(lines):
        return new
    before = _continuations(old_lines)
    after = _continuations(lines) if any(line.is_under for line in before.values()) else {}
    shifts = [0] * len(lines)
    for number, line in sorted(after.items()):
        was = before.get(number)
        if was is None or "\t" in lines[number][: line.column]:
            continue
        row, column = line.bracket
        shifts[number] = shifts[row]
        if was.is_under:
            offset = was.column - was.bracket[1]
            shifts[number] = column + shifts[row] + offset - line.column
    return "".join(_shifted(line, by) for line, by in zip(lines, shifts, strict=True))


def _shifted(line: str, by: int) -> str:
    if by >= 0:
        return " " * by + line
    blank = len(line) - len(line.lstrip(" "))
    return line[min(-by, blank) :]


def _lines(text: str) -> list[str]:
    """The lines as Python's tokenizer counts them: a form feed ends none."""
    return io.StringIO(text, newline="").readlines()


def _continuations(lines: list[str]) -> dict[int, _Line]:
    """The lines that begin inside brackets and outside of strings."""
    try:
        tokens = list(_tokens(lines))
    except (tokenize.TokenError, SyntaxError):
        return {}
    found: dict[int, _Line] = {}
    opened: list[tuple[int, int]] = []
    followed: set[tuple[int, int]] = set()
    last = strings = 0
    for token in tokens:
        row, column = token.start[0] - 1, token.start[1]
        if row != last and opened and not strings and not lines[row][:column].strip():
            found[row] = _Line(column, opened[-1], opened[-1] in followed and _is_below(token, opened[-1]))
        if opened and opened[-1][0] == row:
            followed.add(opened[-1])
        strings += token.type in STRING_STARTS
        strings -= token.type in STRING_ENDS
        if token.type == tokenize.OP and token.string in OPENING:
            opened.append((row, column))
        elif token.type == tokenize.OP and token.string in CLOSING and opened:
            opened.pop()
        last = token.end[0] - 1
    return found


def _tokens(lines: list[str]) -> Iterator[tokenize.TokenInfo]:
    for token in tokenize.generate_tokens(iter([*lines, ""]).__next__):
        if token.type not in _LAYOUT:
            yield token


def _is_below(token: tokenize.TokenInfo, bracket: tuple[int, int]) -> bool:
    """Whether a line's first token stands right of the bracket above, or, as the closing one, right below it."""
    offset = token.start[1] - bracket[1]
    return offset == 1 or (offset == 0 and token.string in CLOSING)
