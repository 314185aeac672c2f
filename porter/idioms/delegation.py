"""Delegation: ``yield from``, and what a generator returns, once it has become asynchronous.

Rewrites
    ``yield from self.lines()`` → ``async for line in self.lines(): yield line``; over something that stayed a plain
    iterable, in a generator that became asynchronous, → ``for``. ``return None`` → ``return``.

Why it means the same
    The same elements come in the same order. What differs: ``yield from`` also handed on what was sent or thrown in; so a
    generator that is driven by ``send`` or ``throw`` is declined.

Declines when
    The value of ``yield from`` is used, or a generator returns one: an asynchronous generator has no value.

Source
    https://peps.python.org/pep-0525/ (no ``yield from``, no ``return`` with a value)
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.inference.iterables import kinds, names_in
from porter.inference.program import Module
from porter.inference.values import GeneratorValue
from porter.syntax.collecting import conjunction
from porter.syntax.names import element_name
from porter.syntax.shapes import Statements, line
from porter.syntax.templates import fill

NAME = "delegation"

EXAMPLES = (
    Example(
        "generator_of_generator",
        "import time\n\n\ndef ticks():\n    time.sleep(1)\n    yield 1\n\n\ndef clock():\n    yield from ticks()\n",
        "import asyncio\n\n\nasync def ticks():\n    await asyncio.sleep(1)\n    yield 1\n\n\n"
        "async def clock():\n    async for tick in ticks():\n        yield tick\n",
        "an asynchronous generator has no `yield from`",
    ),
    Example(
        "plain_iterable",
        "import time\n\n\ndef clock(names):\n    time.sleep(1)\n    yield from names\n",
        "import asyncio\n\n\nasync def clock(names):\n    await asyncio.sleep(1)\n    for name in names:\n        yield name\n",
        "names stays a plain iterable",
    ),
)
REFUSALS = (
    Example(
        "value_used",
        "import time\n\n\ndef page():\n    time.sleep(1)\n    yield 1\n    return 2\n\n\n"
        "def pages():\n    following = yield from page()\n    yield following\n",
        "import time\n\n\ndef page():\n    time.sleep(1)\n    yield 1\n    return 2\n\n\n"
        "def pages():\n    following = yield from page()\n    yield following\n",
        "an asynchronous generator returns no value; remedy: keep it in an attribute or in a mutable argument",
    ),
)

_REMEDY = "keep the value in an attribute, or yield it last"


def propose(view: View) -> Proposal:
    """Edits for each delegation and each ``return None`` of generators that became asynchronous."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for scope in view.colours.causes:
        if scope.is_generator:
            _returns(view, scope, edits, pins)
            for node in scope.yields:
                if isinstance(node, ast.YieldFrom):
                    _delegation(view, scope, node, edits, pins)
    return Proposal(tuple(edits), tuple(pins))


def _returns(view: View, scope: Scope, edits: list[Edit], pins: list[Pin]) -> None:
    for node in scope.returns:
        match node.value:
            case None:
                pass
            case ast.Constant(value=None):
                edits.append(view.edit(NAME, view.module(scope), node, "bare_return"))
            case _:
                reason = f"`{scope.qualname}` returns a value, for `yield from`; an asynchronous generator cannot"
                pins.append(Pin(scope, node, reason, _REMEDY))


def _delegation(view: View, scope: Scope, node: ast.YieldFrom, edits: list[Edit], pins: list[Pin]) -> None:
    module = view.module(scope)
    statement = module.facts.parents[node]
    if not isinstance(statement, ast.Expr):
        reason = "the value of `yield from` is used, and an asynchronous generator has none"
        pins.append(Pin(scope, node, reason, _REMEDY))
    elif _is_driven(view, scope):
        reason = "`yield from` hands on what is sent or thrown into this generator, and a loop would not"
        pins.append(Pin(scope, node, reason, "drive the inner generator directly"))
    else:
        edits.append(_loop(view, module, scope, node, statement))


def _loop(view: View, module: Module, scope: Scope, node: ast.YieldFrom, statement: ast.Expr) -> Edit:
    taken = names_in(scope)
    source = node.value
    asynchronous = True in kinds(view.inference, view.colours, module, source)
    if isinstance(source, ast.GeneratorExp) and _unfolds(source, scope):
        return view.edit(NAME, module, statement, "loop_of_generator")
    return view.edit(
        NAME, module, statement, "loop", name=element_name(source, taken), word="async for" if asynchronous else "for"
    )


def _unfolds(source: ast.GeneratorExp, scope: Scope) -> bool:
    """Whether a generator expression can be written as a loop: its names are free around it, and it stands on a line."""
    bound = {node.id for node in ast.walk(source.generators[0].target) if isinstance(node, ast.Name)}
    return len(source.generators) == 1 and source.lineno == source.end_lineno and not bound & scope.bound


def _is_driven(view: View, scope: Scope) -> bool:
    """Whether something is sent or thrown into the generator."""
    for site in view.inference.callers(scope):
        called = view.inference.site(site.node)
        names = called.externals if site.role == "next" and called is not None else {}
        if any(name.endswith((".send", ".throw")) for name in names):
            return any(isinstance(value, GeneratorValue) for values in names.values() for value in values)
    return False


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``loop`` (``name``, ``word``) and ``loop_of_generator`` of a statement; ``bare_return``."""
    match edit.action:
        case "bare_return":
            return cst.ensure_type(node, cst.Return).with_changes(value=None, whitespace_after_return=cst.SimpleWhitespace(""))
        case "loop":
            name = cst.Name(str(edit.data["name"]))
            loop = cst.For(name, _delegated(node), _yielding(name))
            return (loop.with_changes(asynchronous=_mark(str(edit.data["word"]) == "async for")),)
        case "loop_of_generator":
            return (_unfolded(cst.ensure_type(_delegated(node), cst.GeneratorExp)),)
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled


def _delegated(statement: cst.CSTNode) -> cst.BaseExpression:
    value = cst.ensure_type(cst.ensure_type(statement, cst.Expr).value, cst.Yield).value
    return cst.ensure_type(value, cst.From).item


def _yielding(value: cst.BaseExpression) -> cst.IndentedBlock:
    return cst.IndentedBlock([line(cst.Yield(value))])


def _mark(asynchronous: bool) -> cst.Asynchronous | None:
    return cst.Asynchronous() if asynchronous else None


def _unfolded(generator: cst.GeneratorExp) -> cst.For:
    """The loop that a generator expression stands for."""
    clause = generator.for_in
    body = _yielding(generator.elt)
    if clause.ifs:
        body = cst.IndentedBlock([cst.If(conjunction([one.test for one in clause.ifs]), body)])
    return cst.For(clause.target, clause.iter, body, asynchronous=clause.asynchronous)
