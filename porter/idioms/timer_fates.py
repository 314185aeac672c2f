"""What becomes of a program's timers, group by group."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping

from porter.facts.model import Scope
from porter.idioms.groups import Fate, use_problem
from porter.idioms.idiom import View
from porter.inference.blocking import Blocking
from porter.inference.objects import ObjectGroup, Objects, find_objects, reached
from porter.inference.values import ExternalInstance

TIMERS = "timers"
TIMER = "threading.Timer"
_ATTRIBUTES = frozenset({"start", "cancel", "join", "is_alive", "daemon", "interval", "function", "args", "kwargs", "finished"})


def objects_of(view: View) -> Objects:
    """The program's timers."""
    return find_objects(view.inference, frozenset({TIMER}), TIMERS)


def is_timer_call(b: Blocking) -> bool:
    """Whether a call is one on timers only."""
    return bool(b.receivers) and all(isinstance(r, ExternalInstance) and r.cls == TIMER for r in b.receivers)


def functions_of(view: View, group: ObjectGroup) -> list[Scope]:
    """What the timers of a group call."""
    sites = (view.inference.site(origin.origin, "spawn") for origin in group.origins if origin.origin is not None)
    return [function for site in sites if site is not None for function in site.functions]


@functools.lru_cache(maxsize=2)
def fates(view: View) -> Mapping[str, Fate]:
    """By the names of the groups."""
    objects = objects_of(view)
    calls: dict[str, list[Blocking]] = {group.name: [] for group in objects.groups}
    for b in view.blocking if objects.groups else ():
        group = objects.group(b.receivers) if is_timer_call(b) else None
        if group is not None:
            calls[group.name].append(b)
    inside = reached(view.inference, view.colours.causes) if objects.groups else set()
    return {group.name: _fate(view, group, tuple(calls[group.name]), inside) for group in objects.groups}


def _fate(view: View, group: ObjectGroup, calls: tuple[Blocking, ...], inside: set[Scope]) -> Fate:
    starts = [b for b in calls if b.row.tail == "start"]
    on_loop = any(b.site.caller in inside for b in starts)
    if not on_loop and not any(view.colours.is_async(function) for function in functions_of(view, group)):
        return Fate("kept", calls, "what the timer calls does not wait")
    problem = use_problem(view, group, _ATTRIBUTES)
    if problem is not None:
        return Fate("refused", calls, problem[2])
    for b in calls:
        if b.site.role != "call" or b.site.functions or b.others or not isinstance(b.site.node, ast.Call):
            return Fate("refused", calls, f"its `{b.row.tail}` is called by other code, or the call may reach something else")
        if b.row.tail == "join" and b.site.caller.kind == "lambda":
            return Fate("refused", calls, "a lambda cannot await")
    return Fate("ported", calls)


def is_ported(view: View, call: ast.AST) -> bool:
    """Whether the timer that a call makes becomes a task."""
    groups = objects_of(view).by_origin.get(call, ())
    return bool(groups) and all(fates(view)[g.name].outcome == "ported" and g.name not in view.refused for g in groups)


def why_not(view: View, call: ast.AST) -> str:
    """Why the timer that a call makes stays a thread; empty if nothing speaks against it, or it is no timer."""
    for group in objects_of(view).by_origin.get(call, ()):
        fate, known = fates(view)[group.name], view.refused.get(group.name)
        if fate.outcome == "refused" or known is not None:
            return fate.reason if known is None else known.reason
    return ""
