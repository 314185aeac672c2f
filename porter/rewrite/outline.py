"""The statements of a file as places: which clause stands where, where its header ends, what shares its line.

A *clause* is a statement, an ``except`` handler or a ``case``; all positions are offsets in characters.
"""

from __future__ import annotations

import ast
import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from porter.syntax.places import Lines

Clause = ast.stmt | ast.excepthandler | ast.match_case

_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")
_COLON = re.compile(r"#[^\r\n]*|:")
_SPACE = r"(?:[ \t\f]|\\(?:\r\n|\r|\n))*"
_JOINED = re.compile(f"{_SPACE};{_SPACE}")
_BLANK = re.compile(r"[ \t\f]*")
_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Site:
    """A clause and where it is among its siblings."""

    clause: Clause
    siblings: Sequence[Clause]
    index: int


def blocks(clause: Clause | ast.Module) -> Iterator[Sequence[Clause]]:
    """The lists of clauses inside a clause, in the order of the text."""
    for name in _BLOCKS:
        inside = getattr(clause, name, None)
        if isinstance(inside, list) and inside:
            yield inside


def is_compound(clause: Clause) -> bool:
    """Whether a clause has a header and a body."""
    return not isinstance(clause, ast.stmt) or any(True for _ in blocks(clause))


class Outline:
    """One text, its tree, and where the tree's clauses stand. The text must end with a newline."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.tree = ast.parse(text)
        self.newline = newline.group() if (newline := _NEWLINE.search(text)) else "\n"
        self._starts: dict[int, list[int]] = {}
        self._ends: dict[int, int] = {}

    def start(self, clause: Clause) -> int:
        """Where a clause begins, its decorators included."""
        if isinstance(clause, ast.match_case):
            return self.text.rfind("case", 0, self.lines.span(clause.pattern).start)
        if decorators := getattr(clause, "decorator_list", None):
            return self._at_sign(self.lines.span(decorators[0]).start)
        return self.lines.offset(clause.lineno, clause.col_offset)

    def _at_sign(self, before: int) -> int:
        at = self.text.rfind("@", 0, before)
        while self.indentation(at).strip():
            at = self.text.rfind("@", 0, at)
        return at

    def end(self, clause: Clause) -> int:
        """Where a clause's last token ends, its bodies included."""
        end = self._ends.get(id(clause))
        if end is None:  # asked once for each edit below: of an `elif`, for each branch before it
            last = clause.body[-1] if isinstance(clause, ast.match_case) else clause
            self._ends[id(clause)] = end = self.lines.span(last).end
        return end

    def header_end(self, clause: Clause) -> int:
        """Just behind the colon of a compound clause's header."""
        at = self.start(clause) if isinstance(clause, ast.match_case) else self.lines.span(clause).start
        for node in _header_nodes(clause):
            at = max(at, self.lines.span(node).end)
        while (found := _COLON.search(self.text, at)) and found.group() != ":":
            at = found.end()
        assert found is not None, "a compound clause has a colon"
        return found.end()

    def sites(self, offset: int) -> list[Site]:
        """The clauses around an offset, outermost first; empty when it stands in none."""
        chain: list[Site] = []
        level: Sequence[Clause] | None = self.tree.body
        while level and (index := bisect.bisect_right(self._begin(level), offset) - 1) >= 0:
            clause = level[index]
            if offset >= self.end(clause):
                break
            chain.append(Site(clause, level, index))
            level = self._inner(clause, offset)
        return chain

    def _begin(self, level: Sequence[Clause]) -> list[int]:
        if id(level) not in self._starts:
            self._starts[id(level)] = [self.start(clause) for clause in level]
        return self._starts[id(level)]

    def _inner(self, clause: Clause, offset: int) -> Sequence[Clause] | None:
        for level in blocks(clause):
            if self._begin(level)[0] <= offset < self.end(level[-1]):
                return level
        return None

    def indentation(self, offset: int) -> str:
        """The text before an offset on its line, from the last form feed on: whitespace, unless the line is shared."""
        begin = self.lines.start(self.lines.place(offset).line)
        return self.text[begin:offset].rpartition("\f")[2]

    def line_end(self, offset: int) -> int:
        """Just behind the newline that ends the logical line at an offset behind its last token."""
        while True:
            found = _NEWLINE.search(self.text, offset)
            if found is None:
                return len(self.text)
            if self.text[found.start() - 1 : found.start()] != "\\" or "#" in self.text[offset : found.start()]:
                return found.end()
            offset = found.end()

    def block_end(self, clause: Clause) -> int:
        """Behind the last line of a compound statement, comment lines that are indented deeper than it included."""
        end = self.line_end(self.end(clause))
        depth = len(self.indentation(self.start(clause)).expandtabs())
        at = end
        while at < len(self.text):
            following = self.line_end(at)
            line = self.text[at:following].strip(" \t\f\r\n")
            indent = len(_BLANK.match(self.text, at).group().expandtabs())  # type: ignore[union-attr]
            if line and not (line.startswith("#") and indent > depth):
                break
            at = following
            end = at if line else end
        return end

    def sharing_line(self, site: Site) -> tuple[int, int]:
        """Indexes of the first and the last statement that ``;`` joins with a simple statement."""
        first = last = site.index
        while first > 0 and self._joined(site.siblings[first - 1], site.siblings[first]):
            first -= 1
        while last + 1 < len(site.siblings) and self._joined(site.siblings[last], site.siblings[last + 1]):
            last += 1
        return first, last

    def _joined(self, left: Clause, right: Clause) -> bool:
        return _JOINED.fullmatch(self.text, self.end(left), self.start(right)) is not None

    def indent_unit(self) -> str:
        """The file's own indentation step: that of its first indented block; four spaces when it has none."""
        todo: list[Clause] = list(reversed(self.tree.body))
        while todo:
            clause = todo.pop()
            inside = [level[0] for level in blocks(clause)]
            for child in inside:
                outer, inner = self.indentation(self.start(clause)), self.indentation(self.start(child))
                if not inner.strip() and inner != outer and inner.startswith(outer):
                    return inner[len(outer) :]
            todo.extend(clause for level in reversed(list(blocks(clause))) for clause in reversed(level))
        return "    "


def _header_nodes(clause: Clause) -> Iterator[ast.AST]:
    """The nodes with positions that a header is made of, decorators left out."""
    todo: list[ast.AST] = [clause]
    while todo:
        for child in ast.iter_child_nodes(todo.pop()):
            if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                continue
            if hasattr(child, "lineno"):
                yield child
            else:
                todo.append(child)
