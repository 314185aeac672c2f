"""Code that never runs: what a constant switch leaves out, in libraries whose one colour is made from the other."""

from __future__ import annotations

import ast

from porter.inference.program import Module
from porter.verify.view import View


def is_dead(view: View, module: Module, node: ast.AST) -> bool:
    """Whether ``node`` stands in a branch that a constant excludes: ``if False:``, ``if not _IS_SYNC:``."""
    child, parent = node, view.parent(module, node)
    while parent is not None:
        if isinstance(parent, (ast.If, ast.IfExp)) and child is not parent.test:
            truth = _truth(view, module, parent.test)
            body = parent.body if isinstance(parent.body, list) else [parent.body]
            if truth is not None and truth is not (child in body):
                return True
        child, parent = parent, view.parent(module, parent)
    return False


def _truth(view: View, module: Module, test: ast.expr) -> bool | None:
    match test:
        case ast.Constant(value=bool() as value):
            return value
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = _truth(view, module, operand)
            return None if truth is None else not truth
        case ast.Name(id=name):
            return _constant(view, module, name, 3)
        case _:
            return None


def _constant(view: View, module: Module, name: str, depth: int) -> bool | None:
    """The truth of a module's variable that is assigned once, a constant; or imported from such a module."""
    found = [node for node in module.facts.tree.body if name in _bound(node)]
    if len(found) != 1 or depth == 0:
        return None
    match found[0]:
        case ast.Assign(targets=[ast.Name()], value=ast.Constant(value=bool() as value)):
            return value if len(view.stores(module, module.facts.module, name)) == 1 else None
        case ast.ImportFrom() as statement:
            target = view.inference.program.absolute(module, statement)
            other = view.inference.program.modules.get(target)
            original = next(alias.name for alias in statement.names if (alias.asname or alias.name) == name)
            return None if other is None else _constant(view, other, original, depth - 1)
        case _:
            return None


def _bound(node: ast.stmt) -> set[str]:
    match node:
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.ImportFrom(names=names):
            return {alias.asname or alias.name for alias in names}
        case _:
            return set()
