"""What a value lets be done with it: looped over, entered, awaited; each plainly, asynchronously, or nobody knows."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from porter.inference.program import Module
from porter.inference.values import (
    ClassValue,
    Constant,
    Container,
    ExternalInstance,
    GeneratorValue,
    Instance,
    ManagerValue,
    Value,
)
from porter.verify.gives import family
from porter.verify.view import View, is_coroutine_function

ITERATION = ("AsyncIter", "AsyncGen", "asyncgen", "__aiter__", "__anext__")
ENTERING = ("AsyncContextManager", "__aenter__", "__aexit__")
"""What the text of a question holds that tells asynchronous iterables, or managers, from plain ones."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Whether it can be done plainly, and asynchronously. Both false: not known."""

    plainly: bool = False
    asynchronously: bool = False

    @property
    def only_plainly(self) -> bool:
        """Known not to work asynchronously."""
        return self.plainly and not self.asynchronously

    @property
    def only_asynchronously(self) -> bool:
        """Known not to work plainly."""
        return self.asynchronously and not self.plainly


_UNKNOWN = Ways()
_PLAIN = Ways(plainly=True)
_ASYNC = Ways(asynchronously=True)


_LOOPS = ("__iter__", "__getitem__"), ("__aiter__",)
_STEPS = ("__next__",), ("__anext__",)


def iteration(view: View, value: Value, *, step: bool = False) -> Ways:
    """How a value can be looped over, or, with ``step``, advanced by ``next``."""
    names = _STEPS if step else _LOOPS
    match value:
        case GeneratorValue(function=function):
            return _ASYNC if is_coroutine_function(function) else _PLAIN
        case Container(cls="types.GeneratorType", site=site):
            return _ASYNC if is_asynchronous(site) else _PLAIN
        case Container(cls=cls):
            return _outside(view, cls, *names)
        case Constant():
            return _PLAIN
        case Instance(cls=cls):
            return _of_class(view, cls, *names)
        case ExternalInstance(cls=cls):
            return _outside(view, cls, *names)
        case _:
            return _UNKNOWN


def entering(view: View, value: Value) -> Ways:
    """How a value can be entered by ``with``."""
    match value:
        case ManagerValue(function=function):
            return _ASYNC if is_coroutine_function(function) else _PLAIN
        case Instance(cls=cls):
            return _of_class(view, cls, ("__enter__",), ("__aenter__",))
        case ExternalInstance(cls=cls) | Container(cls=cls):
            return _outside(view, cls, ("__enter__",), ("__aenter__",))
        case _:
            return _UNKNOWN


def is_asynchronous(site: object) -> bool:
    """Whether a generator expression is an asynchronous generator: it awaits, its first iterable apart."""
    node = site[0] if isinstance(site, tuple) and site else site
    if not isinstance(node, ast.GeneratorExp):
        return False
    if any(generator.is_async for generator in node.generators):
        return True
    first, *rest = node.generators
    parts: list[ast.AST] = [node.elt, *first.ifs]
    for generator in rest:
        parts += [generator.iter, *generator.ifs]
    return any(_awaits(part) for part in parts)


def _awaits(node: ast.AST) -> bool:
    if isinstance(node, ast.Await):
        return True
    if isinstance(node, ast.Lambda):
        return False
    if isinstance(node, ast.GeneratorExp):
        return _awaits(node.generators[0].iter)
    return any(_awaits(child) for child in ast.iter_child_nodes(node))


def _of_class(view: View, cls: ClassValue, plain: tuple[str, ...], other: tuple[str, ...]) -> Ways:
    found = [view.own_method(cls, name) for name in (*plain, *other)]
    if any(getattr(one, "kind", "") == "unknown" for one in found):
        return _UNKNOWN
    return Ways(any(found[: len(plain)]), any(found[len(plain) :]))


def _outside(view: View, cls: str, plain: tuple[str, ...], other: tuple[str, ...]) -> Ways:
    return Ways(any(view.stubs.has(cls, name) for name in plain), any(view.stubs.has(cls, name) for name in other))


def _can_be_awaited(view: View, value: Value) -> bool:
    """Whether a class of the program says what awaiting its objects gives."""
    return isinstance(value, Instance) and isinstance(view.own_method(value.cls, "__await__"), ast.FunctionDef)


def _asked(view: View, marks: tuple[str, ...]) -> bool:
    return any(mark in question for question in view.questions for mark in marks)


def misfits(
    view: View,
    module: Module,
    expr: ast.expr,
    way: Callable[[Value], Ways],
    marks: tuple[str, ...],
    *,
    plainly: bool,
    strictly: bool = False,
) -> bool:
    """Whether what is used plainly (or asynchronously) at a place surely is something that cannot be.

    ``way`` says of a value what can be done with it. Where the program asks values for their colour, by one of
    ``marks``, both may meet in a variable, told apart where the inference does not look; among overrides, each must be
    right. ``strictly``: one object of the program's own that cannot is enough.
    """
    values = view.values(expr, module)
    if not isinstance(expr, ast.Call) and any(_can_be_awaited(view, value) for value in values):
        return False  # it may as well be what awaiting that gave
    ways = [way(value) for value in values]
    wrong = any(one.only_asynchronously if plainly else one.only_plainly for one in ways)
    right = any(one.plainly if plainly else one.asynchronously for one in ways)
    if isinstance(expr, ast.Call):
        site = view.site(expr)
        if site is not None and len({scope.parent for scope in site.functions}) > 1:
            return wrong and family(view, site)
        return wrong and not right
    if strictly and any(isinstance(value, Instance) and one.only_plainly for value, one in zip(values, ways, strict=True)):
        right = False
    return wrong and not right and not view.guarded(module, expr) and not _asked(view, marks)
