"""Closed: what is written to a stream is drained, and a stream that is waited for was closed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.inference.program import Module
from porter.inference.values import ExternalInstance
from porter.verify.finding import Finding
from porter.verify.view import View

CHECK = "stream"
_WRITER = "asyncio.streams.StreamWriter"
_ASKED = frozenset(("write", "writelines", "drain", "close", "wait_closed"))
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def check(view: View, module: Module) -> Iterator[Finding]:
    """Writes without ``drain``, and ``close`` and ``wait_closed`` one without the other, each in one coroutine."""
    for function in view.nodes(module, ast.AsyncFunctionDef):
        calls = [call for call in _calls(view, module, function) if _is_writer(view, module, call)]
        for text in sorted({ast.unparse(call.func.value) for call in calls}):  # type: ignore[attr-defined]
            yield from _unfinished(module, [call for call in calls if ast.unparse(call.func.value) == text])  # type: ignore[attr-defined]


def _unfinished(module: Module, calls: list[ast.Call]) -> Iterator[Finding]:
    by_name: dict[str, list[ast.Call]] = {}
    for call in calls:
        by_name.setdefault(call.func.attr, []).append(call)  # type: ignore[attr-defined]
    for write in [*by_name.get("write", ()), *by_name.get("writelines", ())]:
        if not any(_follows(module, write, drain) for drain in by_name.get("drain", ())):
            yield Finding(module, write, CHECK, "what is written is never drained, so nothing slows a fast writer down")
    for waits in by_name.get("wait_closed", ()):
        if "close" not in by_name:
            yield Finding(module, waits, CHECK, "`wait_closed` waits for ever: nothing closes the stream")
    for close in by_name.get("close", ()):
        if "wait_closed" not in by_name:
            yield Finding(module, close, CHECK, "the stream is closed, and nobody waits until it is")


def _calls(view: View, module: Module, function: ast.AsyncFunctionDef) -> list[ast.Call]:
    calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
    found = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in _ASKED]
    scope = module.facts.scopes[function]
    return [call for call in found if view.function(module, call) is scope]


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
