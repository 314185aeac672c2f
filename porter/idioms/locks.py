"""Locks: ``threading``'s locks, events, conditions, semaphores and barriers as those of asyncio.

Rewrites
    ``threading.Event()`` → ``asyncio.Event()``, ``event.wait()`` → ``await event.wait()``; with a timeout inside ``async
    with asyncio.timeout(...)``; ``with lock:`` → ``async with lock:``; ``lock.acquire()`` → ``await lock.acquire()``;
    likewise for semaphores, conditions and barriers; an ``RLock`` that nothing takes twice → ``asyncio.Lock``.

Why it means the same
    All users run on one loop then, and wait for each other as the threads did. What differs: waiting tasks are served
    first come, first served; at each wait cancellation may arrive; a lock is only taken where its holder waits for
    something, since nothing else can come between. A lock whose sections never wait stays the plain one it is: no task
    can meet it locked. ``acquire(blocking=False)`` asks ``locked()`` first, and waits its turn if the lock was released
    a moment ago to a task that has not run yet.

Declines when
    A thread that stays one uses the object; code outside the program gets it; a condition is entered again by its holder;
    a barrier has an action or a timeout.

Source
    https://docs.python.org/3/library/asyncio-sync.html
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from porter.idioms.groups import (
    class_edits,
    left_behind,
    must_run_on_loop,
    needs_parens,
    other_callees,
    refusal,
    refused,
    support_import,
    thread_problem,
    use_problem,
)
from porter.idioms.idiom import Decision, Edit, Example, Proposal, Refusal, View
from porter.idioms.timing import (
    Waiting,
    condition_of,
    in_timeout,
    is_positive,
    is_zero,
    leaves,
    raises_again,
    statement_of,
    timed_if,
    waiting,
)
from porter.inference.blocking import Blocking
from porter.inference.objects import ObjectGroup, Objects, find_objects
from porter.inference.program import Module
from porter.inference.sections import Sections, enters_again
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "locks"
SUPPORT = "aio_threads"

EXAMPLES = (
    Example(
        "event",
        "import threading\n\n\nclass Gate:\n    def __init__(self):\n        self.opened = threading.Event()\n\n"
        "    def open(self):\n        self.opened.set()\n\n    def enter(self):\n        self.opened.wait()\n",
        "import asyncio\n\n\nclass Gate:\n    def __init__(self):\n        self.opened = asyncio.Event()\n\n"
        "    def open(self):\n        self.opened.set()\n\n    async def enter(self):\n        await self.opened.wait()\n",
        "waiting needs a coroutine, setting does not",
    ),
    Example(
        "timeout",
        "import threading\n\nready = threading.Event()\n\n\ndef start():\n    if not ready.wait(5):\n"
        "        print('late')\n",
        "import asyncio\n\nready = asyncio.Event()\n\n\nasync def start():\n    try:\n"
        "        async with asyncio.timeout(5):\n            await ready.wait()\n    except TimeoutError:\n"
        "        print('late')\n",
        "asyncio tells of a timeout by an exception",
    ),
    Example(
        "section_that_waits",
        "import threading\nimport time\n\nlock = threading.Lock()\n\n\ndef work():\n    with lock:\n        time.sleep(1)\n",
        "import asyncio\n\nlock = asyncio.Lock()\n\n\nasync def work():\n    async with lock:\n"
        "        await asyncio.sleep(1)\n",
        "while the holder sleeps, other tasks run and may want the lock",
    ),
)
REFUSALS = (
    Example(
        "section_that_never_waits",
        "import threading\n\nlock = threading.Lock()\ncount = 0\n\n\ndef add(n):\n    global count\n    with lock:\n"
        "        count += n\n",
        "import threading\n\nlock = threading.Lock()\ncount = 0\n\n\ndef add(n):\n    global count\n    with lock:\n"
        "        count += n\n",
        "no other task can run inside; the lock does no harm",
    ),
    Example(
        "barrier_with_action",
        "import threading\n\nbarrier = threading.Barrier(2, action=print)\n\n\ndef meet():\n    barrier.wait()\n",
        "import threading\n\nbarrier = threading.Barrier(2, action=print)\n\n\ndef meet():\n    barrier.wait()\n",
        "asyncio.Barrier has no action; remedy: let the party that gets 0 from wait() do it",
    ),
)

_TWINS = {
    "threading.Lock": "asyncio.Lock",
    "threading.RLock": "asyncio.Lock",
    "threading.Event": "asyncio.Event",
    "threading.Condition": "asyncio.Condition",
    "threading.Semaphore": "asyncio.Semaphore",
    "threading.BoundedSemaphore": "asyncio.BoundedSemaphore",
    "threading.Barrier": "asyncio.Barrier",
}
_ERRORS = {"threading.BrokenBarrierError": "threading.Barrier"}
_CLASSES = frozenset(_TWINS)
_RENAMED = {"isSet": "is_set", "notifyAll": "notify_all"}
_ATTRIBUTES = frozenset(
    {
        *("acquire", "release", "locked", "wait", "wait_for", "notify", "notify_all", "set", "clear", "is_set"),
        *("reset", "abort", "parties", "n_waiting", "broken", *_RENAMED),
    }
)
_PARAMETERS: Mapping[str, Sequence[str]] = {
    "acquire": ("blocking", "timeout"),
    "wait": ("timeout",),
    "wait_for": ("predicate", "timeout"),
}
_TAKES = ("acquire", "__enter__")


@dataclass(frozen=True, slots=True, eq=False)
class _Fate:
    """What becomes of a group."""

    outcome: str
    calls: tuple[Blocking, ...]
    reason: str = ""
    remedy: str = ""
    reenters: bool = False
    """Whether its holder takes it again."""


# --- deciding ---------------------------------------------------------------------------------------------------------


def decide(view: View, b: Blocking) -> Decision | None:
    """All calls of one object's group have its fate."""
    if b.row.idiom != NAME:
        return None
    group = _objects(view).group(b.receivers)
    if group is None:
        reason = "its object is of a subclass, or made where porter cannot see it"
        return refused(reason) if b.row.blocks else Decision("kept")
    fate = _fates(view)[group.name]
    match fate.outcome:
        case "refused":
            return refused(fate.reason, group.name, fate.remedy)
        case "kept":
            return Decision("kept", reason=fate.reason)
    return Decision("ported", awaited=_awaits(view, b), group=group.name)


