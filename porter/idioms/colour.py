"""Colour: what a function that becomes a coroutine, and those who call it, must say.

Rewrites
    ``def`` → ``async def``, calls → ``await``, ``for`` → ``async for``, ``with`` → ``async with``, comprehensions over
    what became asynchronous → ``async for`` in them; decorators → their asynchronous twins; a
    decorator that waits itself → a call below its function; a lambda
    that awaits, and does more than hand on a coroutine → a function with a name in front of its statement.

Why it means the same
    A coroutine that is awaited where it was called runs the same statements in the same order. Three things differ. At
    every ``await`` other tasks may run, so what threads could interleave anywhere can now interleave only there.
    Cancellation may arrive there, as ``CancelledError``. All that one place may call changes together: a decorator's
    wrapper that awaits one of the functions it decorates awaits the others, which become coroutine functions though
    nothing in them waits.

Declines when
    The place cannot await: a lambda in a comprehension, a ``__len__``, a factory, a class body. The plan decides that;
    what comes here can be carried out.

Source
    https://docs.python.org/3/reference/expressions.html#await-expression and
    https://docs.python.org/3/reference/compound_stmts.html#coroutines
"""

from __future__ import annotations

import ast
from typing import TypeVar

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.lambda_names import gets_name
from porter.inference.aliases import aliases
from porter.inference.construction import construction
from porter.inference.frontiers import callee, is_inlined
from porter.inference.init import is_constructor
from porter.inference.program import Module
from porter.inference.scheduling import is_scheduled
from porter.inference.spawning import is_thread_lambda
from porter.inference.state import Site
from porter.inference.values import External
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited, expression, name_of, statements
from porter.syntax.templates import fill, in_parens_of

NAME = "colour"

EXAMPLES: tuple[Example, ...] = (
    Example(
        "call_in_condition",
        "def loop(self):\n    while command := self.receive():\n        self.handle(command)\n",
        "async def loop(self):\n    while command := await self.receive():\n        self.handle(command)\n",
        "receive blocks, so loop must be a coroutine and await it; handle does not",
    ),
    Example(
        "attribute_of_result",
        "def read(self):\n    return self.receive().strip()\n",
        "async def read(self):\n    return (await self.receive()).strip()\n",
        "await binds weaker than the dot",
    ),
    Example(
        "generator_in_comprehension",
        "def collect(client):\n    return [(x, client.report(x)) for x in client.numbers(5)]\n",
        "async def collect(client):\n    return [(x, await client.report(x)) async for x in client.numbers(5)]\n",
        "numbers became an asynchronous generator and report a coroutine",
    ),
    Example(
        "plain_call",
        "def shout(text):\n    return text.upper()\n",
        "def shout(text):\n    return text.upper()\n",
        "nothing blocks here, so nothing changes",
    ),
)

REFUSALS: tuple[Example, ...] = (
    Example(
        "await_in_lambda",
        "def adders(peers):\n    return [lambda n: peer.ask() + n for peer in peers]\n",
        "def adders(peers):\n    return [lambda n: peer.ask() + n for peer in peers]\n",
        "a lambda cannot await, and what stands in a comprehension cannot be a named function; remedy: functools.partial",
    ),
    Example(
        "await_in_len",
        "class Peer:\n    def __len__(self):\n        return int(self.receive())\n",
        "class Peer:\n    def __len__(self):\n        return int(self.receive())\n",
        "Python calls __len__ itself and takes no coroutine; remedy: an ordinary method",
    ),
)

