"""Replacing a node by code with holes: what most rewrites come down to.

``code`` is source; ``{0}``, ``{1}``... in it stand for the parts of the node that the edit named, as they have become.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import libcst as cst

from porter.syntax.shapes import Statements, expression, statements


def fill(action: str, data: Mapping[str, object], node: cst.CSTNode) -> cst.CSTNode | Statements | None:
    """Carry out ``replace_expression`` or ``replace_statement``; ``None`` for any other action.

    ``data``: ``code``, ``parts`` (nodes by now), and ``parens`` where an expression needs them.
    """
    match action:
        case "replace_expression":
            assert isinstance(node, cst.BaseExpression)
            return _replaced(node, data)
        case "replace_statement" | "insert":
            return statements(_code(data), **_parts(data))
        case "remove":
            return ()
    return None


def _replaced(node: cst.BaseExpression, data: Mapping[str, object]) -> cst.BaseExpression:
    new = expression(_code(data), **_parts(data))
    new = in_parens_of(node, new)
    if data.get("parens") and not new.lpar:
        return new.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return new


def in_parens_of(old: cst.BaseExpression, new: cst.BaseExpression) -> cst.BaseExpression:
    """The new expression in the parentheses of the old one, which may be what lets it span lines."""
    return new.with_changes(lpar=old.lpar, rpar=old.rpar) if old.lpar and not new.lpar else new


def _code(data: Mapping[str, object]) -> str:
    """The code with ``{0}`` as ``{part0}``."""
    return re.sub(r"\{(\d+)\}", r"{part\1}", str(data["code"]))


def _parts(data: Mapping[str, object]) -> dict[str, cst.BaseExpression]:
    parts = data.get("parts", ())
    assert isinstance(parts, tuple)
    return {f"part{index}": part for index, part in enumerate(parts)}
