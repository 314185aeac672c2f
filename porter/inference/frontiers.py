"""Frontiers: functions whose result Python, or a decorator, takes at once, so that they cannot become coroutines."""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference.program import Program
from porter.inference.values import External

AWAITABLE_SPECIAL = frozenset(("__enter__", "__exit__", "__iter__", "__next__", "__call__", "__getitem__"))
"""Special methods that have an asynchronous form, or whose every use can be given an ``await``."""

_CACHES = frozenset(("functools.cached_property", "functools.lru_cache", "functools.cache"))
_SETTERS = frozenset(("setter", "deleter"))
_TAKES = {
    "__len__": "`len()` takes a number at once",
    "__bool__": "a test takes a truth value at once",
    "__contains__": "`in` takes a truth value at once",
    "__str__": "`str()` takes a text at once",
    "__repr__": "`repr()` takes a text at once",
    "__del__": "nobody can await what the garbage collector calls",
    "__hash__": "hashing takes a number at once",
    "__eq__": "a comparison takes a truth value at once",
}


def why_plain(program: Program, scope: Scope) -> tuple[str, str] | None:
    """Why ``scope`` can never be asynchronous, and what to do about it; None when it can."""
    node = scope.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    in_class = scope.parent is not None and scope.parent.kind == "class"
    name = scope.name
    if in_class and name.startswith("__") and name.endswith("__") and name not in AWAITABLE_SPECIAL:
        why = _TAKES.get(name, f"Python calls `{name}` itself and does not await it")
        return why, f"move what blocks from `{name}` into an ordinary method"
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(target, ast.Attribute) and target.attr in _SETTERS and in_class:
            return "an assignment to a property cannot await", "make it a method"
        found = program.resolve(target, scope.parent or scope)
        if isinstance(found, External) and found.name in _CACHES:
            cache = found.name.rpartition(".")[2]
            return f"`{cache}` would keep the coroutine, which can be awaited only once", "keep the result in an attribute"
    return None
