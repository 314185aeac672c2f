"""Names for what rewriting has to name, and where an ``await`` needs parentheses; both on ``ast``."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Container

_NO_PLURAL = ("ss", "us", "is", "ns", "ews")
_PLAIN = "item"


def element_name(iterable: ast.expr, taken: Container[str] = ()) -> str:
    """A name for an element of ``iterable``, none of ``taken``: ``line`` for ``self.lines()``; ``item`` where none suggests itself."""
    spelled = _spelled(iterable)
    name = singular(spelled.lstrip("_")) if spelled else ""
    if not name or name == spelled or not name.isidentifier() or keyword.iskeyword(name):
        name = _PLAIN
    return free(name, taken)


def free(name: str, taken: Container[str]) -> str:
    """The name, with underscores behind it as long as it is taken."""
    while name in taken:
        name += "_"
    return name


def singular(name: str) -> str:
    """One of what an English plural names; the empty string when it does not look like a plural."""
    head, _, last = name.rpartition("_")
    joint = f"{head}_" if head else ""
    if not last.endswith("s") or last.endswith(_NO_PLURAL) or len(last) < 3:
        return ""
    if last.endswith("ies") and len(last) > 4:
        return f"{joint}{last[:-3]}y"
    if last.endswith(("sses", "xes", "ches", "shes")):
        return f"{joint}{last[:-2]}"
    return f"{joint}{last[:-1]}"


def _spelled(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.expr() as func):
            return _spelled(func)
        case ast.Await(value=value) | ast.Starred(value=value):
            return _spelled(value)
    return ""


def needs_parentheses(parent: ast.AST | None, child: ast.expr) -> bool:
    """Whether ``await child`` needs parentheses inside ``parent``, where ``child`` stands now."""
    match parent:
        case ast.Attribute() | ast.Await():
            return True
        case ast.Subscript(value=value):
            return value is child
        case ast.Call(func=func):
            return func is child
    return False
