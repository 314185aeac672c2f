"""Aliases in class bodies: the other names under which a class binds a method, as in ``__next__ = next``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.facts.model import Scope


def aliases(scope: Scope) -> Iterator[ast.Name]:
    """The targets of plain assignments in a method's class body that bind the method to another name."""
    owner = scope.parent
    if owner is None or owner.kind != "class" or not isinstance(owner.node, ast.ClassDef):
        return
    for statement in owner.node.body:
        match statement:
            case ast.Assign(targets=[*targets], value=ast.Name(id=name)) if name == scope.name:
                yield from (target for target in targets if isinstance(target, ast.Name))


def bound_names(scope: Scope) -> frozenset[str]:
    """All names under which its class binds a method."""
    return frozenset((scope.name, *(target.id for target in aliases(scope))))
