"""What idioms of objects share: a class by its twin wherever it is named, and why a group cannot change."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from porter.facts.model import Scope
from porter.idioms.handlers import runs_on_loop
from porter.idioms.idiom import Decision, Refusal, View
from porter.inference.agreeing import unresolved
from porter.inference.blocking import Blocking
from porter.inference.named import claims
from porter.inference.objects import (
    ObjectGroup,
    Objects,
    Use,
    called_from_outside,
    foreign_caller,
    in_threads,
    reached,
    started_directly,
)
from porter.inference.program import Module
from porter.inference.values import Instance, Value

_CARRIERS = ("builtins.", "collections.", "dataclasses.", "functools.", "itertools.", "threading.", "typing.", "queue.")
"""What may be handed an object: it keeps it, or hands it back, and does nothing to it."""
_EXECUTORS = "concurrent.futures."
_READS = frozenset({"is_set", "isSet", "locked", "qsize", "empty", "full", "maxsize", "parties", "n_waiting", "broken"})
"""What any thread may ask of an object of asyncio."""
KEEP = "mark the calls with `# porter: keep`"


@dataclass(frozen=True, slots=True, eq=False)
class Fate:
    """What becomes of a group."""

    outcome: Literal["ported", "kept", "refused"]
    calls: tuple[Blocking, ...]
    """What is called on its objects."""
    reason: str = ""
    remedy: str = ""
    reenters: bool = False
    """Whether the holder of a lock takes it again."""
    acts: bool = False
    """Whether a barrier has an action or a timeout."""


def calls_by_group(view: View, objects: Objects, idiom: str) -> dict[str, tuple[Blocking, ...]]:
    """The calls of each group's objects."""
    calls: dict[str, list[Blocking]] = {group.name: [] for group in objects.groups}
    for b in view.blocking:
        group = objects.group(b.receivers) if b.row.idiom == idiom else None
        if group is not None:
            calls[group.name].append(b)
    return {name: tuple(found) for name, found in calls.items()}


def decide_by_fate(fate: Fate | None, b: Blocking, group: str, awaits: Callable[[], bool]) -> Decision:
    """The decision for one call of a group; ``None``: it belongs to none."""
    if fate is None:
        reason = "its object is of a subclass, or made where porter cannot see it"
        return refused(reason) if b.row.blocks else Decision("kept")
    match fate.outcome:
        case "refused":
            return refused(fate.reason, group, fate.remedy)
        case "kept":
            return Decision("kept", reason=fate.reason)
    return Decision("ported", awaited=awaits(), group=group)


def claimed(view: View, group: ObjectGroup) -> bool:
    """Whether the user's rows speak for the objects of a group."""
    told = claims(view.inference, view.catalogue)
    outside = view.inference.state.outside
    return any(told.covers(origin, outside.public(origin.cls)) for origin in group.origins)


CLAIMED = "the settings' rows speak for it"


def follows(view: View, group: ObjectGroup, calls: Collection[Blocking], attributes: Collection[str]) -> bool:
    """Whether a group that nobody waits for is used by coroutines, and by nothing that keeps it back."""
    if not any(use.caller in view.colours.causes for use in group.uses if use.touches):
        return False
    return not use_problem(view, group, attributes) and not thread_problem(view, group, calls)


# --- why a group cannot change ----------------------------------------------------------------------------------------


def use_problem(view: View, group: ObjectGroup, attributes: Collection[str]) -> tuple[Module, ast.AST, str] | None:
    """The first use that the asynchronous class cannot take, and why; ``None`` if it can take all."""
    for use in group.uses:
        reason = _use_problem(view, use, attributes)
        if reason:
            return use.module, use.expr, reason
    return None


def _use_problem(view: View, use: Use, attributes: Collection[str]) -> str:
    if not use.module.source.is_target:
        return "it is used in a file that is not among the targets"
    entered = use.kind == "with" and all(isinstance(other, Instance) for other in use.others)  # `entered_alike` decides
    if use.touches and use.others and not entered:
        return f"it may also be {_in_words(use.others[0])}"
    match use.kind:
        case "method" | "attribute" if use.attr not in attributes:
            return f"its attribute `{use.attr}` has no counterpart in asyncio"
        case "argument" if isinstance(use.parent, ast.Call):
            return _argument_problem(view, use.parent)
    return ""


