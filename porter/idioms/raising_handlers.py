"""Signal handlers that raise: in a port the exception leaves the event loop, and does not come to where a task waits."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from porter.facts.model import Scope
from porter.idioms.idiom import Pin, View
from porter.idioms.task_scopes import task_scopes
from porter.inference.exits import exits
from porter.inference.objects import reached
from porter.inference.result import Inference

_SIGNAL = "signal.signal"
_NOT_BY_EXCEPTION = ("SystemExit", "KeyboardInterrupt")


def raising_handlers(view: View) -> Iterator[Pin]:
    """Pins for what the main task would catch of what handlers raise, and for threads that outlive a handler's exit."""
    raised = _raised(view.inference)
    if not raised:
        return
    scopes = task_scopes(view)
    if "SystemExit" in raised:
        spawns = [spawn for spawn in scopes.spawns if not spawn.daemon]
        waited: list[tuple[Scope, ast.AST]] = [(one, spawn.call) for spawn in spawns for one in spawn.functions]
        waited += [(cls.run, cls.run.node) for cls in scopes.classes if not cls.daemon]
        for function, place in waited:
            reason = "a signal handler exits, which a thread that is no daemon outlives, and a task does not"
            yield Pin(function, place, reason, "have the handler set an event that `main` waits for, or make the thread a daemon")
    for scope in [one for one in view.colours.causes if one in scopes.main and one not in scopes.tasks]:
        waiting = {site.node for site in view.colours.awaited.values() if site.caller is scope}
        for node in ast.walk(scope.node):
            caught = _caught(node, raised) if isinstance(node, ast.Try) else ""
            inside = {one for statement in node.body for one in ast.walk(statement)} if isinstance(node, ast.Try) else set()
            if caught and not waiting.isdisjoint(inside):
                reason = f"a signal handler raises `{caught}`, which would leave the event loop and not come here"
                yield Pin(scope, node, reason, "have the handler set an event, or use `async with asyncio.timeout(...)`")
                break


@functools.lru_cache(maxsize=2)
def _raised(inference: Inference) -> frozenset[str]:
    """The names of the exceptions that handlers of signals raise."""
    handlers: set[Scope] = set()
    for site in inference.sites:
        call = inference.site(site.node) if site.role == "callback" else None
        if call is not None and _SIGNAL in call.externals:
            handlers |= reached(inference, site.functions)
    found = {"SystemExit" for _, scope, _ in exits(inference) if scope in handlers} if handlers else set()
    for handler in handlers:
        for node in ast.walk(handler.node):
            if isinstance(node, ast.Raise) and node.exc is not None:
                made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                found.add(ast.unparse(made).rpartition(".")[2])
    return frozenset(found)


def _caught(node: ast.Try, raised: frozenset[str]) -> str:
    """The exception that a ``try`` would catch of those that are raised; empty for none."""
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {ast.unparse(kind).rpartition(".")[2] if kind is not None else "BaseException" for kind in kinds}
        for name in sorted(raised):
            broad = "BaseException" in names or ("Exception" in names and name not in _NOT_BY_EXCEPTION)
            if name in names or broad:
                return name
    return ""
