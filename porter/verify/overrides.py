"""Closed, against the source: what had one colour under one name in a family of classes has one colour still."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping

from porter.facts import Scope
from porter.inference.program import Module
from porter.inference.values import ClassValue
from porter.verify.changed import ChangedFile
from porter.verify.finding import Finding
from porter.verify.gives import keeps_colour, of_function
from porter.verify.view import View

CHECK = "awaited"
_AWAITABLE = ("Await", "Corout", "Async", "Future", "Task", "Any")
_PLAIN = (ast.Constant, ast.Compare, ast.BoolOp, ast.JoinedStr, ast.Name, ast.List, ast.Dict, ast.Tuple)


def check(view: View, files: Mapping[str, ChangedFile], left_out: Container[str] = ()) -> Iterator[Finding]:
    """Overrides of which one is a coroutine function and one is plain, and gives nothing that can be awaited."""
    asynchronous: dict[str, set[str]] = {}
    for module in view.modules:
        if module.source.shown in left_out:
            continue
        for owner, node in _methods(view, module):
            below = _coloured(view, owner, node.name)
            if below is None:
                continue
            for base in owner.mro[1:]:
                above = _coloured(view, base, node.name) if isinstance(base, ClassValue) else None
                if above is None or above[1] == below[1] or not isinstance(base, ClassValue):
                    continue
                if any(_was_so(view, one, files, asynchronous, node.name) for one in (owner, base)):
                    continue
                message = f"`{owner.scope.qualname}.{node.name}` and `{base.scope.qualname}.{node.name}` differ in colour"
                yield Finding(module, below[0].node, CHECK, message, (below if below[1] else above)[0].node)
                break


def _methods(view: View, module: Module) -> Iterator[tuple[ClassValue, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in view.nodes(module, ast.ClassDef):
        owner = view.inference.program.classes.get(module.facts.scopes[node])
        for child in node.body if owner is not None else ():
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) or owner is None:
                continue
            if not _is_private(child.name):
                yield owner, child


def _is_private(name: str) -> bool:
    """Whether a name is another one in each class."""
    return name.startswith("__") and not name.endswith("__")


def _coloured(view: View, owner: ClassValue, name: str) -> tuple[Scope, bool] | None:
    """The one definition of a method in a class, and whether it is a coroutine function; ``None`` where neither is sure."""
    found = [child for child in owner.scope.children if child.name == name and child.kind == "function"]
    if len(found) != 1 or found[0].is_generator or not keeps_colour(view, found[0]):
        return None
    if isinstance(found[0].node, ast.AsyncFunctionDef):
        return found[0], True
    is_stub = all(isinstance(one, (ast.Expr, ast.Pass)) for one in getattr(found[0].node, "body", ()))
    return None if is_stub or of_function(view, found[0]) != "plain" or _may_give_awaitable(found[0]) else (found[0], False)


def _may_give_awaitable(scope: Scope) -> bool:
    """Whether a plain method may hand on what somebody else's call gives, or say so."""
    says = getattr(scope.node, "returns", None)
    if says is not None and any(word in ast.unparse(says) for word in _AWAITABLE):
        return True
    return any(one.value is not None and not isinstance(one.value, _PLAIN) for one in scope.returns)


def _was_so(view: View, owner: ClassValue, files: Mapping[str, ChangedFile], known: dict[str, set[str]], name: str) -> bool:
    """Whether the method of that class was a coroutine function in the source already."""
    file = files.get(view.module_of(owner.scope).source.shown)
    if file is None:
        return any(child.name == name and isinstance(child.node, ast.AsyncFunctionDef) for child in owner.scope.children)
    path = file.change.path
    if path not in known:
        known[path] = {node.name for node in file.old.nodes if isinstance(node, ast.AsyncFunctionDef)}
    return name in known[path]
