"""Closed: ``for``, ``with``, ``next`` and their asynchronous forms each get what they can work on."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from porter.inference.program import Module
from porter.verify.finding import Finding
from porter.verify.gives import is_asynchronous_next
from porter.verify.values import ENTERING, ITERATION, entering, is_asynchronous, iteration, misfits
from porter.verify.view import View

CHECK = "protocol"
_DISPLAYS = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)
_EAGER = frozenset(
    ("all", "any", "dict", "enumerate", "filter", "frozenset", "iter", "list", "map", "max", "min", "next", "reversed")
    + ("set", "sorted", "sum", "tuple", "zip", "bytes", "bytearray")
)
_SYNCHRONOUS = frozenset(
    ("builtins", "collections", "csv", "functools", "heapq", "io", "itertools", "json", "math", "queue", "statistics", "string")
)
_ANY = frozenset(f"builtins.{name}" for name in ("type", "id", "isinstance", "hasattr", "callable", "getattr", "setattr"))
_ENTERERS = {"enter_context": True, "enter_async_context": False}


def check(view: View, module: Module) -> Iterator[Finding]:
    """Loops, unpackings and ``with`` statements of the wrong colour."""
    for expr, how in _plain_iterations(view, module):
        if _wrong_loop(view, module, expr, plainly=True):
            yield Finding(module, expr, CHECK, f"`{_text(expr)}` is an asynchronous iterable, and it is {how}")
    for expr, how in _asynchronous_iterations(view, module):
        if _wrong_loop(view, module, expr, plainly=False):
            yield Finding(module, expr, CHECK, f"`{_text(expr)}` is a plain iterable, and it is {how}")
    yield from _managers(view, module)


def _wrong_loop(view: View, module: Module, expr: ast.expr, *, plainly: bool) -> bool:
    if isinstance(expr, ast.GeneratorExp):
        return is_asynchronous(expr) is plainly
    if isinstance(expr, _DISPLAYS):
        return not plainly
    call = view.parent(module, expr)
    step = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "next"
    return misfits(view, module, expr, functools.partial(iteration, view, step=step), ITERATION, plainly=plainly)


def _plain_iterations(view: View, module: Module) -> Iterator[tuple[ast.expr, str]]:
    for loop in view.nodes(module, ast.For):
        yield loop.iter, "looped over by a plain `for`"
    for generator in view.nodes(module, ast.comprehension):
        if not generator.is_async:
            yield generator.iter, "looped over by a plain comprehension"
    for starred in view.nodes(module, ast.Starred):
        if isinstance(starred.ctx, ast.Load):
            yield starred.value, "unpacked"
    for delegation in view.nodes(module, ast.YieldFrom):
        yield delegation.value, "delegated to by `yield from`"
    for assignment in view.nodes(module, ast.Assign):
        if any(isinstance(target, (ast.Tuple, ast.List)) for target in assignment.targets):
            yield assignment.value, "unpacked"
    for call in view.nodes(module, ast.Call):
        yield from _eager_arguments(view, call)


def _eager_arguments(view: View, call: ast.Call) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "join" and len(call.args) == 1:
        if isinstance(call.func.value, (ast.Constant, ast.JoinedStr)) or "builtins.str.join" in view.callees(call):
            yield call.args[0], "given to `join`"
    for argument in call.args:
        if isinstance(argument, ast.GeneratorExp) and _is_synchronous_library(view, call):
            yield argument, f"given to `{ast.unparse(call.func)}`"
    if not isinstance(call.func, ast.Name) or call.func.id not in _EAGER or view.original(call.func) in ("aiter", "anext"):
        return
    name = call.func.id
    if f"builtins.{name}" not in view.callees(call):
        return
    start, end = (1, None) if name in ("map", "filter") else (0, None if name == "zip" else 1)
    if name in ("min", "max") and len(call.args) > 1 or name == "iter" and len(call.args) > 1:
        return
    for argument in call.args[start:end]:
        if not isinstance(argument, ast.Starred):
            yield argument, f"given to `{name}`"


def _is_synchronous_library(view: View, call: ast.Call) -> bool:
    """Whether all that a call reaches is of the standard library's modules that know no asynchronous iterable."""
    site, callees = view.site(call), view.callees(call)
    heads = {name.partition(".")[0] for name in callees}
    if callees & _ANY or isinstance(call.func, ast.Name) and view.original(call.func) in ("aiter", "anext"):
        return False
    return site is not None and not site.functions and bool(heads) and heads <= _SYNCHRONOUS


def _asynchronous_iterations(view: View, module: Module) -> Iterator[tuple[ast.expr, str]]:
    for loop in view.nodes(module, ast.AsyncFor):
        yield loop.iter, "looped over by `async for`"
    for generator in view.nodes(module, ast.comprehension):
        if generator.is_async:
            yield generator.iter, "looped over by an asynchronous comprehension"
    for call in view.nodes(module, ast.Call):
        is_iter = isinstance(call.func, ast.Name) and view.original(call.func) == "aiter" and call.func.id == "iter"
        if call.args and (is_iter or is_asynchronous_next(view, call)):
            yield call.args[0], f"given to `{'aiter' if is_iter else 'anext'}`"


def _managers(view: View, module: Module) -> Iterator[Finding]:
    statements: Iterator[ast.With | ast.AsyncWith] = view.nodes(module, ast.With, ast.AsyncWith)
    for statement in statements:
        plainly = isinstance(statement, ast.With)
        for item in statement.items:
            if _wrong_manager(view, module, item.context_expr, plainly=plainly):
                yield _manager_finding(module, item.context_expr, plainly, "`with`" if plainly else "`async with`")
    for call in view.nodes(module, ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in _ENTERERS and len(call.args) == 1:
            plainly = _ENTERERS[call.func.attr]
            if _wrong_manager(view, module, call.args[0], plainly=plainly):
                yield _manager_finding(module, call.args[0], plainly, f"`{call.func.attr}`")


def _wrong_manager(view: View, module: Module, expr: ast.expr, *, plainly: bool) -> bool:
    strictly = not plainly and not isinstance(expr, ast.Call)  # a port that left one of several classes behind
    way = functools.partial(entering, view)
    return misfits(view, module, expr, way, ENTERING, plainly=plainly, strictly=strictly)


def _manager_finding(module: Module, expr: ast.expr, plainly: bool, how: str) -> Finding:
    kind = "an asynchronous" if plainly else "a plain"
    return Finding(module, expr, CHECK, f"`{_text(expr)}` is {kind} context manager, and it is entered by {how}")


def _text(expr: ast.expr) -> str:
    text = " ".join(ast.unparse(expr).split())
    return text if len(text) <= 50 else f"{text[:47]}..."