def _awaits(view: View, b: Blocking) -> bool:
    if b.row.blocks:
        return not _polls(b)
    return b.row.becomes == "await" or must_run_on_loop(view, b)


def _objects(view: View) -> Objects:
    return find_objects(view.inference, _CLASSES, NAME)


@functools.lru_cache(maxsize=2)
def _fates(view: View) -> Mapping[str, _Fate]:
    objects = _objects(view)
    calls: dict[str, list[Blocking]] = {group.name: [] for group in objects.groups}
    for b in view.blocking:
        group = objects.group(b.receivers) if b.row.idiom == NAME else None
        if group is not None:
            calls[group.name].append(b)
    plain = {b.site for b in view.blocking if b.row.becomes == "plain"}
    waits = [site for site in view.colours.awaited.values() if site not in plain]
    sections = Sections(view.inference, waits, view.colours.causes)
    return {group.name: _fate(view, group, tuple(calls[group.name]), sections) for group in objects.groups}


def _fate(view: View, group: ObjectGroup, calls: tuple[Blocking, ...], sections: Sections) -> _Fate:
    if not any(_waits(view, group, b, sections) for b in calls):
        if any(b.row.blocks for b in calls):
            return _Fate("kept", calls, "nothing waits while it is held, so no task can meet it locked")
        follows = any(use.caller in view.colours.causes for use in group.uses if use.touches)
        bad = use_problem(view, group, _ATTRIBUTES) or thread_problem(view, group, calls)
        return _Fate("ported" if follows and not bad else "kept", calls, "nobody waits for it")
    problem = use_problem(view, group, _ATTRIBUTES)
    if problem is not None:
        return _Fate("refused", calls, problem[2])
    reason = next((found for b in calls if (found := _call_problem(view, b))), "") or _origin_problem(group)
    if reason:
        return _Fate("refused", calls, reason)
    return _reentrance(view, group, calls)


