"""Closed, where types do not decide: a name that only coroutine functions have, called as a statement, not awaited."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from porter.inference.agreeing import common_names
from porter.inference.program import Module
from porter.inference.values import BoundMethod, FunctionValue, Instance, SuperValue, Value
from porter.verify.finding import Finding
from porter.verify.gives import of_function
from porter.verify.view import View

CHECK = "awaited"


def check(view: View, module: Module) -> Iterator[Finding]:
    """Statements such as ``peer.announce(x)``, nothing known of ``peer``, where each ``announce`` is a coroutine."""
    names = view.once(defined_colours).only_asynchronous
    for statement in view.nodes(module, ast.Expr):
        call = statement.value
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or module.facts.is_dropped(call):
            continue
        definition = names.get(call.func.attr)
        if definition is not None and _unresolved(view, module, call) and not view.guarded(module, call):
            message = f"`{call.func.attr}` is a coroutine function wherever the program defines it, and it is not awaited"
            yield Finding(module, call, CHECK, message, definition)


def _unresolved(view: View, module: Module, call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Attribute)
    site = view.site(call)
    known = site is not None and (site.functions or site.plain or site.externals)
    imported = view.inference.program.resolve(call.func, module.facts.scope_of(call)) is not None
    return not known and not imported and not _comes_from_outside(view, module, call.func.value)


def _comes_from_outside(view: View, module: Module, receiver: ast.expr) -> bool:
    """Whether an object was made by what the program does not hold, as far as that is known: it has methods of its own."""
    if any(not isinstance(value, (Instance, SuperValue)) for value in view.values(receiver, module)):
        return True
    if not isinstance(receiver, ast.Attribute) or receiver.attr in view.stored_attributes:
        return False
    holders = view.values(receiver.value, module)
    return any(isinstance(holder, Instance) and not _has_whole_class(view, holder) for holder in holders)


def _has_whole_class(view: View, holder: Value) -> bool:
    """Whether all of an object's class is known; a base that is not may set attributes."""
    return isinstance(holder, Instance) and view.own_method(holder.cls, "") is None


@dataclass(frozen=True, slots=True)
class Colours:
    """The names of a program's methods and functions by how they are defined."""

    only_asynchronous: Mapping[str, ast.AST]
    """Methods that are ``async def`` wherever they are defined, and that no common object has."""
    asynchronous: frozenset[str]
    """What is ``async def`` anywhere."""


def defined_colours(view: View) -> Colours:
    """Asked once for each program."""
    every = (node.name for module in view.modules for node in view.nodes(module, ast.AsyncFunctionDef))
    return Colours(_coroutine_names(view), frozenset(every))


def _coroutine_names(view: View) -> dict[str, ast.AST]:
    asynchronous: dict[str, ast.AST] = {}
    others: set[str] = set(common_names())
    for module in view.modules:
        for node in view.nodes(module, ast.AsyncFunctionDef):
            scope = module.facts.scopes[node]
            if scope.is_generator or scope.parent is None or scope.parent.kind != "class" or node.decorator_list:
                others.add(node.name)
            else:
                asynchronous[node.name] = node
        others.update(node.name for node in view.nodes(module, ast.FunctionDef))
    kept = {name: node for name, node in _kept(view).items() if name not in others}
    wanted = asynchronous.keys() - others
    for module in view.modules if wanted else ():
        attributes = (node for node in view.nodes(module, ast.Attribute) if node.attr in wanted)
        others.update(node.attr for node in attributes if isinstance(node.ctx, ast.Store))
    return kept | {name: node for name, node in asynchronous.items() if name not in others}


def _kept(view: View) -> dict[str, ast.AST]:
    """Attributes in which objects of the program keep coroutine functions, and nothing else anywhere."""
    found: dict[str, ast.AST | None] = {}
    for (_, name), node in view.inference.state.fields.items():
        for value in node.values:
            function = value.function if isinstance(value, BoundMethod) else value
            is_coroutine = isinstance(function, FunctionValue) and of_function(view, function.scope) == "coroutine"
            found[name] = function.scope.node if is_coroutine and found.get(name, node) is not None else None  # type: ignore[union-attr]
    return {name: node for name, node in found.items() if node is not None}
