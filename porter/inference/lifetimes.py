"""How long threads hold up the program's end: daemons die with it, all others are waited for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from porter.facts.model import Scope
from porter.inference.result import Inference
from porter.inference.serving import keyword
from porter.inference.sockets import AcceptLoop
from porter.inference.state import caller_of
from porter.inference.values import Instance

if TYPE_CHECKING:
    from porter.inference.spawning import Threads


def inherit(inference: Inference, found: Threads) -> None:
    """What only daemon threads start is a daemon, unless the program says otherwise."""
    daemons = _daemons(found)
    for spawn in found.spawns:
        if not spawn.stated:
            spawn.daemon = _only_in_daemons(inference, spawn.scope, daemons, set())


def serves_in_daemons(inference: Inference, found: Threads, loop: AcceptLoop) -> bool:
    """Whether the threads that an accept loop makes die with the program."""
    stated = keyword(loop.thread, "daemon", 5)
    if isinstance(stated, ast.Constant):
        return bool(stated.value)
    for statement in loop.statements:
        match statement:
            case ast.Assign(targets=[ast.Attribute(attr="daemon")], value=ast.Constant(value=daemon)):
                return bool(daemon)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="setDaemon"), args=[ast.Constant(value=daemon)])):
                return bool(daemon)
    made = inference.values(loop.thread, loop.module, loop.scope)
    classes = {value.cls.scope for value in made if isinstance(value, Instance)}
    if any(cls.daemon for cls in found.classes if cls.scope in classes):
        return True
    return _only_in_daemons(inference, loop.scope, _daemons(found), set())


def _daemons(found: Threads) -> dict[ast.AST, bool]:
    """Where threads are made or started, and whether those are daemons."""
    daemons: dict[ast.AST, bool] = {spawn.call: spawn.daemon for spawn in found.spawns}
    for cls in found.classes:
        daemons.update((site.node, cls.daemon) for site in cls.starts)
    return daemons


def _only_in_daemons(inference: Inference, scope: Scope, daemons: dict[ast.AST, bool], seen: set[Scope]) -> bool:
    callers = inference.callers(scope)
    if scope in seen:
        return True
    seen.add(scope)
    return bool(callers) and all(
        (
            daemons.get(site.node, True)
            if site.role == "spawn"
            else _only_in_daemons(inference, caller_of(site.caller), daemons, seen)
        )
        for site in callers
    )
