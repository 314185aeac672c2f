"""Where a thread is started for certain: a name may stand for several threads, one after the other, but each starts once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from porter.inference.spawning import Spawn


def certain_start(spawn: Spawn) -> ast.Call | None:
    """The one call that starts it: below where it is made, in the same block, by the name that it was given there."""
    facts = spawn.module.facts
    statement = facts.statement(spawn.call)
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is spawn.call:
            looped = False
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.ListComp(elt=value)) if value is spawn.call:
            looped = True
        case _:
            return None
    for sibling in _below(facts.parents[statement], statement):
        started = _in_loop(sibling, name) if looped else _started(sibling, name)
        if started in spawn.starts:
            return started
        if any(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store) for node in ast.walk(sibling)):
            return None
    return None


def _below(parent: ast.AST, statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements that follow in the same block."""
    for field in ("body", "orelse", "finalbody"):
        block: Sequence[ast.stmt] = getattr(parent, field, ())
        if statement in block:
            yield from block[block.index(statement) + 1 :]


def _started(statement: ast.stmt, name: str) -> ast.Call | None:
    """The call, if the statement is ``name.start()``."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=started), attr="start")) as call) if started == name:
            return call
    return None


def _in_loop(statement: ast.stmt, name: str) -> ast.Call | None:
    """The call, if the statement is ``for one in name: one.start()``, whatever else it does."""
    match statement:
        case ast.For(target=ast.Name(id=one), iter=ast.Name(id=looped), body=body) if looped == name:
            return next((call for inner in body if (call := _started(inner, one)) is not None), None)
    return None