def _argument_problem(view: View, call: ast.Call) -> str:
    site = view.inference.site(call) or view.inference.site(call, "spawn")
    if site is None or (site.unknown and not site.functions and not site.externals):
        return f"it is passed to `{ast.unparse(call.func)}`, of which nothing is known"
    for name in site.externals:
        public = view.inference.state.outside.public(name)
        if not public.startswith(_CARRIERS) and not name.startswith((*_CARRIERS, _EXECUTORS)):
            return f"it is passed to `{public}`, which is outside the program"
    return ""


def _in_words(value: Value) -> str:
    name = getattr(value, "cls", None) or getattr(value, "name", None)
    name = getattr(name, "name", name)
    return f"a `{name}`" if isinstance(name, str) else "something else"


def other_callees(b: Blocking) -> str:
    """What a call may reach besides the object's method, ``""`` if nothing."""
    if b.site.functions:
        return f"the call may also reach `{next(iter(b.site.functions)).qualname}`"
    others = [name for name in b.others if not name.startswith("types.NoneType.")]
    return f"the call may also reach `{others[0]}`" if others else ""


def entered_alike(view: View, b: Blocking) -> bool:
    """Whether what ``with`` may enter besides is of the program's own classes, whose methods can become coroutines, too."""
    methods = [function for function in b.site.functions if function.name in ("__enter__", "__exit__")]
    if len(methods) < len(b.site.functions) or any(function.is_generator for function in methods):
        return False
    return not b.others and not any(function in view.pinned for function in methods)


def overrides(group: ObjectGroup, names: Collection[str]) -> str:
    """Why the program's own classes among a group cannot derive from asyncio's; ``""`` if they can."""
    for cls in group.subclasses:
        for child in cls.scope.children:
            if child.kind == "function" and child.name in names:
                return f"`{cls.scope.name}` overrides `{child.name}`, which is another method in asyncio"
    return ""


def handed_problem(view: View, b: Blocking) -> str:
    """Why a method that does not wait cannot be handed to the code that calls it."""
    foreign = foreign_caller(view.inference, b.site.node)
    return f"`{foreign}` calls its `{b.row.tail}`, which may be in another thread or a signal" if foreign else ""


def left_behind(view: View, group: ObjectGroup, calls: Collection[Blocking]) -> Refusal | None:
    """A user of the group that the port leaves in a thread, or as it is."""
    for b in calls:
        decision = view.decisions.get(b)
        if decision is not None and decision.outcome in ("kept", "refused"):
            reason = decision.reason or "one of its calls stays as it is"
            return refusal(view, view.module(b.site.caller), b.site.node, reason, decision.remedy)
    return thread_problem(view, group, calls)


@functools.lru_cache(maxsize=2)
def threads_left(view: View) -> frozenset[Scope]:
    """The functions that run in threads which stay threads."""
    return frozenset(in_threads(view.inference, view.colours.causes))


@functools.lru_cache(maxsize=2)
def _stuck(view: View) -> frozenset[Scope]:
    """The functions that stay as they are and hold up whoever calls them, and those that they call."""
    refused_ = (b for b, decision in view.decisions.items() if decision.outcome == "refused" and b.row.blocks)
    stuck = {b.site.caller for b in refused_ if b.site.caller not in view.colours.causes and b.site.caller.kind != "module"}
    below = reached(view.inference, stuck) if stuck else set()
    for site, candidates in unresolved(view.inference) if stuck else ():
        below |= set(candidates) if site.caller in below else set()  # by name, where types say nothing
    return frozenset((*stuck, *(scope for scope in below if scope not in view.colours.causes)))


