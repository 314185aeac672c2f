"""Exit stacks: ``with ExitStack() as stack:`` and what is entered on them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from porter.inference.program import Module

_HARMLESS = frozenset(("enter_context", "callback", "push"))


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """A stack that one function makes, enters and keeps for itself."""

    statement: ast.With
    call: ast.Call
    """``ExitStack()``."""


def stack_of(module: Module, entering: ast.AST) -> Stack | None:
    """The stack of a call ``stack.enter_context(...)`` or ``stack.callback(...)``.

    None where it may be met elsewhere, or be closed by hand.
    """
    match entering:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="callback"), args=[_, *_]):
            pass
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name)), args=[argument], keywords=[]):
            if isinstance(argument, ast.Starred):
                return None
        case _:
            return None
    scope = module.facts.scope_of(entering)
    owner = scope.binding(name)
    if owner is None or owner.kind != "function":
        return None
    found = [one for one in ast.walk(owner.node) if isinstance(one, ast.With) and _names(one) == name]
    uses = [one for one in ast.walk(owner.node) if isinstance(one, ast.Name) and one.id == name]
    if len(found) != 1 or len(found[0].items) != 1 or not all(_is_harmless(module, use, found[0]) for use in uses):
        return None
    made = found[0].items[0].context_expr
    return Stack(found[0], made) if isinstance(made, ast.Call) else None


def _names(statement: ast.With) -> str:
    target = statement.items[0].optional_vars
    return target.id if isinstance(target, ast.Name) else ""


def _is_harmless(module: Module, use: ast.Name, statement: ast.With) -> bool:
    """Whether a use of the stack's name means the same on an asynchronous stack."""
    if use is statement.items[0].optional_vars:
        return True
    method = module.facts.parents.get(use)
    call = module.facts.parents.get(method) if method is not None else None
    known = isinstance(method, ast.Attribute) and method.attr in _HARMLESS
    return known and isinstance(call, ast.Call) and call.func is method
