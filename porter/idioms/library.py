"""Library: what a user's own catalogue rows name.

Rewrites
    With ``blocking = "pkg.net.Stream.read"``, ``asyncio = "pkg.net.AsyncStream.aread"``, ``becomes = "await"``:
    ``stream.read(n)`` → ``await stream.aread(n)``; with ``async with`` and ``async for``: what the row gives is entered, or
    looped over, asynchronously.

Why it means the same
    The user says so. What the row names is not changed itself, even where it is defined in the program.

Declines when
    The place cannot await.

Source
    The user's settings.
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.catalogue.entry import USER
from porter.facts.model import Scope
from porter.idioms.idiom import Decision, Edit, Example, Pin, Proposal, View
from porter.idioms.row_uses import replaced_uses, spelled
from porter.inference.blocking import Blocking
from porter.inference.program import Module
from porter.inference.row_names import overrides_of_rows
from porter.inference.scheduling import is_scheduled
from porter.inference.values import External, ModuleValue
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "library"

EXAMPLES: tuple[Example, ...] = ()
REFUSALS: tuple[Example, ...] = ()

_WAITS = ("await", "async with", "async for")


def decide(view: View, b: Blocking) -> Decision | None:
    """A user's row decides by itself."""
    if b.row.library != USER or b.row.becomes not in _WAITS:
        return None
    if b.site.role in ("enter", "exit") and b.row.becomes != "async with":
        return Decision("kept", reason="its row does not speak of entering it")
    if b.site.role == "call" and b.row.becomes != "await":
        return Decision("kept", reason="making it does not block")
    if b.site.role in ("iterate", "next") and b.row.becomes != "async for":
        return Decision("kept", reason="its row does not speak of looping over it")
    return Decision("ported", awaited=True)


def propose(view: View) -> Proposal:
    """An edit for each place that a row names; entering is done by ``managers``."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for b, decision in view.decisions.items():
        if not decision.awaited or b.row.library != USER:
            continue
        if not view.in_coroutine(b.site.caller) or b.site.caller.kind == "lambda":
            pins.append(Pin(b.site.caller, b.site.node, "a lambda cannot await", "make the lambda a named function"))
            continue
        edits.extend(_edits(view, b))
    for scope, row in overrides_of_rows(view.inference, view.catalogue).items():
        tail = row.asyncio.rpartition(".")[2]
        if scope in view.colours.causes and tail not in ("", scope.name):
            edits.append(view.edit(NAME, view.module(scope), scope.node, "rename_def", name=tail))
    taken = {b.site.node.func for b in view.decisions if b.row.library == USER and isinstance(b.site.node, ast.Call)}
    functions = {node for node in taken if isinstance(node, (ast.Name, ast.Attribute))}
    edits.extend(replaced_uses(view, NAME, functions))
    return Proposal(tuple(edits), tuple(pins))


def _edits(view: View, b: Blocking) -> list[Edit]:
    module = view.module(b.site.caller)
    node = b.site.node
    parent = module.facts.parents[node]
    if b.site.role == "call" and isinstance(node, ast.Call):
        own = any(view.colours.is_async(function) for function in b.site.functions)  # then `colour` awaits it
        own = own or is_scheduled(view.inference, module, node)
        edits = [] if own else [view.edit(NAME, module, node, "await", parens=needs_parentheses(parent, node))]
        tail = b.row.asyncio.rpartition(".")[2]
        if b.row.asyncio not in ("", b.row.name) and _is_function(view, module, node.func):
            imports, code = spelled(view, module, node.func, b.row.asyncio)
            edits.insert(0, view.edit(NAME, module, node.func, "replace_expression", imports=imports, code=code))
        elif isinstance(node.func, ast.Attribute) and tail and tail != node.func.attr and b.row.tail == node.func.attr:
            edits.insert(0, view.edit(NAME, module, node.func, "rename", name=tail))
        return edits
    if b.site.role == "iterate" and isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node:
        return [view.edit(NAME, module, parent, "asynchronous")]
    return []


def _is_function(view: View, module: Module, func: ast.expr) -> bool:
    """Whether what is called is a function of a module: a method, a parameter, a local has no name to be imported by."""
    scope = module.facts.scope_of(func)
    match func:
        case ast.Name(id=name):
            owner = scope.binding(name)
            return owner is None or owner.kind == "module" or _is_imported(owner, name)
        case ast.Attribute(value=value):
            found = view.inference.program.resolve(value, scope)
            return isinstance(found, (ModuleValue, External)) and getattr(found, "kind", "module") in ("module", "unknown")
    return False


def _is_imported(owner: Scope, name: str) -> bool:
    """Whether a function binds a name by an import of its own."""
    found = [node for node in ast.walk(owner.node) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return any((alias.asname or alias.name) == name for node in found for alias in node.names)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``await``; ``asynchronous``: a loop or comprehension; ``rename``: the last part of an attribute; ``rename_def``."""
    match edit.action:
        case "await":
            assert isinstance(node, cst.BaseExpression)
            return awaited(node, parens=bool(edit.data.get("parens")))
        case "asynchronous":
            return node.with_changes(asynchronous=cst.Asynchronous())
        case "rename_def":
            return cst.ensure_type(node, cst.FunctionDef).with_changes(name=cst.Name(str(edit.data["name"])))
        case "rename":
            attribute = cst.ensure_type(node, cst.Attribute)
            return attribute.with_changes(attr=attribute.attr.with_changes(value=str(edit.data["name"])))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
