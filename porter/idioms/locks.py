"""Locks: ``threading``'s locks, events, conditions, semaphores and barriers as those of asyncio.

Rewrites
    ``threading.Event()`` → ``asyncio.Event()``, ``event.wait()`` → ``await event.wait()``; with a timeout inside
    ``async with asyncio.timeout(...)``; ``with lock:`` → ``async with lock:``; ``lock.acquire()`` → ``await
    lock.acquire()``; likewise for semaphores, conditions and barriers; an ``RLock`` or a ``Condition`` that nobody takes
    twice → ``asyncio.Lock``, ``asyncio.Condition``, another one → that of the support module, as a barrier with an action or
    a timeout.

Why it means the same
    All users run on one loop then, and wait for each other as the threads did. What differs: waiting tasks are served
    first come, first served; at each wait cancellation may arrive; a lock is only taken where its holder waits for
    something, since nothing else can come between. A lock whose sections never wait stays the plain one it is: no task
    can meet it locked. ``acquire(blocking=False)`` asks ``locked()`` first, and waits its turn if the lock was released
    a moment ago to a task that has not run yet.

Declines when
    A thread that stays one uses the object; code outside the program gets it; a condition that may be over a
    plain lock is entered again by who holds it.

Source
    https://docs.python.org/3/library/asyncio-sync.html
"""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from porter.idioms.class_names import class_edits
from porter.idioms.groups import Fate, decide_by_fate, left_behind
from porter.idioms.idiom import Decision, Edit, Example, Proposal, Refusal, View
from porter.idioms.lock_calls import SUPPORT, call_edits, renamed_methods
from porter.idioms.locking import ERRORS, REENTRANT, TWINS, awaits, fates, objects_of
from porter.idioms.timing import in_timeout, timed_if
from porter.inference.blocking import Blocking
from porter.inference.objects import ObjectGroup
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "locks"

EXAMPLES = (
    Example(
        "event",
        "import threading\n\n\nclass Gate:\n    def __init__(self):\n        self.opened = threading.Event()\n\n"
        "    def open(self):\n        self.opened.set()\n\n    def enter(self):\n        self.opened.wait()\n",
        "import asyncio\n\n\nclass Gate:\n    def __init__(self):\n        self.opened = asyncio.Event()\n\n"
        "    def open(self):\n        self.opened.set()\n\n"
        "    async def enter(self):\n        await self.opened.wait()\n",
        "waiting needs a coroutine, setting does not",
    ),
    Example(
        "timeout",
        "import threading\n\nready = threading.Event()\n\n\ndef start():\n    if not ready.wait(5):\n        print('late')\n",
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
        "condition_over_a_plain_lock",
        "import threading\n\nchanged = threading.Condition(threading.Lock())\n\n\ndef wait():\n    with changed:\n"
        "        changed.wait()\n\n\ndef again():\n    with changed:\n        wait()\n",
        "import threading\n\nchanged = threading.Condition(threading.Lock())\n\n\ndef wait():\n    with changed:\n"
        "        changed.wait()\n\n\ndef again():\n    with changed:\n        wait()\n",
        "its holder waits for itself; remedy: take it once, and call functions that expect it to be held",
    ),
)


# --- deciding ---------------------------------------------------------------------------------------------------------


def decide(view: View, b: Blocking) -> Decision | None:
    """All calls of one object's group have its fate."""
    if b.row.idiom != NAME:
        return None
    group = objects_of(view).group(b.receivers)
    if group is None:
        return decide_by_fate(None, b, "", bool)
    return decide_by_fate(fates(view)[group.name], b, group.name, lambda: awaits(view, b))


# --- proposing --------------------------------------------------------------------------------------------------------


def propose(view: View) -> Proposal:
    """Edits for the groups that become asyncio's, unless something of them stays behind."""
    edits: list[Edit] = []
    gone: list[tuple[str, Refusal]] = []
    decided = fates(view)
    ported: dict[str, Fate] = {}
    for group in objects_of(view).groups:
        fate = decided[group.name]
        if fate.outcome != "ported" or group.name in view.refused:
            continue
        left = left_behind(view, group, fate.calls)
        if left is not None:
            gone.append((group.name, left))
            continue
        ported[group.name] = fate
        for b in fate.calls:
            edits.extend(call_edits(view, b, group, fate))
        edits.extend(renamed_methods(view, group))
    edits.extend(
        class_edits(
            view,
            NAME,
            objects_of(view),
            lambda group: group.name in ported,
            lambda name, group: _twin(name, ported, group),
            ERRORS,
        )
    )
    return Proposal(tuple(edits), refused=tuple(gone))


def _twin(name: str, ported: Mapping[str, Fate], group: ObjectGroup | None) -> str:
    if name in ERRORS:
        return "asyncio" + name.removeprefix("threading")
    fates = [ported[group.name]] if group is not None else list(ported.values())
    if any(name in REENTRANT and fate.reenters or name == "threading.Barrier" and fate.acts for fate in fates):
        return f"_{SUPPORT}.{name.rpartition('.')[2]}"
    return TWINS[name]


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
