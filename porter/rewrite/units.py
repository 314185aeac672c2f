"""Units of rewriting: the smallest stretches of a file that must be parsed to carry out its edits.

A unit is a line of simple statements, the header of a compound statement with its body replaced by ``pass``, or, for
structural edits, a whole statement. Units do not overlap: those inside a whole statement are part of it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from porter.idioms.idiom import Edit
from porter.rewrite.errors import RewriteError
from porter.rewrite.outline import Clause, Outline, Site, is_compound
from porter.syntax.places import Span

Kind = Literal["line", "suite", "header", "whole", "after"]
Body = Literal["pass", "case", "finally"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of the text that is rewritten on its own."""

    kind: Kind
    """``line``: physical lines of simple statements; ``suite``: those behind a header's colon, on its line; ``header``:
    up to the colon; ``whole``: all lines of a statement; ``after``: the empty stretch behind such lines."""
    span: Span
    """What the new text replaces, indentation and newline included."""
    code: Span
    """What is parsed; for ``after``, the header."""
    base: str
    """Indentation of its statements."""
    helper: str = ""
    """The clause that must come first for the code to parse: ``if 1: pass`` before an ``elif``."""
    body: Body = "pass"
    """What stands for the body of a header: ``match`` takes a ``case``, and ``try`` needs a ``finally``."""
    block: int = 0
    """Identity of the block that holds it."""
    covers: int = 0
    """How many of the block's statements it consists of."""
    block_size: int = 0
    """How many statements the block has; 0 for a module, which may become empty."""


@dataclass(frozen=True, slots=True)
class Work:
    """A unit and the edits to carry out in it, in the order in which they were given."""

    unit: Unit
    edits: tuple[Edit, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal work on one text."""
        return (self.unit.kind, self.unit.span, *map(id, self.edits))


def divide(outline: Outline, edits: Sequence[Edit]) -> list[Work]:
    """The units that the edits need, sorted by place; raises RewriteError for an edit outside all statements."""
    found = [(edit, _unit(outline, edit)) for edit in edits]
    wholes = _maximal([unit for _, unit in found if unit.kind == "whole"])
    gathered: dict[tuple[str, Span, Span], tuple[Unit, list[Edit]]] = {}
    for edit, unit in found:
        owner = next((whole for whole in wholes if whole.span.start <= edit.span.start < whole.span.end), unit)
        gathered.setdefault((owner.kind, owner.span, owner.code), (owner, []))[1].append(edit)
    works = [Work(unit, tuple(inside)) for unit, inside in gathered.values()]
    return sorted(works, key=_place)


def _place(work: Work) -> tuple[int, int, int]:
    """Sort key: what comes behind a statement comes before what begins there, and behind an inner statement first."""
    unit = work.unit
    return (unit.span.start, unit.span.end, -len(unit.base.expandtabs()) if unit.kind == "after" else 0)


def _maximal(units: Sequence[Unit]) -> list[Unit]:
    kept: list[Unit] = []
    for unit in sorted(units, key=lambda unit: (unit.span.start, -unit.span.end)):
        if not kept or not kept[-1].span.contains(unit.span):
            kept.append(unit)
    return kept


def _unit(outline: Outline, edit: Edit) -> Unit:
    chain = outline.sites(edit.span.start)
    if not chain:
        raise RewriteError("no statement stands here", path=edit.path, span=edit.span, idiom=edit.idiom, group=edit.group)
    if edit.target == "block":
        return _run(outline, edit, chain[0])
    site = chain[-1]
    if not is_compound(site.clause):
        return _line(outline, chain)
    if edit.whole or (edit.where != "node" and not _stands_alone(outline, site.clause)):
        return _whole(outline, [site for site in chain if _stands_alone(outline, site.clause)][-1])
    header = _header(outline, site)
    if edit.where != "after":
        return header
    end = outline.block_end(site.clause)
    return replace(header, kind="after", span=Span(end, end))


def _run(outline: Outline, edit: Edit, site: Site) -> Unit:
    """Consecutive statements of a module, from the one at the edit's start to the one at its end."""
    start = outline.start(site.clause)
    base = outline.indentation(start)
    last = outline.sites(edit.span.end - 1)[0]
    span = Span(start - len(base), outline.block_end(last.clause))
    return Unit("whole", span, span, base, block=id(site.siblings), covers=2)


def _stands_alone(outline: Outline, clause: Clause) -> bool:
    """Whether a clause is a statement of its own: no ``elif``, handler or ``case``."""
    return isinstance(clause, ast.stmt) and not _is_elif(outline, clause)


def _is_elif(outline: Outline, clause: Clause) -> bool:
    return isinstance(clause, ast.If) and outline.text.startswith("elif", outline.start(clause))


def _block_size(outline: Outline, siblings: Sequence[Clause]) -> int:
    return 0 if siblings is outline.tree.body else len(siblings)


def _line(outline: Outline, chain: Sequence[Site]) -> Unit:
    site = chain[-1]
    first, last = outline.sharing_line(site)
    start = outline.start(site.siblings[first])
    end = outline.line_end(outline.end(site.siblings[last]))
    base = outline.indentation(start)
    covers, size = last - first + 1, _block_size(outline, site.siblings)
    if not base.strip():
        span = Span(start - len(base), end)
        return Unit("line", span, span, base, block=id(site.siblings), covers=covers, block_size=size)
    owner = outline.indentation(outline.start(chain[-2].clause))
    colon = outline.text.rfind(":", 0, start) + 1
    return Unit("suite", Span(colon, end), Span(start, end), owner + outline.indent_unit(), covers=covers, block_size=size)


def _whole(outline: Outline, site: Site) -> Unit:
    start = outline.start(site.clause)
    base = outline.indentation(start)
    span = Span(start - len(base), outline.block_end(site.clause))
    return Unit("whole", span, span, base, block=id(site.siblings), covers=1, block_size=_block_size(outline, site.siblings))


def _header(outline: Outline, site: Site) -> Unit:
    start = outline.start(site.clause)
    base = outline.indentation(start)
    span = Span(start - len(base), outline.header_end(site.clause))
    return Unit("header", span, span, base, _helper(outline, site.clause), _body(site.clause))


def _body(clause: Clause) -> Body:
    if isinstance(clause, ast.Match):
        return "case"
    return "finally" if isinstance(clause, ast.Try | ast.TryStar) else "pass"


def _helper(outline: Outline, clause: Clause) -> str:
    if isinstance(clause, ast.match_case):
        return "match 1:"
    if isinstance(clause, ast.excepthandler):
        return "try: pass"
    return "if 1: pass" if _is_elif(outline, clause) else ""
