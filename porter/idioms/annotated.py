"""Annotations of a module, what they speak of, and the places where aliases spell them out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.idioms.idiom import View
from porter.inference.program import Module
from porter.inference.values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Annotated:
    """An annotation, and the values that its name may have in the program."""

    expr: ast.expr
    values: tuple[Value, ...]
    function: Scope | None = None
    """The function whose result it is; of a generator function, ``values`` are what it yields."""


def annotated(view: View, module: Module) -> Iterator[Annotated]:
    """Every annotation of a module: of parameters, results and variables, and the types given to ``cast``."""
    for scope in module.facts.scopes.values():
        node = scope.node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            starred = (node.args.vararg, node.args.kwarg)
            for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *starred):
                if arg is not None and arg.annotation is not None:
                    yield Annotated(arg.annotation, view.inference.variable(scope, arg.arg))
            if node.returns is not None:
                yield Annotated(node.returns, _given(view, scope), scope)
    for node in module.facts.nodes:
        if isinstance(node, ast.AnnAssign):
            yield Annotated(node.annotation, tuple(_assigned(view, module, node)))
        elif isinstance(node, ast.Call) and len(node.args) == 2 and _is_cast(view, module, node.func):
            yield Annotated(node.args[0], view.values(node.args[1], module))


def _given(view: View, scope: Scope) -> tuple[Value, ...]:
    """What a function returns, or what a generator function yields."""
    frames = view.inference.state.frames.get(scope, [])
    nodes = [frame.yielded if scope.is_generator else frame.result for frame in frames]
    return tuple(value for node in nodes for value in node.values)


def _assigned(view: View, module: Module, statement: ast.AnnAssign) -> Iterable[Value]:
    """What an annotated variable or attribute may hold."""
    scope = module.facts.scope_of(statement)
    state = view.inference.state
    match statement.target:
        case ast.Name(id=name) if scope.kind == "class":
            cls = view.inference.program.classes[scope]
            nodes = [state.fields.get((state.instance(one), name)) for one in view.inference.program.descendants(cls)]
            return [value for node in nodes if node is not None for value in node.values]
        case ast.Name(id=name):
            return view.inference.variable(scope, name)
        case ast.Attribute(value=owner, attr=attr):
            nodes = [state.fields.get((value, attr)) for value in view.values(owner, module)]
            return [value for node in nodes if node is not None for value in node.values]
    return ()


def _is_cast(view: View, module: Module, function: ast.expr) -> bool:
    tail = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if tail != "cast":
        return False
    found = view.inference.program.resolve(function, module.facts.scope_of(function))
    return getattr(found, "name", "") == "typing.cast"


def places(view: View, module: Module, annotation: ast.expr) -> list[tuple[Module, ast.expr]]:
    """The annotation, and the values of the aliases that it names."""
    found = [(module, annotation)]
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            found += _alias(view, module, node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            found += _alias(view, module, node.value)
    return found


def _alias(
    view: View, module: Module, name: str, seen: frozenset[tuple[Module, str]] = frozenset()
) -> list[tuple[Module, ast.expr]]:
    if (module, name) in seen:
        return []  # modules that import the name from each other
    for _, imported in module.facts.imports:
        if isinstance(imported, ast.ImportFrom):
            for alias in imported.names:
                if (alias.asname or alias.name) == name:
                    home = view.inference.program.modules.get(view.inference.program.absolute(module, imported))
                    if home is None or not home.source.is_target:
                        return []
                    return _alias(view, home, alias.name, seen | {(module, name)})
    for statement in module.facts.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Subscript() | ast.BinOp() as value):
                if target == name:
                    return [(module, value)]
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                return [(module, value)]
            case _ if type(statement).__name__ == "TypeAlias":  # since Python 3.12
                parts = dict(ast.iter_fields(statement))
                if parts["name"].id == name:
                    return [(module, parts["value"])]
    return []
