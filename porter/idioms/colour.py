"""Colour: what a function that becomes a coroutine, and those who call it, must say.

Rewrites
    ``def`` → ``async def``, calls → ``await``, ``for`` → ``async for``, ``with`` → ``async with``, comprehensions over
    what became asynchronous → ``async for`` in them; a generator expression that holds an ``await`` and is handed to
    ``sum``, ``list``, ``sorted`` and their like → a list, set or dict comprehension, which they can take; ``except
    StopIteration`` → ``StopAsyncIteration``; decorators → their asynchronous twins.

Why it means the same
    A coroutine that is awaited where it was called runs the same statements in the same order. Three things differ. At
    every ``await`` other tasks may run, so what threads could interleave anywhere can now interleave only there.
    Cancellation may arrive there, as ``CancelledError``. A generator expression that becomes a list is evaluated as a
    whole before the call: ``any`` and ``all`` no longer stop early, so the plan gives them that form only where the
    rest has no effects. ``x.n += await f()`` reads ``x.n`` before it waits, and other tasks may change it meanwhile;
    the call is hoisted above the statement.

Declines when
    The place cannot await: a lambda, a ``__len__``, a sort key, a default value, a class body. The plan decides that;
    what comes here can be carried out.

Source
    https://docs.python.org/3/reference/expressions.html#await-expression and
    https://docs.python.org/3/reference/compound_stmts.html#coroutines
"""

from __future__ import annotations

import ast
from typing import TypeVar

import libcst as cst

from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.facts.model import Scope
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.values import External
from porter.syntax.shapes import Statements, assign, awaited, bare, dotted, expression, line, name_of
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
        "generator_expression_as_argument",
        "def total(peers):\n    return sum(peer.ask() for peer in peers)\n",
        "async def total(peers):\n    return sum([await peer.ask() for peer in peers])\n",
        "with an await inside, the generator would be asynchronous, and sum cannot take one",
    ),
    Example(
        "augmented_assignment",
        "def count(self):\n    self.total += self.receive()\n",
        "async def count(self):\n    value = await self.receive()\n    self.total += value\n",
        "other tasks may change self.total while this one waits",
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
        "generator_value_used",
        "def relay(self):\n    count = yield from self.numbers()\n    print(count)\n",
        "def relay(self):\n    count = yield from self.numbers()\n    print(count)\n",
        "an asynchronous generator returns no value; remedy: keep the value in a variable or an attribute",
    ),
    Example(
        "await_in_lambda",
        "def ordered(peers):\n    return sorted(peers, key=lambda peer: peer.ask())\n",
        "def ordered(peers):\n    return sorted(peers, key=lambda peer: peer.ask())\n",
        "a lambda cannot await; remedy: ask first, then sort by the answers",
    ),
    Example(
        "await_in_len",
        "class Peer:\n    def __len__(self):\n        return int(self.receive())\n",
        "class Peer:\n    def __len__(self):\n        return int(self.receive())\n",
        "Python calls __len__ itself and takes no coroutine; remedy: an ordinary method",
    ),
)

_Node = TypeVar("_Node", bound=cst.CSTNode)


