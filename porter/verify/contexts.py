"""Closed: what must not stand around, or inside, a coroutine's waiting."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.inference.program import Module
from porter.inference.values import ExternalInstance
from porter.verify.finding import Finding
from porter.verify.gives import is_asynchronous_next
from porter.verify.view import View

CHECK = "context"
_LOCKS = frozenset(
    ("_thread.lock", "_thread.LockType", "_thread.allocate_lock", "_thread.RLock", "threading.Lock", "threading.RLock")
    + ("threading._RLock", "threading.Condition", "threading.Semaphore", "threading.BoundedSemaphore")
)
_WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def check(view: View, module: Module) -> Iterator[Finding]:
    """Nested event loops, thread locks held while waiting, ``StopIteration`` where it never comes."""
    for call in view.nodes(module, ast.Call):
        if "asyncio.run" in view.callees(call) and view.in_coroutine(module, call) and not _in_child(view, module, call):
            yield Finding(module, call, CHECK, "`asyncio.run` inside a coroutine always fails")
    for statement in view.nodes(module, ast.With):
        for item in statement.items:
            if _is_thread_lock(view, module, item.context_expr) and any(map(_waits, statement.body)):
                message = f"`{ast.unparse(item.context_expr)}`, a lock of threads, is held across an `await`"
                yield Finding(module, statement, CHECK, message)
    for attempt in view.nodes(module, ast.Try):
        yield from _stop_iteration(view, module, attempt)
    for node in view.nodes(module, ast.Raise):
        if view.in_coroutine(module, node) and _names(node.exc) == {"StopIteration"}:
            yield Finding(module, node, CHECK, "`StopIteration` cannot leave a coroutine; it becomes a RuntimeError")


def _in_child(view: View, module: Module, call: ast.Call) -> bool:
    """Whether a call is tried in the child of a fork, which surely ends with the attempt."""
    node: ast.AST | None = call
    while node is not None and not isinstance(node, _NESTED):
        if isinstance(node, ast.Try) and _exits(view, node) and "fork" in ast.unparse(module.facts.scope_of(node).node):
            return True
        node = module.facts.parents.get(node)
    return False


def _exits(view: View, attempt: ast.Try) -> bool:
    last = attempt.finalbody[-1:] or [handler.body[-1] for handler in attempt.handlers if handler.type is None]
    if last and isinstance(last[0], ast.Try):
        return _exits(view, last[0])
    return any(isinstance(one, ast.Expr) and "os._exit" in view.callees(one.value) for one in last)


def _is_thread_lock(view: View, module: Module, expr: ast.expr) -> bool:
    values = view.values(expr, module)
    return any(isinstance(value, ExternalInstance) and value.cls in _LOCKS for value in values)


def _waits(node: ast.AST) -> bool:
    if isinstance(node, _WAITS) or isinstance(node, ast.comprehension) and node.is_async:
        return True
    return not isinstance(node, _NESTED) and any(map(_waits, ast.iter_child_nodes(node)))


def _stop_iteration(view: View, module: Module, attempt: ast.Try) -> Iterator[Finding]:
    if not _catches_plain_ends(*(handler.type for handler in attempt.handlers)):
        return
    calls = [call for call in _calls(attempt.body) if isinstance(call.func, ast.Name)]
    awaited = [call for call in calls if is_asynchronous_next(view, call) and len(call.args) == 1]
    plain = any(view.original(call.func) == "next" for call in calls)
    if awaited and not plain:
        handler = next(one for one in attempt.handlers if "StopIteration" in _names(one.type))
        yield Finding(module, handler, CHECK, _ENDS)


_ENDS = "`anext` raises `StopAsyncIteration`, and `StopIteration` is caught"


def check_ports(view: View) -> Iterator[Finding]:
    """The same where a plain iterator may end beside the asynchronous one, or a coroutine that is called lets its end out."""
    for module in view.modules:
        for attempt in view.nodes(module, ast.Try):
            caught = [handler.type for handler in attempt.handlers]
            if _catches_plain_ends(*caught) and any(_ends(view, call) for call in _calls(attempt.body)):
                yield Finding(module, attempt.handlers[0], CHECK, _ENDS)
        for statement in view.nodes(module, ast.With):
            suppressed = [item.context_expr for item in statement.items if isinstance(item.context_expr, ast.Call)]
            caught = [one for call in suppressed if ast.unparse(call.func).endswith("suppress") for one in call.args]
            if _catches_plain_ends(*caught) and any(_ends(view, call) for call in _calls(statement.body)):
                yield Finding(module, statement, CHECK, _ENDS)


def _catches_plain_ends(*types: ast.expr | None) -> bool:
    names = set().union(*map(_names, types))
    return "StopIteration" in names and names.isdisjoint(("StopAsyncIteration", "Exception", "BaseException"))


def _calls(body: list[ast.stmt]) -> list[ast.Call]:
    return [node for statement in body for node in _own(statement) if isinstance(node, ast.Call)]


def _ends(view: View, call: ast.Call, depth: int = 2) -> bool:
    """Whether a call, awaited, surely raises ``StopAsyncIteration`` where an iterator ends."""
    if is_asynchronous_next(view, call):
        return len(call.args) == 1
    site = view.site(call)
    if site is None or depth == 0 or not site.functions or site.unknown or site.externals:
        return False
    return all(_lets_ends_out(view, scope.node, depth) for scope in site.functions)


def _lets_ends_out(view: View, node: ast.AST, depth: int) -> bool:
    if not isinstance(node, ast.AsyncFunctionDef):
        return False
    own = [one for statement in node.body for one in _own(statement)]
    if any(isinstance(one, (ast.Yield, ast.YieldFrom, ast.Try)) for one in own):
        return False
    awaited = [one.value for one in own if isinstance(one, ast.Await)]
    return any(_ends(view, call, depth - 1) for call in awaited if isinstance(call, ast.Call))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, _NESTED):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)


def _names(node: ast.expr | None) -> set[str]:
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Call(func=func):
            return _names(func)
        case ast.Tuple(elts=items):
            return set().union(*map(_names, items))
        case _:
            return set()
