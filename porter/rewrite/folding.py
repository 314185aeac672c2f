"""Folding: statements that edits made longer than the lines of their file, on several lines, as an author would break them.

The items of a ``with`` come in parentheses, in lines of their own.
A line is broken at the commas of a bracket, or, where it only groups, behind ``and`` and ``or``; at the outermost bracket that
helps. What follows stands below the first argument, or, where that is too far to the right, all arguments stand in lines of
their own, indented. Where both brackets stand apart from their content, each argument gets a line. Other lines stay as they are.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from porter.rewrite.aligning import CLOSING, OPENING, STRING_ENDS, STRING_STARTS
from porter.rewrite.with_headers import in_parentheses, with_headers

_WIDTHS = (79, 88, 100, 120)
_USUAL = 100
"""The width for a file that shows none."""
_EXCEPTIONS = 33
"""One line in so many may be longer than the width that a file keeps."""
_NEAR = 8
_SIGNS = 5
"""So many lines at most so many columns shorter than a width say that it is kept."""
_HEADERS = frozenset(("async", "def", "class", "if", "elif", "while", "for", "with", "match", "case", "except"))


def kept_width(text: str) -> int:
    """The width that the lines of a file keep: one of the usual ones, or that of its longest line."""
    lengths = [len(row) for row in text.splitlines()]
    for width in _WIDTHS:
        if sum(length > width for length in lengths) * _EXCEPTIONS <= len(lengths):
            signs = sum(width - _NEAR < length <= width for length in lengths)
            return width if signs >= _SIGNS else max(width, _USUAL)
    return max(lengths)


def folded(old: str, new: str, width: int, step: str, newline: str) -> str:
    """``new``, which was made of ``old``, with those statements folded that got lines longer than ``width``.

    New lines end in ``newline``. Left alone: indentation by tabs, brackets with comments, lines of text, and what would be too
    long even so.
    """
    known = {row.rstrip("\r\n") for row in _rows(old)}
    while True:  # each round leaves fewer long lines
        rows = _rows(new)
        long = [at for at, row in enumerate(rows) if len(row.rstrip("\r\n")) > width and row.rstrip("\r\n") not in known]
        made = next(filter(None, _attempts(rows, long, width, step, newline)), None)
        if made is None:
            return new
        new = made


def _rows(text: str) -> list[str]:
    """The lines as Python's tokenizer counts them."""
    return io.StringIO(text, newline="").readlines()


def _attempts(rows: list[str], long: Sequence[int], width: int, step: str, newline: str) -> Iterator[str | None]:
    """The text with one bracket of a long line folded, for each that helps."""
    if not long or "\t" in step:
        return
    try:
        headers = list(with_headers(rows))
        brackets = sorted(_brackets(rows), key=lambda bracket: bracket.start)
    except (tokenize.TokenError, SyntaxError):
        return
    for row in long:
        yield from (in_parentheses(rows, header, width, step, newline) for header in headers if header.start[0] == row)
        for bracket in brackets:
            begins = bracket.start[0] <= row and (bracket.start[0] < row or bracket.start[1] <= width)
            if begins and row <= bracket.end[0] and bracket.may_break and not _is_long_by_comment(rows[row], width):
                yield _fold(rows, bracket, width, step, newline)


def _is_long_by_comment(row: str, width: int) -> bool:
    """Whether a line may end in a comment that alone makes it too long."""
    return "#" in row and len(row[: row.rindex("#")].rstrip()) <= width


@dataclass(slots=True)
class _Bracket:
    """A pair of brackets; rows count from 0, columns are characters."""

    start: tuple[int, int]
    """Behind the opening one."""
    head: str
    """The first word of its statement."""
    opens: str
    """What opens with it: a ``call`` or a parameter list, a ``subscript``, or a ``display``, of elements or around a group."""
    commas: list[tuple[int, int]]
    """Where lines may begin: behind each of its commas, or, in a comprehension, at each clause."""
    operators: list[tuple[int, int]]
    """Where else they may: behind each ``and`` and ``or``."""
    end: tuple[int, int] = (0, 0)
    """Where the closing one stands."""
    is_comprehension: bool = False
    lambdas: int = 0
    """How many lambdas are open before their colon, whose parameters no line parts."""
    is_fixed: bool = False
    """Whether it holds comments or text that spans lines."""

    @property
    def breaks(self) -> list[tuple[int, int]]:
        """Where lines may begin."""
        return self.commas or (self.operators if self.opens == "display" and not self.is_comprehension else [])

    @property
    def may_break(self) -> bool:
        """Whether its lines may be arranged anew."""
        if self.is_fixed or self.start == self.end or self.opens == "subscript":
            return False
        return self.opens == "call" or bool(self.breaks)

    def holds(self, token: tokenize.TokenInfo, before: tokenize.TokenInfo | None) -> None:
        """Take note of a token that stands in it, and in no bracket inside."""
        if token.string == "lambda":
            self.lambdas += 1
        elif token.string == ":" and self.lambdas:
            self.lambdas -= 1
        elif token.string == "," and not self.is_comprehension and not self.lambdas:
            self.commas.append((token.end[0] - 1, token.end[1]))
        elif token.string == "for" or (token.string == "if" and self.is_comprehension):
            start = before.start if before and before.string == "async" else token.start
            self.commas.append((start[0] - 1, start[1]))
            self.is_comprehension = True
        elif token.string in ("and", "or"):
            self.operators.append((token.end[0] - 1, token.end[1]))


