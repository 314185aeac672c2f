"""Accept loops: ``while True`` loops that hand each connection to a thread of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.serving import handler_of
from porter.inference.sockets import AcceptLoop, Sockets
from porter.inference.state import caller_of


def find_accept_loops(inference: Inference, sockets: Sockets) -> dict[ast.Call, AcceptLoop]:
    """The accept loops that ``asyncio.start_server`` can stand for, by their call of ``accept``."""
    found = {}
    for group in sockets.groups:
        for use in group.uses:
            if use.kind == "method" and use.attr == "accept" and isinstance(use.parent, ast.Call):
                loop = _match(inference, use.module, use.parent)
                if loop is not None:
                    found[use.parent] = loop
    return found


def _match(inference: Inference, module: Module, accept: ast.Call) -> AcceptLoop | None:
    parents = module.facts.parents
    assign = parents[accept]
    loop = parents.get(assign)
    if not (isinstance(assign, ast.Assign) and isinstance(loop, ast.While) and loop.body[0] is assign):
        return None
    if not (isinstance(loop.test, ast.Constant) and loop.test.value) or loop.orelse:
        return None
    match assign.targets:
        case [ast.Tuple(elts=[ast.Name(id=connection), ast.Name(id=address)])]:
            pass
        case _:
            return None
    spawned = _spawn(inference, loop.body[1:])
    if spawned is None:
        return None
    thread, statements, before = spawned
    if any(isinstance(n, (ast.Break, ast.Continue, ast.Return, ast.Yield)) for s in before for n in ast.walk(s)):
        return None
    scope = caller_of(module.facts.scope_of(loop))
    names = list(_loads((*before, *statements)))
    if scope.is_generator or connection not in names:
        return None
    if any(name in (connection, address) for name in _loads_outside(scope.node, loop)):
        return None
    used = address if address in names else ""
    made = AcceptLoop(module, scope, loop, accept, connection, used, before, thread, statements)
    return made if handler_of(inference, made) is not None else None


def _spawn(inference: Inference, body: list[ast.stmt]) -> tuple[ast.Call, tuple[ast.stmt, ...], tuple[ast.stmt, ...]] | None:
    """The thread that the end of the loop makes and starts: the call, its statements, those before them."""
    match body:
        case [*before, ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call() as made, attr="start"), args=[]))]:
            if _is_thread(inference, made, body[-1].value):  # type: ignore[attr-defined]
                return made, (body[-1],), tuple(before)
        case [*_, ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="start"), args=[]) as start)]:
            at = next((n for n in reversed(range(len(body) - 1)) if not _is_setting(body[n], name)), -1)
            match body[at] if at >= 0 else None:
                case ast.Assign(targets=[ast.Name(id=assigned)], value=ast.Call() as made) if assigned == name:
                    if _is_thread(inference, made, start):
                        return made, tuple(body[at:]), tuple(body[:at])
    return None


def _is_setting(statement: ast.stmt, name: str) -> bool:
    """Whether a statement makes the thread ``name`` a daemon, or names it."""
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=thread), attr="daemon" | "name")], value=ast.Constant()):
            return thread == name
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=thread), attr="setDaemon" | "setName"))):
            return thread == name
    return False


def _is_thread(inference: Inference, made: ast.Call, start: ast.Call) -> bool:
    return inference.site(made, "spawn") is not None or inference.site(start, "spawn") is not None


def _loads(nodes: tuple[ast.stmt, ...]) -> Iterator[str]:
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                yield inner.id


def _loads_outside(owner: ast.AST, loop: ast.AST) -> Iterator[str]:
    """Names read in ``owner`` outside of ``loop``."""
    stack = [owner]
    while stack:
        node = stack.pop()
        if node is loop:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        stack.extend(ast.iter_child_nodes(node))
