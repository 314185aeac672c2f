"""Flags by which a library's source tells its two colours apart: ``_IS_SYNC = True``.

Such sources are kept once and written out for both colours; what stands under ``if _IS_SYNC:`` is for the synchronous one
alone, and its author has written beside it what the other one does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from porter.inference.program import Module

_NAME = re.compile(r"_*(is_?)?(?P<colour>a?sync)(hronous)?(_?(mode|api|code))?_*\Z", re.IGNORECASE)


def flags(module: Module) -> dict[str, ast.Assign]:
    """The flags that a module sets, once, at its top level, to what they are in the synchronous colour."""
    found: dict[str, ast.Assign] = {}
    for statement in module.facts.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=bool() as value)):
                spelled = _NAME.match(name)
                if spelled is not None and value == (spelled["colour"].lower() == "sync"):
                    found[name] = statement
    return found


def synchronous_only(module: Module) -> Iterator[ast.AST]:
    """All nodes that run only where a flag says that the colour is the synchronous one."""
    names = flags(module)
    if not names:
        return
    for node in module.facts.nodes:
        if isinstance(node, (ast.If, ast.IfExp)):
            branch: list[ast.stmt] | ast.expr = []
            if _is_synchronous(node.test, names):
                branch = node.body
            elif _is_asynchronous(node.test, names):
                branch = node.orelse
            for root in branch if isinstance(branch, list) else [branch]:
                yield from ast.walk(root)


def _is_synchronous(test: ast.expr, names: dict[str, ast.Assign]) -> bool:
    """Whether a condition holds in the synchronous colour only."""
    match test:
        case ast.Name(id=name) if name in names:
            return _is_true(names[name])
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)) if name in names:
            return not _is_true(names[name])
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_is_synchronous(value, names) for value in values)
    return False


def _is_asynchronous(test: ast.expr, names: dict[str, ast.Assign]) -> bool:
    """Whether a condition holds in the other colour, and fails in the synchronous one."""
    match test:
        case ast.Name(id=name) if name in names:
            return not _is_true(names[name])
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)) if name in names:
            return _is_true(names[name])
    return False


def _is_true(statement: ast.Assign) -> bool:
    return isinstance(statement.value, ast.Constant) and statement.value.value is True
