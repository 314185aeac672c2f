"""Texts that the program builds, as far as their ends are known: the names of members and modules are made so."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from porter.inference.values import Value

if TYPE_CHECKING:
    from porter.inference.program import Program
    from porter.inference.state import State

_LOOKS_UP = ("getattr", "setattr", "import_module", "__import__", "methodcaller", "attrgetter")
_NAMESPACES = ("globals", "vars", "__dict__")
_CONVERSION = re.compile(r"(\(\w*\))?[#0\- +]*(\*|\d+)?(\.(\*|\d+))?[hlL]?[a-zA-Z%]")
_LONGEST = 40
"""A longer text is no name."""


def looks_names_up(program: Program) -> bool:
    """Whether the program asks for members or modules by names that are not written out: only then do texts matter."""
    return any(
        (isinstance(node, ast.Call) and _is_look_up(node)) or getattr(node, "attr", getattr(node, "id", "")) in _NAMESPACES
        for module in program.modules.values()
        for node in module.facts.nodes
    )


def _is_look_up(node: ast.Call) -> bool:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    position = 1 if name in ("getattr", "setattr") else 0
    return name in _LOOKS_UP and len(node.args) > position and not isinstance(node.args[position], ast.Constant)


def ends(node: ast.expr) -> tuple[str, str]:
    """What a built text begins and ends with: ``"cmd_" + name``, ``f"{scheme}_open"``, ``"on_%s" % event``."""
    match node:
        case ast.Constant(value=str() as text):
            return text, text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ends(left)[0], ends(right)[1]
        case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod()):
            before, percent, _ = text.partition("%")
            return before, _CONVERSION.sub("", text.rpartition("%")[2], count=1) if percent else before
        case ast.JoinedStr(values=[first, *_] as parts):
            return ends(first)[0], ends(parts[-1])[1]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr="format")):
            return text.partition("{")[0], text.rpartition("}")[2]
    return "", ""


def built(state: State, node: ast.expr) -> Value | None:
    """The text that an expression builds, if an end of it is known and somebody asks for names."""
    if not state.looks_names_up:
        return None
    before, after = ends(node)
    return state.built(before, after) if (before or after) and max(len(before), len(after)) <= _LONGEST else None


def may_be(prefix: str, suffix: str, name: str) -> bool:
    """Whether a text with these ends may be ``name``, which may have a ``*`` for what is not known of it."""
    before, star, after = name.partition("*")
    if not star:
        return name.startswith(prefix) and name.endswith(suffix) and len(name) >= len(prefix) + len(suffix)
    starts = before.startswith(prefix) or prefix.startswith(before)
    return starts and (after.endswith(suffix) or suffix.endswith(after))