def _reentrance(view: View, group: ObjectGroup, calls: tuple[Blocking, ...]) -> _Fate:
    """asyncio's locks are not re-entrant, those of ``RLock()`` and ``Condition()`` are."""
    takes = [b.site for b in calls if b.row.tail in _TAKES]
    if not {"threading.RLock", "threading.Condition"} & group.classes.keys():
        return _Fate("ported", calls)
    if enters_again(view.inference, takes) is None:
        return _Fate("ported", calls)
    if "threading.Condition" in group.classes:
        remedy = "take the condition once, and call functions that expect it to be held"
        return _Fate("refused", calls, "its holder enters the condition again, which asyncio's would wait for", remedy)
    return _Fate("ported", calls, reenters=True)


def _waits(view: View, group: ObjectGroup, b: Blocking, sections: Sections) -> bool:
    """Whether a task may have to wait at a call, now or for a section that waits."""
    if not b.row.blocks:
        return False
    module = view.module(b.site.caller)
    match b.row.tail:
        case "__enter__":
            return sections.waits_inside(module, b.site.node)
        case "acquire":
            how = _waiting(b)
            if isinstance(how, Waiting) and not how.blocking:
                return False
            last = _last_release(group, b)
            return last is None or sections.waits_between(b.site.caller, b.site.node, last)
    return not _polls(b)


def _last_release(group: ObjectGroup, b: Blocking) -> ast.AST | None:
    """The last ``release()`` behind an ``acquire()`` in the same function."""
    line = getattr(b.site.node, "lineno", 0)
    found = [u.parent for u in group.uses if u.attr == "release" and u.caller is b.site.caller and u.kind == "method"]
    later = [node for node in found if getattr(node, "lineno", 0) > line]
    return max(later, key=lambda node: getattr(node, "lineno", 0), default=None)


def _waiting(b: Blocking) -> Waiting | str:
    if not isinstance(b.site.node, ast.Call):
        return Waiting()
    tail = b.row.tail
    return waiting(b.site.node, _PARAMETERS.get(tail, ()), -1 if tail == "acquire" else None)


def _polls(b: Blocking) -> bool:
    """``event.wait(0)`` only asks."""
    how = _waiting(b)
    return b.row.name == "threading.Event.wait" and isinstance(how, Waiting) and is_zero(how.timeout)


def _call_problem(view: View, b: Blocking) -> str:
    """Why a call cannot be said with asyncio's object."""
    other = other_callees(b)
    if other or b.site.role == "enter":
        return other
    node = b.site.node
    if b.site.role != "call" or not isinstance(node, ast.Call):
        return "it is called by code that does not await its result"
    if b.row.tail == "release" and (node.args or node.keywords):
        return "" if statement_of(view.module(b.site.caller), node) else "the result of `release` is used"
    if b.row.tail not in _PARAMETERS:
        return ""
    how = _waiting(b)
    if isinstance(how, str):
        return how
    if how.given and not isinstance(node.func, ast.Attribute):
        return "its method is called by another name, with a timeout"
    if b.row.name == "threading.Barrier.wait" and how.timeout is not None:
        return "a barrier of asyncio has no timeout"
    if how.blocking and b.site.caller.kind == "lambda":
        return "a lambda cannot await"
    return ""


def _origin_problem(group: ObjectGroup) -> str:
    for origin in group.origins:
        call = origin.origin
        if origin.source == "threading.Barrier" and isinstance(call, ast.Call):
            if len(call.args) + len(call.keywords) > 1:
                return "a barrier of asyncio has no action and no timeout"
    return ""


# --- proposing --------------------------------------------------------------------------------------------------------


def propose(view: View) -> Proposal:
    """Edits for the groups that become asyncio's, unless something of them stays behind."""
    edits: list[Edit] = []
    gone: list[tuple[str, Refusal]] = []
    fates = _fates(view)
    ported: dict[str, _Fate] = {}
    for group in _objects(view).groups:
        fate = fates[group.name]
        if fate.outcome != "ported" or group.name in view.refused:
            continue
        left = left_behind(view, group, fate.calls)
        if left is not None:
            gone.append((group.name, left))
            continue
        ported[group.name] = fate
        for b in fate.calls:
            edits.extend(_call_edits(view, b, group, fate))
        edits.extend(_renamed_methods(view, group))
    edits.extend(
        class_edits(
            view,
            NAME,
            _objects(view),
            lambda group: group.name in ported,
            lambda name, group: _twin(name, ported, group),
            _ERRORS,
        )
    )
    return Proposal(tuple(edits), refused=tuple(gone))


