"""Locals: what each thread had for itself, each task has for itself.

Rewrites
    ``state = threading.local()`` → ``state = _aio_threads.Local()`` (a module copied beside the port), where tasks that
    were threads use it.

Why it means the same
    Left as it is, one object would be shared by all tasks of the loop, and each would see what the others set. The new
    one keeps its attributes by task, and by thread where no task runs. A new task starts with none, as a new thread
    does; a plain ``contextvars.ContextVar`` would show it what the task that made it had set.

Declines when
    It is a subclass of ``local``, whose constructor each thread runs anew. What only threads use stays as it is.

Source
    https://docs.python.org/3/library/contextvars.html
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.groups import support_import
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.task_scopes import TaskScopes, task_scopes
from porter.inference.objects import ObjectGroup, find_objects, reached
from porter.inference.values import ClassValue, External
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "locals"
_CLASSES = frozenset({"threading.local"})
_SUPPORT = "aio_threads"

EXAMPLES = (
    Example(
        "set_by_each_task",
        "import threading\nimport time\n\nstate = threading.local()\n\n\ndef work(n):\n    state.n = n\n"
        "    time.sleep(1)\n    print(state.n)\n\n\ndef main():\n    for n in range(3):\n"
        "        threading.Thread(target=work, args=(n,)).start()\n\n\nmain()\n",
        "import asyncio\n\nimport _aio_threads\n\nstate = _aio_threads.Local()\n\n\nasync def work(n):\n    state.n = n\n"
        "    await asyncio.sleep(1)\n    print(state.n)\n\n\nasync def main():\n    tasks = set()\n    for n in range(3):\n"
        "        task = asyncio.create_task(work(n))\n        tasks.add(task)\n"
        "        task.add_done_callback(tasks.discard)\n    while tasks:\n        await asyncio.wait(tasks)\n\n\n"
        "asyncio.run(main())\n",
        "threading.local would be one object for all tasks",
    ),
)
REFUSALS = (
    Example(
        "only_in_threads",
        "import threading\n\nstate = threading.local()\n\n\ndef work(n):\n    state.n = n\n\n\ndef main():\n"
        "    threading.Thread(target=work, args=(1,)).start()\n\n\nmain()\n",
        "import threading\n\nstate = threading.local()\n\n\ndef work(n):\n    state.n = n\n\n\ndef main():\n"
        "    threading.Thread(target=work, args=(1,)).start()\n\n\nmain()\n",
        "the thread that uses it only computes, and stays one",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each object that tasks use."""
    if not any("local" in module.facts.text for module in view.targets):
        return Proposal()
    scopes = task_scopes(view)
    edits: list[Edit] = []
    for group in find_objects(view.inference, _CLASSES, NAME).groups:
        if any(use.caller in scopes.tasks for use in group.uses):
            edits.extend(_made(view, group))
    return Proposal(tuple(edits), _subclasses(view, scopes))


def _made(view: View, group: ObjectGroup) -> list[Edit]:
    edits = []
    for origin in group.origins:
        call = origin.origin
        module = next((m for m in view.targets if call in m.facts.parents), None)
        if module is not None and isinstance(call, ast.Call):
            statement, copy = support_import(module, _SUPPORT)
            edits.append(
                view.edit(
                    NAME,
                    module,
                    call.func,
                    "replace_expression",
                    imports=(statement,),
                    code=f"_{_SUPPORT}.Local",
                    support=(_SUPPORT, copy),
                )
            )
    return edits


def _subclasses(view: View, scopes: TaskScopes) -> tuple[Pin, ...]:
    """A thread that uses an object of a subclass stays one."""
    pins = []
    names = [cls for cls in view.inference.program.classes.values() if _is_local(cls)]
    for cls in names:
        for site in view.inference.sites:
            touched = site.caller in scopes.tasks and any(c.parent is cls.scope for c in site.functions)
            for function in scopes.targets if touched else ():
                if site.caller in reached(view.inference, [function]):
                    reason = f"it uses a `{cls.scope.name}`, whose constructor runs anew in each thread"
                    pins.append(Pin(function, site.node, reason, "give each task its own values, by parameters"))
    return tuple(pins)


def _is_local(cls: ClassValue) -> bool:
    return any(isinstance(base, External) and base.name.endswith("_thread._local") for base in cls.mro)


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Templates all."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
