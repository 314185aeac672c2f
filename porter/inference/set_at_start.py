"""Attributes that every object of a class has from its start: what a missing one would call is never asked for them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence

from porter.facts.model import Scope
from porter.inference.init import is_constructor
from porter.inference.values import ClassValue, External


def has_from_start(mro: Sequence[ClassValue | External], attr: str) -> bool:
    """Whether the constructor that runs for a class always sets ``attr``, which is mangled, if private."""
    for cls in mro:
        if not isinstance(cls, ClassValue):
            continue
        if attr in _set_at_start(cls.scope):
            return attr not in _deleted(cls.scope)
        constructor = _constructor(cls.scope)
        if constructor is not None and not _calls_another(constructor):
            return False
    return False


def _constructor(cls: Scope) -> ast.FunctionDef | None:
    named = (child.node for child in cls.children if is_constructor(child))
    return next((node for node in named if isinstance(node, ast.FunctionDef)), None)


def _calls_another(constructor: ast.FunctionDef) -> bool:
    """Whether it calls the constructor of a base class, in any case."""
    return any(
        isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) and _named(one.value.func) == "__init__"
        for one in constructor.body
    )


def _named(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


@functools.cache
def _set_at_start(cls: Scope) -> frozenset[str]:
    constructor = _constructor(cls)
    if constructor is None or not constructor.args.args:
        return frozenset()
    me = constructor.args.args[0].arg
    return frozenset(_mangled(name, cls) for statement in constructor.body for name in _attributes(statement, me))


def _attributes(statement: ast.stmt, me: str) -> Iterator[str]:
    """What a statement sets on the object."""
    targets: list[ast.expr] = []
    match statement:
        case ast.Assign():
            targets = [part for target in statement.targets for part in _parts(target)]
        case ast.AnnAssign(value=ast.expr()):
            targets = [statement.target]
    for target in targets:
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == me:
            yield target.attr


def _parts(target: ast.expr) -> list[ast.expr]:
    return target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]


@functools.cache
def _deleted(cls: Scope) -> frozenset[str]:
    """Attributes that the class deletes from some object."""
    deleted = [target for node in ast.walk(cls.node) if isinstance(node, ast.Delete) for target in node.targets]
    return frozenset(_mangled(target.attr, cls) for target in deleted if isinstance(target, ast.Attribute))


def _mangled(name: str, cls: Scope) -> str:
    private = name.startswith("__") and not name.endswith("__")
    return f"_{cls.name.lstrip('_')}{name}" if private else name
