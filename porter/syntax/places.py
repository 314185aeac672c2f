"""Where things stand in a text, counted once and the same way everywhere.

A *place* is a line (from 1) and a column (from 0, in characters); a *span* is a pair of offsets, in characters, into the
decoded text. ``ast`` counts columns in UTF-8 bytes, and only ``\\n``, ``\\r\\n`` and ``\\r`` end a line for it (a form feed
does not, although ``str.splitlines`` thinks so). The conversion happens here and nowhere else.
"""

from __future__ import annotations

import ast
import bisect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position as editors show it: ``line`` from 1, ``column`` from 0, in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column + 1}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range ``[start, end)`` of character offsets into a text."""

    start: int
    end: int

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def cut(self, text: str) -> str:
        """The text that the span covers."""
        return text[self.start : self.end]


def _line_ends(text: str) -> Iterable[int]:
    """Behind which offsets a new line begins."""
    if "\r" in text:
        return (match.end() for match in _NEWLINE.finditer(text))
    *lines, _ = text.split("\n")
    return accumulate(map((1).__add__, map(len, lines)))


class Lines:
    """The lines of one text, to turn ``ast`` positions into offsets and offsets into places."""

    __slots__ = ("text", "_starts", "_ascii")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *_line_ends(text)]
        self._ascii = text.isascii()

    def __len__(self) -> int:
        return len(self._starts)

    def start(self, line: int) -> int:
        """The offset at which a line (from 1) begins."""
        return self._starts[line - 1]

    def end(self, line: int) -> int:
        """The offset just behind a line's last character, its line ending left out."""
        if line >= len(self._starts):
            return len(self.text)
        end = self._starts[line]
        while end > self._starts[line - 1] and self.text[end - 1] in "\r\n":
            end -= 1
        return end

    def offset(self, line: int, byte_column: int) -> int:
        """The offset of an ``ast`` position: a line from 1 and a column in UTF-8 bytes."""
        start = self._starts[line - 1]
        if self._ascii:
            return start + byte_column
        head = self.text[start : start + byte_column]
        if head.isascii():
            return start + byte_column
        return start + len(head.encode("utf-8", "surrogatepass")[:byte_column].decode("utf-8", "ignore"))

    def span(self, node: ast.AST) -> Span:
        """The span of an ``ast`` node that carries positions."""
        return Span(
            self.offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self.offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def end_of(self, node: ast.AST) -> int:
        """Where the span of a node ends."""
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def place(self, offset: int) -> Place:
        """The place of an offset."""
        line = bisect.bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1])
