"""Timers: a call after a while comes from a task instead of a thread.

Rewrites
    ``threading.Timer(5, work)`` → ``_aio_pools.Timer(5, work)`` (a module copied beside the port), where ``work`` became a
    coroutine function or a coroutine starts the timer; ``timer.join()`` is awaited. Timers that are no daemons are
    waited for before the program ends.

Why it means the same
    The function is called once, after as many seconds; ``cancel`` keeps it from being called, and stops nothing that has
    begun, as it would if a task were cancelled. What differs: a function that only computes runs on the loop, so that
    nothing else runs meanwhile.

Declines when
    It is a subclass of ``Timer``, or asked for what a task has not (``ident``, ``name``).

Source
    https://docs.python.org/3/library/threading.html#timer-objects
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.class_names import class_edits
from porter.idioms.groups import KEEP, copy_import, needs_parens
from porter.idioms.idiom import Decision, Edit, Example, Proposal, View
from porter.idioms.lasting import Lasting
from porter.idioms.pooling import objects_of as pool_objects
from porter.idioms.pooling import pools_of
from porter.idioms.task_forms import with_finally
from porter.idioms.timer_fates import TIMERS, fates, is_timer_call, objects_of
from porter.inference.blocking import Blocking
from porter.inference.objects import ObjectGroup, Use
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = TIMERS
_SUPPORT = "aio_pools"

EXAMPLES = (
    Example(
        "started_and_cancelled",
        "import threading\nimport time\n\n\ndef remind():\n    time.sleep(1)\n    print('late')\n\n\ndef main():\n"
        "    timer = threading.Timer(5, remind)\n    timer.daemon = True\n    timer.start()\n    time.sleep(1)\n"
        "    timer.cancel()\n\n\nmain()\n",
        "import asyncio\n\nimport _aio_pools\n\n\nasync def remind():\n    await asyncio.sleep(1)\n    print('late')\n\n\n"
        "async def main():\n    timer = _aio_pools.Timer(5, remind)\n    timer.daemon = True\n    timer.start()\n"
        "    await asyncio.sleep(1)\n    timer.cancel()\n\n\nasyncio.run(main())\n",
        "cancelling the task itself would also stop a call that has begun",
    ),
)
REFUSALS = (
    Example(
        "nothing_waits",
        "import threading\n\n\ndef main():\n    threading.Timer(5, print).start()\n\n\nmain()\n",
        "import threading\n\n\ndef main():\n    threading.Timer(5, print).start()\n\n\nmain()\n",
        "no coroutine is near",
    ),
)


def decide(view: View, b: Blocking) -> Decision | None:
    """``start`` needs a loop that runs; ``join`` waits."""
    if not is_timer_call(b):
        return None
    group = objects_of(view).group(b.receivers)
    fate = fates(view)[group.name] if group is not None else None
    if group is None or fate is None or fate.outcome == "kept":
        return None
    if fate.outcome == "refused":
        return Decision("refused", reason=fate.reason, remedy=KEEP, group=group.name)
    if b.row.tail == "start":
        return Decision("ported", awaited=_needs_loop(view, b), group=group.name)
    return Decision("ported", awaited=b.row.tail == "join", group=group.name)


def _needs_loop(view: View, b: Blocking) -> bool:
    """Whether the timer would be started where no loop runs: then the function around must be a coroutine, too."""
    before = view.decisions.get(b)
    scope = b.site.caller
    if before is not None and before.awaited:
        return True
    if scope.kind != "function" or scope.name.startswith("__"):
        return False
    callers = view.inference.callers(scope)
    return not callers or any(not view.colours.is_async(site.caller) for site in callers)


def propose(view: View) -> Proposal:
    """Edits for all timers that become tasks, and the wait at the program's end."""
    decided = fates(view)
    ported = {g.name: g for g in objects_of(view).groups if decided[g.name].outcome == "ported" and g.name not in view.refused}
    edits: list[Edit] = []
    for name in ported:
        for b in decided[name].calls:
            if b.row.tail == "join" and isinstance(b.site.node, ast.Call):
                module = view.module(b.site.caller)
                parens = needs_parens(module, b.site.node)
                edits.append(view.edit(NAME, module, b.site.node, "await", group=name, parens=parens))
    twin = f"_{_SUPPORT}.Timer"
    edits.extend(class_edits(view, NAME, objects_of(view), lambda group: group.name in ported, lambda name, group: twin))
    lasting = [group for group in ported.values() if not _is_daemon(view, group)]
    if not lasting and _has_open_pool(view):
        lasting = list(pool_objects(view).groups)
    if lasting:
        edits.extend(_finish(view, lasting[0]))
    return Proposal(tuple(edits))


def _is_daemon(view: View, group: ObjectGroup) -> bool:
    """Whether the timers of a group are told not to hold up the program's end; or all are waited for where they start."""
    told = {
        view.module(use.caller).facts.statement(use.expr)
        for use in group.uses
        if use.kind == "attribute" and use.attr == "daemon" and isinstance(getattr(use.parent, "ctx", None), ast.Store)
    }
    return len(told) >= len(group.origins) and all(
        isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant) and statement.value.value
        for statement in told
    )


def _has_open_pool(view: View) -> bool:
    """Whether a pool may still have work when the program comes to its end."""
    if not pools_of(view).ported or "pools" in view.refused:
        return False
    return not all(any(map(_closes, group.uses)) for group in pool_objects(view).groups)


def _closes(use: Use) -> bool:
    """Whether a use of a pool waits for its work."""
    told = use.parent.keywords if isinstance(use.parent, ast.Call) else []
    waits = not any(keyword.arg == "wait" and ast.unparse(keyword.value) == "False" for keyword in told)
    return use.kind == "with" or (use.attr == "shutdown" and waits)


def _finish(view: View, group: ObjectGroup) -> Iterator[Edit]:
    """The program's entry waits for what no thread holds up any more."""
    lasting = Lasting(view, NAME)
    made = {value.origin for value in group.origins}
    home = next((module for module in view.targets if not made.isdisjoint(module.facts.parents)), None)
    for module, owner, body in lasting.entries():
        start = 1 if isinstance(owner, ast.FunctionDef) and ast.get_docstring(owner) is not None and len(body) > 1 else 0
        statement = copy_import(module, home or module, _SUPPORT)
        lasting.end(module, owner, body, start, f"await _{_SUPPORT}.finish()", daemon=False, imports=(statement,))
    yield from lasting.edits()


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``await``; ``finally``: the wait where the entry may be left early."""
    match edit.action:
        case "await":
            assert isinstance(node, cst.BaseExpression)
            return awaited(node, parens=bool(edit.data.get("parens")))
        case "finally":
            assert isinstance(node, cst.FunctionDef | cst.With)
            return with_finally(node, edit)
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
