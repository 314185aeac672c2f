"""The ``__init__`` of classes, and the signatures that only type checkers read."""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference.values import ClassValue


def is_constructor(scope: Scope) -> bool:
    """Whether a scope is the ``__init__`` of a class, and no overload that only tells its types."""
    if scope.kind != "function" or scope.name != "__init__" or scope.parent is None or scope.parent.kind != "class":
        return False
    return not is_overload(scope)


def is_overload(scope: Scope) -> bool:
    """Whether a function is but a signature for type checkers."""
    decorators = getattr(scope.node, "decorator_list", ())
    return any(ast.unparse(decorator).rpartition(".")[2] == "overload" for decorator in decorators)


def overloads(scope: Scope) -> list[ast.FunctionDef]:
    """The signatures that a class tells type checkers of its constructor ``scope``."""
    children = scope.parent.children if scope.parent is not None else []
    nodes = (child.node for child in children if child.name == scope.name and child is not scope and is_overload(child))
    return [node for node in nodes if isinstance(node, ast.FunctionDef)]


def constructor_of(cls: ClassValue) -> Scope | None:
    """The ``__init__`` that a class of the program has, or inherits from one."""
    bases = (base for base in cls.mro if isinstance(base, ClassValue))
    return next((child for base in bases for child in base.scope.children if is_constructor(child)), None)