def needs_parentheses(parent: ast.AST, child: ast.expr) -> bool:
    """Whether ``await child`` needs parentheses inside ``parent``, where ``child`` stands now."""
    match parent:
        case ast.Attribute() | ast.Await():
            return True
        case ast.Subscript(value=value):
            return value is child
        case ast.Call(func=func):
            return func is child
        case _:
            return False


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Carry out one edit. Actions, with what they need in ``data``:

    ``await`` (``parens``: put parentheses around), ``async_def``, ``async_for``, ``async_with``,
    ``async_comprehension``, ``list_of_generator`` (``kind``: of a call, ``list``, ``set``, ``dict``, ``tuple``),
    ``decorator`` (``code``; on a definition also ``old``), ``stop_async_iteration``, ``hoist_await`` (``name``),
    ``rename_def`` (``name``), ``replace_expression`` and ``replace_statement`` (``code``, in which ``{0}``, ``{1}``...
    stand for what ``parts``, spans inside the node, became).
    """
    data = edit.data
    match edit.action:
        case "await":
            return awaited(_expression(node), parens=bool(data.get("parens")))
        case "async_def":
            return _asynchronous(_as(node, cst.FunctionDef))
        case "rename_def":
            return _as(node, cst.FunctionDef).with_changes(name=cst.Name(str(data["name"])))
        case "async_for":
            return _asynchronous(_as(node, cst.For))
        case "async_with":
            return _asynchronous(_as(node, cst.With))
        case "async_comprehension":
            return _asynchronous(_as(node, cst.CompFor))
        case "list_of_generator":
            return _without_generator(node, str(data.get("kind", "")))
        case "decorator":
            return _decorated(node, str(data.get("old", "")), str(data["code"]))
        case "stop_async_iteration":
            return _stop_async(node)
        case "hoist_await":
            return _hoisted(_as(node, cst.AugAssign), str(data["name"]))
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


def _without_generator(node: cst.CSTNode, kind: str) -> cst.BaseExpression:
    """A generator expression as a list; ``list(...)`` of one, and its like, as the comprehension or with one inside."""
    if isinstance(node, cst.GeneratorExp):
        return _list_of(node)
    call = _as(node, cst.Call)
    argument = call.args[0]
    generator = _as(argument.value, cst.GeneratorExp)
    made: cst.BaseExpression | None = None
    if kind == "list":
        made = _list_of(generator, call)
    elif kind == "set":
        made = cst.SetComp(
            generator.elt,
            generator.for_in,
            lbrace=cst.LeftCurlyBrace(_space_before(generator, call)),
            rbrace=cst.RightCurlyBrace(_space_behind(generator, call)),
        )
    elif kind == "dict":
        made = _dict_of(generator, call)
    if made is not None:
        return made.with_changes(lpar=call.lpar, rpar=call.rpar)
    return call.with_changes(args=[argument.with_changes(value=_list_of(generator)), *call.args[1:]])


def _list_of(generator: cst.GeneratorExp, call: cst.Call | None = None) -> cst.ListComp:
    """The list comprehension; one pair of parentheses becomes the brackets."""
    return cst.ListComp(
        generator.elt,
        generator.for_in,
        lbracket=cst.LeftSquareBracket(_space_before(generator, call)),
        rbracket=cst.RightSquareBracket(_space_behind(generator, call)),
        lpar=generator.lpar[1:],
        rpar=generator.rpar[1:],
    )


def _dict_of(generator: cst.GeneratorExp, call: cst.Call) -> cst.DictComp | None:
    match generator.elt:
        case cst.Tuple(elements=[cst.Element(value=key), cst.Element(value=value)]):
            return cst.DictComp(
                key,
                value,
                generator.for_in,
                lbrace=cst.LeftCurlyBrace(_space_before(generator, call)),
                rbrace=cst.RightCurlyBrace(_space_behind(generator, call)),
            )
        case _:
            return None


def _space_before(generator: cst.GeneratorExp, call: cst.Call | None) -> cst.BaseParenthesizableWhitespace:
    if generator.lpar:
        return generator.lpar[0].whitespace_after
    return call.whitespace_before_args if call else cst.SimpleWhitespace("")


def _space_behind(generator: cst.GeneratorExp, call: cst.Call | None) -> cst.BaseParenthesizableWhitespace:
    if generator.rpar:
        return generator.rpar[-1].whitespace_before
    return call.args[0].whitespace_after_arg if call else cst.SimpleWhitespace("")


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


def _stop_async(node: cst.CSTNode) -> cst.CSTNode:
    """``StopAsyncIteration`` for ``StopIteration``: a name, or those in the types of a handler."""
    match node:
        case cst.Name(value="StopIteration"):
            return node.with_changes(value="StopAsyncIteration")
        case cst.ExceptHandler(type=cst.BaseExpression() as caught):
            return node.with_changes(type=_stop_async(caught))
        case cst.Tuple():
            kept = [element.with_changes(value=_stop_async(element.value)) for element in node.elements]
            return node.with_changes(elements=kept)
        case cst.Attribute() if name_of(node) == "builtins.StopIteration":
            return node.with_changes(attr=cst.Name("StopAsyncIteration"))
        case _:
            return node


def _hoisted(node: cst.AugAssign, name: str) -> Statements:
    """The awaited value on a line above, so that the target is read after the waiting."""
    return (assign(name, bare(node.value)), line(node.with_changes(value=dotted(name))))


# --- proposing -----------------------------------------------------------------------------------------------------


def propose(view: View) -> Proposal:
    """Edits for every coroutine function, every awaited call, and every loop that became asynchronous."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for scope in view.colours.causes:
        if scope.kind == "function":
            edits.extend(_definition(view, scope))
    for (node, role), site in view.colours.awaited.items():
        if site.functions and any(function in view.colours.causes for function in site.functions):
            edit_or_pin = _site(view, site, node, role)
            if isinstance(edit_or_pin, Pin):
                pins.append(edit_or_pin)
            elif edit_or_pin is not None:
                edits.append(edit_or_pin)
    edits.extend(_hoists(view))
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
    for decorator in node.decorator_list:
        found = view.inference.program.resolve(decorator, scope.parent or scope)
        if isinstance(found, External) and found.name == "contextlib.contextmanager":
            edits.append(_async_manager(view, module, decorator, scope))
    return edits


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
    if caller.kind == "module" or parent is None:
        return None
    if caller.kind == "lambda":
        if role == "call" and isinstance(caller.node, ast.Lambda) and caller.node.body is node:
            return None  # the lambda hands the coroutine on, and who calls it awaits
        return Pin(caller, node, "a lambda cannot await", "make the lambda a named function")
    match role:
        case "call" | "property" | "operator" if isinstance(node, ast.expr):
            if role == "operator" and not isinstance(node, ast.Subscript):
                return Pin(caller, node, "an operator's result cannot be awaited", "call a method instead")
            if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
                return Pin(caller, node, "an assignment cannot await", "call a method instead")
            return view.edit(NAME, module, node, "await", parens=needs_parentheses(parent, node))
        case "iterate" | "next":
            if isinstance(parent, ast.For) and parent.iter is node:
                return view.edit(NAME, module, parent, "async_for")
            if isinstance(parent, ast.comprehension) and parent.iter is node:
                return view.edit(NAME, module, parent, "async_comprehension")
    return None


def _hoists(view: View) -> list[Edit]:
    """``x.n += f()`` with an awaited call: the old value must be read after the waiting."""
    edits = []
    seen: set[ast.AST] = set()
    for (node, _), site in view.colours.awaited.items():
        module = view.module(site.caller)
        if site.caller.kind == "module" or not isinstance(node, ast.expr):
            continue
        statement = module.facts.statement(node)
        if isinstance(statement, ast.AugAssign) and statement not in seen and _shared(statement.target, site.caller):
            seen.add(statement)
            if _within(module, node, statement.value):
                edits.append(view.edit(NAME, module, statement, "hoist_await", name=_free(site.caller, "value")))
    return edits


def _within(module: Module, node: ast.AST, root: ast.AST) -> bool:
    at: ast.AST | None = node
    while at is not None:
        if at is root:
            return True
        at = module.facts.parents.get(at)
    return False


def _shared(target: ast.expr, scope: Scope) -> bool:
    """Whether other tasks can reach the target."""
    if not isinstance(target, ast.Name):
        return True
    return scope.binding(target.id) is not scope or any(target.id in c.nonlocals for c in scope.children)


def _free(scope: Scope, name: str) -> str:
    return name if name not in scope.bound else _free(scope, f"{name}_")
