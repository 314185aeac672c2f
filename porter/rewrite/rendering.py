"""From a unit and its edits to the unit's new text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from porter.idioms.idiom import Edit
from porter.rewrite.aligning import realigned
from porter.rewrite.applying import Applied, Rewriter
from porter.rewrite.comments import lost, recovered
from porter.rewrite.errors import RewriteError
from porter.rewrite.folding import folded
from porter.rewrite.outline import Outline
from porter.rewrite.placing import Composed, compose
from porter.rewrite.units import Unit, Work
from porter.rewrite.wrapping import Wrapped, header_text, wrap
from porter.syntax.places import Span
from porter.syntax.shapes import above, line


@dataclass(frozen=True, slots=True)
class Replacement:
    """New text for a stretch of the old."""

    span: Span
    text: str
    idioms: tuple[str, ...]
    """Names, in order, without repeats."""
    groups: tuple[str, ...] = ()
    structural: bool = False
    """Whether statements came, went or moved."""
    unit: Unit | None = None
    vanished: str | None = None
    """When no statement is left: the text to use if the block would become empty."""


def render(outline: Outline, work: Work, step: str, idioms: Mapping[str, Rewriter], width: int) -> Replacement:
    """Carry out the edits of one unit; raises RewriteError when one cannot be."""
    unit, edits = work.unit, work.edits
    try:
        wrapped = wrap(outline, unit, step)
        applied = Applied(wrapped, edits, idioms)
        text, vanished = _text(outline, wrapped, applied, [edit for edit in edits if edit.target == "block"], idioms)
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError) as error:
        first = edits[0]
        reason = f"libcst cannot write this: {str(error).splitlines()[0]}"
        raise RewriteError(reason, path=first.path, span=first.span, idiom=first.idiom, group=first.group) from error
    if unit.kind != "after":
        text = realigned(unit.span.cut(outline.text), text)
    if unit.kind != "suite":
        text = folded(unit.span.cut(outline.text), text, width, step, outline.newline)
    structural = bool(applied.placed) or unit.kind in ("whole", "after")
    names = tuple(dict.fromkeys(edit.idiom for edit in edits))
    groups = tuple(dict.fromkeys(edit.group for edit in edits if edit.group))
    return Replacement(_closed_up(outline, unit, edits), text, names, groups, structural, unit, vanished)


def _closed_up(outline: Outline, unit: Unit, edits: Sequence[Edit]) -> Span:
    """The unit's place; with those blank lines above it that are more than an edit's ``blank_lines``."""
    wanted = next((edit.data["blank_lines"] for edit in edits if "blank_lines" in edit.data), None)
    above = outline.text[: unit.span.start]
    if not isinstance(wanted, int) or not above.strip():
        return unit.span
    start = outline.line_end(len(above.rstrip()) - 1)
    for _ in range(wanted):
        start = min(outline.line_end(start), unit.span.start)
    return Span(start, unit.span.end)


def _text(
    outline: Outline, wrapped: Wrapped, applied: Applied, blocks: Sequence[Edit], idioms: Mapping[str, Rewriter]
) -> tuple[str, str | None]:
    if wrapped.unit.kind == "after":
        return wrapped.text_with([new for at in applied.placed.values() for new in at.after]), None
    made = _composed(wrapped, applied)
    for edit in blocks:
        rewritten = idioms[edit.idiom](edit, cst.IndentedBlock(made.body))
        assert isinstance(rewritten, tuple), "a run of statements becomes statements"
        made = Composed(rewritten, made.rest)
    if wrapped.unit.kind == "header":
        return _header(wrapped, applied, made), None
    if wrapped.unit.kind == "suite":
        return _suite(outline, wrapped, made), None
    if made.body:
        return wrapped.with_tree(applied.tree).text_with(made.body), None
    alone = wrapped.text_with(above((line(cst.Pass()),), made.rest))
    return wrapped.comment_lines([empty.comment.value for empty in made.rest if empty.comment]), alone


def _composed(wrapped: Wrapped, applied: Applied) -> Composed:
    """The unit's statements, with comments that were lost inside a node above the first."""
    old = wrapped.body
    made = compose(old, wrapped.with_tree(applied.tree).body, applied.placed, sharing=wrapped.unit.kind == "suite")
    if "#" not in wrapped.source or wrapped.unit.kind == "header":
        return made
    missing = recovered(old, [*made.body, *made.rest])
    return Composed(above(made.body, missing), made.rest) if made.body else Composed((), (*made.rest, *missing))


def _header(wrapped: Wrapped, applied: Applied, made: Composed) -> str:
    text = header_text(wrapped, wrapped.with_tree(applied.tree).text_with(made.body))
    if text is None:
        raise RewriteError("an edit that changes more than a header must own the whole statement", span=wrapped.unit.span)
    if "#" not in wrapped.source:
        return text
    return wrapped.comment_lines(lost(wrapped.body, made.body)) + text


def _suite(outline: Outline, wrapped: Wrapped, made: Composed) -> str:
    """The text behind a colon: on its line where one line of simple statements is left, else a block."""
    unit = wrapped.unit
    gap = outline.text[unit.span.start : unit.code.start]
    if _fits(made.body):
        return gap + wrapped.text_with(made.body).removeprefix(unit.base)
    if not made.body:
        comments = "  ".join(empty.comment.value for empty in made.rest if empty.comment)
        return f"{gap}pass{'  ' + comments if comments else ''}{wrapped.newline}"
    return wrapped.newline + wrapped.text_with(made.body)


def _fits(body: Sequence[cst.BaseStatement]) -> bool:
    match body:
        case [cst.SimpleStatementLine(leading_lines=lines)]:
            return not lines
        case _:
            return False