def _twin(name: str, ported: Mapping[str, _Fate], group: ObjectGroup | None) -> str:
    if name in _ERRORS:
        return "asyncio" + name.removeprefix("threading")
    fates = [ported[group.name]] if group is not None else list(ported.values())
    if name == "threading.RLock" and any(fate.reenters for fate in fates):
        return f"_{SUPPORT}.RLock"
    return _TWINS[name]


def _renamed_methods(view: View, group: ObjectGroup) -> Iterator[Edit]:
    for use in group.uses:
        attribute = use.module.facts.parents[use.expr]
        if use.attr in _RENAMED and isinstance(attribute, ast.Attribute):
            yield _replace(view, use.module, attribute, f"{{0}}.{_RENAMED[use.attr]}", (use.expr,), group)


def _call_edits(view: View, b: Blocking, group: ObjectGroup, fate: _Fate) -> Iterator[Edit]:
    """What becomes of one call."""
    node, module = b.site.node, view.module(b.site.caller)
    if b.site.role != "call" or not isinstance(node, ast.Call):
        return
    tail = b.row.tail
    if tail == "release" and (node.args or node.keywords) and isinstance(node.func, ast.Attribute):
        count = node.args[0] if node.args else node.keywords[0].value
        code = "for _ in range({0}):\n    {1}.release()\n"
        yield _statement(view, module, module.facts.statement(node), code, (count, node.func.value), group)
    elif tail in _PARAMETERS:
        yield from _waiting_edits(view, module, b, node, group, fate)
    elif b.row.becomes == "await":
        yield view.edit(NAME, module, node, "await", group=group.name, parens=needs_parens(module, node))


def _waiting_edits(
    view: View, module: Module, b: Blocking, node: ast.Call, group: ObjectGroup, fate: _Fate
) -> Iterator[Edit]:
    how = _waiting(b)
    assert isinstance(how, Waiting)
    if not how.given:
        yield view.edit(NAME, module, node, "await", group=group.name, parens=needs_parens(module, node))
        return
    assert isinstance(node.func, ast.Attribute)
    tail, owner = b.row.tail, node.func.value
    parts = (owner, node.args[0] if node.args else node.keywords[0].value) if tail == "wait_for" else (owner,)
    plain = f"await {{0}}.{tail}({'{1}' if tail == 'wait_for' else ''})"
    if _polls(b):
        yield _replace(view, module, node, "{0}.is_set()", (owner,), group)
    elif how.blocking and how.timeout is None:
        yield _replace(view, module, node, plain, parts, group)
    elif not how.blocking:
        yield from _tried(view, module, node, owner, group, fate)
    else:
        assert how.timeout is not None
        yield from _timed(view, module, node, (tail, plain, parts, how.timeout), group)


def _timed(
    view: View,
    module: Module,
    node: ast.Call,
    what: tuple[str, str, tuple[ast.expr, ...], ast.expr],
    group: ObjectGroup,
) -> Iterator[Edit]:
    """A wait with a timeout: the statement or the ``if`` that it makes up, else a call of the support module."""
    tail, plain, parts, timeout = what
    statement = statement_of(module, node)
    spans = {"parts": (module.facts.span(node), module.facts.span(timeout))}
    if isinstance(statement, ast.Expr) and tail != "acquire":
        yield _replace(view, module, node, plain, parts, group)
        imports = ("import asyncio", "import contextlib")
        yield view.edit(NAME, module, statement, "in_timeout", imports=imports, group=group.name, **spans)
        return
    condition = condition_of(module, node)
    if condition is not None and tail != "wait_for" and (tail == "wait" or is_positive(timeout)):
        if_, negated = condition
        if not raises_again(if_.body if negated else if_.orelse):
            yield _replace(view, module, node, plain, parts, group)
            yield view.edit(
                NAME, module, if_, "timed_if", whole=True, imports=("import asyncio",), group=group.name,
                negated=negated, **spans,
            )
            return
    named = "timeout={%d}" if tail == "acquire" else "{%d}"
    arguments = ", ".join([*(f"{{{at}}}" for at in range(len(parts))), named % len(parts)])
    yield _supported(view, module, node, f"await _{SUPPORT}.{tail}({arguments})", (*parts, timeout), group)


