"""Closed: no coroutine function stands, uncalled, where the source had what calling it gives."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from porter.inference.program import Module
from porter.inference.values import BoundExternal, BoundMethod, External, FunctionValue, Value
from porter.plan.model import FileChange
from porter.verify.finding import Finding
from porter.verify.gives import of_function
from porter.verify.view import View

CHECK = "handed over"
_NOT_VALUES = (ast.Call, ast.Attribute, ast.Await, ast.keyword, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""What a reference may stand in without being a value there, or with somebody to call it."""


def check(view: View, changes: Mapping[str, FileChange], renames: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """References to coroutine functions of which the source has fewer; ``renames`` as in a plan."""
    back = {new: old.rpartition(".")[2] for old, new in renames}
    for module in view.modules:
        change = changes.get(module.source.shown)
        if change is None or not change.old:
            continue
        before = Counter(name for _, name in _references(ast.parse(change.old)))
        for node, name in _references(module.facts.tree):
            before[back.get(name, name)] -= 1
            if before[back.get(name, name)] < 0 and _is_coroutine_function(view, module, node):
                message = f"`{ast.unparse(node)}` stands where its result was; it is not called"
                yield Finding(module, node, CHECK, message)


def _references(tree: ast.AST) -> Iterator[tuple[ast.Name | ast.Attribute, str]]:
    """Names and attributes that are values where they stand, in order."""
    for parent in ast.walk(tree):
        if isinstance(parent, _NOT_VALUES):
            continue
        for field, value in ast.iter_fields(parent):
            for node in value if isinstance(value, list) else (value,):
                if field != "annotation" and isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                    yield node, node.attr if isinstance(node, ast.Attribute) else node.id


def _is_coroutine_function(view: View, module: Module, node: ast.expr) -> bool:
    if view.site(node, "property") is not None:
        return False
    values = view.values(node, module)
    return bool(values) and all(_gives_coroutine(view, value) for value in values)


def _gives_coroutine(view: View, value: Value) -> bool:
    match value:
        case FunctionValue(scope=scope) | BoundMethod(function=FunctionValue(scope=scope)):
            return of_function(view, scope) == "coroutine"
        case External(name=name) | BoundExternal(name=name):
            return view.stubs.gives(name) == "coroutine"
        case _:
            return False
