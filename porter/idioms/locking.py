"""What becomes of each lock, event, condition, semaphore and barrier: whether a task may have to wait for it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping, Sequence
from typing import Literal

from porter.facts.model import Scope
from porter.idioms.groups import (
    CLAIMED,
    Fate,
    calls_by_group,
    claimed,
    entered_alike,
    follows,
    handed_problem,
    must_run_on_loop,
    other_callees,
    overrides,
    threads_left,
    use_problem,
)
from porter.idioms.idiom import View
from porter.idioms.timing import Waiting, is_zero, statement_of, waiting
from porter.inference.blocking import Blocking
from porter.inference.objects import ObjectGroup, Objects, find_objects
from porter.inference.sections import Sections, enters_again
from porter.inference.state import Site
from porter.inference.values import ExternalInstance

LOCKS = "locks"
TWINS = {
    "threading.Lock": "asyncio.Lock",
    "threading.RLock": "asyncio.Lock",
    "threading.Event": "asyncio.Event",
    "threading.Condition": "asyncio.Condition",
    "threading.Semaphore": "asyncio.Semaphore",
    "threading.BoundedSemaphore": "asyncio.BoundedSemaphore",
    "threading.Barrier": "asyncio.Barrier",
}
REENTRANT = frozenset({"threading.RLock", "threading.Condition"})
ERRORS = {"threading.BrokenBarrierError": "threading.Barrier"}
RENAMED = {"isSet": "is_set", "notifyAll": "notify_all"}
_ATTRIBUTES = frozenset(
    {
        *("acquire", "release", "locked", "wait", "wait_for", "notify", "notify_all", "set", "clear", "is_set"),
        *("reset", "abort", "parties", "n_waiting", "broken", *RENAMED),
    }
)
_NEVER_WAIT = frozenset({"set", "clear", "is_set"})
PARAMETERS: Mapping[str, Sequence[str]] = {
    "acquire": ("blocking", "timeout"),
    "wait": ("timeout",),
    "wait_for": ("predicate", "timeout"),
}
_TAKES = ("acquire", "__enter__")


def awaits(view: View, b: Blocking) -> bool:
    """Whether the port awaits at a call."""
    if b.row.blocks:
        return not polls(b)
    return b.row.becomes == "await" or must_run_on_loop(view, b)


def objects_of(view: View) -> Objects:
    """The program's locks and their like in groups."""
    return find_objects(view.inference, frozenset(TWINS), LOCKS, subclasses=True)


@functools.lru_cache(maxsize=2)
def fates(view: View) -> Mapping[str, Fate]:
    """What becomes of each group."""
    objects = objects_of(view)
    calls = calls_by_group(view, objects, LOCKS)
    plain = {b.site for b in view.blocking if b.row.becomes == "plain"}
    waits = [site for site in view.colours.awaited.values() if site not in plain]
    threads = threads_left(view) if view.colours.causes else frozenset()
    sections = Sections(view.inference, [*waits, *_blocked(view, threads)], view.colours.causes.keys() | threads)
    return {group.name: _fate(view, group, calls[group.name], sections) for group in objects.groups}


def _blocked(view: View, threads: frozenset[Scope]) -> list[Site]:
    """The places where threads that stay threads wait: what they hold meanwhile, no coroutine may want."""
    if not threads:
        return []
    stuck = [
        b.site
        for b, decision in view.decisions.items()
        if decision.outcome in ("kept", "refused") and not (b.row.idiom == LOCKS and b.row.tail in _TAKES)
    ]
    found = [site for site in stuck if site.caller in threads]
    work = [site.caller for site in stuck]
    seen = set(work)
    while work:
        for site in view.inference.callers(work.pop()):
            if site.role != "spawn" and site.caller in threads:
                found.append(site)
                if site.caller not in seen:
                    seen.add(site.caller)
                    work.append(site.caller)
    return found


def _fate(view: View, group: ObjectGroup, calls: tuple[Blocking, ...], sections: Sections) -> Fate:
    if claimed(view, group):
        return Fate("kept", calls, CLAIMED)
    if not _is_waited_for(view, group, calls, sections):
        if any(b.row.blocks for b in calls):
            return Fate("kept", calls, "nothing waits while it is held, so no task can meet it locked")
        known = _ATTRIBUTES | group.own_names(view.inference)
        outcome: Literal["ported", "kept"] = "ported" if follows(view, group, calls, known) else "kept"
        return Fate(outcome, calls, "nobody waits for it")
    problem = use_problem(view, group, _ATTRIBUTES | group.own_names(view.inference))
    if problem is not None:
        return Fate("refused", calls, problem[2])
    overridden = overrides(group, _ATTRIBUTES - _NEVER_WAIT)
    if overridden:
        return Fate("refused", calls, overridden, "give the method a name of its own")
    reason = next((found for b in calls if (found := _call_problem(view, b))), "")
    reason = reason or _part_problem(view, group)
    if reason:
        return Fate("refused", calls, reason)
    if _acts(group, calls):
        return Fate("ported", calls, acts=True)
    return _reentrance(view, group, calls)


