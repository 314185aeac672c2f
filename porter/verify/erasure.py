"""Nothing but the colour changed: with async, await and new names taken away, the port is the source again.

Compared are the simple statements and the headers of compound ones, in order. What stands in a patch that replaces
something (a structural one, or one of an idiom other than those of mere colour and names) is left out on both sides; a
patch of colour excuses nothing.
"""

from __future__ import annotations

import ast
import bisect
import difflib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from porter.plan.model import Fault, FileChange, Patch
from porter.syntax.places import Lines, Span
from porter.verify.changed import ChangedFile
from porter.verify.erased import Eraser

CHECK = "erasure"
COLOUR_ONLY = frozenset(("colour", "rename"))
"""Idioms that change the colour and the names of what stands there, and nothing else."""
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


class _Piece(NamedTuple):
    """A simple statement, or the header of a compound one."""

    depth: int
    node: ast.AST | str
    """A statement or its like, of which only the header counts if the text differs; or the name of the block that begins here."""
    text: str
    """As it is written."""
    span: Span
    line: int

    @property
    def written(self) -> tuple[int, type, str]:
        """What says all of a piece where its text did not change."""
        return self.depth, type(self.node), self.text


def check(file: ChangedFile, renames: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """The differences that no patch excuses. Both texts must parse."""
    change = file.change
    back = {new: old.rpartition(".")[2] for old, new in renames}
    if _same(*_both(file, coarse=True), back):
        return
    old, new = _both(file, coarse=False)
    if _same(old, new, back):
        return
    matcher = difflib.SequenceMatcher(None, _erased(old, {}), _erased(new, back), False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield _fault(change, old[old_start:old_end], new[new_start:new_end], new[new_start - 1 : new_start])


def _both(file: ChangedFile, *, coarse: bool) -> tuple[list[_Piece], list[_Piece]]:
    """The pieces of both texts that no patch replaces. Coarse ones are not taken apart where no patch touches them."""
    patches = file.change.patches
    replacing = [patch for patch in patches if replaces(patch)]
    old, new = file.old.lines, file.new.lines
    return (
        _outside(
            _pieces(file.old_tree, old, _Touching(patch.old for patch in patches) if coarse else None),
            _Touching(patch.old for patch in replacing),
        ),
        _outside(
            _pieces(file.new.tree, new, _Touching(patch.new for patch in patches) if coarse else None),
            _Touching(patch.new for patch in replacing),
        ),
    )


def _same(old: Sequence[_Piece], new: Sequence[_Piece], back: Mapping[str, str]) -> bool:
    same = _unchanged(old, new)
    return _erased(old, {}, same) == _erased(new, back, same)


class _Touching:
    """Spans in order, to be asked for those that touch another one."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = sorted(spans)
        self._starts = [span.start for span in self._spans]
        self._longest = max((span.end - span.start for span in self._spans), default=0)

    def near(self, start: int, end: int) -> Iterator[Span]:
        """The spans that overlap ``[start, end)`` or lie at one of its ends."""
        first = bisect.bisect_left(self._starts, start - self._longest)
        for span in self._spans[first : bisect.bisect_right(self._starts, end)]:
            if span.end >= start:
                yield span


def replaces(patch: Patch) -> bool:
    """Whether a patch puts other code in place of what stood there."""
    return patch.structural or not COLOUR_ONLY.issuperset(patch.idioms)


def _outside(pieces: list[_Piece], spans: _Touching) -> list[_Piece]:
    return [
        piece for piece in pieces if not any(_meet(piece.span, span) for span in spans.near(piece.span.start, piece.span.end))
    ]


def _meet(piece: Span, span: Span) -> bool:
    return piece.start < span.end and span.start < piece.end or span.start == span.end and piece.start < span.start < piece.end


def _unchanged(old: Sequence[_Piece], new: Sequence[_Piece]) -> set[tuple[int, type, str]]:
    """What is written equally often on both sides: for a first look that is enough."""
    before, after = Counter(piece.written for piece in old), Counter(piece.written for piece in new)
    return {written for written, count in before.items() if after[written] == count}


def _erased(
    pieces: Sequence[_Piece], renames: Mapping[str, str], same: Container[object] = frozenset()
) -> list[tuple[object, ...]]:
    """The pieces without their colour, those of ``same`` as they are written."""
    eraser = Eraser(renames)
    return [piece.written if piece.written in same else (piece.depth, _without_colour(piece.node, eraser)) for piece in pieces]


def _without_colour(node: ast.AST | str, eraser: Eraser) -> object:
    return node if isinstance(node, str) else eraser.header(node)


def _pieces(tree: ast.Module, lines: Lines, patches: _Touching | None) -> list[_Piece]:
    """The pieces of a text; given its ``patches``, what none of them touches is one piece, whatever stands in it."""
    found: list[_Piece] = []
    _gather(tree, 0, lines, patches, found)
    return found


def _gather(owner: ast.AST, depth: int, lines: Lines, patches: _Touching | None, found: list[_Piece]) -> None:
    for field in _BODIES:
        items = getattr(owner, field, None)
        if not isinstance(items, list) or not items:
            continue
        if field != "body":
            first = items[0] if hasattr(items[0], "lineno") else items[0].pattern  # a `case` has no place of its own
            start = lines.span(first).start
            found.append(_Piece(depth, field, field, Span(start, start), first.lineno))
        for item in items:
            if patches is not None and hasattr(item, "lineno"):
                start, end = _start(item, lines), lines.end_of(item)
                if next(patches.near(start, end), None) is None:
                    found.append(_Piece(depth, item, lines.text[start:end], Span(start, end), item.lineno))
                    continue
            span = _header(item, lines)
            found.append(_Piece(depth, item, span.cut(lines.text), span, getattr(item, "lineno", 1)))
            _gather(item, depth + 1, lines, patches, found)


def _header(node: ast.AST, lines: Lines) -> Span:
    """The span of a statement without the statements in it."""
    if not hasattr(node, "lineno"):
        return lines.span(node.pattern)  # type: ignore[attr-defined]
    bodies = (value for field in _BODIES if isinstance(value := getattr(node, field, None), list))
    first = next((one for value in bodies for one in value if hasattr(one, "lineno")), None)
    start = _start(node, lines)
    end = lines.end_of(node) if first is None else _behind_header(start, _start(first, lines), lines)
    return Span(start, end)


def _behind_header(start: int, first: int, lines: Lines) -> int:
    """Where a header ends that begins at ``start``: comment lines above its first statement are that statement's."""
    while True:
        above = lines.text.rfind("\n", start, max(first - 1, start))
        line = lines.text[above + 1 : first].strip()
        if above < 0 or (line and not line.startswith("#")):
            return first
        first = above + 1


def _start(node: ast.AST, lines: Lines) -> int:
    """Where a statement begins, its decorators included."""
    decorators = getattr(node, "decorator_list", None)
    if decorators:
        return lines.text.rfind("@", 0, lines.span(decorators[0]).start)
    return lines.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]


def _fault(change: FileChange, old: list[_Piece], new: list[_Piece], before: list[_Piece]) -> Fault:
    at = new[0] if new else (before[0] if before else None)
    group = next(
        (p.groups[0] for p in change.patches if p.groups and any(_meet(piece.span, p.new) for piece in new)),
        next((p.groups[0] for p in change.patches if p.groups and any(_meet(piece.span, p.old) for piece in old)), ""),
    )
    shown = Span(old[0].span.start, old[0].span.end).cut(change.old) if old else "nothing"
    message = f"differs from the source by more than its colour; there it says `{' '.join(shown.split())[:60]}`"
    return Fault(change.path, at.line if at else 1, CHECK, message, group)
