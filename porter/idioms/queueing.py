"""What becomes of each queue: whether anybody waits for it, whether it is bounded, where its exceptions are caught."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from porter.idioms.groups import (
    CLAIMED,
    Fate,
    calls_by_group,
    claimed,
    follows,
    handed_problem,
    must_run_on_loop,
    other_callees,
    overrides,
    use_problem,
)
from porter.idioms.idiom import View
from porter.idioms.timing import Waiting, is_zero, waiting
from porter.inference.blocking import Blocking
from porter.inference.draining import is_read_behind
from porter.inference.frontiers import callee
from porter.inference.lazies import is_lazy
from porter.inference.objects import ObjectGroup, Objects, find_objects
from porter.inference.program import Module
from porter.inference.raising import Catcher, Raised, follow, is_caught_or_raised, mentions
from porter.inference.result import Inference
from porter.inference.values import External, ExternalInstance

QUEUES = "queues"
TWINS = {
    "queue.Queue": "asyncio.Queue",
    "queue.LifoQueue": "asyncio.LifoQueue",
    "queue.PriorityQueue": "asyncio.PriorityQueue",
    "queue.SimpleQueue": "asyncio.Queue",
}
_CLASSES = frozenset(TWINS)
_ATTRIBUTES = frozenset({"get", "put", "get_nowait", "put_nowait", "join", "task_done", "qsize", "empty", "full", "maxsize"})
HOOKS = {"queue": "_queue", "_qsize": "qsize"}
"""What a subclass of ``queue.Queue`` names, and what one of ``asyncio.Queue`` calls it."""
_PARAMETERS = {"get": ("block", "timeout"), "put": ("item", "block", "timeout")}
EMPTY, FULL = "queue.Empty", "queue.Full"
_ERROR_OF = {"get": EMPTY, "get_nowait": EMPTY, "put": FULL, "put_nowait": FULL}
_NOWAIT = {EMPTY: "asyncio.QueueEmpty", FULL: "asyncio.QueueFull"}
_TIMEOUT = "TimeoutError"
_CATCH_TIMEOUTS = frozenset(
    {"builtins.TimeoutError", "builtins.OSError", "builtins.IOError", "builtins.EnvironmentError", "socket.timeout"}
)


def objects_of(view: View) -> Objects:
    """The program's queues in groups."""
    return find_objects(view.inference, _CLASSES, QUEUES, subclasses=True)


@functools.lru_cache(maxsize=2)
def fates(view: View) -> Mapping[str, Fate]:
    """What becomes of each group."""
    objects = objects_of(view)
    calls = calls_by_group(view, objects, QUEUES)
    return {group.name: _fate(view, group, calls[group.name]) for group in objects.groups}


def _fate(view: View, group: ObjectGroup, calls: tuple[Blocking, ...]) -> Fate:
    if claimed(view, group):
        return Fate("kept", calls, CLAIMED)
    if not any(_waits(view, group, b) for b in calls):
        known = _ATTRIBUTES | group.own_names(view.inference)
        follow_ = follows(view, group, calls, known) and not any(_call_problem(view, group, b) for b in calls)
        return Fate("ported" if follow_ else "kept", calls, "it has no bound, and nobody waits for what is put")
    inside = {node for _, statement, _ in clearings(group) for node in ast.walk(statement)}
    others = replace(group, uses=[use for use in group.uses if use.expr not in inside])
    problem = use_problem(view, others, _ATTRIBUTES | group.own_names(view.inference))
    if problem is not None:
        return Fate("refused", calls, problem[2])
    overridden = overrides(group, _ATTRIBUTES)
    if overridden:
        return Fate("refused", calls, overridden, "override `_init`, `_put` and `_get`, which asyncio's queue calls, too")
    reason = next((found for b in calls if (found := _call_problem(view, group, b))), "")
    reason = reason or _stray_error(view, calls)
    return Fate("refused", calls, reason) if reason else Fate("ported", calls)


def clearings(group: ObjectGroup) -> Iterator[tuple[Module, ast.With, ast.expr]]:
    """``with jobs.mutex: jobs.queue.clear()``, and what ``jobs`` is there."""
    for use in group.uses:
        item = use.module.facts.parents.get(use.parent)
        statement = use.module.facts.parents.get(item) if isinstance(item, ast.withitem) and use.attr == "mutex" else None
        match statement:
            case ast.With(items=[_], body=[ast.Expr(value=ast.Call(func=func, args=[], keywords=[]))]):
                plain = isinstance(use.expr, (ast.Name, ast.Attribute))
                if plain and ast.unparse(func) == f"{ast.unparse(use.expr)}.queue.clear":
                    yield use.module, statement, use.expr


