"""Servers: an accept loop with a thread per connection becomes ``asyncio.start_server``.

Rewrites
    A listening socket that is bound and listens in one function, and ``while True:`` over ``accept`` that starts a thread for
    each connection → ``server = await asyncio.start_server(handle, *address)`` and ``async with server: await
    server.serve_forever()``. What the loop did besides becomes a coroutine that is called for each connection. A listening
    socket that was made elsewhere is handed over with ``sock=``.

Why it means the same
    Each connection is still served on its own. What differs: ``start_server`` sets SO_REUSEADDR by itself, as servers
    do; a host name that stands for several addresses is listened to on all of them; from Python 3.12 on, a cancelled
    server waits for its connections to end.

Declines when
    The loop ends, counts, has a time limit, or serves one connection after the other: then the socket stays whole.

Source
    https://docs.python.org/3/library/asyncio-stream.html#asyncio.start_server
"""

from __future__ import annotations

import ast
from typing import Literal

import libcst as cst

from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.pairs import PairNames, pair_names
from porter.inference.serving import handler_of, setup_of
from porter.inference.sockets import AcceptLoop
from porter.inference.values import Value
from porter.syntax.shapes import Statements, above, assign, body_of, call, statements, try_finally, with_block
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
        "async def serve(address):\n    server = await asyncio.start_server(handle, *address)\n"
        "    async with server:\n        await server.serve_forever()\n",
        "start_server makes a task for each connection",
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
    for loop in view.sockets.accept_loops.values():
        group = view.sockets.group(_listener_values(view, loop))
        if group is not None and group.lowering == "plain" and loop.module.source.is_target:
            edits.extend(_server(view, names, loop))
    return Proposal(tuple(edits))


def _listener_values(view: View, loop: AcceptLoop) -> tuple[Value, ...]:
    assert isinstance(loop.accept.func, ast.Attribute)
    return view.inference.values(loop.accept.func.value, loop.module, loop.scope)


