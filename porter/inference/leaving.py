"""How functions end: those that never return, since every path through them raises, and those that hand back a parameter."""

from __future__ import annotations

import ast
import functools
from collections.abc import Sequence

from porter.facts.model import Scope


def never_returns(scope: Scope) -> bool:
    """Whether calling a function always raises, so that a caller need not care what it would give."""
    node = scope.node
    if scope.is_generator or not isinstance(node, ast.FunctionDef):
        return False
    return not scope.returns and _raises(node.body)


def _raises(body: Sequence[ast.stmt]) -> bool:
    last = body[-1] if body else None
    match last:
        case ast.Raise():
            return True
        case ast.If(body=then, orelse=other):
            return _raises(then) and _raises(other)
    return False


@functools.cache
def returned_parameter(scope: Scope) -> str | None:
    """The parameter that a function returns, if that is all it does."""
    node = scope.node
    if not isinstance(node, ast.FunctionDef) or scope.is_generator or node.decorator_list:
        return None
    body = [one for one in node.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    match body:
        case [ast.Return(value=ast.Name(id=name))] if any(arg.arg == name for arg in (*node.args.posonlyargs, *node.args.args)):
            return name
    return None