def how(b: Blocking) -> Waiting | str:
    """How long a call waits."""
    if not isinstance(b.site.node, ast.Call) or b.site.role == "callback":
        return Waiting()
    return waiting(b.site.node, _PARAMETERS.get(b.row.tail, ()))


def _waits(view: View, group: ObjectGroup, b: Blocking) -> bool:
    """Whether the threaded program may wait at a call."""
    found = how(b)
    if not b.row.blocks or (isinstance(found, Waiting) and not found.blocking):
        return False
    return b.row.tail != "put" or is_bounded(view, group)


def awaits(view: View, group: ObjectGroup, b: Blocking) -> bool:
    """Whether the port awaits at a call. Putting into an unbounded queue is awaited in coroutines only."""
    found = how(b)
    if b.site.role == "callback" and b.row.tail != "get":
        return False
    if puts_by_name(view, group, b):
        return must_run_on_loop(view, b)
    if b.row.tail == "put":
        if isinstance(b.site.node, ast.Call) and not isinstance(b.site.node.func, ast.Attribute):
            return True
        if isinstance(found, Waiting) and not found.blocking:
            return must_run_on_loop(view, b)
        if b.row.blocks and is_bounded(view, group):
            return True
        return b.site.caller in view.colours.causes and b.site.caller.kind == "function" or must_run_on_loop(view, b)
    if not b.row.blocks or not isinstance(found, Waiting) or not found.blocking or is_zero(found.timeout):
        return must_run_on_loop(view, b)
    return True


def puts_by_name(view: View, group: ObjectGroup, b: Blocking) -> bool:
    """Whether a call puts into an unbounded queue by another name (``on_message(item)``), which then holds ``put_nowait``."""
    if b.row.tail != "put" or b.site.role != "call" or not isinstance(b.site.node, ast.Call) or is_bounded(view, group):
        return False
    return not (isinstance(b.site.node.func, ast.Attribute) and b.site.node.func.attr == "put")


def _by_name_problem(view: View, b: Blocking) -> str:
    """Why a call that puts by another name cannot call what does not wait."""
    node = b.site.node
    assert isinstance(node, ast.Call)
    waiting_ = next((function for function in b.site.functions if view.colours.is_async(function)), None)
    if waiting_ is not None:
        return f"the call may also reach `{waiting_.qualname}`, which waits"
    other = next((one for one in view.blocking if one.site is b.site and one.row.blocks and one.row.idiom != QUEUES), None)
    if other is not None:
        return f"the call may also reach `{other.row.name}`"
    if len(node.args) > 1 or node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
        return "its method is called by another name, with arguments"
    return ""


def is_bounded(view: View, group: ObjectGroup) -> bool:
    """Whether a queue of the group may be full."""
    if group.subclasses:
        return True
    return any(_bound(view.inference, origin) for origin in group.origins if "SimpleQueue" not in origin.cls)


def _bound(inference: Inference, origin: ExternalInstance) -> bool:
    node = origin.origin
    match node:
        case ast.Call() if _is_class(inference, node.func):
            given = node.args[:1] + [keyword.value for keyword in node.keywords]
            return any(not (isinstance(arg, ast.Constant) and arg.value == 0) for arg in given)
        case ast.Call():
            return False  # a factory, called without arguments
        case ast.AnnAssign(value=ast.Call() as call):
            return not any(keyword.arg == "default_factory" for keyword in call.keywords)
    return True


def _is_class(inference: Inference, func: ast.expr) -> bool:
    func = func.value if isinstance(func, ast.Subscript) else func
    module = next((m for m in inference.program.modules.values() if func in m.facts.parents), None)
    found = inference.program.resolve(func, module.facts.scope_of(func)) if module is not None else None
    return isinstance(found, External) and inference.state.outside.public(found.name) in _CLASSES


def _call_problem(view: View, group: ObjectGroup, b: Blocking) -> str:
    """Why a call cannot be said with asyncio's queue."""
    if puts_by_name(view, group, b):
        return _by_name_problem(view, b)
    other = other_callees(b)
    if other:
        return other
    module, node = view.module(b.site.caller), b.site.node
    if b.site.role == "callback" and isinstance(node, ast.Call):
        if b.row.tail == "put" and not is_bounded(view, group):
            hidden = "" if handed_put(node) else "its `put` is handed to other code by another name"
            return handed_problem(view, b) or hidden
        return drain_problem(view, module, node) if b.row.blocks else handed_problem(view, b)
    if b.site.role != "call" or not isinstance(node, ast.Call):
        return "it is called by code that does not await its result"
    found = how(b)
    if isinstance(found, str):
        return found
    if found.given and not isinstance(node.func, ast.Attribute):
        return "its method is called by another name, with arguments"
    return ""