def _server(view: View, names: PairNames, loop: AcceptLoop) -> list[Edit]:
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
    ready = view.ready.get(loop.scope, "")
    data: dict[str, object] = {
        "parts": tuple(module.facts.span(part) for part in parts),
        "address": len(address),
        "arguments": tuple(arguments),
        "form": handler.form,
        "simple": handler.simple,
        "awaits": _awaits(view, loop),
        "peer": loop.address,
        "before": len(loop.before),
        "server": _free(loop, "server"),
        "callback": _free(loop, "accept"),
        "ready": ready,
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


def _awaits(view: View, loop: AcceptLoop) -> bool:
    """Whether what the thread ran became a coroutine."""
    for node in (loop.thread, loop.statements[-1].value):  # type: ignore[attr-defined]
        site = view.inference.site(node, "spawn")
        if site is not None:
            return any(view.colours.is_async(function) for function in site.functions)
    return False


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
            return _serve(edit, cst.ensure_type(node, cst.While))
        case "setup":
            return _setup(edit, cst.ensure_type(node, cst.With))
        case "ready_parameter":
            return _with_parameter(cst.ensure_type(node, cst.FunctionDef), str(edit.data["name"]))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled


def _serve(edit: Edit, loop: cst.While) -> Statements:
    """The loop over a listening socket that is at hand."""
    server = str(edit.data["server"])
    handler, definition = _callback(edit, loop)
    code = (
        f"{server} = await asyncio.start_server({{handler}}, sock={{listener}})\n"
        f"async with {server}:\n    await {server}.serve_forever()\n"
    )
    return _behind(definition, statements(code, handler=handler, listener=_parts(edit)[0]))


def _parts(edit: Edit) -> tuple[cst.BaseExpression, ...]:
    parts = edit.data["parts"]
    assert isinstance(parts, tuple)
    return parts


def _callback(edit: Edit, loop: cst.While) -> tuple[cst.BaseExpression, Statements]:
    """What ``start_server`` calls: the thread's target, or a coroutine that does what the loop did."""
    data = edit.data
    parts = _parts(edit)
    position = data["address"]
    arguments, before = data["arguments"], data["before"]
    assert isinstance(position, int) and isinstance(arguments, tuple) and isinstance(before, int)
    target = parts[position]
    if data["simple"]:
        return target, ()
    served = _served(edit, target, [_argument(argument, parts) for argument in arguments])
    lines = list(body_of(loop.body))[1 : 1 + before]
    if data["peer"]:
        lines[:0] = statements(f"{data['peer']} = writer.get_extra_info('peername')")
    name = str(data["callback"])
    signature = "reader, writer"
    if data["typed"]:
        signature = "reader: asyncio.StreamReader, writer: asyncio.StreamWriter"
    returns = " -> None" if data["typed"] else ""
    made = statements(f"async def {name}({signature}){returns}:\n    {{body}}\n", body=(*lines, *served))
    return cst.Name(name), made


def _behind(definition: Statements, body: Statements) -> Statements:
    """The statements, set off by a blank line from the function above them, if there is one."""
    return (*definition, *above(body, [cst.EmptyLine(indent=False)] if definition else []))


def _argument(argument: object, parts: tuple[cst.BaseExpression, ...]) -> list[cst.BaseExpression]:
    if isinstance(argument, tuple):
        return [cst.Name(name) for name in argument]
    assert isinstance(argument, int)
    return [parts[argument]]


def _served(edit: Edit, target: cst.BaseExpression, arguments: list[list[cst.BaseExpression]]) -> Statements:
    match edit.data["form"]:
        case "run":
            code = "{target}.run()"
        case "body":
            code = "{target}"
        case _:
            made = call(target, *(value for values in arguments for value in values))
            return statements("await {made}" if edit.data["awaits"] else "{made}", made=made)
    return statements(f"await {code}" if edit.data["awaits"] else code, target=target)


def _setup(edit: Edit, with_: cst.With) -> Statements:
    """The whole: what came before listening, the server, what came after, serving."""
    data = edit.data
    body = list(body_of(with_.body))
    dropped, start = data["dropped"], data["start"]
    assert isinstance(dropped, tuple) and isinstance(start, int)
    loop_at = len(body) - 1
    before = [s for n, s in enumerate(body[:loop_at]) if n not in dropped and n < start]
    after = [s for n, s in enumerate(body[:loop_at]) if n not in dropped and n > start]
    server = str(data["server"])
    handler, definition = _callback(edit, cst.ensure_type(body[loop_at], cst.While))
    served = statements(f"await {server}.serve_forever()")
    inside = with_block([cst.WithItem(cst.Name(server))], (*after, *served), asynchronous=True)
    return _behind(definition, (*before, *_started(edit, server, handler), inside))


def _started(edit: Edit, server: str, handler: cst.BaseExpression) -> Statements:
    count = edit.data["address"]
    assert isinstance(count, int)
    parts = _parts(edit)[:count]
    star: Literal["*", ""] = "*" if edit.data["unpack"] else ""
    arguments = [cst.Arg(handler), *(cst.Arg(part, star=star) for part in parts)]
    keywords = cst.ensure_type(cst.parse_expression(f"f({str(edit.data['keywords']).removeprefix(', ')})"), cst.Call)
    made = cst.Await(cst.Call(cst.parse_expression("asyncio.start_server"), [*arguments, *keywords.args]))
    line = assign(server, made)
    ready = edit.data["ready"]
    if ready:
        return (try_finally((line,), statements(f"{ready}.set()")),)
    return (line,)


def _with_parameter(node: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """One more parameter behind the positional ones."""
    params = node.params
    plain = list(params.params)
    if plain:
        plain[-1] = plain[-1].with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    return node.with_changes(params=params.with_changes(params=[*plain, cst.Param(cst.Name(name))]))

