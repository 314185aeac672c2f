"""Why a thread cannot become a task."""

from __future__ import annotations

import ast
import functools

from porter.facts.model import Scope
from porter.idioms.idiom import View
from porter.inference.exits import exits_below
from porter.inference.frontiers import is_cleanup
from porter.inference.program import Module
from porter.inference.spawning import Spawn


def problem_of(view: View, spawn: Spawn) -> str:
    """Why a thread cannot become a task."""
    if not all(view.colours.is_async(f) for f in spawn.functions):
        return "it may also run a function that only computes"
    leaving = exits_below(view.inference, spawn.functions)
    if leaving is not None:
        return f"`{leaving.qualname}` exits, which ends a thread alone, and a task's whole program"
    if _sets_excepthook(view):
        return "the program sets `threading.excepthook`, which hears nothing of tasks"
    if spawn.scope in view.pinned:
        root = view.pinned[spawn.scope].rpartition(": ")[2]
        return f"`{spawn.scope.qualname}`, which starts it, stays synchronous: {root}"
    for join in spawn.joins:
        waiter = scope_of(view, join)
        if not view.in_coroutine(waiter):
            root = view.pinned.get(waiter, "").rpartition(": ")[2]
            return f"`{waiter.qualname}`, which waits for it, stays synchronous: {root}"
    if any(_asked(node) not in ASKED and not _joins_at_cleanup(view, spawn, node) for node in spawn.others):
        return "it is asked for something that a task has not"
    if not spawn.starts:
        return "it is never seen to start"
    if any(not view.in_coroutine(scope_of(view, start)) and scope_of(view, start).kind != "function" for start in spawn.starts):
        return "it is started at module level"
    return next((why for start in spawn.starts if (why := no_loop_problem(view, scope_of(view, start)))), "")


def no_loop_problem(view: View, scope: Scope) -> str:
    """Why a function that starts a thread cannot make a task: the program runs it without an event loop."""
    if view.in_coroutine(scope) or scope not in _run_without_loop(view):
        return ""
    return f"`{scope.qualname}` starts it, and runs where there is no event loop"


@functools.lru_cache(maxsize=2)
def _run_without_loop(view: View) -> frozenset[Scope]:
    """The functions that modules run as they are, without a coroutine in between."""
    calls: dict[Scope, list[Scope]] = {}
    for site in view.inference.sites:
        if site.role not in ("spawn", "callback"):
            calls.setdefault(site.caller, []).extend(site.functions)
    work = [module.facts.module for module in view.inference.program.modules.values() if module.facts.module not in view.wrapped]
    seen = set(work)
    while work:
        for function in calls.get(work.pop(), ()):
            if function not in seen and not view.in_coroutine(function):
                seen.add(function)
                work.append(function)
    return frozenset(seen)


ASKED = frozenset({"name", "daemon", "ident"})
"""Attributes of threads that the stand-in for a thread has as well."""


def _asked(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def _joins_at_cleanup(view: View, spawn: Spawn, node: ast.AST) -> bool:
    """Whether it is the ``join`` that a test case is given as a clean-up, which awaits that of the stand-in."""
    call = spawn.module.facts.parents.get(node)
    site = view.inference.site(call, "callback") if isinstance(call, ast.Call) and node in call.args else None
    return _asked(node) == "join" and site is not None and is_cleanup(view.inference, site)


def why_no_task(view: View, spawn: Spawn) -> str:
    """Why a plain task cannot do what a thread does, and an object that makes its task when it is started can."""
    parents = spawn.module.facts.parents
    if spawn.others:
        return "it is asked for something that a task has not"
    if spawn.scope.kind != "function" and spawn.scope not in view.wrapped:
        return "it is made at module level"
    for start in spawn.starts:
        if start not in parents:
            return "it is started in another module"
        if not isinstance(parents[start], ast.Expr):
            return "its start is part of an expression"
        if owner_of(spawn.module, start) is not owner_of(spawn.module, spawn.call):
            if _movable(spawn):
                continue
            return "it is made in one function and started in another"
        if _awaits_between(view, spawn, start):
            return "something is waited for between making and starting it"
    if isinstance(parents[spawn.call], ast.Attribute) and spawn.starts[0] is not parents[parents[spawn.call]]:
        return "it is used before it is kept"
    if any(isinstance(keyword_.value, ast.Starred) for keyword_ in spawn.call.keywords):
        return "its arguments are unpacked"
    return ""


def _sets_excepthook(view: View) -> bool:
    """Whether the program reports by itself what its threads raise."""
    for module in view.inference.program.modules.values():
        for node in module.facts.nodes:
            if isinstance(node, ast.Attribute) and node.attr == "excepthook" and isinstance(node.ctx, ast.Store):
                if any(getattr(value, "name", "") == "threading" for value in view.values(node.value, module)):
                    return True
    return False


def _movable(spawn: Spawn) -> bool:
    """Made in a constructor of attributes only, kept in an attribute, started once elsewhere in the class."""
    statement = spawn.module.facts.parents[spawn.call]
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"))]):
            pass
        case _:
            return False
    if any(k.arg not in ("target", "args", "daemon", "name") for k in spawn.call.keywords) or spawn.call.args:
        return False
    names = {node.id for node in ast.walk(spawn.call) if isinstance(node, ast.Name)}
    local = names & spawn.scope.bound - {"self"}
    starter = owner_of(spawn.module, spawn.starts[0])
    same_class = starter.parent is not None and starter.parent is spawn.scope.parent
    return not local and same_class and len(spawn.starts) == 1


def owner_of(module: Module, node: ast.AST) -> Scope:
    """The function, or the module, that runs a node."""
    scope = module.facts.scope_of(node)
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return scope


def _awaits_between(view: View, spawn: Spawn, start: ast.Call) -> bool:
    """Whether something is awaited after it is made and before it starts: on lines between, or in a loop that starts many."""
    first, last = spawn.call.end_lineno or 0, start.lineno
    looped: set[ast.AST] = set()
    at: ast.AST = start
    while at is not spawn.scope.node and at in spawn.module.facts.parents:
        at = spawn.module.facts.parents[at]
        if isinstance(at, ast.For | ast.While) and at.lineno > first:
            looped.update(ast.walk(at))
    return any(
        site.caller is spawn.scope and (first < getattr(site.node, "lineno", 0) < last or site.node in looped)
        for site in view.colours.awaited.values()
        if "threading.Thread.start" not in site.externals
    )


def scope_of(view: View, node: ast.AST) -> Scope:
    """The scope that makes a call."""
    site = view.inference.site(node)
    assert site is not None
    return site.caller