def handed_put(node: ast.Call) -> ast.Attribute | None:
    """The method itself among the arguments of a call: ``map(queue.put, items)``."""
    return next((arg for arg in node.args if isinstance(arg, ast.Attribute) and arg.attr == "put"), None)


# --- for item in iter(queue.get, None) --------------------------------------------------------------------------------


def drain_problem(view: View, module: Module, node: ast.Call) -> str:
    """Why a loop over ``iter(queue.get, end)`` cannot become a ``while``."""
    loop = module.facts.parents[node]
    if is_lazy(view.inference, module, node) and callee(view.inference, node) == "builtins.iter":
        return ""  # its elements are awaited by those that take them
    if not (isinstance(node.func, ast.Name) and node.func.id == "iter" and len(node.args) == 2):
        return "its method is handed to code that does not await its result"
    if not isinstance(loop, ast.For) or loop.iter is not node:
        return "`iter` over its `get` is not what a `for` statement loops over"
    method, end = node.args
    if not isinstance(method, ast.Attribute) or not isinstance(end, (ast.Constant, ast.Name, ast.Attribute)):
        return "`iter` gets more than its `get` and a name or a constant"
    if not isinstance(loop.target, ast.Name):
        return "the loop over it takes each item apart; take it apart inside the loop"
    if is_read_behind(module, loop, loop.target.id):
        return "the loop's variable is read behind the loop, where it would hold the end marker"
    return ""


# --- queue.Empty and queue.Full ---------------------------------------------------------------------------------------


def kind_of(b: Blocking) -> tuple[str, str] | None:
    """What a call raises when it does not get its way: now, and in the port; ``None`` if it waits for ever."""
    error = _ERROR_OF.get(b.row.tail)
    found = how(b)
    if error is None or not isinstance(found, Waiting):
        return None
    if b.row.tail.endswith("_nowait") or not found.blocking or is_zero(found.timeout):
        return error, _NOWAIT[error]
    return (error, _TIMEOUT) if found.timeout is not None else None


@functools.lru_cache(maxsize=2)
def _strays(inference: Inference) -> Mapping[str, str]:
    """For each exception that is named where it is neither caught nor raised: the function around."""
    found: dict[str, str] = {}
    for error in (EMPTY, FULL):
        for module, node in mentions(inference, error):
            if not is_caught_or_raised(module, node):
                found.setdefault(error, f"`{error}` is stored or compared, so porter cannot see who catches it")
    return found


def _stray_error(view: View, calls: Iterable[Blocking]) -> str:
    raised = {kind[0] for b in calls if (kind := kind_of(b)) is not None}
    return next((reason for error, reason in _strays(view.inference).items() if error in raised), "")


def catchers(view: View, ported: Mapping[str, Fate]) -> tuple[list[tuple[Catcher, str]], list[Raised]]:
    """Handlers of what the ported queues raise, with the exception that they name; and the calls whose timeout a
    handler of another exception would catch first."""
    found: list[tuple[Catcher, str]] = []
    mistaken: list[Raised] = []
    mine = {b: kind for fate in ported.values() for b in fate.calls if (kind := kind_of(b)) is not None}
    for error in (EMPTY, FULL):
        raised = [Raised(b.site.caller, b.site.node, kind[1]) for b, kind in mine.items() if kind[0] == error]
        if raised:
            raised += _others(view, error, mine)
            caught = follow(view.inference, raised, error, {_TIMEOUT: _CATCH_TIMEOUTS})
            found += [(catcher, error) for catcher in caught.catchers.values()]
            mistaken += caught.mistaken
    return found, mistaken


def _others(view: View, error: str, mine: Mapping[Blocking, object]) -> Iterator[Raised]:
    """Places that go on raising the threaded exception."""
    for b in view.blocking:
        if b in mine or _ERROR_OF.get(b.row.tail) != error or "ueue" not in b.row.name:
            continue
        if b.row.idiom != QUEUES or kind_of(b) is not None:
            yield Raised(b.site.caller, b.site.node, error)
    for module, node in mentions(view.inference, error):
        at = module.facts.statement(node)
        if isinstance(at, ast.Raise):
            scope = module.facts.scope_of(node)
            yield Raised(scope.function or scope.module, at, error)
