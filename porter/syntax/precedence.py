"""Where ``await`` needs parentheses: it binds weaker than what follows a name, stronger than every operator."""

from __future__ import annotations

import ast


def needs_parentheses(parent: ast.AST | None, child: ast.AST) -> bool:
    """Whether ``await child`` needs parentheses inside ``parent``, where ``child`` stands now."""
    match parent:
        case ast.Attribute() | ast.Await():
            return True
        case ast.Subscript(value=value):
            return value is child
        case ast.Call(func=func):
            return func is child
    return False
