"""Closed: what is written to a stream is drained, and a stream that is waited for was closed."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from porter.facts import Scope
from porter.inference.program import Module
from porter.inference.values import ExternalInstance
from porter.verify.finding import Finding
from porter.verify.view import View

CHECK = "stream"
_WRITER = "asyncio.streams.StreamWriter"
_ASKED = frozenset(("write", "writelines", "drain", "close", "wait_closed"))
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_Calls = dict[str, list[ast.Call]]
"""The calls of one writer in one coroutine, by the method's name."""


def check(view: View, module: Module) -> Iterator[Finding]:
    """Writes without ``drain``, and ``close`` and ``wait_closed`` one without the other, each in one coroutine."""
    for by_name in _by_stream(view, module):
        yield from _unfinished(module, by_name)
        for finding in _not_waited_for(module, by_name):
            if _raises_next(module, finding.node):
                continue
            if _is_used_before(module, finding.node) and not _is_waited_for_elsewhere(view, module, finding.node):
                yield finding


def check_ports(view: View) -> Iterator[Finding]:
    """``close`` without ``wait_closed`` wherever it is: a person may leave that to others, porter's ports wait."""
    for module in view.modules:
        for by_name in _by_stream(view, module):
            yield from _not_waited_for(module, by_name)


def _not_waited_for(module: Module, by_name: _Calls) -> Iterator[Finding]:
    for close in by_name.get("close", ()) if "wait_closed" not in by_name else ():
        yield Finding(module, close, CHECK, "the stream is closed, and nobody waits until it is")


def _raises_next(module: Module, close: ast.AST) -> bool:
    """Whether an error is on its way: then the connection is given up."""
    statement = module.facts.parents.get(close)
    holder = module.facts.parents.get(statement) if statement is not None else None
    for body in (getattr(holder, field, None) for field in ("body", "orelse", "finalbody")):
        if isinstance(body, list) and statement in body[:-1]:
            return isinstance(body[body.index(statement) + 1], ast.Raise)
    return False


def _is_used_before(module: Module, close: ast.AST) -> bool:
    """Whether a coroutine uses a stream before it closes it: else there is nothing that could be lost."""
    scope = module.facts.scope_of(close).function
    assert scope is not None and isinstance(close, ast.Call) and isinstance(close.func, ast.Attribute)
    text, end = ast.unparse(close.func.value), (close.lineno, close.col_offset)
    uses = (node for node in ast.walk(scope.node) if isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) == text)
    return any((node.lineno, node.col_offset) < end and isinstance(node.ctx, ast.Load) for node in uses)


def _is_waited_for_elsewhere(view: View, module: Module, close: ast.AST) -> bool:
    """Whether another method waits for the same attribute's stream."""
    assert isinstance(close, ast.Call) and isinstance(close.func, ast.Attribute)
    stream = close.func.value
    if not isinstance(stream, ast.Attribute):
        return False
    waits = (node for node in view.nodes(module, ast.Attribute) if node.attr == "wait_closed")
    return any(ast.unparse(node.value) == ast.unparse(stream) for node in waits)


def _by_stream(view: View, module: Module) -> list[_Calls]:
    known = view.once(_streams)
    if module not in known:
        known[module] = [*_found(view, module)]
    return known[module]


def _streams(view: View) -> dict[Module, list[_Calls]]:
    """The writers of each module, as far as that was asked."""
    return {}


def _found(view: View, module: Module) -> Iterator[_Calls]:
    called = _calls(view, module)
    for function in view.nodes(module, ast.AsyncFunctionDef) if called else ():
        streams: dict[str, _Calls] = {}
        for call in called.get(module.facts.scopes[function], ()):
            if isinstance(call.func, ast.Attribute) and _is_writer(view, module, call):
                streams.setdefault(ast.unparse(call.func.value), {}).setdefault(call.func.attr, []).append(call)
        yield from (streams[text] for text in sorted(streams))


def _unfinished(module: Module, by_name: _Calls) -> Iterator[Finding]:
    for write in [*by_name.get("write", ()), *by_name.get("writelines", ())]:
        if not any(_follows(module, write, drain) for drain in by_name.get("drain", ())):
            yield Finding(module, write, CHECK, "what is written is never drained, so nothing slows a fast writer down")
    for waits in by_name.get("wait_closed", ()):
        if "close" not in by_name:
            yield Finding(module, waits, CHECK, "`wait_closed` waits for ever: nothing closes the stream")


def _calls(view: View, module: Module) -> dict[Scope, list[ast.Call]]:
    """The calls that may be a writer's, by the function that makes them."""
    found: dict[Scope, list[ast.Call]] = defaultdict(list)
    for call in view.nodes(module, ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in _ASKED:
            scope = view.function(module, call)
            if scope is not None:
                found[scope].append(call)
    return found


def _is_writer(view: View, module: Module, call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Attribute)
    values = view.values(call.func.value, module)
    return bool(values) and all(isinstance(value, ExternalInstance) and value.cls == _WRITER for value in values)


def _follows(module: Module, write: ast.Call, drain: ast.Call) -> bool:
    """Whether ``drain`` comes after ``write``, or comes round again in a loop around both."""
    if (drain.lineno, drain.col_offset) > (write.lineno, write.col_offset):
        return True
    around = set(_loops(module, write))
    return any(loop in around for loop in _loops(module, drain))


def _loops(module: Module, node: ast.AST) -> Iterator[ast.AST]:
    parent = module.facts.parents.get(node)
    while parent is not None and not isinstance(parent, ast.AsyncFunctionDef):
        if isinstance(parent, _LOOPS):
            yield parent
        parent = module.facts.parents.get(parent)
