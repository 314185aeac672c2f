"""Managers that decorate functions: ``@timed()`` over a ``contextmanager`` or a ``ContextDecorator`` enters it at each call."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.inference.result import Inference
from porter.inference.values import ClassValue, External, Instance, ManagerValue, Value

DECORATORS = frozenset(("contextlib.ContextDecorator", "contextlib.AsyncContextDecorator"))


@dataclass(frozen=True, slots=True, eq=False)
class Decorating:
    """A manager around every call of a function."""

    decorator: ast.expr
    function: Scope
    entering: tuple[Scope, ...]
    """The functions that run when the manager is entered and left."""


def wraps_calls(value: Value) -> bool:
    """Whether ``value``, as a decorator, is a manager that is entered around each call of what it decorates."""
    match value:
        case ManagerValue():
            return True
        case Instance(cls=cls):
            inherits = any(isinstance(base, External) and base.name in DECORATORS for base in cls.mro)
            return inherits and "__call__" not in {child.name for child in _methods(cls)}
    return False


def decorating(inference: Inference) -> list[Decorating]:
    """Every function that a manager of the program decorates."""
    found = []
    for module in inference.program.modules.values():
        for scope in module.facts.scopes.values():
            for decorator in getattr(scope.node, "decorator_list", ()):
                for value in inference.values(decorator, module):
                    entering = _entering(value) if scope.kind == "function" and wraps_calls(value) else ()
                    if entering:
                        found.append(Decorating(decorator, scope, entering))
    return found


def _entering(value: Value) -> tuple[Scope, ...]:
    match value:
        case ManagerValue(function=function):
            return (function.scope,)
        case Instance(cls=cls):
            return tuple(child for child in _methods(cls) if child.name in ("__enter__", "__exit__"))
    return ()


def _methods(cls: ClassValue) -> list[Scope]:
    return [child for base in cls.mro if isinstance(base, ClassValue) for child in base.scope.children]
