"""Threads: what ran in a thread of its own runs in a task.

Rewrites
    ``thread = Thread(target=work, args=(1,))`` and ``thread.start()`` → ``task = asyncio.create_task(work(1))``; ``join()``
    → ``await asyncio.wait([task])``; a subclass with ``run`` loses its base and starts its own task. A thread that is made
    in one place and started in another, or asked for what a task has not, becomes an ``_aio_threads.Thread`` (a module
    copied beside the port), which makes its task when it is started; so does a subclass that is asked for it. A daemon
    that the main function starts is cancelled, and waited for, at its end; any other thread is waited for. Whoever
    starts a server waits until it listens.

Why it means the same
    The same functions run beside each other. ``asyncio.wait`` raises nothing, as ``join`` does, and cancels nothing at a
    timeout. What differs: a task begins at the next await, not at once; tasks change places only at awaits; an exception
    that nobody asks for is reported when the task is forgotten, not when it happens.

Declines when
    The target only computes: then it stays a thread, and so do those that are joined where it is. A thread is never seen
    to start, or asked for what only threads have (``native_id``).

Source
    https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.connections import keep_connections
from porter.idioms.exit_calls import exit_calls
from porter.idioms.idiom import Decision, Edit, Example, Pin, Proposal, View
from porter.idioms.lasting import Lasting, with_sets_above
from porter.idioms.pooling import POOLS, is_submission, pools_of
from porter.idioms.raw_threads import is_raw_start, raw_start_edits
from porter.idioms.task_forms import (
    joined,
    methods_made,
    task_made,
    task_statement,
    with_finally,
    with_space,
    without_base,
)
from porter.idioms.task_names import TaskNames, name_edits
from porter.idioms.thread_classes import class_edits, why_thread
from porter.idioms.thread_objects import (
    class_object_edits,
    finish_edits,
    object_made,
    object_problem,
    root_of,
    spawn_edits,
    thread_objects,
)
from porter.idioms.thread_problems import no_loop_problem, problem_of
from porter.idioms.thread_tasks import Making
from porter.idioms.timer_fates import is_ported, why_not
from porter.inference.blocking import Blocking
from porter.inference.frontiers import is_cleanup
from porter.inference.pairs import pair_names
from porter.inference.spawning import Spawn, ThreadClass, Threads, becomes_task, find_threads, outside_methods, run_of
from porter.inference.values import ExternalInstance, Instance
from porter.syntax.shapes import Statements, awaited, call
from porter.syntax.templates import fill

NAME = "threads"

EXAMPLES = (
    Example(
        "start_and_join",
        "import time\nfrom threading import Thread\n\n\ndef work(n):\n    time.sleep(n)\n\n\ndef main():\n"
        "    thread = Thread(target=work, args=(1,))\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "import asyncio\n\n\nasync def work(n):\n    await asyncio.sleep(n)\n\n\nasync def main():\n"
        "    task = asyncio.create_task(work(1))\n    await asyncio.wait([task])\n\n\nasyncio.run(main())\n",
        "asyncio.wait neither raises nor cancels, and so does join",
    ),
)
REFUSALS = (
    Example(
        "computing_target",
        "from threading import Thread\n\n\ndef work(n):\n    print(sum(range(n)))\n\n\ndef main():\n"
        "    thread = Thread(target=work, args=(10,))\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "from threading import Thread\n\n\ndef work(n):\n    print(sum(range(n)))\n\n\ndef main():\n"
        "    thread = Thread(target=work, args=(10,))\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "a target that only computes stays a thread",
    ),
)

_ASYNCIO = ("import asyncio",)
_COMPUTES = "the thread only computes, and stays one"
_OTHER = "it runs in a thread that is started in a way which porter does not port"
_REMEDY = "start the thread where it is made, and keep it in a variable or a list"


def decide(view: View, b: Blocking) -> Decision | None:
    """``join`` and ``start``: by what became of the thread's target."""
    if b.row.idiom != NAME:
        return None
    tail = b.row.tail
    if tail not in ("join", "start"):
        return Decision("kept") if not b.row.blocks else None
    awaited_there = b.site.role != "callback" or is_cleanup(view.inference, b.site)
    if tail == "join" and not awaited_there and _waits_otherwise(view, b.site.caller):
        return Decision(
            "refused", reason="it is called by code that does not await its result", remedy="join the thread by a call"
        )
    functions = _functions(view, b)
    asynchronous = any(view.colours.is_async(f) for f in functions) or _runs_outside(view, b)
    if tail == "start":
        return Decision("kept", awaited=asynchronous and _needs_loop(view, b))
    if not asynchronous:
        if awaited_there and _waits_otherwise(view, b.site.caller):
            return Decision("offloaded", awaited=True, reason=_COMPUTES)
        return Decision("kept", reason=_COMPUTES)
    return Decision("ported", awaited=True)


