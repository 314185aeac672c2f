"""Managers: ``with`` over what became asynchronous, over connections that became stream pairs, and over both at once.

Rewrites
    ``with lock:`` → ``async with lock:``; ``with connection: ...`` over a stream pair → ``try: ... finally:`` that closes
    the writer; ``ExitStack`` → ``AsyncExitStack``, where something asynchronous is entered on it,
    and its ``callback`` of a coroutine function ``push_async_callback``; ``with closing(peer):``
    over a ``close`` that waits → ``try: ... finally: await peer.close()``, over an asynchronous generator → ``aclosing``;
    ``with a, b:`` of mixed kinds → one statement inside the other, in the same order; an async socket object may be entered
    either way, so ``with sock, sock.makefile() as file:`` → ``async with sock, sock.makefile() as file:``.

Why it means the same
    The same things are entered and left in the same order, on every path. Closing never raises what ``socket.close`` did
    not: ``wait_closed`` reports how the connection died, which is suppressed.

Declines when
    Never by itself; what is entered was decided elsewhere.

Source
    https://docs.python.org/3/reference/compound_stmts.html#async-with and
    https://docs.python.org/3/library/asyncio-stream.html#asyncio.StreamWriter.wait_closed
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.inference.frontiers import callee, closes_alone
from porter.inference.iterables import kinds, names_in
from porter.inference.pairs import PairNames, pair_names
from porter.inference.program import Module
from porter.inference.sockets import Use, is_closed_file, is_file
from porter.inference.stacks import Stack, stack_of
from porter.inference.state import Site
from porter.inference.values import Instance
from porter.syntax.names import free
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited, body_of, statements, try_finally, with_block
from porter.syntax.templates import fill

NAME = "managers"
_ENTER = "contextlib.ExitStack.enter_context"
_CALL_BACK = "contextlib.ExitStack.callback"

EXAMPLES = (
    Example(
        "mixed",
        "import contextlib\nimport time\n\n\n@contextlib.contextmanager\ndef slow():\n    time.sleep(1)\n    yield\n\n\n"
        "def run(path):\n    with slow(), open(path) as file:\n        print(file.read())\n",
        "import asyncio\nimport contextlib\n\n\n@contextlib.asynccontextmanager\nasync def slow():\n"
        "    await asyncio.sleep(1)\n    yield\n\n\n"
        "async def run(path):\n    async with slow():\n        with open(path) as file:\n            print(file.read())\n",
        "a plain manager cannot be entered by async with",
    ),
)
REFUSALS = (
    Example(
        "plain_manager",
        "def run(path):\n    with open(path) as file:\n        print(file.name)\n",
        "def run(path):\n    with open(path) as file:\n        print(file.name)\n",
        "nothing in it is asynchronous",
    ),
)


def propose(view: View) -> Proposal:
    """One edit for each ``with`` of which an item changed."""
    names = pair_names(view.inference, view.sockets)
    edits: list[Edit] = []
    pins: list[Pin] = []
    entered = {node for (node, role) in view.colours.awaited if role in ("enter", "exit")}
    for call, closing in _closing_generators(view):
        entered.add(call)
        edits.append(closing)
    for held, use in view.sockets.uses.items():
        call = use.module.facts.parents[held]
        if call in entered and is_closed_file(use) and view.sockets.lowering(held) == "object":
            edits.append(view.edit(NAME, use.module, call, "unclosed"))
    for module in view.targets:
        for node in module.facts.nodes:
            if isinstance(node, ast.With):
                made = _with(view, module, node, names, entered)
                if made is not None:
                    edits.append(made)
    for (node, role), site in view.colours.awaited.items():
        module = view.module(site.caller)
        statement = closes_alone(module, node) if role == "callback" else None
        if statement is not None and isinstance(node, ast.Call):
            closed = [value for value in view.values(node.args[0], module) if isinstance(value, Instance)]
            if len(closed) == len(view.values(node.args[0], module)):
                edits.append(_closed_by_hand(view, module, statement, node, site.caller))
            else:
                close = next(function for function in site.functions if function in view.colours.causes)
                remedy = "close the two in different places"
                pins.append(Pin(close, node, "`closing` may also close something that does not wait here", remedy))
    _stacks(view, edits, pins)
    return Proposal(tuple(edits), tuple(pins))


def _closing_generators(view: View) -> Iterator[tuple[ast.AST, Edit]]:
    """``closing(words())`` of an asynchronous generator, in what became a coroutine: the ``with`` and the name change."""
    for module in view.targets:
        for item in module.facts.nodes:
            call = item.context_expr if isinstance(item, ast.withitem) else None
            if not isinstance(call, ast.Call) or callee(view.inference, call) != "contextlib.closing" or not call.args:
                continue
            if kinds(view.inference, view.colours, module, call.args[0]) == {True}:
                plain = isinstance(call.func, ast.Name)
                code = "aclosing" if plain else f"{ast.unparse(call.func).rpartition('.')[0]}.aclosing"
                imports = ("from contextlib import aclosing",) if plain else ()
                yield call, view.edit(NAME, module, call.func, "replace_expression", code=code, imports=imports)


def _stacks(view: View, edits: list[Edit], pins: list[Pin]) -> None:
    """``stack.enter_context(...)`` of what waits when it is entered; the stack changes once."""
    changed: set[ast.With] = set()
    for (node, role), site in view.colours.awaited.items():
        called = view.inference.site(node)
        names = {view.inference.state.outside.public(n) for n in called.externals} if called is not None else set()
        if (role, names) not in (("enter", {_ENTER}), ("callback", {_CALL_BACK})):
            continue
        module = view.module(site.caller)
        entered = [function for function in site.functions if function in view.colours.causes]
        stack = stack_of(module, node)
        waits = len(entered) == len(site.functions) and _all_wait(view, site)
        if stack is None or not waits or site.caller.kind == "lambda":
            why = "the stack is used elsewhere" if stack is None else "the stack may also enter something that does not wait here"
            if entered:
                pins.append(Pin(entered[0], node, why, "enter it by a `with` statement of its own"))
            continue
        assert isinstance(node, ast.Call)
        if role == "callback":
            edits.append(view.edit(NAME, module, node.func, "rename_method", name="push_async_callback"))
        else:
            edits.append(view.edit(NAME, module, node.func, "rename_method", name="enter_async_context"))
            edits.append(view.edit(NAME, module, node, "await", parens=needs_parentheses(module.facts.parents[node], node)))
        if stack.statement not in changed:
            changed.add(stack.statement)
            edits += _asynchronous_stack(view, module, stack)


def _all_wait(view: View, site: Site) -> bool:
    """Whether all outside objects that a place enters are such that wait in the port, as files of connections do."""
    here = [decision for b, decision in view.decisions.items() if b.site is site]
    return len(here) >= len(site.externals) and all(one.outcome == "ported" and one.awaited for one in here)


def _asynchronous_stack(view: View, module: Module, stack: Stack) -> list[Edit]:
    """``with ExitStack()`` → ``async with AsyncExitStack()``."""
    named = stack.call.func
    plain = isinstance(named, ast.Name)
    code = "AsyncExitStack" if plain else f"{ast.unparse(named).rpartition('.')[0]}.AsyncExitStack"
    imports = ("from contextlib import AsyncExitStack",) if plain else ()
    return [
        view.edit(NAME, module, named, "replace_expression", code=code, imports=imports),
        view.edit(NAME, module, stack.statement, "async_with"),
    ]


def _closed_by_hand(view: View, module: Module, statement: ast.With, node: ast.Call, scope: Scope) -> Edit:
    """``with closing(thing):`` → ``try: ... finally: await thing.close()``; the thing has a name."""
    thing, target = node.args[0], statement.items[0].optional_vars
    if isinstance(target, ast.Name):
        name = target.id
    elif isinstance(thing, ast.Name) and not _binds(statement, thing.id):
        return view.edit(NAME, module, statement, "close_by_hand", whole=True, name=thing.id, bound=True)
    else:
        called = ast.unparse(thing.func).rpartition(".")[2].lower() if isinstance(thing, ast.Call) else ""
        name = free(called.strip("_") or "thing", names_in(scope))
    return view.edit(NAME, module, statement, "close_by_hand", whole=True, name=name, bound=False)


def _with(view: View, module: Module, node: ast.With, names: PairNames, entered: set[ast.AST]) -> Edit | None:
    ways: list[str] = []
    spelt: list[tuple[str, str]] = []
    for item in node.items:
        kind, spelling = _item(view, module, item, names, entered)
        ways.append(kind)
        spelt.append(spelling)
    if set(ways) <= {"plain", "socket"}:
        return None
    if set(ways) <= {"async", "socket"}:
        return view.edit(NAME, module, node, "async_with")
    for at, way in enumerate(ways):
        if way == "socket":
            following = next((one for one in ways[at + 1 :] if one != "socket"), "plain")
            ways[at] = "async" if "async" in (following, *ways[max(at - 1, 0) : at]) else "plain"
    closes = {"pair", "opened", "opened in closing", "connects"} & set(ways)
    imports = ("import contextlib",) if closes else ()
    return view.edit(NAME, module, node, "nest", whole=True, imports=imports, kinds=tuple(ways), names=tuple(spelt))


def _binds(statement: ast.With, name: str) -> bool:
    """Whether the body gives another meaning to a name, which would be closed instead."""
    named = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == name)
    return any(not isinstance(node.ctx, ast.Load) for node in named)


def _item(view: View, module: Module, item: ast.withitem, names: PairNames, entered: set[ast.AST]) -> tuple[str, tuple[str, str]]:
    """What an item is: ``plain``, ``async``, ``socket`` (an async socket object), ``pair`` (a connection at hand), ``opened``
    (made here), ``connects`` (made here and connected by the first statement), ``file`` (nothing to enter); and the names
    that matter."""
    whole = expr = item.context_expr
    use = view.sockets.uses.get(expr)
    if isinstance(expr, ast.Call) and expr.args and (held := view.sockets.uses.get(expr.args[0])) is not None:
        if held.attr == "closing" and held.kind == "with":
            use, expr = held, expr.args[0]
    if use is None or view.sockets.lowering(expr) != "pair":
        return ("async" if whole in entered else "socket" if use and _is_object(view, module, use) else "plain"), ("", "")
    if all(is_file(value) for value in use.values):
        return "file", ("", "")
    target = item.optional_vars
    if isinstance(expr, ast.Call) and view.sockets.by_origin(expr) is not None:
        source = use.values[0].source
        pair = names.of(target, module, use.scope) if target is not None else None
        reader, writer = (pair.reader, pair.writer) if pair is not None else ("_", "writer")
        opened = "opened" if whole is expr else "opened in closing"
        return ("connects" if source == "socket.socket" else opened), (reader, writer)
    pair = names.of(expr, module, use.scope)
    if pair is not None:
        return "pair", (pair.reader, pair.writer)
    target_pair = names.of(target, module, use.scope) if target is not None else None
    reader, writer = (target_pair.reader, target_pair.writer) if target_pair is not None else ("_", "writer")
    return "opened", (reader, writer)


def _is_object(view: View, module: Module, use: Use) -> bool:
    """Whether what is entered is surely an async socket object."""
    sure = not use.maybe_other and len(view.values(use.expr, module)) == len(use.values)
    return sure and view.sockets.lowering(use.expr) == "object" and not any(map(is_file, use.values)) and use.kind == "with"


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``async_with``; ``close_by_hand``; ``nest``: each run of like items its own statement, outermost first."""
    match edit.action, node:
        case "rename_method", cst.Attribute():
            return node.with_changes(attr=cst.Name(str(edit.data["name"])))
        case "unclosed", cst.Call():
            return node.args[0].value
        case "await", cst.Call():
            return awaited(node, parens=bool(edit.data["parens"]))
        case "replace_expression", cst.BaseExpression():
            filled = fill(edit.action, edit.data, node)
            assert filled is not None, edit.action
            return filled
    with_ = cst.ensure_type(node, cst.With)
    if edit.action == "close_by_hand":
        name = str(edit.data["name"])
        closing = try_finally(with_.body, statements(f"await {name}.close()\n"))
        thing = cst.ensure_type(with_.items[0].item, cst.Call).args[0].value
        return (closing,) if edit.data["bound"] else (*statements(f"{name} = {{thing}}\n", thing=thing), closing)
    if edit.action == "async_with":
        return with_.with_changes(asynchronous=with_.asynchronous or cst.Asynchronous())
    kinds, names = edit.data["kinds"], edit.data["names"]
    assert isinstance(kinds, tuple) and isinstance(names, tuple)
    return body_of(_nested(with_, list(zip(with_.items, kinds, names, strict=False))))


