"""Loops that wait by looking: ``while not done: pass`` ends when somebody else changes what its test reads.

A thread may wait so, since others run meanwhile. A coroutine must give way each time round; a plain function that tasks
reach must become a coroutine, or nobody would ever change anything.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Sequence

from porter.facts.model import Scope
from porter.inference.result import Inference
from porter.inference.state import caller_of

_LOOKS = frozenset(("is_set", "is_alive", "empty", "full", "qsize", "done", "locked", "isSet"))
_CLOCKS = frozenset(f"time.{name}{unit}" for name in ("time", "monotonic", "perf_counter") for unit in ("", "_ns"))
_PLAIN = frozenset(f"builtins.{name}" for name in ("len", "all", "any", "sum", "min", "max", "bool", "int", "getattr", "hasattr"))


@functools.lru_cache(maxsize=2)
def spinning_loops(inference: Inference) -> dict[ast.While, Scope]:
    """Each such loop of the program, and the function around it."""
    found = {}
    for module in inference.program.modules.values():
        if not module.source.is_target or "while" not in module.source.text:
            continue
        for node in module.facts.nodes:
            if isinstance(node, ast.While) and not node.orelse:
                scope = caller_of(module.facts.scope_of(node))
                if _only_counts(node.body, scope, node.test) and _looks(inference, node.test, scope, set()):
                    found[node] = scope
    return found


@functools.lru_cache(maxsize=2)
def thread_targets(inference: Inference) -> tuple[Scope, ...]:
    """All functions that threads of any kind run."""
    found = {function: None for site in inference.sites if site.role == "spawn" for function in site.functions}
    return tuple(found)


def _only_counts(body: Sequence[ast.stmt], scope: Scope, test: ast.expr) -> bool:
    """Whether a loop's body does nothing that its test, or another thread, could notice."""
    read = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    for statement in body:
        match statement:
            case ast.Pass() | ast.Continue() | ast.Expr(value=ast.Constant()):
                pass
            case ast.AugAssign(target=ast.Name(id=name), value=ast.Constant() | ast.Name()):
                if name in read or scope.binding(name) is not scope:
                    return False
            case _:
                return False
    return True


def _looks(inference: Inference, test: ast.expr, scope: Scope, seen: set[Scope]) -> bool:
    """Whether a test reads what others may change, and changes nothing itself."""
    shared = False
    for node in ast.walk(test):
        match node:
            case ast.Call():
                if not _call_looks(inference, node, seen):
                    return False
                shared = True
            case ast.Attribute() | ast.Subscript():
                shared = True
            case ast.Name(id=name):
                shared |= scope.binding(name) is not scope
            case ast.Await() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr() | ast.Lambda():
                return False
    return shared


def _call_looks(inference: Inference, node: ast.Call, seen: set[Scope]) -> bool:
    """Whether a call only looks: at a clock, a flag, or by a function that does nothing else."""
    site = inference.site(node)
    if site is None:
        return False
    looking = _CLOCKS | _PLAIN
    public = inference.state.outside.public
    if any(public(name) not in looking and name.rpartition(".")[2] not in _LOOKS for name in site.externals):
        return False
    return bool(site.externals or site.functions) and all(_only_looks(inference, one, seen) for one in site.functions)


def _only_looks(inference: Inference, function: Scope, seen: set[Scope]) -> bool:
    """Whether all that a function does is to give what it sees."""
    if function in seen:
        return False
    seen.add(function)
    match function.node:
        case ast.Lambda(body=body):
            return _looks(inference, body, function, seen)
        case ast.FunctionDef(body=[*first, ast.Return(value=ast.expr() as value)], decorator_list=[]):
            told = all(isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in first)
            return told and _looks(inference, value, function, seen)
    return False
