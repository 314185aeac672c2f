"""What stands in a server's place; on libcst."""

from __future__ import annotations

from typing import Literal

import libcst as cst
import libcst.matchers as m

from porter.idioms.idiom import Edit
from porter.syntax.shapes import (
    Statements,
    above,
    assign,
    body_of,
    call,
    keyword,
    statements,
    try_finally,
    with_block,
)

_UNTIL_CANCELLED = "await asyncio.Future()  # unlike serve_forever, does not wait for open connections when cancelled\n"


def loop_served(edit: Edit, loop: cst.While) -> Statements:
    """The loop over a listening socket that is at hand."""
    server = str(edit.data["server"])
    handler, definition = _callback(edit, loop)
    code = f"{server} = await asyncio.start_server({{handler}}, sock={{listener}})\n"
    started = statements(code, handler=handler, listener=_parts(edit)[0])
    return (*_behind(definition, started), *_serving(edit, ()))


def setup_served(edit: Edit, with_: cst.With) -> Statements:
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
    return _behind(definition, (*before, *_started(edit, server, handler), *_serving(edit, after)))


def with_parameter(node: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """One more parameter behind the positional ones."""
    params = node.params
    plain = list(params.params)
    if plain:
        plain[-1] = plain[-1].with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    return node.with_changes(params=params.with_changes(params=[*plain, cst.Param(cst.Name(name))]))


# --- the server ----------------------------------------------------------------------------------------------------


def _serving(edit: Edit, first: Statements | list[cst.BaseStatement]) -> Statements:
    """Statements while the server listens, then waiting until somebody ends it."""
    server = str(edit.data["server"])
    if edit.data["keeper"] == "library":
        served = (*first, *statements(f"await {server}.serve_forever()"))
        return (with_block([cst.WithItem(cst.Name(server))], served, asynchronous=True),)
    ending = f"{server}.close()\n"
    if edit.data["keeper"] == "server" and edit.data["awaited"]:
        ending += f"while {edit.data['tasks']}:\n    await asyncio.wait({edit.data['tasks']})\n"
    return (try_finally((*first, *statements(_UNTIL_CANCELLED)), statements(ending)),)


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


def _behind(definition: Statements, body: Statements) -> Statements:
    """The statements, set off by a blank line from the function above them, if there is one."""
    return (*definition, *above(body, [cst.EmptyLine(indent=False)] if definition else []))


def _parts(edit: Edit) -> tuple[cst.BaseExpression, ...]:
    parts = edit.data["parts"]
    assert isinstance(parts, tuple)
    return parts


# --- one connection ------------------------------------------------------------------------------------------------


def _callback(edit: Edit, loop: cst.While) -> tuple[cst.BaseExpression, Statements]:
    """What ``start_server`` calls: the thread's target, or a function that does what the loop did."""
    data = edit.data
    parts = _parts(edit)
    position = data["address"]
    arguments, before = data["arguments"], data["before"]
    assert isinstance(position, int) and isinstance(arguments, tuple) and isinstance(before, int)
    target = parts[position]
    if data["simple"] and data["keeper"] == "library":
        return target, ()
    lines = list(body_of(loop.body))[1 : 1 + before]
    if data["peer"]:
        lines[:0] = statements(f"{data['peer']} = writer.get_extra_info('peername')")
    lines.extend(_served(edit, target, [_argument(argument, parts) for argument in arguments]))
    signature, returns = "reader, writer", ""
    if data["typed"]:
        signature, returns = "reader: asyncio.StreamReader, writer: asyncio.StreamWriter", " -> None"
    name = str(data["callback"])
    header = "async def" if any(m.findall(line, _WAITING) for line in lines) else "def"
    made = statements(f"{header} {name}({signature}){returns}:\n    {{body}}\n", body=tuple(lines))
    return cst.Name(name), _behind_set(edit, made)


_WAITING = m.Await() | m.Asynchronous()


def _behind_set(edit: Edit, definition: Statements) -> Statements:
    """The function, below the set that it puts tasks into."""
    if edit.data["keeper"] != "server":
        return definition if edit.data["apart"] else above(definition, [cst.EmptyLine(indent=False)])
    annotation = ": set[asyncio.Task[None]]" if edit.data["typed"] else ""
    blank = [cst.EmptyLine(indent=False)]
    return (*statements(f"{edit.data['tasks']}{annotation} = {edit.data['empty']}"), *above(definition, blank))


def _argument(argument: object, parts: tuple[cst.BaseExpression, ...]) -> list[cst.BaseExpression]:
    if isinstance(argument, tuple):
        return [cst.Name(name) for name in argument]
    assert isinstance(argument, int)
    return [parts[argument]]


def _served(edit: Edit, target: cst.BaseExpression, arguments: list[list[cst.BaseExpression]]) -> Statements:
    """Serving: a call that computes, one that is awaited, or a task of its own."""
    match edit.data["form"]:
        case "run":
            made: cst.BaseExpression = call(cst.Attribute(target, cst.Name("run")))
        case "body":
            made = target
        case _:
            made = call(target, *(value for values in arguments for value in values))
    if not edit.data["awaits"]:
        return statements("{made}", made=made)
    if edit.data["keeper"] == "library":
        return statements("await {made}", made=made)
    name = edit.data["name"]
    assert isinstance(name, tuple)
    task = call("asyncio.create_task", made, *(keyword("name", _parts(edit)[position]) for position in name))
    kept, own = str(edit.data["tasks"]), str(edit.data["task"])
    return statements(f"{own} = {{task}}\n{kept}.add({own})\n{own}.add_done_callback({kept}.discard)\n", task=task)