_Node = TypeVar("_Node", bound=cst.CSTNode)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Carry out one edit. Actions, with what they need in ``data``:

    ``await`` (``parens``: put parentheses around), ``async_def``, ``async_for``, ``async_with``,
    ``async_comprehension``, ``decorator`` (``code``; on a definition also ``old``),
    ``rename_def`` and ``attribute`` (``name``), ``replace_expression`` and ``replace_statement`` (``code``, in which
    ``{0}``, ``{1}``... stand for what ``parts``, spans inside the node, became).
    """
    data = edit.data
    match edit.action:
        case "await":
            return awaited(_expression(node), parens=bool(data.get("parens")))
        case "async_def":
            return _asynchronous(_as(node, cst.FunctionDef))
        case "rename_def":
            return _as(node, cst.FunctionDef).with_changes(name=cst.Name(str(data["name"])))
        case "attribute":
            return _as(node, cst.Attribute).with_changes(attr=cst.Name(str(data["name"])))
        case "async_for":
            return _asynchronous(_as(node, cst.For))
        case "async_with":
            return _asynchronous(_as(node, cst.With))
        case "async_comprehension":
            return _asynchronous(_as(node, cst.CompFor))
        case "apply_below":
            return _applied_below(_as(node, cst.FunctionDef), is_read=bool(data["is_read"]))
        case "decorator":
            return _decorated(node, str(data.get("old", "")), str(data["code"]))
        case _:
            filled = fill(edit.action, data, node)
            if filled is None:
                raise ValueError(f"colour has no action {edit.action!r}")
            return filled


def _as(node: cst.CSTNode, kind: type[_Node]) -> _Node:
    return cst.ensure_type(node, kind)


def _expression(node: cst.CSTNode) -> cst.BaseExpression:
    assert isinstance(node, cst.BaseExpression), f"{type(node).__name__} is no expression"
    return node


def _asynchronous(node: _Node) -> _Node:
    return node.with_changes(asynchronous=getattr(node, "asynchronous", None) or cst.Asynchronous())


def _decorated(node: cst.CSTNode, old: str, code: str) -> cst.CSTNode:
    """A decorator by another, its arguments kept; on a definition, the one that is spelled ``old``."""
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        changed = [
            one.with_changes(decorator=_decorated(one.decorator, old, code)) if name_of(one) == old else one
            for one in node.decorators
        ]
        return node.with_changes(decorators=changed)
    if isinstance(node, cst.Call):
        return node.with_changes(func=in_parens_of(node.func, expression(code)))
    return in_parens_of(_expression(node), expression(code))


def _applied_below(node: cst.FunctionDef, *, is_read: bool) -> Statements:
    """The function without its decorator, and below it what the decorator makes of it, awaited."""
    decorator, name = node.decorators[0], node.name.value
    target = f"{name} = " if is_read else ""
    applied = statements(f"{target}await {{decorate}}({name})", decorate=decorator.decorator)
    applied = (applied[0].with_changes(leading_lines=(cst.EmptyLine(indent=False),)), *applied[1:])
    lines = (*decorator.leading_lines, *node.lines_after_decorators)
    return (node.with_changes(decorators=(), leading_lines=(*node.leading_lines, *lines), lines_after_decorators=()), *applied)


# --- proposing -----------------------------------------------------------------------------------------------------


def propose(view: View) -> Proposal:
    """Edits for every coroutine function, every awaited call, and every loop that became asynchronous."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for scope in view.colours.causes:
        if scope.kind == "function" and not is_constructor(scope):
            edits.extend(_definition(view, scope))
    for (node, role), site in view.colours.awaited.items():
        if node in view.colours.lazies:
            continue
        reached = {*site.functions, *site.generators, *view.colours.named.get(node, ())}
        lazily = not view.colours.lazies.keys().isdisjoint(site.lazies)
        if lazily or not reached.isdisjoint(view.colours.causes) or not reached.isdisjoint(view.colours.generators):
            edit_or_pin = _site(view, site, node, role)
            if isinstance(edit_or_pin, Pin):
                pins.append(edit_or_pin)
            elif edit_or_pin is not None:
                edits.append(edit_or_pin)
    return Proposal(tuple(edits), tuple(pins))


_PROTOCOL = {
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "__iter__": "__aiter__",
    "__next__": "__anext__",
}


