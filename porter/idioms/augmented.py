"""Augmented assignments: what they wait for is awaited before the old value is read.

Rewrites
    ``self.total += await receive()`` → ``value = await receive()`` and ``self.total += value``, where another task can
    reach the target: an attribute, an item under a constant or a local name, a global or nonlocal variable.

Why it means the same
    ``x.n += f()`` reads ``x.n`` first, then calls. In a coroutine every other task may run during that call, and what
    they add is overwritten: ten tasks that each add one leave 1. Read after the await, all ten are kept. What differs:
    the old value is read, and the target's owner looked up, after the call instead of before it.

Declines when
    No other task can reach the target (a local variable), the target makes a call of its own or has a computed key, or
    what is awaited sets the same name itself, so that a single task would see the difference.

Source
    https://docs.python.org/3/reference/simple_stmts.html#augmented-assignment-statements
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.objects import reached
from porter.inference.program import Module
from porter.inference.state import Site
from porter.syntax.names import free
from porter.syntax.shapes import Statements, assign, bare, line

NAME = "augmented"

_SLOW = "import time\n\n\ndef receive():\n    time.sleep(1)\n    return 1\n\n\n"
_ASYNC = "import asyncio\n\n\nasync def receive():\n    await asyncio.sleep(1)\n    return 1\n\n\n"
EXAMPLES = (
    Example(
        "attribute",
        _SLOW + "def count(self):\n    self.total += receive()\n",
        _ASYNC + "async def count(self):\n    value = await receive()\n    self.total += value\n",
        "self.total is read after the waiting, so that what other tasks add meanwhile is kept",
    ),
)
REFUSALS = (
    Example(
        "nothing_waits",
        "def count(self, values):\n    self.total += sum(values)\n",
        "def count(self, values):\n    self.total += sum(values)\n",
        "no other task can run in between",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each such assignment that waits."""
    waits: dict[ast.AugAssign, tuple[Module, list[Site]]] = {}
    for site in (*view.colours.awaited.values(), *(b.site for b, made in view.decisions.items() if made.awaited)):
        module = view.module(site.caller)
        statement = module.facts.statement(site.node) if isinstance(site.node, ast.expr) else site.node
        if isinstance(statement, ast.AugAssign) and _within(module, site.node, statement.value):
            waits.setdefault(statement, (module, []))[1].append(site)
    edits = []
    for statement, (module, sites) in waits.items():
        scope = module.facts.scope_of(statement)
        if view.in_coroutine(scope) and is_shared(scope, statement.target) and not _sets_too(view, sites, statement.target):
            taken = scope.bound | scope.module.bound | {n.id for n in ast.walk(scope.node) if isinstance(n, ast.Name)}
            edits.append(view.edit(NAME, module, statement, "hoist", name=free("value", taken)))
    return Proposal(tuple(edits))


def _within(module: Module, node: ast.AST, value: ast.expr) -> bool:
    """Whether a node is part of the right-hand side."""
    at: ast.AST | None = node
    while at is not None and at is not value:
        at = module.facts.parents.get(at)
    return at is value


def is_shared(scope: Scope, target: ast.expr) -> bool:
    """Whether another task may reach the target, and looking it up later is the same as looking it up now."""
    match target:
        case ast.Attribute(value=base):
            return _is_plain(base)
        case ast.Subscript(value=base, slice=ast.Constant()):
            return _is_plain(base)
        case ast.Subscript(value=base, slice=ast.Name(id=key)):
            return _is_plain(base) and key in scope.bound and not _is_outer(scope, key)
        case ast.Name(id=name):
            return _is_outer(scope, name)
    return False


def _is_plain(base: ast.expr) -> bool:
    """A chain of names, attributes and constant keys, which makes no call."""
    match base:
        case ast.Name():
            return True
        case ast.Attribute(value=inner) | ast.Subscript(value=inner, slice=ast.Constant()):
            return _is_plain(inner)
    return False


def _is_outer(scope: Scope, name: str) -> bool:
    """Whether a variable is another scope's, or is set by an inner function as well."""
    if name in scope.outer or name in scope.nonlocals:
        return True
    return any(name in inner.nonlocals for inner in _inside(scope))


def _inside(scope: Scope) -> Iterator[Scope]:
    for child in scope.children:
        yield child
        yield from _inside(child)


def _sets_too(view: View, sites: list[Site], target: ast.expr) -> bool:
    """Whether what is awaited sets a target of the same name."""
    wanted = _name_of(target)
    for function in reached(view.inference, [function for site in sites for function in site.functions]):
        for node in ast.walk(function.node):
            stored = isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)) and isinstance(node.ctx, ast.Store)
            if stored and _name_of(node) == wanted and not _is_own(function, node):
                return True
    return False


def _is_own(function: Scope, node: ast.AST) -> bool:
    """Whether a stored name is the function's own variable."""
    return isinstance(node, ast.Name) and not _is_outer(function, node.id)


def _name_of(target: ast.AST) -> str:
    match target:
        case ast.Attribute(attr=name):
            return f".{name}"
        case ast.Subscript(value=ast.Attribute(attr=name) | ast.Name(id=name)):
            return f"{name}[]"
        case ast.Name(id=name):
            return name
    return ""


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> Statements:
    """``hoist``: the value in a variable called ``name``, then the assignment."""
    statement = cst.ensure_type(node, cst.AugAssign)
    name = str(edit.data["name"])
    return (assign(name, bare(statement.value)), line(statement.with_changes(value=cst.Name(name))))