def _reentrance(view: View, group: ObjectGroup, calls: tuple[Blocking, ...]) -> Fate:
    """asyncio's locks are not re-entrant, those of ``RLock()`` and ``Condition()`` are."""
    takes = [b.site for b in calls if b.row.tail in _TAKES]
    if not REENTRANT & group.classes.keys():
        return Fate("ported", calls)
    if enters_again(view.inference, takes) is None:
        return Fate("ported", calls)
    if {"threading.Lock", "threading.Condition"} <= group.classes.keys():
        remedy = "take the condition once, and call functions that expect it to be held"
        return Fate("refused", calls, "its holder enters again a condition that may be over a plain lock", remedy)
    return Fate("ported", calls, reenters=True)


def _is_waited_for(view: View, group: ObjectGroup, calls: tuple[Blocking, ...], sections: Sections) -> bool:
    """Whether a task may have to wait at a call: for what another does, or because the holder of a lock waits."""
    takes = [b for b in calls if b.row.blocks and b.row.tail in _TAKES]
    if any(b.row.blocks and b not in takes and not polls(b) for b in calls):
        return True
    may_wait = [b for b in takes if not (isinstance(found := how(b), Waiting) and not found.blocking)]
    return bool(may_wait) and any(_waits_inside(view, group, b, sections) for b in takes)


def _waits_inside(view: View, group: ObjectGroup, b: Blocking, sections: Sections) -> bool:
    """Whether something waits in the section that a call opens; so does what another function must close."""
    if b.site.role == "enter":
        return sections.waits_inside(view.module(b.site.caller), b.site.node)
    last = _last_release(group, b)
    return last is None or sections.waits_between(b.site.caller, b.site.node, last)


def _last_release(group: ObjectGroup, b: Blocking) -> ast.AST | None:
    """The last ``release()`` behind an ``acquire()`` in the same function."""
    line = getattr(b.site.node, "lineno", 0)
    found = [u.parent for u in group.uses if u.attr == "release" and u.caller is b.site.caller and u.kind == "method"]
    later = [node for node in found if getattr(node, "lineno", 0) > line]
    return max(later, key=lambda node: getattr(node, "lineno", 0), default=None)


def how(b: Blocking) -> Waiting | str:
    """How long a call waits."""
    if not isinstance(b.site.node, ast.Call):
        return Waiting()
    tail = b.row.tail
    return waiting(b.site.node, PARAMETERS.get(tail, ()), -1 if tail == "acquire" else None)


def is_told(b: Blocking) -> bool:
    """Whether a call of ``acquire`` hands on what it is told of waiting, by position or by name."""
    node = b.site.node
    if b.row.tail != "acquire" or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return not any(isinstance(one, ast.Starred) for one in node.args) and all(k.arg for k in node.keywords)


def polls(b: Blocking) -> bool:
    """``event.wait(0)`` only asks."""
    found = how(b)
    return b.row.name == "threading.Event.wait" and isinstance(found, Waiting) and is_zero(found.timeout)


def _call_problem(view: View, b: Blocking) -> str:
    """Why a call cannot be said with asyncio's object."""
    other = other_callees(b)
    if other or b.site.role == "enter":
        return "" if b.site.role == "enter" and entered_alike(view, b) else other
    node = b.site.node
    if b.site.role == "callback" and not b.row.blocks:
        return handed_problem(view, b)
    if b.site.role != "call" or not isinstance(node, ast.Call):
        return "it is called by code that does not await its result"
    if b.row.tail == "release" and (node.args or node.keywords):
        return "" if statement_of(view.module(b.site.caller), node) else "the result of `release` is used"
    if b.row.tail not in PARAMETERS:
        return ""
    found = how(b)
    if isinstance(found, str):
        return "" if is_told(b) else found
    if found.given and not isinstance(node.func, ast.Attribute):
        return "its method is called by another name, with a timeout"
    if found.blocking and b.site.caller.kind == "lambda":
        return "a lambda cannot await"
    return ""


def _acts(group: ObjectGroup, calls: Sequence[Blocking]) -> bool:
    """Whether a barrier is made with an action or a timeout, or waited for with one, which asyncio's has not."""
    made = [origin.origin for origin in group.origins if origin.source == "threading.Barrier"]
    waits = [b.site.node for b in calls if b.row.name == "threading.Barrier.wait"]
    given = [(node, most) for nodes, most in ((made, 1), (waits, 0)) for node in nodes if isinstance(node, ast.Call)]
    return any(len(node.args) + len(node.keywords) > most for node, most in given)


def _part_problem(view: View, group: ObjectGroup) -> str:
    """``queue.not_empty``: the lock of an object that has none in asyncio."""
    for use in group.uses:
        if isinstance(use.expr, ast.Attribute):
            for owner in view.values(use.expr.value, use.module):
                if isinstance(owner, ExternalInstance) and not any(o.origin is not None for o in group.origins):
                    public = view.inference.state.outside.public(owner.cls)
                    return f"it is the `{use.expr.attr}` of a `{public}`, which has none in asyncio"
    return ""
