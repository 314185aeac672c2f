"""Carrying out edits on a unit's tree, children first."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import libcst as cst

from porter.idioms.idiom import Edit
from porter.rewrite.errors import RewriteError
from porter.rewrite.matching import Finder
from porter.rewrite.placing import Placed, recast_block, recast_suite
from porter.rewrite.wrapping import Wrapped
from porter.syntax.places import Span
from porter.syntax.shapes import Statements, leading_lines, line, parenthesised

Rewriter = Callable[[Edit, cst.CSTNode], cst.CSTNode | Statements]
"""An idiom's ``rewrite``. It gets the node with its insides rewritten and gives what comes in its place: a node, or,
for a statement, statements. For an insertion it gets the statement beside which its statements are put. The node of a
compound statement has ``pass`` for body, which must stay unless the edit is ``whole``; lines above it are left out.

An edit may name parts of its node as ``data["parts"]``, spans of expressions inside it; the rewriter finds there the
nodes that they have become."""


_WHITESPACE = (cst.BaseParenthesizableWhitespace, cst.TrailingWhitespace, cst.EmptyLine)


class Applied(cst.CSTTransformer):
    """One unit with its edits carried out. ``tree`` is the result, to be composed with ``placed`` at the top."""

    def __init__(self, wrapped: Wrapped, edits: Sequence[Edit], idioms: Mapping[str, Rewriter]) -> None:
        super().__init__()
        self.placed: dict[cst.CSTNode, Placed] = {}
        self._idioms = idioms
        self._source = wrapped.source
        self._edits: dict[cst.CSTNode, list[Edit]] = {}
        self._parts: dict[Span, cst.CSTNode] = {}
        self._became: dict[cst.CSTNode, cst.CSTNode] = {}
        self._positions = wrapped.positions()
        self._shift = wrapped.shift
        self._locate(edits)
        self._top = wrapped.body
        self.tree = cst.ensure_type(wrapped.module.visit(self), cst.Module)

    def _locate(self, edits: Sequence[Edit]) -> None:
        wanted = [self._moved(span) for edit in edits for span in (edit.span, *_parts(edit))]
        finder = Finder(self._source, self._positions, wanted)
        for edit in edits:
            if edit.target == "block":
                continue  # carried out on the unit's statements together, when all inside is done
            node = finder.find(edit.target, self._moved(edit.span))
            if node is None:
                raise _error(edit, f"no {edit.target} stands here")
            self._edits.setdefault(node, []).append(edit)
            for span in _parts(edit):
                part = finder.expression(self._moved(span))
                if part is None:
                    raise _error(edit, f"no expression stands at its part {span.start}-{span.end}")
                self._parts[span] = part

    def _moved(self, span: Span) -> Span:
        return Span(span.start + self._shift, span.end + self._shift)

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Nothing can be edited inside whitespace."""
        return not isinstance(node, _WHITESPACE)

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel:
        """Carry out the edits of a node, then put the statements of a block in their places."""
        node = updated_node
        if original_node in self._edits:
            node = self._edited(original_node, node)
        elif isinstance(original_node, cst.If):
            node = self._with_else(original_node, node)
        elif self.placed:
            node = self._composed(original_node, node)
        self._became[original_node] = node
        return node

    def _composed(self, old: cst.CSTNode, new: cst.CSTNode) -> cst.CSTNode:
        match old, new:
            case cst.IndentedBlock(), cst.IndentedBlock():
                if any(self._is_placed(child) for child in old.body) and old.body is not self._top:
                    return recast_block(old, new, self.placed)
            case cst.SimpleStatementSuite(), cst.SimpleStatementSuite():
                if self._is_placed(old):
                    return recast_suite(old, new, self.placed)
        return new

    def _is_placed(self, statement: cst.CSTNode) -> bool:
        if isinstance(statement, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            return any(small in self.placed for small in statement.body)
        return statement in self.placed

    def _with_else(self, old: cst.If, new: cst.CSTNode) -> cst.CSTNode:
        """An ``elif`` in whose place statements come is an ``else`` that holds them."""
        if old.orelse not in self.placed:
            return new
        inside = cst.IndentedBlock([cst.ensure_type(old.orelse, cst.If)])
        return new.with_changes(orelse=cst.Else(recast_block(inside, inside, self.placed)))

    def _edited(self, old: cst.CSTNode, node: cst.CSTNode) -> cst.CSTNode:
        is_compound = isinstance(old, cst.BaseCompoundStatement)
        if isinstance(old, cst.If):
            node = self._with_else(old, node)
        current: cst.CSTNode | Statements = node.with_changes(leading_lines=()) if is_compound else node
        placed = Placed()
        for edit in self._edits[old]:
            if edit.where == "node":
                current = self._once(edit, current)
            else:
                made = _as_statements(self._rewritten(edit, node if isinstance(current, tuple) else current), edit)
                (placed.before if edit.where == "before" else placed.after).extend(made)
        if not (isinstance(current, tuple) or placed.before or placed.after):
            current = self._in_full(old, current)
        if isinstance(current, tuple) or placed.before or placed.after:
            self._place(old, placed, current)
            return node
        return current

    def _once(self, edit: Edit, current: cst.CSTNode | Statements) -> cst.CSTNode | Statements:
        """One edit after others: of statements that came into a node's place, it gets the one of its kind."""
        if not isinstance(current, tuple):
            return self._rewritten(edit, current)
        finder = Finder("", {node: Span(0, 0) for node in _tops(current)}, [Span(0, 0)])
        node = finder.find(edit.target, Span(0, 0))
        if node is None:
            raise _error(edit, f"an earlier edit left no {edit.target} here")
        made = _as_statements(self._rewritten(edit, node), edit)
        index = next(index for index, statement in enumerate(current) if node in _tops((statement,)))
        return (*current[:index], *made, *current[index + 1 :])

    def _rewritten(self, edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
        if edit.idiom not in self._idioms:
            raise _error(edit, "no such idiom")
        if parts := _parts(edit):
            nodes = tuple(self._became[self._parts[span]] for span in parts)
            edit = dataclasses.replace(edit, data={**edit.data, "parts": nodes})
        return self._idioms[edit.idiom](edit, node)

    def _place(self, old: cst.CSTNode, placed: Placed, current: cst.CSTNode | Statements) -> None:
        edit = self._edits[old][0]
        if not isinstance(old, cst.BaseSmallStatement | cst.BaseCompoundStatement):
            raise _error(edit, "statements can only take the place of a statement")
        placed.body = tuple(_as_statements(current, edit)) if isinstance(current, tuple) else current
        self.placed[old] = placed

    def _in_full(self, old: cst.CSTNode, new: cst.CSTNode) -> cst.CSTNode | Statements:
        """A new node in full: with the lines above the old one, or in parentheses where it would touch a word."""
        if isinstance(old, cst.BaseCompoundStatement):
            if not isinstance(new, cst.BaseCompoundStatement):
                return tuple(_as_statements(new, self._edits[old][0]))
            return new.with_changes(leading_lines=(*leading_lines(old), *leading_lines(new)))
        if isinstance(old, cst.BaseSmallStatement) and isinstance(new, cst.BaseStatement):
            return (new,)
        if isinstance(old, cst.BaseExpression) and isinstance(new, cst.BaseExpression):
            return parenthesised(new) if self._touches_word(old, new) else new
        return new

    def _touches_word(self, old: cst.BaseExpression, new: cst.BaseExpression) -> bool:
        """Whether a new expression would run into the word beside it, as ``await`` does in ``not(x).y``."""
        if old.lpar or new.lpar:
            return False
        span, source = self._positions[old], self._source
        before = span.start > 0 and _is_word(source[span.start - 1]) and not _is_word(source[span.start])
        return before or (_is_word(source[span.end]) and not _is_word(source[span.end - 1]))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _parts(edit: Edit) -> tuple[Span, ...]:
    parts = edit.data.get("parts", ())
    return tuple(parts) if isinstance(parts, tuple | list) else ()


def _tops(body: Sequence[cst.CSTNode]) -> list[cst.CSTNode]:
    """The statements, those of lines included."""
    return [inner for node in body for inner in (node.body if isinstance(node, cst.SimpleStatementLine) else [node])]


def _as_statements(made: cst.CSTNode | Statements, edit: Edit) -> list[cst.BaseStatement]:
    """What a rewriter made, as statements; small ones each on a line."""
    found: list[cst.BaseStatement] = []
    for node in made if isinstance(made, tuple) else (made,):
        if isinstance(node, cst.BaseSmallStatement):
            node = line(node)
        if not isinstance(node, cst.BaseStatement):
            raise _error(edit, f"{type(node).__name__} is no statement")
        found.append(node)
    return found


def _error(edit: Edit, reason: str) -> RewriteError:
    return RewriteError(reason, path=edit.path, span=edit.span, idiom=edit.idiom, group=edit.group)
