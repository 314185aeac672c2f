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
    named = named or _is_partial(loop, function)
    if not named or not isinstance(end, (ast.Constant, ast.Name, ast.Attribute)) or not isinstance(loop.target, ast.Name):
        return None
    return None if is_read_behind(module, loop, loop.target.id) else loop


def _is_partial(loop: ast.For, function: ast.expr) -> bool:
    """Whether a function is a ``partial(read, size)`` whose parts the loop does not change: it may be called by itself."""
    match function:
        case ast.Call(func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[method, *given], keywords=keywords):
            parts = [*given, *(keyword.value for keyword in keywords)]
            if not isinstance(method, (ast.Name, ast.Attribute)) or any(keyword.arg is None for keyword in keywords):
                return False
            names = {one.id for part in (method, *parts) for one in ast.walk(part) if isinstance(one, ast.Name)}
            return all(isinstance(part, (ast.Constant, ast.Name)) for part in parts) and not any(
                _binds_in(loop, name) for name in names
            )
    return False


def _binds_in(loop: ast.For, name: str) -> bool:
    found = (one for one in ast.walk(loop) if isinstance(one, ast.Name) and one.id == name)
    return any(not isinstance(one.ctx, ast.Load) for one in found)


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
    """The loop that is drained by calling this lambda, or this method named without a call, or the first part of a partial."""
    call = module.facts.parents.get(function)
    if isinstance(call, ast.Call) and call.args and call.args[0] is function:
        if (around := module.facts.parents.get(call)) is not None and (found := drained(module, around)) is not None:
            return found if getattr(around, "args", [None])[0] is call else None
    if isinstance(call, ast.Call) and call.args and call.args[0] is function:
        return drained(module, call)
    return None
