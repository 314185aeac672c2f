"""Iterables: which expressions have become asynchronous ones, and what stopping early leaves undone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.facts.model import Scope
from porter.inference.colours import Colours
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.state import Site
from porter.inference.values import (
    Constant,
    Container,
    External,
    ExternalInstance,
    GeneratorValue,
    Unknown,
    Value,
)

_NO_ITERABLES = frozenset(("types.NoneType", "builtins.int", "builtins.bool", "builtins.float"))
_COLLECTIONS = frozenset(f"builtins.{name}" for name in ("str", "bytes", "list", "tuple", "dict", "set", "frozenset"))

NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def kinds(inference: Inference, colours: Colours, module: Module, expr: ast.expr, *, driven: bool = False) -> set[bool]:
    """How ``expr`` may be looped over: True for ``async for``, False for ``for``; empty when nothing is known of it.

    ``driven``: by ``next``, which takes iterators only; what is none of them is there by another use of the variable.
    """
    if isinstance(expr, ast.GeneratorExp):
        return {module.facts.scopes[expr] in colours.generators}
    values = inference.values(expr, module)
    return {colours.iterates(value) for value in values if _counts(value, driven)}


def _counts(value: Value, driven: bool) -> bool:
    match value:
        case Unknown():
            return False
        case Constant():
            return not driven
        case Container(cls=cls):
            return not driven or cls not in _COLLECTIONS
        case ExternalInstance(cls=cls):
            return cls not in _NO_ITERABLES and not (driven and cls in _COLLECTIONS)
    return True


def culprit(colours: Colours, site: Site) -> Scope | None:
    """The function that would have to stay synchronous if ``site`` cannot loop asynchronously."""
    for function in site.functions:
        if function in colours.causes:
            return function
    for generator in site.generators:
        cause = colours.generators.get(generator)
        if cause is not None:
            return cause.callee or (cause.site.caller if cause.site is not None else None)
    for made in site.lazies:
        cause = colours.lazies.get(made)
        if cause is not None and cause.callee is not None:
            return cause.callee
    return None


def cleans_up(scope: Scope, asked: frozenset[Scope] = frozenset()) -> bool:
    """Whether a generator has something to do when it is closed at a ``yield``."""
    if scope in asked:
        return False
    return any(_inside_cleanup(node) for node in getattr(scope.node, "body", ()))


def _inside_cleanup(node: ast.AST, guarded: bool = False) -> bool:
    if isinstance(node, NESTED):
        return False
    if isinstance(node, (ast.Yield, ast.YieldFrom)):
        return guarded
    if isinstance(node, (ast.With, ast.AsyncWith)):
        guarded = True
    if isinstance(node, ast.Try):
        guarded = guarded or bool(node.finalbody) or bool(node.handlers)
    return any(_inside_cleanup(child, guarded) for child in ast.iter_child_nodes(node))


def sources(inference: Inference, colours: Colours, module: Module, expr: ast.expr) -> Iterator[Scope]:
    """The asynchronous generator functions of the program that ``expr`` takes its elements from."""
    inner = [part.iter for part in expr.generators] if isinstance(expr, ast.GeneratorExp) else [expr]
    for iterable in inner:
        for value in inference.values(iterable, module):
            if isinstance(value, GeneratorValue) and value.function.scope in colours.causes:
                yield value.function.scope


def means(inference: Inference, expr: ast.expr | None, scope: Scope, name: str) -> bool:
    """Whether an expression names the outside thing ``name``."""
    if expr is None:
        return False
    found = inference.program.resolve(expr, scope)
    return isinstance(found, External) and found.name == name


def own(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is below it and runs with it: no inner functions or classes."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, NESTED):
            yield from own(child)


def names_in(scope: Scope) -> set[str]:
    """Names that a function binds or uses, those of comprehensions and functions in it included."""
    return {node.id for node in ast.walk(scope.node) if isinstance(node, ast.Name)} | scope.bound
