"""Futures that the program makes itself (``Future()``): a task completes them, and others wait for them."""

from __future__ import annotations

import ast
import functools

from porter.facts.model import Scope
from porter.idioms.groups import threads_left, use_problem
from porter.idioms.idiom import View
from porter.inference.blocking import Blocking
from porter.inference.objects import ObjectGroup, find_objects, reached
from porter.inference.program import Module
from porter.inference.state import caller_of
from porter.inference.values import External, ExternalInstance

FUTURE = "concurrent.futures.Future"
_ATTRIBUTES = frozenset(
    {
        "result",
        "exception",
        "done",
        "cancelled",
        "add_done_callback",
        "set_result",
        "set_exception",
        "cancel",
        "set_running_or_notify_cancel",
    }
)
OF_MADE = frozenset({"set_result", "set_exception", "cancel", "set_running_or_notify_cancel"})
"""What is called on futures that the program makes, and not on those that a pool gives."""


@functools.lru_cache(maxsize=2)
def made_futures(view: View) -> tuple[ObjectGroup, ...]:
    """The groups of futures of which some are made by the program's own calls."""
    objects = find_objects(view.inference, frozenset({FUTURE}), "futures")
    return tuple(group for group in objects.groups if any(is_made(view, origin) for origin in group.origins))


def is_made(view: View, value: object) -> bool:
    """Whether an object comes from a call of its class, or is made for each object of a dataclass."""
    if not isinstance(value, ExternalInstance):
        return False
    if isinstance(value.origin, ast.AnnAssign):
        return _has_factory(view, value.origin)
    if not isinstance(value.origin, ast.Call):
        return False
    site = view.inference.site(value.origin)
    return site is not None and any(view.inference.state.outside.public(name) == FUTURE for name in site.externals)


def _has_factory(view: View, field: ast.AnnAssign) -> bool:
    """``future: Future = field(default_factory=Future)``."""
    module = _module_of(view, field)
    for keyword in field.value.keywords if isinstance(field.value, ast.Call) else ():
        if keyword.arg == "default_factory" and isinstance(keyword.value, (ast.Name, ast.Attribute)):
            found = view.inference.program.resolve(keyword.value, module.facts.scope_of(field))
            return isinstance(found, External) and view.inference.state.outside.public(found.name) == FUTURE
    return False


def _module_of(view: View, node: ast.AST) -> Module:
    return next(module for module in view.inference.program.modules.values() if node in module.facts.parents)


def all_made(view: View, b: Blocking) -> bool:
    """Whether a call reaches nothing but futures that the program makes; annotations say nothing of that."""
    calls = [value for value in b.receivers if not isinstance(value, ExternalInstance) or isinstance(value.origin, ast.Call)]
    return all(is_made(view, value) for value in calls) and any(is_made(view, value) for value in b.receivers)


@functools.lru_cache(maxsize=2)
def run_by_coroutines(view: View) -> frozenset[Scope]:
    """The functions that run on the event loop: coroutines, and what they call."""
    return frozenset(reached(view.inference, [*view.colours.causes, *view.wrapped]))


def is_cancelled(view: View) -> bool:
    """Whether some of the futures that the program makes are cancelled, too: who waits gets an error, no cancellation."""
    return any(use.attr == "cancel" for group in made_futures(view) for use in group.uses)


def future_problem(view: View) -> str:
    """Why the futures that the program makes cannot become those of asyncio."""
    for group in made_futures(view):
        found = use_problem(view, group, _ATTRIBUTES)
        if found is not None:
            return found[2]
        for use in group.uses:
            if use.touches and use.caller in threads_left(view):
                return f"`{use.caller.qualname}` uses a future in a thread that stays one"
        for origin in group.origins:
            if is_made(view, origin) and not _made_on_the_loop(view, origin):
                return "a future is made where no event loop runs"
    return ""


def _made_on_the_loop(view: View, origin: ExternalInstance) -> bool:
    if not isinstance(origin.origin, ast.Call):
        return True  # where objects of its dataclass are made, which those that use it have
    module = _module_of(view, origin.origin)
    return caller_of(module.facts.scope_of(origin.origin)) in run_by_coroutines(view)
