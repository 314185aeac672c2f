"""Decorators: what they make of a function."""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference.command_lines import registers
from porter.inference.decorating import wraps_calls
from porter.inference.graph import Node
from porter.inference.state import Frame, State
from porter.inference.values import (
    Arguments,
    External,
    FunctionValue,
    Value,
)

_KINDS = {
    "builtins.property": "property",
    "abc.abstractproperty": "property",
    "functools.cached_property": "cached_property",
    "builtins.classmethod": "classmethod",
    "builtins.staticmethod": "staticmethod",
    "contextlib.contextmanager": "contextmanager",
    "contextlib.asynccontextmanager": "asynccontextmanager",
}


_TRANSPARENT = {
    "abc.abstractmethod",
    "functools.lru_cache",
    "functools.cache",
    "functools.singledispatch",
    "functools.singledispatchmethod",
    "functools.wraps",
    "functools.total_ordering",
    "typing.overload",
    "typing.final",
    "typing.override",
    "typing.no_type_check",
    "typing.runtime_checkable",
    "dataclasses.dataclass",
    "enum.unique",
    "typing_extensions.deprecated",
    "warnings.deprecated",
}


def decorator_name(state: State, node: ast.expr, frame: Frame) -> str:
    """The outside name of a decorator, ``""`` when it is the program's own."""
    target = node.func if isinstance(node, ast.Call) else node
    found = state.program.resolve(target, frame.scope)
    return found.name if isinstance(found, External) else ""


def decorated_kind(state: State, function: FunctionValue) -> str:
    """How the standard decorators change what a ``def`` gives."""
    node = function.scope.node
    if isinstance(node, ast.Lambda) or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return "plain"
    for decorator in node.decorator_list:
        kind = _KINDS.get(decorator_name(state, decorator, function.outer))
        if kind is not None:
            return kind
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter", "getter"):
            return "property"
    return "plain"


def decorate(state: State, decorator: ast.expr, value: Node, frame: Frame) -> Node:
    """The node of ``decorator(value)``."""
    name = decorator_name(state, decorator, frame)
    if isinstance(decorator, ast.Call) and name:
        for argument in decorator.args:
            from porter.inference.expressions import evaluate

            evaluate(state, argument, frame)
    if name in _KINDS:
        return _mapped(state, value, _KINDS[name])
    if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter", "getter"):
        return _mapped(state, value, "property")
    if name in _TRANSPARENT:
        return value
    from porter.inference.calls import Call
    from porter.inference.expressions import evaluate

    dispatcher = _dispatcher(state, decorator, frame)
    if dispatcher is not None:  # who calls the generic function may reach each of its implementations
        state.graph.flow(value, evaluate(state, dispatcher, frame))
        return value
    if not name and isinstance(decorator, ast.Attribute) and decorator.attr == "register":
        return value

    result = Node()
    call = Call(state, decorator, frame, Arguments(positional=[value]), result, "call" if name else "decorate")
    if name and not registers(state.program, decorator, frame.scope):
        state.graph.flow(value, result)  # an outside decorator: the function keeps its identity
    made = evaluate(state, decorator, frame)
    state.graph.watch(made, call.apply)
    state.graph.watch(made, lambda item: state.graph.flow(value, result) if wraps_calls(item) else None)
    return result


_GENERIC = ("functools.singledispatch", "functools.singledispatchmethod")


def _dispatcher(state: State, decorator: ast.expr, frame: Frame) -> ast.expr | None:
    """The generic function that ``@function.register`` or ``@function.register(Type)`` adds an implementation to."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(target, ast.Attribute) or target.attr != "register":
        return None
    found = state.program.resolve(target.value, frame.scope)
    if not isinstance(found, Scope) or not isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    outer = state.module_frames[state.program.module_for(found).name]
    names = [decorator_name(state, one, outer) for one in found.node.decorator_list]
    return target.value if any(name in _GENERIC for name in names) else None


def _mapped(state: State, value: Node, kind: str) -> Node:
    result = Node()
    state.graph.watch(value, lambda item: state.graph.add(result, with_kind(state, item, kind)))
    return result


def with_kind(state: State, item: Value, kind: str) -> Value:
    if not isinstance(item, FunctionValue) or item.kind == kind:
        return item
    made = state.intern(
        (FunctionValue, item.scope, item.outer, kind),
        lambda: FunctionValue(item.scope, item.module, item.outer, kind, item.owner),  # type: ignore[arg-type]
    )
    return made
