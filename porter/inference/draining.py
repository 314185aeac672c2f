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
    if len(node.args) != 2 or not isinstance(loop, ast.For) or loop.iter is not node or loop.orelse:
        return None
    function, end = node.args
    named = isinstance(function, (ast.Name, ast.Attribute)) or (isinstance(function, ast.Lambda) and not function.args.args)
    if not named or not isinstance(end, (ast.Constant, ast.Name, ast.Attribute)) or not isinstance(loop.target, ast.Name):
        return None
    for other in ast.walk(module.facts.scope_of(loop).node):
        read = isinstance(other, ast.Name) and other.id == loop.target.id and isinstance(other.ctx, ast.Load)
        if read and getattr(other, "lineno", 0) > (loop.end_lineno or 0):
            return None  # behind the loop it would hold the end marker
    return loop


def drains_with(module: Module, function: ast.AST) -> ast.For | None:
    """The loop that is drained by calling this lambda, or this method named without a call."""
    call = module.facts.parents.get(function)
    if isinstance(call, ast.Call) and call.args and call.args[0] is function:
        return drained(module, call)
    return None