def _definition(view: View, scope: Scope) -> list[Edit]:
    module = view.module(scope)
    node = scope.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    edits = []
    if isinstance(node, ast.FunctionDef):
        edits.append(view.edit(NAME, module, node, "async_def"))
    if scope.name in _PROTOCOL and scope.parent is not None and scope.parent.kind == "class":
        edits.append(view.edit(NAME, module, node, "rename_def", name=_PROTOCOL[scope.name]))
    for alias in aliases(scope):
        if alias.id in _PROTOCOL:
            edits.append(view.edit(NAME, module, alias, "replace_expression", code=_PROTOCOL[alias.id]))
    if scope.name in ("__enter__", "__exit__"):
        edits += _called_by_name(view, scope)
    for decorator in node.decorator_list:
        found = view.inference.program.resolve(decorator, scope.parent or scope)
        if isinstance(found, External) and found.name == "contextlib.contextmanager":
            edits.append(_async_manager(view, module, decorator, scope))
    return edits


def _called_by_name(view: View, scope: Scope) -> list[Edit]:
    """``super().__enter__()``."""
    found = []
    for site in view.inference.callers(scope):
        module, node = view.module(site.caller), site.node
        if site.role == "call" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == scope.name and module.source.is_target and site.caller not in view.pinned:
                found.append(view.edit(NAME, module, node.func, "attribute", name=_PROTOCOL[scope.name]))
    return found


def _async_manager(view: View, module: Module, decorator: ast.expr, scope: Scope) -> Edit:
    text = ast.unparse(decorator)
    imports: tuple[str, ...] = ()
    if isinstance(decorator, ast.Attribute):
        code = text.removesuffix("contextmanager") + "asynccontextmanager"
    else:
        code, imports = "asynccontextmanager", ("from contextlib import asynccontextmanager",)
    return view.edit(NAME, module, scope.node, "decorator", imports=imports, old=text, code=code)


def _site(view: View, site: Site, node: ast.AST, role: str) -> Edit | Pin | None:
    """What a place that reaches something asynchronous needs."""
    module = view.module(site.caller)
    parents = module.facts.parents
    parent = parents.get(node)
    caller = site.caller
    if parent is None or (caller.kind == "module" and caller not in view.wrapped):
        return None
    if caller.kind == "lambda" and not is_inlined(view.inference, module, caller.node) and not gets_name(view, caller):
        if role in ("call", "property") and isinstance(caller.node, ast.Lambda) and caller.node.body is node:
            return None  # the lambda hands the coroutine on, and who calls it awaits
        if isinstance(node, ast.expr) and role == "call" and is_thread_lambda(view.inference, caller):
            return view.edit(NAME, module, node, "await", parens=needs_parentheses(parent, node))
        return Pin(caller, node, "a lambda cannot await", "make the lambda a named function")
    if role == "call" and is_scheduled(view.inference, module, node):
        return None
    if isinstance(parent, ast.Await) or construction(view.inference, site) in ("class", "inner"):
        return None
    match role:
        case "call" | "property" | "operator" if isinstance(node, ast.expr):
            if role == "operator" and not isinstance(node, ast.Subscript):
                return Pin(caller, node, "an operator's result cannot be awaited", "call a method instead")
            if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
                return Pin(caller, node, "an assignment cannot await", "call a method instead")
            return view.edit(NAME, module, node, "await", parens=needs_parentheses(parent, node))
        case "decorate" if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return view.edit(NAME, module, parent, "apply_below", whole=True, is_read=_is_read(parent, caller))
        case "iterate" | "next":
            if isinstance(node, ast.Call) and _takes_elements(view, node):
                return None  # what the call was given is asynchronous, not what it gives
            if isinstance(parent, ast.For) and parent.iter is node:
                return view.edit(NAME, module, parent, "async_for")
            if isinstance(parent, ast.comprehension) and parent.iter is node:
                return view.edit(NAME, module, parent, "async_comprehension")
    return None


def _is_read(node: ast.FunctionDef | ast.AsyncFunctionDef, around: Scope) -> bool:
    """Whether the name of a function is read where it is defined."""
    names = (one for one in ast.walk(around.node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))
    return any(one.id == node.name for one in names)


def _takes_elements(view: View, node: ast.Call) -> bool:
    called = view.inference.site(node)
    if callee(view.inference, node) == "builtins.iter" and len(node.args) == 1:
        return False  # it gives what it is given
    return called is not None and bool(called.externals)
