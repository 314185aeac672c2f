"""Hooks of classes that others derive: methods that do nothing, which the class calls itself.

A class that is given to the program under its base's name is derived outside, for nothing else is there to be given. What waits
in the program waits in such a class, too: its hooks have to be what may wait.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from porter.facts.model import Scope
from porter.inference.init import constructor_of
from porter.inference.result import Inference
from porter.inference.values import ClassValue


def waiting_hooks(inference: Inference, coroutines: Container[Scope]) -> Iterator[Scope]:
    """The hooks of given classes that wait for something already, or are made by a coroutine."""
    for cls in inference.state.given:
        methods = [child for child in cls.scope.children if child.kind == "function"]
        init = constructor_of(cls)
        makers = inference.callers(init) if init is not None else []
        if any(method in coroutines for method in methods) or any(site.caller in coroutines for site in makers):
            yield from (method for method in methods if _is_hook(inference, cls, method))


def _is_hook(inference: Inference, cls: ClassValue, method: Scope) -> bool:
    """Whether a method does nothing, and is called by its class."""
    if method.name.startswith("_") or method.is_generator or not all(map(_does_nothing, getattr(method.node, "body", ()))):
        return False
    return any(site.role == "call" and site.caller.parent is cls.scope for site in inference.callers(method))


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
    return False
