"""Draining: ``for item in iter(function, end)``, which calls a function until it gives the end marker."""

from __future__ import annotations

import ast

from porter.inference.program import Module


def drained(module: Module, node: ast.AST) -> ast.For | None:
    """The loop that a call of ``iter`` with two arguments drains, where a ``while`` can stand for it."""
    parents = module.facts.parents
    loop = parents.get(node)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "iter"):
        return None
    if len(node.args) != 2 or not isinstance(loop, ast.For) or loop.iter is not node:
        return None
    function, end = node.args
    named = isinstance(function, (ast.Name, ast.Attribute)) or (isinstance(function, ast.Lambda) and not function.args.args)
    if not named or not isinstance(end, (ast.Constant, ast.Name, ast.Attribute)) or not isinstance(loop.target, ast.Name):
        return None
    return None if is_read_behind(module, loop, loop.target.id) else loop


def is_read_behind(module: Module, loop: ast.For, name: str) -> bool:
    """Whether a loop's variable is read behind the loop, where it would hold the end marker; another loop binds it anew."""
    for other in ast.walk(module.facts.scope_of(loop).node):
        read = isinstance(other, ast.Name) and other.id == name and isinstance(other.ctx, ast.Load)
        if read and getattr(other, "lineno", 0) > (loop.end_lineno or 0) and not _is_bound_anew(module, other, name):
            return True
    return False


def _is_bound_anew(module: Module, node: ast.AST, name: str) -> bool:
    """Whether a name stands in a loop, or in a comprehension, whose variable it is."""
    below, at = node, module.facts.parents.get(node)
    while at is not None:
        match at:
            case ast.For(target=target, iter=iterable) if below is not iterable and below not in at.orelse:
                if _binds(target, name):
                    return True
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                if below is not at.generators[0] and any(_binds(one.target, name) for one in at.generators):
                    return True
        below, at = at, module.facts.parents.get(at)
    return False


def _binds(target: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))


def drains_with(module: Module, function: ast.AST) -> ast.For | None:
    """The loop that is drained by calling this lambda, or this method named without a call."""
    call = module.facts.parents.get(function)
    if isinstance(call, ast.Call) and call.args and call.args[0] is function:
        return drained(module, call)
    return None
