"""Straight lines: what a variable was given last, where one statement follows the other.

A variable that a function uses over and over has one node for all it is ever given. Between an assignment and the next
statement that binds the name, in one suite, it can only be what was assigned.
"""

from __future__ import annotations

import ast
import functools

from porter.facts.model import Scope
from porter.inference.graph import Node
from porter.inference.state import Frame, State
from porter.inference.unshared import binds


def enter(state: State, frame: Frame) -> None:
    """Tell what callers give for a parameter from what the function binds it to later."""
    arguments = getattr(frame.scope.node, "args", None)
    rebound = _rebound(state, frame.scope)
    if rebound and isinstance(arguments, ast.arguments):
        frame.entries = {name: Node() for name in _names(arguments) if name in rebound}
        for name, entry in frame.entries.items():
            state.graph.flow(entry, frame.var(name))


def _names(arguments: ast.arguments) -> list[str]:
    starred = [part for part in (arguments.vararg, arguments.kwarg) if part is not None]
    return [part.arg for part in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred)]


def before(state: State, statement: ast.stmt, frame: Frame) -> None:
    """A statement that binds names on its way says nothing of what they are at its start."""
    if frame.latest and (hasattr(statement, "body") or isinstance(statement, ast.Match) or _walruses(statement, frame)):
        _forget(state, statement, frame)


def after(state: State, statement: ast.stmt, frame: Frame, value: Node | None) -> None:
    """Keep what a statement assigns, and forget what else it binds."""
    if frame.latest:
        _forget(state, statement, frame)
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) if value is not None and name in _rebound(state, frame.scope):
            frame.latest = {**(frame.latest or {}), name: value}


def _forget(state: State, statement: ast.stmt, frame: Frame) -> None:
    bound = _bound(state, statement)
    if frame.latest and not bound.isdisjoint(frame.latest):
        frame.latest = {name: node for name, node in frame.latest.items() if name not in bound}


def _walruses(statement: ast.stmt, frame: Frame) -> bool:
    return _has_walrus(frame.module.source.text) and any(isinstance(part, ast.NamedExpr) for part in ast.walk(statement))


@functools.lru_cache(maxsize=1024)
def _has_walrus(text: str) -> bool:
    return ":=" in text


def _bound(state: State, statement: ast.stmt) -> frozenset[str]:
    """All names that a statement and what stands in it may bind or delete."""
    found = state.bound_names.get(statement)
    if found is None:
        state.bound_names[statement] = found = frozenset(binds(statement))
    return found


def _rebound(state: State, scope: Scope) -> frozenset[str]:
    """A function's own variables that are bound more than once, and by nobody else."""
    found = state.rebound_names.get(scope)
    if found is None:
        found = frozenset()
        if isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = set(_names(scope.node.args))
            often = {name for name, count in scope.stores.items() if count + (name in given) > 1}
            found = frozenset(often - scope.outer - scope.nonlocals - _shared(scope))
        state.rebound_names[scope] = found
    return found


def _shared(scope: Scope) -> set[str]:
    """Names that functions inside may bind."""
    return {name for child in scope.children for name in (*child.nonlocals, *_shared(child))}