def _tried(
    view: View, module: Module, node: ast.Call, owner: ast.expr, group: ObjectGroup, fate: _Fate
) -> Iterator[Edit]:
    """``acquire(blocking=False)``: ``locked()`` is asked first."""
    simple = all(isinstance(part, (ast.Name, ast.Attribute, ast.Load)) for part in ast.walk(owner))
    if fate.reenters or not simple:
        yield _supported(view, module, node, f"await _{SUPPORT}.acquire({{0}}, blocking=False)", (owner,), group)
        return
    condition = condition_of(module, node)
    if condition is not None and condition[1] and not condition[0].orelse and leaves(condition[0].body):
        if_ = condition[0]
        yield _replace(view, module, if_.test, "{0}.locked()", (owner,), group)
        code = f"await {ast.unparse(owner)}.acquire()\n"
        yield view.edit(NAME, module, if_, "insert", where="after", group=group.name, code=code)
    elif isinstance(statement := statement_of(module, node), ast.Expr):
        code = "if not {0}.locked():\n    await {0}.acquire()\n"
        yield _statement(view, module, statement, code, (owner,), group)
    else:
        parent = module.facts.parents[node]
        bare = isinstance(parent, (ast.If, ast.While, ast.stmt, ast.keyword)) or (
            isinstance(parent, ast.Call) and node in parent.args
        )
        code = "not {0}.locked() and await {0}.acquire()"
        yield _replace(view, module, node, code, (owner,), group, parens=not bare)


def _replace(
    view: View,
    module: Module,
    node: ast.expr,
    code: str,
    parts: Sequence[ast.expr],
    group: ObjectGroup,
    parens: bool | None = None,
) -> Edit:
    spans = tuple(module.facts.span(part) for part in parts)
    if parens is None:
        parens = code.startswith("await") and needs_parens(module, node)
    return view.edit(
        NAME, module, node, "replace_expression", group=group.name, code=code, parts=spans, parens=parens
    )


def _statement(
    view: View, module: Module, node: ast.stmt, code: str, parts: Sequence[ast.expr], group: ObjectGroup
) -> Edit:
    spans = tuple(module.facts.span(part) for part in parts)
    return view.edit(NAME, module, node, "replace_statement", group=group.name, code=code, parts=spans)


def _supported(
    view: View, module: Module, node: ast.expr, code: str, parts: Sequence[ast.expr], group: ObjectGroup
) -> Edit:
    statement, copy = support_import(module, SUPPORT)
    return view.edit(
        NAME, module, node, "replace_expression", imports=(statement,), group=group.name, code=code,
        parts=tuple(module.facts.span(part) for part in parts), parens=needs_parens(module, node),
        support=(SUPPORT, copy),
    )


# --- rewriting --------------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``await``; ``in_timeout``: a statement inside ``asyncio.timeout``; ``timed_if``: an ``if`` as a ``try``."""
    data = edit.data
    match edit.action:
        case "await":
            assert isinstance(node, cst.BaseExpression)
            return awaited(node, parens=bool(data.get("parens")))
        case "in_timeout":
            assert isinstance(node, cst.BaseSmallStatement)
            return in_timeout(node, _part(edit, 1), suppress=True)
        case "timed_if":
            return timed_if(cst.ensure_type(node, cst.If), _part(edit, 0), _part(edit, 1), bool(data["negated"]))
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return filled


def _part(edit: Edit, index: int) -> cst.BaseExpression:
    parts = edit.data["parts"]
    assert isinstance(parts, tuple)
    part = parts[index]
    assert isinstance(part, cst.BaseExpression)
    return part


__all__ = ["EXAMPLES", "NAME", "REFUSALS", "decide", "propose", "refusal", "rewrite"]
