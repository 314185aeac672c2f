"""Names for what rewriting has to name."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Container

_NO_PLURAL = ("ss", "us", "is", "ns", "ews")
_PLAIN = "item"
_PLURALS = (("lves", "lf"), ("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"))


def element_name(iterable: ast.expr, taken: Container[str] = ()) -> str:
    """A name for an element of ``iterable``, none of ``taken``: ``line`` for ``self.lines()``; else ``item``."""
    spelled = _spelled(iterable)
    name = singular(spelled.lstrip("_")) if spelled else ""
    if not name or name == spelled or name in taken or not name.isidentifier() or keyword.iskeyword(name):
        name = _PLAIN
    return free(name, taken)


def free(name: str, taken: Container[str]) -> str:
    """The name, with underscores behind it as long as it is taken."""
    while name in taken:
        name += "_"
    return name


def empty_set(bound: Container[str]) -> str:
    """An empty set as source, also in a module that calls something else ``set``; ``bound``: the names at its top level."""
    return "{*()}" if "set" in bound else "set()"


def singular(name: str) -> str:
    """One of what the last word, an English plural, names; the empty string when it does not look like a plural."""
    last = name.rpartition("_")[2]
    if not last.endswith("s") or last.endswith(_NO_PLURAL) or len(last) < 3:
        return ""
    for ending, instead in _PLURALS:
        if last.endswith(ending) and len(last) > 4:
            return last.removesuffix(ending) + instead
    return last[:-1]


def _spelled(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.expr() as func):
            return _spelled(func)
        case ast.Await(value=value) | ast.Starred(value=value):
            return _spelled(value)
    return ""
