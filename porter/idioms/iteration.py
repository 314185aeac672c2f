"""Iteration by hand: iterators that became asynchronous, driven without a loop.

Rewrites
    ``next(it)`` → ``await anext(it)``; ``iter(x)`` → ``aiter(x)``; ``it.send(x)``, ``it.throw(e)``, ``it.close()`` → ``await
    it.asend(x)``, ``athrow``, ``aclose``; ``__iter__`` that gives an asynchronous iterator → ``__aiter__``; ``except
    StopIteration`` around them, and ``raise StopIteration`` in a coroutine → ``StopAsyncIteration``.

Why it means the same
    Each has its asynchronous twin since Python 3.10, with the same arguments and results; the end is told by
    ``StopAsyncIteration``, because ``StopIteration`` cannot leave a coroutine. Where a ``try`` holds both kinds of
    ``next``, its handler names both.

Declines when
    The value of a ``StopIteration`` is read, or what is driven may be a plain iterator as well.

Source
    https://docs.python.org/3/library/functions.html#anext and https://peps.python.org/pep-0479/
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.inference.endings import Endings
from porter.inference.iterables import culprit, kinds, means, own
from porter.inference.program import Module
from porter.inference.state import Site
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited, name_of, statements
from porter.syntax.templates import fill

NAME = "iteration"

_SLOW = "import time\n\n\ndef words():\n    time.sleep(1)\n    yield 'a'\n\n\n"
_ASYNC = "import asyncio\n\n\nasync def words():\n    await asyncio.sleep(1)\n    yield 'a'\n\n\n"
EXAMPLES = (
    Example(
        "next_with_handler",
        _SLOW + "def main():\n    it = words()\n    try:\n        print(next(it))\n"
        "    except StopIteration:\n        print(next(it, None))\n",
        _ASYNC + "async def main():\n    it = words()\n    try:\n        print(await anext(it))\n"
        "    except StopAsyncIteration:\n        print(await anext(it, None))\n",
        "the end of an asynchronous iterator has an exception of its own",
    ),
)
REFUSALS = (
    Example(
        "value_of_stop_iteration",
        _SLOW + "def main():\n    try:\n        next(words())\n    except StopIteration as stop:\n        print(stop.value)\n",
        _SLOW + "def main():\n    try:\n        next(words())\n    except StopIteration as stop:\n        print(stop.value)\n",
        "StopAsyncIteration has no value; remedy: keep the value in an attribute",
    ),
)

_DRIVERS = {"send": "asend", "throw": "athrow", "close": "aclose", "__next__": "__anext__"}
_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
_SPECIAL = {"__iter__": "__aiter__", "__next__": "__anext__"}


def propose(view: View) -> Proposal:
    """Edits for calls that drive an iterator, for handlers of its end, and for ``__iter__`` methods."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for (node, role), site in view.colours.awaited.items():
        if role in ("next", "iterate") and isinstance(node, ast.Call) and site.caller.kind != "module":
            _driven(view, site, node, edits, pins)
    edits += _methods(view)
    _ends(view, edits, pins)
    return Proposal(tuple(edits), tuple(pins))


# --- calls ---------------------------------------------------------------------------------------------------------


def _driven(view: View, site: Site, node: ast.Call, edits: list[Edit], pins: list[Pin]) -> None:
    called = view.inference.site(node)
    names = called.externals if called is not None and node not in view.colours.lazies else {}
    word = next((name.rpartition(".")[2] for name in names if name.rpartition(".")[2] in (*_DRIVERS, "next", "iter")), "")
    if not word:
        return
    module = view.module(site.caller)
    source = node.func.value if word in _DRIVERS and isinstance(node.func, ast.Attribute) else None
    if source is None:
        source = node.args[0] if node.args else node
    ways = kinds(view.inference, view.colours, module, source, driven=word != "iter")
    if True not in ways:
        return
    scope = culprit(view.colours, site) or site.caller
    if False in ways:
        reason = f"`{word}` may be given a plain iterator here as well"
        pins.append(Pin(scope, node, reason, "separate the two", fails=True))
    elif site.caller.kind == "lambda" and word != "iter":
        pins.append(Pin(scope, node, "a lambda cannot await", "make the lambda a named function"))
    elif word == "iter":
        edits.append(view.edit(NAME, module, node, "function", name="aiter"))
    else:
        parens = needs_parentheses(module.facts.parents.get(node), node)
        action, name = ("method", _DRIVERS[word]) if word in _DRIVERS else ("function", "anext")
        edits.append(view.edit(NAME, module, node, action, name=name, awaited=True, parens=parens))


