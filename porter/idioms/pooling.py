"""What becomes of a program's thread pools: all become pools of tasks, or none does."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from porter.idioms.groups import KEEP, threads_left, use_problem
from porter.idioms.idiom import View
from porter.idioms.made_futures import OF_MADE, all_made, future_problem, made_futures, run_by_coroutines
from porter.inference.blocking import Blocking
from porter.inference.objects import Objects, find_objects
from porter.inference.program import Module
from porter.inference.state import Site

POOLS = "pools"
_CLASSES = frozenset({"concurrent.futures.ThreadPoolExecutor"})
_ATTRIBUTES = frozenset({"submit", "map", "shutdown"})
_PARAMETERS = frozenset({"max_workers", "thread_name_prefix"})
_UNLIKE = OF_MADE | {"running"}
"""What a task lacks, or does otherwise."""
_EAGER = frozenset(
    f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "sum", "sorted", "dict", "max", "min", "any", "all")
) | {"builtins.str.join", "builtins.print", "builtins.zip", "builtins.enumerate"}
_READ_WHEN_DONE = frozenset({"result", "exception"})


@dataclass(frozen=True, slots=True, eq=False)
class Pools:
    """What becomes of the pools, and why."""

    ported: bool
    calls: tuple[Blocking, ...]
    problem: str = ""
    """Why they cannot be ported, though they should."""
    remedy: str = KEEP


def objects_of(view: View) -> Objects:
    """The program's pools."""
    return find_objects(view.inference, _CLASSES, POOLS)


@functools.lru_cache(maxsize=2)
def pools_of(view: View) -> Pools:
    """One fate for all: a future does not tell which pool it came from."""
    calls = tuple(b for b in view.blocking if b.row.idiom == POOLS)
    if not _is_needed(view, calls):
        return Pools(False, calls)
    if not objects_of(view).groups and not made_futures(view):
        return Pools(False, calls, "the future comes from outside the program")
    problem = _problem(view, calls)
    return Pools(not problem, calls, problem)


def submissions(view: View) -> Iterator[Site]:
    """The places that have a pool run functions."""
    for site in view.inference.sites:
        if site.role == "spawn" and is_submission(view, site.node):
            yield site


def is_submission(view: View, node: ast.AST) -> bool:
    """Whether a call is ``submit`` or ``map`` of a pool."""
    call = view.inference.site(node)
    return call is not None and any(name.startswith("concurrent.futures.") for name in call.externals)


def _is_needed(view: View, calls: tuple[Blocking, ...]) -> bool:
    """Whether a pool runs what became a coroutine function, or a coroutine waits for one."""
    if any(view.colours.is_async(function) for site in submissions(view) for function in site.functions):
        return True
    if any(_takes_socket(view, site) for site in submissions(view)):
        return True
    return any(b.row.blocks and b.site.caller in run_by_coroutines(view) and not reads_when_done(view, b) for b in calls)


def _takes_socket(view: View, site: Site) -> bool:
    """Whether what a pool runs is given an async socket, which belongs to the event loop."""
    module = view.module(site.caller)
    groups = [view.sockets.group(view.values(arg, module)) for arg in getattr(site.node, "args", ())]
    return any(group is not None and group.lowering == "object" for group in groups)


def _problem(view: View, calls: tuple[Blocking, ...]) -> str:
    if any("ProcessPoolExecutor" in module.facts.text for module in view.inference.program.modules.values()):
        return "the program has pools of processes as well, whose futures look the same"
    for group in objects_of(view).groups:
        found = use_problem(view, group, _ATTRIBUTES)
        if found is not None:
            return found[2]
        for origin in group.origins:
            if isinstance(origin.origin, ast.Call) and not _is_plain(origin.origin):
                return "the pool is made with more than a number of workers and a name"
    return future_problem(view) or next((problem for b in calls if (problem := _call_problem(view, b))), "")


def _is_plain(call: ast.Call) -> bool:
    return len(call.args) <= 2 and all(keyword.arg in _PARAMETERS for keyword in call.keywords)


def _call_problem(view: View, b: Blocking) -> str:
    """Why one call cannot change."""
    site, tail = b.site, b.row.tail
    module = view.module(site.caller)
    if not module.source.is_target:
        return "it is used in a file that is not among the targets"
    if site.role not in ("call", "enter") or site.functions or b.others:
        return f"`{tail}` is called by other code, or the call may reach something else"
    if tail in _UNLIKE and not (tail in OF_MADE and all_made(view, b)):
        return f"a task has no `{tail}` that does the same"
    if site.caller in threads_left(view) and not reads_when_done(view, b):
        return f"`{site.caller.qualname}` uses it in a thread that stays one"
    if b.row.blocks and site.caller.kind == "lambda" and not reads_when_done(view, b):
        return "a lambda cannot await"
    if tail in ("map", "as_completed") and isinstance(site.node, ast.Call) and not iteration_of(view, module, site.node):
        return f"what `{tail}` gives is kept; loop over it where it is made"
    return ""


def reads_when_done(view: View, b: Blocking) -> bool:
    """``future.result()`` in a function that is called when the future is done: there is nothing to wait for."""
    if b.row.tail not in _READ_WHEN_DONE:
        return False
    callers = view.inference.callers(b.site.caller)
    return bool(callers) and all(site.role == "callback" and _adds_callback(view, site) for site in callers)


def _adds_callback(view: View, site: Site) -> bool:
    call = view.inference.site(site.node)
    return call is not None and any(name.endswith("Future.add_done_callback") for name in call.externals)


def iteration_of(view: View, module: Module, node: ast.Call) -> str:
    """How what ``map`` or ``as_completed`` gives is used: ``for``, ``comprehension``, ``eager``, ``dropped``; else empty."""
    match parent := module.facts.parents[node]:
        case ast.For() if parent.iter is node:
            return "for"
        case ast.comprehension() if parent.iter is node:
            return "comprehension"
        case ast.Expr():
            return "dropped"
        case ast.Starred():
            return "eager"
        case ast.Call() if node in parent.args:
            taker = view.inference.site(parent)
            names = set(taker.externals) if taker is not None and not taker.functions else set()
            return "eager" if names and names <= _EAGER else ""
    return ""