def _nested(with_: cst.With, items: Sequence[tuple[cst.WithItem, str, tuple[str, str]]]) -> cst.BaseSuite | Statements:
    """The statements for ``items`` around the body."""
    if not items:
        return with_.body
    (item, kind, (reader, writer)), *rest = items
    match kind:
        case "file":
            return body_of(_nested(with_, rest))
        case "pair":
            return (_closing(_nested(with_, rest), writer),)
        case "opened" | "opened in closing":
            value = item.item if kind == "opened" else cst.ensure_type(item.item, cst.Call).args[0].value
            opened = statements(f"{reader}, {writer} = {{value}}", value=value)
            return (*opened, _closing(_nested(with_, rest), writer))
        case "connects":
            first, *others = body_of(_nested(with_, rest))
            return (first, _closing(tuple(others), writer))
    run = [item]
    while rest and rest[0][1] == kind:
        run.append(rest[0][0])
        rest = rest[1:]
    last = run[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    made = with_block([*run[:-1], last], _nested(with_, rest), asynchronous=kind == "async")
    return (made,)


def _closing(body: cst.BaseSuite | Statements, writer: str) -> cst.Try:
    """``try: body finally:`` close the connection."""
    return try_finally(
        body, statements(f"{writer}.close()\nwith contextlib.suppress(OSError):\n    await {writer}.wait_closed()\n")
    )