# --- methods -------------------------------------------------------------------------------------------------------


def _methods(view: View) -> list[Edit]:
    """``__iter__`` that stays a plain method, and calls of ``__iter__`` and ``__next__`` by name."""
    edits = []
    renamed = {scope for scope in view.colours.causes if scope.name in _SPECIAL and _in_class(scope)}
    for cls in sorted(view.colours.async_iterables, key=lambda cls: cls.name):
        for child in cls.scope.children:
            if child.kind == "function" and child.name == "__iter__" and child not in view.colours.causes:
                renamed.add(child)
                edits.append(view.edit(NAME, view.module(child), child.node, "rename_def", name="__aiter__"))
    for scope in renamed:
        for site in view.inference.callers(scope):
            if site.role == "call" and isinstance(site.node, ast.Call) and isinstance(site.node.func, ast.Attribute):
                module = view.module(site.caller)
                edits.append(view.edit(NAME, module, site.node.func, "attribute", name=_SPECIAL[scope.name]))
    return edits


def _in_class(scope: Scope) -> bool:
    return scope.parent is not None and scope.parent.kind == "class"


# --- StopIteration -------------------------------------------------------------------------------------------------


def _ends(view: View, edits: list[Edit], pins: list[Pin]) -> None:
    endings = Endings(view.inference, view.colours)
    for scope in view.colours.causes:
        module = view.module(scope)
        statements = scope.node.body if isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
        body = [node for statement in statements for node in own(statement)]
        for node in body:
            if isinstance(node, (ast.Try, ast.TryStar)):
                _handlers(view, module, scope, endings, node, edits, pins)
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                edits += _suppressed(view, module, scope, endings, node)
            elif isinstance(node, ast.Raise) and not scope.is_generator:
                edits += [_renamed(view, module, name) for name in _stops(view, scope, node.exc)]
        if scope.name == "__next__" and _in_class(scope):
            _ends_of_sources(view, module, scope, endings, edits, pins)


def _handlers(
    view: View,
    module: Module,
    scope: Scope,
    endings: Endings,
    node: ast.Try | ast.TryStar,
    edits: list[Edit],
    pins: list[Pin],
) -> None:
    if any(_stops(view, scope, handler.type) for handler in node.handlers):
        for function in endings.broken(scope, node.body):
            reason = "a plain `StopIteration` that leaves it would be caught outside; from a coroutine it is an error"
            pins.append(Pin(function, node, reason, "catch it in the function, or give `next` a default", fails=True))
    if not endings.asynchronous(scope, node.body):
        return
    both = endings.plain(scope, node.body)
    for handler in node.handlers:
        names = _stops(view, scope, handler.type)
        if not names or handler.type is None:
            continue
        if handler.name and _reads_value(handler):
            reason = "the value of `StopIteration` is read, and `StopAsyncIteration` has none"
            pins.append(Pin(scope, handler, reason, "keep the value in an attribute"))
        spelled = tuple(ast.unparse(name) for name in names)
        edits.append(view.edit(NAME, module, handler.type, "caught", both=both, names=spelled))


def _reads_value(handler: ast.ExceptHandler) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("value", "args") and ast.unparse(node.value) == handler.name
        for statement in handler.body
        for node in ast.walk(statement)
    )


def _suppressed(view: View, module: Module, scope: Scope, endings: Endings, node: ast.With | ast.AsyncWith) -> list[Edit]:
    """``with contextlib.suppress(StopIteration):``."""
    if not endings.asynchronous(scope, node.body):
        return []
    both = endings.plain(scope, node.body)
    found = []
    for item in node.items:
        if isinstance(item.context_expr, ast.Call) and means(
            view.inference, item.context_expr.func, scope, "contextlib.suppress"
        ):
            for argument in item.context_expr.args:
                if means(view.inference, argument, scope, "builtins.StopIteration"):
                    found.append(_renamed(view, module, argument))
                    if both:
                        found.append(view.edit(NAME, module, item.context_expr, "suppress_both"))
    return found


