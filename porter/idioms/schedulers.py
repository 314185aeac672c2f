"""Schedulers: ``sched.scheduler`` whose ``run`` waits, and whose actions may wait.

Rewrites
    ``sched.scheduler(time.monotonic, time.sleep)`` → ``_aio_sched.scheduler(time.monotonic, asyncio.sleep)`` (a module copied
    beside the port); ``scheduler.run()`` → ``await scheduler.run()``.

Why it means the same
    The copied scheduler is the library's, with a ``run`` that awaits the delays and the actions: one action after the other,
    by time and priority, and whatever an action enters comes in its turn. What differs: while it waits, other tasks run.

Declines when
    A thread that stays one runs it, or something is done with it that only the library's own scheduler knows.

Source
    https://docs.python.org/3/library/sched.html
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping

import libcst as cst

from porter.idioms.class_names import class_edits
from porter.idioms.groups import (
    CLAIMED,
    Fate,
    calls_by_group,
    claimed,
    decide_by_fate,
    left_behind,
    needs_parens,
    use_problem,
)
from porter.idioms.idiom import Decision, Edit, Example, Pin, Proposal, Refusal, View
from porter.inference.blocking import Blocking
from porter.inference.frontiers import SCHEDULER, callee
from porter.inference.objects import Objects, find_objects
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "schedulers"
_SUPPORT = "aio_sched"
_ATTRIBUTES = frozenset(("enter", "enterabs", "cancel", "empty", "run", "queue", "timefunc", "delayfunc"))

EXAMPLES = (
    Example(
        "actions_that_wait",
        "import sched\nimport time\n\nscheduler = sched.scheduler(time.monotonic, time.sleep)\n"
        "\n\ndef poll():\n    time.sleep(1)\n\n\ndef main():\n    scheduler.enter(5, 1, poll)\n    scheduler.run()\n",
        "import asyncio\nimport time\n\nimport _aio_sched\n\n"
        "scheduler = _aio_sched.scheduler(time.monotonic, asyncio.sleep)\n\n\nasync def poll():\n    await asyncio.sleep(1)\n"
        "\n\nasync def main():\n    scheduler.enter(5, 1, poll)\n    await scheduler.run()\n",
        "the library's run would hold up the loop, and not await what it calls",
    ),
)
REFUSALS = (
    Example(
        "of_a_thread",
        "import sched\nimport threading\n\nscheduler = sched.scheduler()\n\n\ndef main():\n"
        "    threading.Thread(target=scheduler.run).start()\n",
        "import sched\nimport threading\n\nscheduler = sched.scheduler()\n\n\ndef main():\n"
        "    threading.Thread(target=scheduler.run).start()\n",
        "a thread runs the method itself; remedy: let it run a function that calls the method",
    ),
)


# --- deciding ---------------------------------------------------------------------------------------------------------


def decide(view: View, b: Blocking) -> Decision | None:
    """All calls of one scheduler have its fate; so has what it is given to sleep with."""
    if b.row.idiom == NAME:
        group = _objects(view).group(b.receivers)
        if group is None:
            return decide_by_fate(None, b, "", bool)
        return decide_by_fate(_fates(view)[group.name], b, group.name, lambda: b.row.blocks)
    if b.site.role == "callback" and callee(view.inference, b.site.node) == SCHEDULER and _twin_of(b):
        groups = _objects(view).by_origin.get(b.site.node, ())
        if groups and _fates(view)[groups[0].name].outcome == "ported":
            return Decision("ported", group=groups[0].name)
    return None


def _twin_of(b: Blocking) -> str:
    """The coroutine function that takes the place of the blocking one; ``""`` if there is none of the same shape."""
    return b.row.asyncio if b.row.becomes == "await" and b.row.kind == "function" and not b.row.idiom else ""


def _objects(view: View) -> Objects:
    return find_objects(view.inference, frozenset({SCHEDULER}), NAME)


@functools.lru_cache(maxsize=2)
def _fates(view: View) -> Mapping[str, Fate]:
    objects = _objects(view)
    calls = calls_by_group(view, objects, NAME)
    return {group.name: _fate(view, objects, group.name, calls[group.name]) for group in objects.groups}


def _fate(view: View, objects: Objects, name: str, calls: tuple[Blocking, ...]) -> Fate:
    group = next(group for group in objects.groups if group.name == name)
    if claimed(view, group):
        return Fate("kept", calls, CLAIMED)
    if not any(b.row.blocks for b in calls):
        return Fate("kept", calls, "nobody runs it")
    problem = use_problem(view, group, _ATTRIBUTES)
    if problem is not None:
        return Fate("refused", calls, problem[2])
    return Fate("ported", calls)


# --- proposing --------------------------------------------------------------------------------------------------------


def propose(view: View) -> Proposal:
    """Edits for the schedulers that become the support module's."""
    objects = _objects(view)
    ported: dict[str, Fate] = {}
    gone: list[tuple[str, Refusal]] = []
    for group in objects.groups:
        fate = _fates(view)[group.name]
        if fate.outcome != "ported" or group.name in view.refused:
            continue
        left = left_behind(view, group, fate.calls)
        if left is None:
            ported[group.name] = fate
        else:
            gone.append((group.name, left))
    edits = [edit for name, fate in ported.items() for b in fate.calls for edit in _run(view, b, name)]
    edits += class_edits(view, NAME, objects, lambda group: group.name in ported, lambda *_: f"_{_SUPPORT}.scheduler")
    edits += _delays(view, ported)
    return Proposal(tuple(edits), tuple(_stranded(view, ported)), tuple(gone))