def _brackets(rows: list[str]) -> Iterator[_Bracket]:
    opened: list[_Bracket] = []
    before: tokenize.TokenInfo | None = None
    head, strings = "", 0
    for token in tokenize.generate_tokens(iter([*rows, ""]).__next__):
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NL):
            continue
        if token.type == tokenize.NEWLINE:
            head, before = "", None
            continue
        head = head or token.string
        is_text = token.type in STRING_STARTS or token.type in STRING_ENDS
        if token.type == tokenize.COMMENT or (is_text and token.start[0] != token.end[0]):
            for bracket in opened:
                bracket.is_fixed = True
        strings += token.type in STRING_STARTS
        strings -= token.type in STRING_ENDS
        if strings:
            continue
        if token.type == tokenize.OP and token.string in OPENING:
            opened.append(_Bracket((token.end[0] - 1, token.end[1]), head, _opens(token, before), [], []))
        elif token.type == tokenize.OP and token.string in CLOSING and opened:
            bracket = opened.pop()
            bracket.end = (token.start[0] - 1, token.start[1])
            yield bracket
        elif opened and not is_text:
            opened[-1].holds(token, before)
        before = token


def _opens(token: tokenize.TokenInfo, before: tokenize.TokenInfo | None) -> str:
    if before is None or token.string == "{":
        return "display"
    if before.string in CLOSING or (before.type == tokenize.NAME and not keyword.iskeyword(before.string)):
        return "call" if token.string == "(" else "subscript"
    return "display"


def _fold(rows: list[str], bracket: _Bracket, width: int, step: str, newline: str) -> str | None:
    """The text with a bracket's content in lines of ``width`` columns at most; None where it has no such form."""
    items = _items(rows, bracket)
    first, last = bracket.start[0], bracket.end[0]
    lead, tail = rows[first][: bracket.start[1]], rows[last][bracket.end[1] :]
    if items is None or "\\" in "".join(rows[first:last]) or len(" ".join(items)) < len(tail.rstrip()):
        return None  # the rest behind the bracket is longer than what it holds
    hangs = not rows[first][bracket.start[1] :].strip()
    if hangs and not rows[last][: bracket.end[1]].strip():
        lines = [_blank(rows[first + 1]) + item for item in items]
        if last > first + 2 or len(items) == 1 or any(len(line) > width for line in lines):
            return None
        return "".join((*rows[: first + 1], *(line + newline for line in lines), *rows[last:]))
    indentation = _blank(rows[first + 1]) if hangs else _blank(lead) + step * (2 if bracket.head in _HEADERS else 1)
    for prefix, margin in ((lead, " " * len(lead)), (f"{lead}{newline}{indentation}", indentation)):
        if not hangs or margin is indentation:
            made = _filled(prefix, items, tail, margin, width, newline)
            if all(len(row.rstrip("\r\n")) <= width for row in _rows(made)):
                return "".join((*rows[:first], made, *rows[last + 1 :]))
    return None


def _blank(row: str) -> str:
    return row[: len(row) - len(row.lstrip())]


def _items(rows: list[str], bracket: _Bracket) -> list[str] | None:
    """The parts of a bracket's content between its breaks; None where one spans lines."""
    found: list[str] = []
    at = bracket.start
    for end in (*bracket.breaks, bracket.end):
        text = _cut(rows, at, end).strip()
        if "\n" in text or "\r" in text:
            return None
        found.append(text)
        at = end
    return found[:-1] if not found[-1] else found


def _cut(rows: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return rows[start[0]][start[1] : end[1]]
    return "".join((rows[start[0]][start[1] :], *rows[start[0] + 1 : end[0]], rows[end[0]][: end[1]]))


def _filled(prefix: str, items: Sequence[str], tail: str, margin: str, width: int, newline: str) -> str:
    """The items behind ``prefix`` in lines that are filled from the left, the next ones behind ``margin``."""
    text, column = prefix, len(_rows(prefix)[-1])
    closing = len(tail.rstrip("\r\n"))
    for index, item in enumerate(items):
        room = width - (closing if index == len(items) - 1 else 0)
        if index and column + 1 + len(item) > room:
            text, column = text + newline + margin, len(margin)
        elif index:
            text, column = text + " ", column + 1
        text, column = text + item, column + len(item)
    return text + tail


__all__ = ["folded", "kept_width"]