def _waits_otherwise(view: View, scope: Scope) -> bool:
    """Whether a function is a coroutine for more than its waiting for threads that stay threads."""
    cause = view.colours.causes.get(scope)
    if cause is None or cause.blocking is None:
        return cause is not None
    computing = {b.site for b, decision in view.decisions.items() if decision.reason == _COMPUTES}
    return any(site.caller is scope and site not in computing for site in view.colours.awaited.values())


def _functions(view: View, b: Blocking) -> list[Scope]:
    """What the threads that a call works on run."""
    found: list[Scope] = []
    for receiver in b.receivers:
        if isinstance(receiver, Instance):
            run = run_of(receiver.cls)
            found.extend([run] if run is not None else [])
        elif isinstance(receiver, ExternalInstance) and receiver.origin is not None:
            site = view.inference.site(receiver.origin, "spawn")
            found.extend(site.functions if site is not None else ())
    return found


def _runs_outside(view: View, b: Blocking) -> bool:
    """Whether the threads run a method of an outside class in whose place the port has a coroutine."""
    origins = [r.origin for r in b.receivers if isinstance(r, ExternalInstance) and r.origin is not None]
    sites = (view.inference.site(origin, "spawn") for origin in origins) if view.colours.outside else ()
    return any(outside_methods(view.inference, site) & view.colours.outside for site in sites)


def _needs_loop(view: View, b: Blocking) -> bool:
    """Whether the task would be made where no loop runs: then the function around must be a coroutine, too."""
    before = view.decisions.get(b)
    if before is not None and before.awaited:
        return True
    scope = b.site.caller
    if scope.kind != "function" or scope.name.startswith("__") or _joins_to_come(view):
        return False
    callers = view.inference.callers(scope)
    return not callers or any(not view.colours.is_async(site.caller) for site in callers)


def _joins_to_come(view: View) -> bool:
    """Whether a ``join`` was decided before its thread's target became a coroutine; who joins will await, and have a loop."""
    return any(
        decision.reason == _COMPUTES and any(view.colours.is_async(function) for function in _functions(view, b))
        for b, decision in view.decisions.items()
        if b.row.idiom == NAME
    )


def propose(view: View) -> Proposal:
    """Tasks for threads whose targets became coroutines."""
    threads = find_threads(view.inference, view.sockets)
    pairs = pair_names(view.inference, view.sockets)
    edits: list[Edit] = []
    pins: list[Pin] = []
    lasting = Lasting(view, NAME)
    keep_connections(view, lasting)
    if (calls := exit_calls(view)).code:
        lasting.before_daemons_end(calls.code, calls.start)
    names = TaskNames()
    tasks = []
    objects = thread_objects(view)
    for spawn in threads.spawns:
        if not becomes_task(spawn, view.colours):
            continue
        is_object = spawn.value in objects
        problem = problem_of(view, spawn) or (object_problem(view, spawn) if is_object else "")
        problem = problem or _joined_with_others(view, threads, spawn, is_object)
        making = Making(view, NAME, spawn, pairs, names, lasting)
        if problem:
            pins.extend(_pins(view, spawn, problem))
        elif is_object:
            edits.extend(making.lambda_named())
            edits.extend(spawn_edits(view, NAME, spawn, making.task_data()))
        else:
            tasks.append(spawn)
            edits.extend(making.edits())
    stand_ins = _stand_in_classes(view, threads)
    for cls in threads.classes:
        if not view.colours.is_async(cls.run):
            continue
        reason = _class_problem(view, threads, cls)
        if reason:
            pins.append(Pin(cls.run, cls.run.node, reason, _REMEDY))
        elif cls in stand_ins:
            edits.extend(edit for edit in class_object_edits(view, NAME, cls) if edit not in edits)
        else:
            edits.extend(class_edits(view, NAME, cls, lasting))
    finish_edits(view, lasting, threads, stand_ins)
    for site in threads.foreign:
        if is_raw_start(view, site) and any(view.colours.is_async(function) for function in site.functions):
            edits.extend(raw_start_edits(view, NAME, site, lasting))
    pins.extend(_foreign(view, threads))
    edits.extend(name_edits(view, NAME, tasks))
    edits.extend(_computing_joins(view))
    edits.extend(lasting.edits())
    return Proposal(tuple(edits), tuple(pins))


def _stand_in_classes(view: View, threads: Threads) -> list[ThreadClass]:
    """Subclasses that are asked for what only the stand-in for a thread has; and all that share a base with such a one."""
    found = [cls for cls in threads.classes if view.colours.is_async(cls.run) and why_thread(view, cls)]
    roots = [root_of(view, cls) for cls in found]
    return [cls for cls in threads.classes if view.colours.is_async(cls.run) and root_of(view, cls) in roots]


def _joined_with_others(view: View, threads: Threads, one: Spawn | ThreadClass, is_object: bool = True) -> str:
    """Whether a place that waits for it may wait for a thread that stays one, or for an object that has a task."""
    mine = _join_nodes(one)
    objects = thread_objects(view)
    for spawn in threads.spawns:
        if spawn is not one and not mine.isdisjoint(spawn.joins):
            if not becomes_task(spawn, view.colours) or (spawn.value in objects) is not is_object:
                return "where it is joined, other threads are joined as well"
    for cls in threads.classes:
        if cls is not one and not mine.isdisjoint(_join_nodes(cls)):
            if not is_object or not view.colours.is_async(cls.run):
                return f"where it is joined, threads of `{cls.scope.qualname}` are joined as well"
    return ""


