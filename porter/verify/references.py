"""Closed: no coroutine function stands, uncalled, where the source had what calling it gives."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from porter.facts import FileFacts
from porter.inference.program import Module
from porter.inference.values import BoundExternal, BoundMethod, External, FunctionValue, Value
from porter.verify.changed import ChangedFile
from porter.verify.finding import Finding
from porter.verify.gives import of_function
from porter.verify.view import View

CHECK = "handed over"
_Reference = ast.Name | ast.Attribute
_NOT_VALUES = (ast.Call, ast.Attribute, ast.Await, ast.keyword, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""What a reference may stand in without being a value there, or with somebody to call it."""
_CONSUMERS = frozenset(
    ("abs", "all", "any", "bool", "bytearray", "bytes", "complex", "dict", "divmod", "enumerate", "float", "frozenset", "int")
    + ("len", "list", "max", "min", "pow", "print", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip")
)
_KEEPERS = frozenset(("append", "add", "insert", "appendleft", "put", "put_nowait", "write", "join", "format"))
"""Builtins that use what they are given as a value; what they call is given by keyword."""


def check(view: View, files: Mapping[str, ChangedFile], renames: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """References to coroutine functions of which the source has fewer; ``renames`` as in a plan."""
    back = {new: old.rpartition(".")[2] for old, new in renames}
    for module in view.modules:
        file = files.get(module.source.shown)
        if file is None or not file.change.old:
            continue
        before = Counter(name for _, name in _references(file.old)) + _named_lambdas(file.old, module.facts)
        for node, name in _references(module.facts):
            before[back.get(name, name)] -= 1
            if before[back.get(name, name)] < 0 and _is_coroutine_function(view, module, node):
                message = f"`{ast.unparse(node)}` stands where its result was; it is not called"
                yield Finding(module, node, CHECK, message)


def _named_lambdas(old: FileFacts, new: FileFacts) -> Counter[str]:
    """Functions that the source has not got, as many as there are lambdas fewer: each stands where a lambda stood."""
    lambdas = len(old.by_type.get(ast.Lambda, ())) - len(new.by_type.get(ast.Lambda, ()))
    if lambdas <= 0:
        return Counter()
    known = {_name(node) for kind in (ast.FunctionDef, ast.AsyncFunctionDef) for node in old.by_type.get(kind, ())}
    made = [_name(node) for node in new.by_type.get(ast.AsyncFunctionDef, ()) if _name(node) not in known]
    return Counter(made if len(made) <= lambdas else ())


def _name(node: ast.AST) -> str:
    return str(getattr(node, "name", ""))


def _references(facts: FileFacts) -> Iterator[tuple[_Reference, str]]:
    """Names and attributes that are values where they stand, in order."""
    parents = facts.parents
    for node in facts.nodes:
        if not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        parent = parents[node]
        if isinstance(parent, _NOT_VALUES) and not _is_wanted(parent, node) or not isinstance(node.ctx, ast.Load):
            continue
        if getattr(parent, "annotation", None) is not node:
            yield node, node.attr if isinstance(node, ast.Attribute) else node.id


def _is_wanted(parent: ast.AST, node: ast.expr) -> bool:
    """Whether a reference is an argument of a call that wants its value."""
    return isinstance(parent, ast.Call) and parent.func is not node and _wants_results(parent.func)


def _wants_results(func: ast.expr) -> bool:
    """Whether a call is one of a builtin that calls nothing it is given, or puts it into a container or a text."""
    if isinstance(func, ast.Attribute):
        return func.attr in _KEEPERS
    return isinstance(func, ast.Name) and func.id in _CONSUMERS


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
