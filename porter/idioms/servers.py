"""Servers: an accept loop with a thread per connection becomes ``asyncio.start_server``.

Rewrites
    A listening socket that is bound and listens in one function, and ``while True:`` over ``accept`` that starts a thread for
    each connection → ``server = await asyncio.start_server(accept, *address)``, where ``accept`` does what the loop did: it
    starts a task for each connection. In a program that is its own client the server may also be ``async with server: await
    server.serve_forever()``. A listening socket that was made elsewhere is handed over with ``sock=``.

Why it means the same
    Each connection is still served on its own. The tasks of daemon threads are cancelled when the program ends, Ctrl+C
    included; all others are waited for. What differs: ``start_server`` sets SO_REUSEADDR by itself, as servers do; a host
    name that stands for several addresses is listened to on all of them.

Declines when
    The loop ends, counts, has a time limit, or serves one connection after the other: then the socket stays whole.

Source
    https://docs.python.org/3/library/asyncio-stream.html#asyncio.start_server
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.connections import connections_of, keep_connections, serves_coroutine
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.idioms.lasting import Lasting
from porter.idioms.server_forms import loop_served, setup_served, with_parameter
from porter.inference.pairs import PairNames, pair_names
from porter.inference.program import Module
from porter.inference.serving import handler_of, keyword, setup_of
from porter.inference.sockets import AcceptLoop
from porter.inference.values import Value
from porter.syntax.names import empty_set
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "servers"

EXAMPLES = (
    Example(
        "thread_per_connection",
        "import socket\nfrom threading import Thread\n\n\ndef handle(connection):\n    with connection:\n"
        "        connection.sendall(connection.recv(100))\n\n\ndef serve(address):\n    with socket.socket() as listener:\n"
        "        listener.bind(address)\n        listener.listen()\n        while True:\n"
        "            connection, _ = listener.accept()\n"
        "            Thread(target=handle, args=(connection,), daemon=True).start()\n",
        "import asyncio\nimport contextlib\n\n\nasync def handle(reader, writer):\n    try:\n"
        "        writer.write(await reader.read(100))\n        await writer.drain()\n    finally:\n        writer.close()\n"
        "        with contextlib.suppress(OSError):\n            await writer.wait_closed()\n\n\n"
        "async def serve(address):\n    tasks = set()\n\n    def accept(reader, writer):\n"
        "        task = asyncio.create_task(handle(reader, writer))\n        tasks.add(task)\n"
        "        task.add_done_callback(tasks.discard)\n\n    server = await asyncio.start_server(accept, *address)\n"
        "    try:\n        await asyncio.Future()  # unlike serve_forever, does not wait for open connections when cancelled\n"
        "    finally:\n        server.close()\n",
        "a task for each connection; those of daemon threads are cancelled when the program ends",
    ),
)
REFUSALS = (
    Example(
        "plain_loop",
        "def serve(queue):\n    while True:\n        print(queue.accept())\n",
        "def serve(queue):\n    while True:\n        print(queue.accept())\n",
        "nothing here is a socket",
    ),
)


def propose(view: View) -> Proposal:
    """Edits for each accept loop whose connections become stream pairs."""
    names = pair_names(view.inference, view.sockets)
    edits: list[Edit] = []
    kept = keep_connections(view, Lasting(view, NAME))
    for loop in view.sockets.accept_loops.values():
        group = view.sockets.group(_listener_values(view, loop))
        if group is not None and group.lowering == "plain" and loop.module.source.is_target:
            edits.extend(_server(view, names, loop, kept.get(loop, "")))
    return Proposal(tuple(edits))


def _listener_values(view: View, loop: AcceptLoop) -> tuple[Value, ...]:
    assert isinstance(loop.accept.func, ast.Attribute)
    return view.inference.values(loop.accept.func.value, loop.module, loop.scope)


def _server(view: View, names: PairNames, loop: AcceptLoop, kept: str) -> list[Edit]:
    module = loop.module
    setup = setup_of(view.inference, view.sockets, loop)
    handler = handler_of(view.inference, loop)
    assert handler is not None  # lowering asked before
    address = setup.address if setup is not None else (loop.accept.func.value,)  # type: ignore[attr-defined]
    parts = [*address, handler.target]
    arguments: list[int | tuple[str, ...]] = []
    for argument in handler.arguments:
        if isinstance(argument, ast.Name) and argument.id == loop.connection:
            arguments.append(("reader", "writer"))
        else:
            arguments.append(len(parts))
            parts.append(argument)
    name = keyword(loop.thread, "name", 2) if handler.form != "run" else None
    if name is not None:
        parts.append(name)
    ready = view.ready.get(loop.scope, "")
    data: dict[str, object] = {
        "parts": tuple(module.facts.span(part) for part in parts),
        "address": len(address),
        "arguments": tuple(arguments),
        "form": handler.form,
        "simple": handler.simple,
        "awaits": serves_coroutine(view, loop),
        **_tasks(view, loop, kept),
        "name": (len(parts) - 1,) if name is not None else (),
        "peer": loop.address,
        "before": len(loop.before),
        "server": _free(loop, "server"),
        "callback": _free(loop, "accept"),
        "ready": ready,
        "apart": _is_apart(module, setup.owner if setup is not None else loop.loop),
        "typed": getattr(loop.scope.node, "returns", None) is not None,
    }
    imports = ("import asyncio",)
    if setup is None:
        return [view.edit(NAME, module, loop.loop, "serve", whole=True, imports=imports, extra=data)]
    edits = [
        view.edit(
            NAME,
            module,
            setup.owner,
            "setup",
            whole=True,
            imports=imports,
            unpack=setup.unpack,
            keywords=setup.keywords,
            dropped=setup.dropped,
            start=setup.start,
            extra=data,
        )
    ]
    if ready:
        edits.append(view.edit(NAME, module, loop.scope.node, "ready_parameter", name=ready))
    return edits


def _tasks(view: View, loop: AcceptLoop, kept: str) -> dict[str, object]:
    """Who keeps the tasks of connections, and under which names."""
    if not serves_coroutine(view, loop):
        return {"keeper": "library", "awaited": False}
    connections = connections_of(view, loop)
    return {
        "keeper": connections.keeper,
        "awaited": connections.awaited,
        "tasks": kept or _free(loop, "tasks"),
        "empty": empty_set(loop.module.facts.module.bound),
        "task": _free(loop, "task"),
    }


def _is_apart(module: Module, statement: ast.stmt) -> bool:
    """Whether a function may stand in the statement's place without a further blank line."""
    parent = module.facts.parents[statement]
    above = module.source.text.splitlines()[statement.lineno - 2]
    return statement in getattr(parent, "body", ())[:1] or not above.strip() or above.lstrip().startswith("#")


def _free(loop: AcceptLoop, name: str) -> str:
    """A name that the function does not use yet; a trailing underscore as PEP 8 has it."""
    while name in loop.scope.bound:
        name += "_"
    return name


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``serve``: the loop alone; ``setup``: the ``with`` that makes the listening socket, and all in it."""
    match edit.action:
        case "serve":
            return loop_served(edit, cst.ensure_type(node, cst.While))
        case "setup":
            return setup_served(edit, cst.ensure_type(node, cst.With))
        case "ready_parameter":
            return with_parameter(cst.ensure_type(node, cst.FunctionDef), str(edit.data["name"]))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
