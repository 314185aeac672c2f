"""Locals: what each thread had for itself, each task has for itself.

Rewrites
    ``state = threading.local()`` → ``state = _aio_threads.Local()`` (a module copied beside the port), and the same for the
    base of a class, where tasks that were threads use it.

Why it means the same
    Left as it is, one object would be shared by all tasks of the loop, and each would see what the others set. The new
    one keeps its attributes by task, and by thread where no task runs. A new task starts with none, as a new thread
    does; a plain ``contextvars.ContextVar`` would show it what the task that made it had set.

Declines when
    It is a subclass of ``local`` whose constructor waits: each thread runs it anew, at any attribute. What only threads use
    stays as it is.

Source
    https://docs.python.org/3/library/contextvars.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.groups import support_import
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.task_scopes import TaskScopes, task_scopes
from porter.inference.objects import ObjectGroup, find_objects, reached
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.values import ClassValue, External, Instance
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
    bases, pins = _subclasses(view, scopes)
    return Proposal((*edits, *bases), tuple(pins))


def _made(view: View, group: ObjectGroup) -> list[Edit]:
    edits = []
    for origin in group.origins:
        call = origin.origin
        module = next((m for m in view.targets if call in m.facts.parents), None)
        if module is not None and isinstance(call, ast.Call):
            edits.append(_replaced(view, module, call.func))
    return edits


def _subclasses(view: View, scopes: TaskScopes) -> tuple[list[Edit], list[Pin]]:
    """A subclass gets another base; a thread that uses one whose constructor would have to wait stays a thread."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for cls in view.inference.program.classes.values():
        if not _is_local(cls):
            continue
        users = {scope for scope in scopes.tasks if _uses(view, scope, cls)}
        sites = (site for site in view.inference.sites if site.caller in scopes.tasks)
        touching = [site for site in sites if site.caller in users or any(one.parent is cls.scope for one in site.functions)]
        if any(child.name == "__init__" and view.colours.is_async(child) for child in cls.scope.children):
            pins.extend(_stays(view, scopes, cls, touching))
        elif touching or users:
            edits.extend(_base(view, cls))
    return edits, pins


def _uses(view: View, scope: Scope, cls: ClassValue) -> bool:
    """Whether a function reads or sets something of an object of the class."""
    module = view.module(scope)
    owners = (node.value for node in ast.walk(scope.node) if isinstance(node, ast.Attribute))
    values = (value for owner in owners for value in view.values(owner, module))
    return any(isinstance(value, Instance) and cls in value.cls.mro for value in values)


def _base(view: View, cls: ClassValue) -> Iterator[Edit]:
    """The base class that tells tasks apart, in the place of the one that tells threads apart."""
    node, module = cls.scope.node, view.module(cls.scope)
    for base in node.bases if isinstance(node, ast.ClassDef) and module.source.is_target else ():
        if any(isinstance(value, External) and value.name.endswith("_thread._local") for value in view.values(base, module)):
            yield _replaced(view, module, base)


def _stays(view: View, scopes: TaskScopes, cls: ClassValue, touching: Iterable[Site]) -> Iterator[Pin]:
    reason = f"it uses a `{cls.scope.name}`, whose constructor waits, and runs anew in each thread"
    for site in touching:
        for function in scopes.targets:
            if site.caller in reached(view.inference, [function]):
                yield Pin(function, site.node, reason, "give each task its own values, by parameters")


def _replaced(view: View, module: Module, node: ast.expr) -> Edit:
    statement, copy = support_import(module, _SUPPORT)
    code = f"_{_SUPPORT}.Local"
    return view.edit(NAME, module, node, "replace_expression", imports=(statement,), code=code, support=(_SUPPORT, copy))


def _is_local(cls: ClassValue) -> bool:
    return any(isinstance(base, External) and base.name.endswith("_thread._local") for base in cls.mro)


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Templates all."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
