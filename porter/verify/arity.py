"""Closed: calls of the program's functions give them the arguments that they need."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.inference.program import Module
from porter.inference.values import BoundMethod, ClassValue, FunctionValue, Value
from porter.verify.finding import Finding
from porter.verify.gives import keeps_colour
from porter.verify.view import View

CHECK = "arguments"
_DEFINED = (BoundMethod, FunctionValue, ClassValue)


def check(view: View, module: Module) -> Iterator[Finding]:
    """Calls with too few or too many arguments for every function that they may reach."""
    if module.name.rpartition(".")[2].startswith("_aio_"):
        return  # what a copied module has is there for all programs: this one may never call it
    for call in view.nodes(module, ast.Call):
        if not isinstance(call.func, (ast.Name, ast.Attribute)):
            continue  # `cast(...)(x)` and the like: the author knows more
        site = view.site(call)
        if site is None or not site.functions:
            continue
        found = view.values(call.func, module)
        if not found or not isinstance(found[0], _DEFINED):
            continue
        if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
            continue
        if all(_refuses(view, value, call) for value in found):
            yield Finding(module, call, CHECK, f"`{ast.unparse(call.func)}` does not take these arguments")


def _refuses(view: View, value: Value, call: ast.Call) -> bool:
    match value:
        case ClassValue():
            return _refuses_to_be_made(view, value, call)
        case FunctionValue(kind="plain" | "staticmethod"):
            function, bound = value, 0
        case BoundMethod(function=FunctionValue(kind="plain" | "classmethod") as function):
            bound = 1
        case _:
            return False
    node = function.scope.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or not keeps_colour(view, function.scope):
        return False
    if any(not isinstance(one, ast.Name) for one in node.decorator_list):
        return False
    return not _takes(node.args, len(call.args) + bound, {str(one.arg) for one in call.keywords})


def _refuses_to_be_made(view: View, cls: ClassValue, call: ast.Call) -> bool:
    """Whether a class that only its own ``__init__`` makes does not take the arguments."""
    if view.own_method(cls, "__new__") is not None:
        return False
    node = view.own_method(cls, "__init__")
    if not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return False
    return not _takes(node.args, len(call.args) + 1, {str(one.arg) for one in call.keywords})


def _takes(args: ast.arguments, given: int, named: set[str]) -> bool:
    positional = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    needed = positional[: len(positional) - len(args.defaults)]
    only = {arg.arg for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None}
    known = {*positional, *(arg.arg for arg in args.kwonlyargs)}
    return (
        (given <= len(positional) or args.vararg is not None)
        and set(needed[given:]) | only <= named
        and (named <= known or args.kwarg is not None)
    )
