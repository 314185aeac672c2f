"""Edits made by hand, for tests: a node is named by its class and its text."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import libcst as cst

from porter.idioms.idiom import Edit, Where
from porter.plan.model import FileChange
from porter.rewrite.engine import rewrite_file
from porter.syntax.places import Lines, Span
from porter.syntax.shapes import Statements, awaited, statements
from porter.syntax.templates import fill


@dataclass(frozen=True)
class Text:
    """A source file, as far as rewriting looks at it."""

    text: str
    shown: str = "program.py"


def basic(edit: Edit, node: cst.CSTNode) -> Any:
    """Rewrites of every shape: an expression, a header, statements."""
    match edit.action, node:
        case "await", cst.BaseExpression():
            return awaited(node, parens=bool(edit.data.get("parens")))
        case "async_def", cst.FunctionDef():
            return node.with_changes(asynchronous=cst.Asynchronous())
        case _:
            return fill(edit.action, edit.data, node)


def rename(edit: Edit, node: cst.CSTNode) -> cst.CSTNode:
    """A definition under another name."""
    return node.with_changes(name=cst.Name(str(edit.data["name"])))


def lift(edit: Edit, node: cst.CSTNode) -> Statements:
    """A ``with`` made into a variable and ``try`` ... ``finally``."""
    block = cst.ensure_type(node, cst.With)
    code = "held = {item}\ntry:\n    {body}\nfinally:\n    held.close()\n"
    return statements(code, item=block.items[0].item, body=block.body)


IDIOMS: Mapping[str, Callable[[Edit, cst.CSTNode], Any]] = {
    "basic": basic,
    "rename": rename,
    "lift": lift,
}


def edit(
    text: str,
    target: str,
    shown: str,
    action: str,
    /,
    *,
    idiom: str = "basic",
    nth: int = 0,
    where: Where = "node",
    whole: bool = False,
    imports: tuple[str, ...] = (),
    group: str = "",
    **data: object,
) -> Edit:
    """An edit of the ``nth`` node of the class ``target`` whose text begins with ``shown``, the shortest first."""
    span = spans(text, target, shown)[nth]
    return Edit(idiom, "program.py", span, target, action, data, where, whole, imports, group)


def spans(text: str, target: str, code: str) -> list[Span]:
    """The places of such nodes, by length, then in order."""
    lines, kind = Lines(text), {"argument": "expr"}.get(target, target)
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, getattr(ast, kind)):
            at = node.target if isinstance(node, ast.comprehension) else node
            at = at.context_expr if isinstance(at, ast.withitem) else at
            span = lines.span(at)
            if span.cut(text).startswith(code):
                found.add(span)
    assert found, f"no {target} {code!r}"
    return sorted(found, key=lambda span: (span.end - span.start, span.start))


def change(text: str, *edits: Edit, exported: frozenset[str] = frozenset(), idioms: Mapping[str, Any] = IDIOMS) -> FileChange:
    """The change that edits make."""
    result = rewrite_file(Text(text), edits, idioms, exported)
    check_patches(result)
    return result


def made(text: str, *edits: Edit, exported: frozenset[str] = frozenset(), idioms: Mapping[str, Any] = IDIOMS) -> str:
    """The new text; it must parse."""
    new = change(text, *edits, exported=exported, idioms=idioms).new
    ast.parse(new)
    return new


def check_patches(result: FileChange) -> None:
    """Patches are sorted, do not overlap, and all text between them is the same on both sides."""
    old = new = 0
    for patch in result.patches:
        assert patch.old.start >= old and patch.new.start >= new, "sorted, without overlap"
        assert result.old[old : patch.old.start] == result.new[new : patch.new.start]
        assert patch.old.cut(result.old) != patch.new.cut(result.new), "a patch changes something"
        old, new = patch.old.end, patch.new.end
    assert result.old[old:] == result.new[new:]
