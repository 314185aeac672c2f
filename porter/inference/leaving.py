"""Functions that never return: every path through them raises."""

from __future__ import annotations

import ast
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