def _run(view: View, b: Blocking, group: str) -> Iterator[Edit]:
    if b.row.blocks and b.site.role == "call" and isinstance(b.site.node, ast.Call):
        module = view.module(b.site.caller)
        yield view.edit(NAME, module, b.site.node, "await", group=group, parens=needs_parens(module, b.site.node))


def _delays(view: View, ported: Mapping[str, Fate]) -> Iterator[Edit]:
    """``time.sleep`` among what the scheduler is given."""
    for b, decision in view.decisions.items():
        node = b.site.node
        if decision.group not in ported or b.site.role != "callback" or not isinstance(node, ast.Call):
            continue
        module = view.module(b.site.caller)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            if any(getattr(value, "name", "") == b.row.name for value in view.values(argument, module)):
                code = _twin_of(b)
                imports = (f"import {code.rpartition('.')[0]}",)
                yield view.edit(NAME, module, argument, "replace_expression", imports=imports, code=code, group=decision.group)


def _stranded(view: View, ported: Mapping[str, Fate]) -> Iterator[Pin]:
    """Actions that became coroutine functions, of a scheduler that stays the library's."""
    for (node, role), site in view.colours.awaited.items():
        name = callee(view.inference, node) if role == "callback" else ""
        if not name.startswith(SCHEDULER) or not isinstance(node, ast.Call):
            continue
        module = view.module(site.caller)
        owner = node if name == SCHEDULER else node.func.value if isinstance(node.func, ast.Attribute) else node
        group = _objects(view).group(view.values(owner, module))
        clock = _clock(node) if name == SCHEDULER else None
        for value in view.values(clock, module) if clock is not None else ():
            scope = getattr(getattr(value, "function", value), "scope", None)
            if scope in view.colours.causes:
                yield Pin(scope, node, "the clock of a scheduler is read at once", "give it a clock that does not block")
        if group is None or group.name not in ported:
            for function in site.functions:
                if function in view.colours.causes:
                    reason = "a scheduler calls it that stays as it is, and does not await it"
                    yield Pin(function, node, reason, "let one task run the scheduler")


def _clock(node: ast.Call) -> ast.expr | None:
    """What a scheduler is told the time by."""
    return node.args[0] if node.args else next((word.value for word in node.keywords if word.arg == "timefunc"), None)


# --- rewriting --------------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``await``, and templates."""
    if edit.action == "await":
        assert isinstance(node, cst.BaseExpression)
        return awaited(node, parens=bool(edit.data.get("parens")))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