def _renamed(view: View, module: Module, name: ast.expr) -> Edit:
    return view.edit(NAME, module, name, "caught", both=False, names=(ast.unparse(name),))


def _stops(view: View, scope: Scope, expr: ast.expr | None) -> list[ast.expr]:
    """The places in what is caught or raised that name ``StopIteration``."""
    match expr:
        case ast.Tuple(elts=items):
            return [found for item in items for found in _stops(view, scope, item)]
        case ast.Call(func=func):
            return _stops(view, scope, func)
        case ast.Name() | ast.Attribute() if means(view.inference, expr, scope, "builtins.StopIteration"):
            return [expr]
    return []


def _ends_of_sources(view: View, module: Module, scope: Scope, endings: Endings, edits: list[Edit], pins: list[Pin]) -> None:
    """Plain iterators that end inside ``__next__`` used to end it as well."""
    for node in endings.unguarded(scope):
        statement = module.facts.statement(node)
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)):
            edits.append(view.edit(NAME, module, statement, "guarded"))
        else:
            reason = "a plain iterator that ends here would end this one; from a coroutine it is an error"
            pins.append(Pin(scope, node, reason, "assign its next element on a line of its own", fails=True))


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``function`` and ``method`` (``name``, ``awaited``), ``attribute``, ``rename_def``, ``caught`` (``names``, ``both``),
    ``suppress_both``, ``guarded``.
    """
    data = edit.data
    name = str(data.get("name", ""))
    match edit.action, node:
        case "function", cst.Call():
            return _awaited(node.with_changes(func=cst.Name(name)), edit)
        case "function" | "method", cst.BaseComp(for_in=cst.CompFor(iter=cst.Call() as call) as loop):
            # its elements are collected already: `list(iter(words()))`, in which `iter` says nothing more
            made = call.args[0].value if name == "aiter" and len(call.args) == 1 else rewrite(edit, call)
            assert isinstance(made, cst.BaseExpression)
            return node.with_changes(for_in=loop.with_changes(iter=made))
        case "method", cst.Call(func=cst.Attribute() as func):
            return _awaited(node.with_changes(func=func.with_changes(attr=cst.Name(name))), edit)
        case "attribute", cst.Attribute():
            return node.with_changes(attr=cst.Name(name))
        case "rename_def", cst.FunctionDef():
            return node.with_changes(name=cst.Name(name))
        case "caught", cst.BaseExpression():
            return _caught(node, data["names"], bool(data["both"]))  # type: ignore[arg-type]
        case "suppress_both", cst.Call():
            return node.with_changes(args=[cst.Arg(cst.Name("StopIteration"), comma=_COMMA), *node.args])
        case "guarded", cst.BaseSmallStatement():
            code = "try:\n    {statement}\nexcept StopIteration:\n    raise StopAsyncIteration from None\n"
            return statements(code, statement=node)
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return filled


def _awaited(node: cst.Call, edit: Edit) -> cst.BaseExpression:
    return awaited(node, parens=bool(edit.data.get("parens"))) if edit.data.get("awaited") else node


def _caught(node: cst.BaseExpression, names: Sequence[str], both: bool) -> cst.BaseExpression:
    """What is caught or raised, with ``StopAsyncIteration`` in place of, or beside, the exception spelled so."""
    if isinstance(node, cst.Tuple):
        elements: list[cst.BaseElement] = []
        for element in node.elements:
            if name_of(element.value) in names and both:
                elements.append(cst.Element(element.value, comma=_COMMA))
            changed = _caught(element.value, names, False)
            elements.append(element.with_changes(value=changed))
        return node.with_changes(elements=elements)
    if name_of(node) not in names:
        return node
    made = cst.Name("StopAsyncIteration") if isinstance(node, cst.Name) else _renamed_attribute(node)
    if not both:
        return made.with_changes(lpar=node.lpar, rpar=node.rpar)
    return cst.Tuple([cst.Element(node.with_changes(lpar=(), rpar=())), cst.Element(made)])


def _renamed_attribute(node: cst.BaseExpression) -> cst.BaseExpression:
    return cst.ensure_type(node, cst.Attribute).with_changes(attr=cst.Name("StopAsyncIteration"), lpar=(), rpar=())