def thread_problem(view: View, group: ObjectGroup, calls: Collection[Blocking]) -> Refusal | None:
    """A thread that stays one and uses the group."""
    from porter.idioms.timer_fates import is_ported  # which asks this module whether a timer can change

    for start in started_directly(view.inference, group):
        if is_ported(view, start):
            continue
        for module in view.inference.program.modules.values():
            if start in module.facts.parents:
                reason = "a method of it is what a thread runs, and that thread stays one"
                return refusal(view, module, start, reason, "let the thread run a function that calls the method")
    threads = threads_left(view)
    places: list[tuple[Module, Scope, ast.AST]] = [
        (use.module, use.caller, use.expr) for use in group.uses if use.touches and use.attr not in _READS
    ]
    places += [(view.module(b.site.caller), b.site.caller, b.site.node) for b in calls if b.row.tail not in _READS]
    outside = called_from_outside(view.inference)
    stuck = _stuck(view)
    for module, caller, node in places:
        name = caller.qualname or "the module"
        if caller in threads:
            reason = f"`{name}` uses it in a thread that stays one, and asyncio's are for one thread only"
            return refusal(view, module, node, reason, "port the thread's function too, or keep all users of it")
        if caller in stuck:
            reason = f"`{name}` uses it, in code that stays blocking and that only a thread can run"
            return refusal(view, module, node, reason, "port what blocks there too, or keep all users of it")
        if caller in outside and not runs_on_loop(view, caller):
            reason = f"`{name}` uses it when `{outside[caller]}` calls it, which may be in another thread or a signal"
            return refusal(view, module, node, reason, "let it call `loop.call_soon_threadsafe`, or keep all users of it")
    return None


def refusal(view: View, module: Module, node: ast.AST, reason: str, remedy: str) -> Refusal:
    """A refusal at a node."""
    return Refusal(module.source.shown, module.facts.span(node), reason, remedy or KEEP)


def refused(reason: str, group: str = "", remedy: str = "") -> Decision:
    """The decision to leave a call as it is."""
    return Decision("refused", reason=reason, remedy=remedy or KEEP, group=group)


def must_run_on_loop(view: View, b: Blocking) -> bool:
    """Whether a call that does not wait makes its function a coroutine all the same.

    A thread's function that only sets an event would stay in its thread, where it must not touch what belongs to the
    loop. So it becomes a coroutine and runs as a task; which holds for as long as this call is the reason.
    """
    caller = b.site.caller
    if b.row.tail in _READS or caller.kind != "function" or b.site.role != "call" or not view.colours.causes:
        return False
    cause = view.colours.causes.get(caller)
    if cause is not None:
        return cause.blocking is b
    return view.agreed and caller in threads_left(view)


# --- small things -----------------------------------------------------------------------------------------------------


def needs_parens(module: Module, node: ast.expr) -> bool:
    """Whether ``await`` and what it awaits need parentheses where ``node`` stands."""
    match module.facts.parents.get(node):
        case ast.Attribute() | ast.Await():
            return True
        case ast.Subscript(value=value):
            return value is node
        case ast.Call(func=func):
            return func is node
    return False


def support_import(module: Module, name: str) -> tuple[str, str]:
    """How a module imports a support module, and where its copy goes: the top package, or beside the script."""
    shown = PurePosixPath(module.source.shown)
    depth = module.name.count(".") + module.source.is_package
    if depth == 0:
        return f"import _{name}", str(shown.parent / f"_{name}.py")
    return f"from {'.' * depth} import _{name}", str(shown.parents[depth - 1] / f"_{name}.py")


def copy_import(module: Module, home: Module, name: str) -> str:
    """How a module imports the copy of a support module that ``home``, of another package, uses: what they do meets there.

    That a script and the package that it imports share one copy is seen to where the plan is made.
    """
    own, there = support_import(module, name), support_import(home, name)
    if own[1] == there[1] or own[0].startswith("import ") or there[0].startswith("import "):
        return own[0]
    return f"from {home.name.partition('.')[0]} import _{name}"


def object_groups(view: View) -> set[str]:
    """The sockets that become async objects, by the names of their groups: those on which something waits."""
    waited = {decision.group for decision in view.decisions.values() if decision.awaited}
    return {group.name for group in view.sockets.groups if group.lowering == "object" and group.name in waited}
