"""Placing statements: what comes into the place of a statement, beside it, and what happens to its line and comments.

The first new statement takes the old one's place: the lines above it, and the comment behind it. When nothing takes its
place, its comments stay as lines. Statements that shared a line go on sharing one as long as all are simple.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.rewrite.comments import recovered
from porter.syntax.shapes import Statements, above, comment_line, leading_lines, line

Line = cst.SimpleStatementLine | cst.SimpleStatementSuite
Item = cst.BaseSmallStatement | cst.BaseStatement


@dataclass(slots=True)
class Placed:
    """What edits make of one statement, when it is more than another node in its place."""

    before: list[cst.BaseStatement] = field(default_factory=list)
    body: cst.CSTNode | Statements | None = None
    """What stands in its place; None: the statement itself."""
    after: list[cst.BaseStatement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Composed:
    """A block's statements, and the comment lines that no statement is left to carry."""

    body: Statements
    rest: tuple[cst.EmptyLine, ...] = ()


def compose(
    old: Sequence[cst.CSTNode],
    new: Sequence[cst.CSTNode],
    placed: Mapping[cst.CSTNode, Placed],
    *,
    sharing: bool = False,
) -> Composed:
    """A block's new statements from its old ones, the same with their insides rewritten, and what was placed.

    ``sharing``: its statements are joined by ``;`` where they can.
    """
    body: list[cst.BaseStatement] = []
    pending: tuple[cst.EmptyLine, ...] = ()
    for before, after in zip(old, new, strict=True):
        if isinstance(before, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            made = _line(before, cst.ensure_type(after, type(before)), placed, sharing)
        else:
            made = _compound(before, after, placed)
        if made.body:
            body += above(made.body, pending)
            pending = made.rest
        else:
            pending += made.rest
    return Composed(tuple(body), pending)


def _compound(old: cst.CSTNode, new: cst.CSTNode, placed: Mapping[cst.CSTNode, Placed]) -> Composed:
    at = placed.get(old)
    if at is None:
        return Composed((new,))  # type: ignore[arg-type]
    inside = at.body if isinstance(at.body, tuple) else (at.body or _without_lines(new),)
    return _above((*at.before, *inside, *at.after), leading_lines(old), old)


def _without_lines(node: cst.CSTNode) -> cst.CSTNode:
    return node.with_changes(leading_lines=())


def _above(body: Statements, lines: Sequence[cst.EmptyLine], old: cst.CSTNode) -> Composed:
    """The statements under the lines that stood above the old one, and under those of its comments that are lost."""
    lines = (*lines, *recovered([old], [*lines, *body]))
    if body:
        return Composed(above(body, lines))
    return Composed((), tuple(lines) if any(empty.comment for empty in lines) else ())


def _line(old: Line, new: Line, placed: Mapping[cst.CSTNode, Placed], sharing: bool) -> Composed:
    """A line of small statements with what was placed in it."""
    if not any(small in placed for small in old.body):
        return Composed((new,) if isinstance(new, cst.SimpleStatementLine) else (_as_line(new),))
    sharing = sharing or len(old.body) > 1
    items: list[Item] = []
    carrier = 0
    for before, after in zip(old.body, new.body, strict=True):
        at = placed.get(before, Placed())
        own = at.body if isinstance(at.body, tuple) else (at.body or after,)
        items += at.before
        carrier = len(items) if own else carrier
        items += _joinable(own, sharing)
        items += at.after
    lines, home = _grouped(items, new.body[-1], min(carrier, len(items) - 1))
    if lines:
        lines[home : home + 1] = _with_trailing(lines[home], new.trailing_whitespace)
    return _above(tuple(lines), leading_lines(old), old)


def _as_line(suite: cst.SimpleStatementSuite) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)


def _joinable(own: Sequence[cst.CSTNode], sharing: bool) -> list[Item]:
    """Statements as small ones where they may share a line."""
    items: list[Item] = []
    for statement in own:
        if isinstance(statement, cst.SimpleStatementLine) and sharing and _is_plain(statement):
            items += statement.body
        else:
            items.append(statement)  # type: ignore[arg-type]
    return items


def _is_plain(statement: cst.SimpleStatementLine) -> bool:
    return not statement.leading_lines and statement.trailing_whitespace.comment is None


def _grouped(items: Sequence[Item], last: cst.CSTNode, carrier: int) -> tuple[list[cst.BaseStatement], int]:
    """The items as lines, neighbouring small ones joined; and the index of the line that holds item ``carrier``."""
    lines: list[list[Item]] = []
    home = 0
    for index, item in enumerate(items):
        if lines and isinstance(item, cst.BaseSmallStatement) and isinstance(lines[-1][-1], cst.BaseSmallStatement):
            lines[-1].append(item)
        else:
            lines.append([item])
        home = len(lines) - 1 if index == carrier else home
    return [_together(group, last) for group in lines], home


def _together(group: Sequence[Item], last: cst.CSTNode) -> cst.BaseStatement:
    if isinstance(group[0], cst.BaseStatement):
        return group[0]
    *others, final = group
    if final is not last:
        final = final.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return cst.SimpleStatementLine([*others, final])  # type: ignore[list-item]


def _with_trailing(statement: cst.BaseStatement, trailing: cst.TrailingWhitespace) -> Statements:
    """A statement with the comment that stood behind the one it replaces; above it when it has one already."""
    if isinstance(statement, cst.SimpleStatementLine):
        if statement.trailing_whitespace.comment is None:
            return (statement.with_changes(trailing_whitespace=trailing),)
    elif trailing.comment and isinstance(suite := getattr(statement, "body", None), cst.IndentedBlock):
        if suite.header.comment is None:
            return (statement.with_changes(body=suite.with_changes(header=trailing)),)
    return above((statement,), [comment_line(trailing.comment.value)] if trailing.comment else [])


def recast_suite(
    old: cst.SimpleStatementSuite, new: cst.SimpleStatementSuite, placed: Mapping[cst.CSTNode, Placed]
) -> cst.BaseSuite:
    """A one-line suite; a block when not all of it fits on the line any more."""
    made = compose([old], [new], placed, sharing=True)
    match made.body:
        case []:
            return new.with_changes(body=[cst.Pass()])
        case [cst.SimpleStatementLine(leading_lines=[]) as only]:
            return new.with_changes(body=only.body, trailing_whitespace=only.trailing_whitespace)
        case _:
            return cst.IndentedBlock(made.body)


def recast_block(old: cst.IndentedBlock, new: cst.IndentedBlock, placed: Mapping[cst.CSTNode, Placed]) -> cst.IndentedBlock:
    """An indented block; ``pass`` keeps it when all its statements are gone."""
    made = compose(old.body, new.body, placed)
    if not made.body:
        return new.with_changes(body=above((line(cst.Pass()),), made.rest))
    return new.with_changes(body=made.body, footer=(*made.rest, *new.footer))
