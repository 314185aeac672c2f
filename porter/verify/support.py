"""What the checks have to know of a support module: its interface, since its own tests prove the rest.

A function's body is left out where the annotations say all that callers can see: they name whole types, and nothing that
is given is called, or handed to what takes anything. Lines stay where they are.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import Final

from porter.project.support import support_text
from porter.syntax.places import Lines, Span

_CALLED: Final = frozenset(("Self", "Callable", "Awaitable", "Coroutine", "SelectorKey"))
"""Types that say less than the body, or that let it call what it is given; a selector's key carries anything."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def text(name: str) -> str:
    """The text of the support module ``name``, as every port gets it."""
    return support_text(name)


@functools.cache
def interface(whole: str) -> str:
    """``whole`` without the bodies that tell its users nothing."""
    tree, lines = ast.parse(whole), Lines(whole)
    unclear = _unclear(tree)
    takers = {function.name for function in _functions(tree) if _takes_anything(function)}
    made, at = [], 0
    for function in sorted(_functions(tree), key=lambda node: node.lineno):
        body = Span(lines.span(function.body[0]).start, lines.span(function.body[-1]).end)
        if body.start >= at and _is_told(function, unclear) and takers.isdisjoint(_called(function)):
            made += [whole[at : body.start], "...", "\n" * body.cut(whole).count("\n")]
            at = body.end
    return "".join((*made, whole[at:]))


def _functions(tree: ast.Module) -> Iterator[_Function]:
    """The functions of a module and the methods of its classes."""
    for statement in tree.body:
        for one in statement.body if isinstance(statement, ast.ClassDef) else (statement,):
            if isinstance(one, _Function):
                yield one


def _is_told(function: _Function, unclear: set[str]) -> bool:
    """Whether annotations say what a function takes and gives."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    hints = [arg.annotation for arg in named if arg is not None and arg.arg not in ("self", "cls")]
    if _takes_anything(function) or (function.returns is not None and "Any" in _names(function.returns)):
        return False
    if function.name == "__init__" or any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(function)):
        return False
    return all(hint is not None and unclear.isdisjoint(_names(hint)) for hint in (*hints, function.returns))


def _takes_anything(function: _Function) -> bool:
    """Whether annotations leave open what a function is given."""
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return any(isinstance(arg.annotation, ast.Name) and arg.annotation.id == "Any" for arg in arguments)


def _called(function: _Function) -> Iterator[str]:
    """The names, of methods as well, by which a function calls others."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr


def _names(hint: ast.expr) -> Iterator[str]:
    for node in ast.walk(hint):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)


def _unclear(tree: ast.Module) -> set[str]:
    """Names of annotations that do not say enough: type variables, and what is made of them or of such types."""
    found = {*_CALLED, "TypeVar", "ParamSpec"}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=value):
                if value is not None and not found.isdisjoint(_names(value)):
                    found.add(name)
    return found
