"""Serving: how a listening socket is set up around its accept loop, what handles a connection, who waits for it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.inference.colours import Colours
from porter.inference.result import Inference
from porter.inference.sockets import AcceptLoop, SocketGroup, Sockets


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """A ``with`` that makes, binds and listens on a socket of which nothing else is used."""

    owner: ast.With
    address: tuple[ast.expr, ...]
    """Host and port, or one expression to unpack."""
    unpack: bool
    keywords: str
    """Further arguments of ``start_server``, as source: ``, backlog=5``."""
    dropped: tuple[int, ...]
    """Positions in the body of the statements that ``start_server`` makes needless."""
    start: int
    """Position of the statement after which the socket listens; -1 if it does from the start."""


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """What serves one connection."""

    target: ast.expr
    """What is called: the thread's target, or a handler object whose ``run`` is."""
    arguments: tuple[ast.expr, ...]
    form: str
    """``call``: ``target(*arguments)``; ``run``: ``target.run()``; ``body``: the target is the call itself."""
    simple: bool
    """Whether the target takes the connection and nothing else, and nothing is done besides."""


def setup_of(inference: Inference, sockets: Sockets, loop: AcceptLoop) -> Setup | None:
    """How the loop's socket is set up; ``None`` where it has to be handed over as it is."""
    listener = loop.accept.func.value if isinstance(loop.accept.func, ast.Attribute) else None
    owner = loop.module.facts.parents.get(loop.loop)
    if not (isinstance(listener, ast.Name) and isinstance(owner, ast.With) and len(owner.items) == 1):
        return None
    item = owner.items[0]
    target = item.optional_vars
    made = item.context_expr
    if not (isinstance(target, ast.Name) and target.id == listener.id and owner.body[-1] is loop.loop):
        return None
    group = sockets.by_origin(made)
    if group is None or not isinstance(made, ast.Call) or len(group.origins) != 1:
        return None
    if group.origins[0].source == "socket.create_server":
        return _created(group, owner, made, loop)
    return _bound(group, owner, made, loop)


def _created(group: SocketGroup, owner: ast.With, made: ast.Call, loop: AcceptLoop) -> Setup | None:
    if any(use.kind not in ("with",) and use.parent is not loop.accept for use in group.uses) or len(made.args) != 1:
        return None
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in made.keywords}
    if not keywords.keys() <= {"backlog", "reuse_port"}:
        return None
    text = "".join(f", {name}={value}" for name, value in keywords.items())
    return Setup(owner, *_address(made.args[0]), text, (), -1)


def _bound(group: SocketGroup, owner: ast.With, made: ast.Call, loop: AcceptLoop) -> Setup | None:
    if any("AF_UNIX" in ast.unparse(arg) or "AF_INET6" in ast.unparse(arg) for arg in made.args):
        return None
    dropped: list[int] = []
    address: ast.expr | None = None
    start, keywords, seen = -2, "", 2
    for position, statement in enumerate(owner.body[:-1]):
        call = _call_on(statement, loop)
        if call is None:
            continue
        name = call.func.attr  # type: ignore[attr-defined]
        if name == "bind" and len(call.args) == 1:
            address = call.args[0]
        elif name == "listen" and len(call.args) <= 1:
            start = position
            keywords = f", backlog={ast.unparse(call.args[0])}" if call.args else ""
        elif not (name == "setsockopt" and "SO_REUSEADDR" in ast.unparse(call)):
            return None
        dropped.append(position)
        seen += 1
    if address is None or start < 0 or len(group.uses) != seen:
        return None
    return Setup(owner, *_address(address), keywords, tuple(dropped), start)


def _call_on(statement: ast.stmt, loop: AcceptLoop) -> ast.Call | None:
    """A statement that calls a method of the listening socket."""
    assert isinstance(loop.accept.func, ast.Attribute)
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
            if name == ast.unparse(loop.accept.func.value):
                return call
    return None


def _address(node: ast.expr) -> tuple[tuple[ast.expr, ...], bool]:
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        return tuple(node.elts), False
    return (node,), True


def handler_of(inference: Inference, loop: AcceptLoop) -> Handler | None:
    """What the loop's thread runs; ``None`` if that cannot be said in a coroutine."""
    call = loop.thread
    if inference.site(call, "spawn") is None:
        return Handler(call, (), "run", False)
    target = keyword(call, "target", 1)
    given = keyword(call, "args", 3)
    if target is None or keyword(call, "kwargs", 4) is not None:
        return None
    if isinstance(target, ast.Lambda):
        return None if target.args.args else Handler(target.body, (), "body", False)
    if given is None:
        return Handler(target, (), "call", False)
    if not isinstance(given, (ast.Tuple, ast.List)):
        return None
    arguments = tuple(given.elts)
    only = len(arguments) == 1 and isinstance(arguments[0], ast.Name) and arguments[0].id == loop.connection
    return Handler(target, arguments, "call", only and not loop.before)


def keyword(call: ast.Call, name: str, position: int) -> ast.expr | None:
    """An argument of a call by keyword or position."""
    for given in call.keywords:
        if given.arg == name:
            return given.value
    return call.args[position] if len(call.args) > position else None


def ready_functions(inference: Inference, sockets: Sockets, colours: Colours) -> dict[Scope, str]:
    """Functions that bind a server in a task of their own: they take an event, by this name, and set it when bound.

    Without it, who starts the task could not know when to connect. Functions that tell it themselves are left out.
    """
    found = {}
    for loop in sockets.accept_loops.values():
        scope = loop.scope
        callers = inference.callers(scope)
        if setup_of(inference, sockets, loop) is None or not callers or scope not in colours.causes:
            continue
        if any(site.role != "spawn" for site in callers) or _tells(inference, scope):
            continue
        group = sockets.group(inference.values(loop.accept.func.value, loop.module, scope))  # type: ignore[attr-defined]
        if group is not None and group.lowering == "plain":
            name = "listening"
            while name in scope.bound or any(name in site.caller.bound for site in callers):
                name += "_"
            found[scope] = name
    return found


def _tells(inference: Inference, scope: Scope) -> bool:
    """Whether the function sets an event of its own."""
    return any(site.caller is scope and any(name.endswith("Event.set") for name in site.externals) for site in inference.sites)