def _join_nodes(one: Spawn | ThreadClass) -> set[ast.AST]:
    return set(one.joins) if isinstance(one, Spawn) else {site.node for site in one.joins}


def _class_problem(view: View, threads: Threads, cls: ThreadClass) -> str:
    """Why a subclass of Thread stays one."""
    user = _plain_user(view, cls)
    if user is not None:
        return f"`{user.qualname or 'the module'}`, which starts or joins its thread, stays synchronous"
    found = root_of(view, cls)
    why = "" if _is_started(view, threads, cls) else "nothing in the program starts it"
    why = why or _joined_with_others(view, threads, cls)
    if found is None or not found[0].source.is_target:
        why = "its base stays one"
    if any(site.role == "callback" and not is_cleanup(view.inference, site) for site in cls.joins):
        why = "its `join` is given to code that does not await it"
    return f"`{cls.scope.qualname}` stays a thread: {why}" if why else ""


def _is_started(view: View, threads: Threads, cls: ThreadClass) -> bool:
    """Whether an object of the class, or of a relative, is seen to start: others may keep those that are not."""
    classes = view.inference.program.classes
    mine = classes[cls.scope]
    relatives = (other for other in threads.classes if mine in classes[other.scope].mro or classes[other.scope] in mine.mro)
    return any(other.starts for other in relatives)


def _plain_user(view: View, cls: ThreadClass) -> Scope | None:
    """A function that waits for the class's thread, or starts it, and cannot await."""
    for site in cls.joins:
        if not view.in_coroutine(site.caller):
            return site.caller
    unable = (site.caller for site in cls.starts if site.caller in view.pinned or no_loop_problem(view, site.caller))
    return next(unable, None)


def _pins(view: View, spawn: Spawn, problem: str) -> Iterator[Pin]:
    for function in spawn.functions:
        if view.colours.is_async(function):
            yield Pin(function, spawn.call, f"the thread that runs it cannot become a task: {problem}", _REMEDY)


def _foreign(view: View, threads: Threads) -> Iterator[Pin]:
    """What runs in threads of another kind, which stay threads."""
    pools = pools_of(view)
    for site in threads.foreign:
        if is_raw_start(view, site):
            continue
        pooled = is_submission(view, site.node)
        if pooled and pools.ported and POOLS not in view.refused or is_ported(view, site.node):
            continue
        why = pools.problem if pooled else why_not(view, site.node)
        reason = f"it runs in a thread of {'a pool' if pooled else 'a timer'}: {why}" if why else _OTHER
        for function in site.functions:
            if view.colours.is_async(function):
                remedy = "use threading.Thread, or keep the function with `# porter: keep`"
                yield Pin(function, site.node, reason, remedy)


def _computing_joins(view: View) -> Iterator[Edit]:
    """``join`` of a thread that stays one, inside a coroutine: waited for off the loop."""
    for b, decision in view.decisions.items():
        if b.row.idiom == NAME and decision.outcome == "offloaded" and b.site.role != "callback":
            yield view.edit(NAME, view.module(b.site.caller), b.site.node, "hop", imports=_ASYNCIO)


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Carry out one edit."""
    data = edit.data
    match edit.action:
        case "task":
            return task_made(cst.ensure_type(node, cst.Call), edit)
        case "object":
            return object_made(cst.ensure_type(node, cst.Call), edit)
        case "task_statement":
            return task_statement(cst.ensure_type(node, cst.Expr), edit)
        case "join":
            return joined(cst.ensure_type(node, cst.Call), bool(data["parens"]))
        case "alive":
            receiver = cst.ensure_type(cst.ensure_type(node, cst.Call).func, cst.Attribute).value
            made = cst.UnaryOperation(cst.Not(), call(cst.Attribute(receiver, cst.Name("done"))))
            return made.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]) if data["parens"] else made
        case "hop":
            old = cst.ensure_type(node, cst.Call)
            return awaited(call("asyncio.to_thread", old.func, *old.args))
        case "await":
            assert isinstance(node, cst.BaseExpression)
            return awaited(node)
        case "rename":
            return cst.ensure_type(node, cst.Name).with_changes(value=str(data["name"]))
        case "remove_whole":
            return ()
        case "drop_base":
            return without_base(cst.ensure_type(node, cst.ClassDef), str(data["base"]))
        case "sets_above":
            assert isinstance(node, cst.BaseStatement)
            return with_sets_above(edit, node)
        case "add_methods":
            return methods_made(data["methods"])
        case "finally":
            assert isinstance(node, cst.FunctionDef | cst.With)
            return with_finally(node, edit)
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return with_space(filled, bool(data["first"])) if data.get("spaced") and isinstance(filled, tuple) else filled
