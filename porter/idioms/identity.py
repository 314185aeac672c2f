"""Identity: code that asks which thread it runs in asks which task.

Rewrites
    ``threading.current_thread().name`` → ``asyncio.current_task().get_name()``, ``threading.get_ident()`` →
    ``id(asyncio.current_task())``, ``threading.active_count()`` → ``len(asyncio.all_tasks())``, where a task runs it that
    was a thread. Where the main task runs it as well and asks for the name, that task is called ``MainThread``. A program
    whose log lines show ``%(threadName)s`` has its records name the task (``logging.setLogRecordFactory``).

Why it means the same
    A task has the name that its thread was given. What differs: ``ident`` is another number, which is free again once
    the task is gone, as that of a thread is; in log lines, and where it serves a connection, a task without a name is
    called ``Task-3`` where the thread was called ``Thread-2``.

Declines when
    A thread without a name of its own is asked for it, or a thread that stays one runs the same code: then all stay threads.
    What only the main thread runs, or a thread that stays one, is left as it is.

Source
    https://docs.python.org/3/library/asyncio-task.html#asyncio.current_task
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, Refusal, View
from porter.idioms.log_names import names_threads_in_logs, record_edits
from porter.idioms.scripts import entry_functions
from porter.idioms.task_scopes import TaskScopes, task_scopes
from porter.idioms.thread_objects import thread_objects
from porter.inference.objects import reached
from porter.inference.program import Module
from porter.inference.request_servers import GROUP
from porter.inference.serving import keyword
from porter.inference.values import ExternalInstance, Value
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "identity"

EXAMPLES = (
    Example(
        "name",
        "import threading\nimport time\n\n\ndef work():\n    time.sleep(1)\n"
        "    print(threading.current_thread().name)\n\n\ndef main():\n"
        "    thread = threading.Thread(target=work, name='worker')\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "import asyncio\n\n\nasync def work():\n    await asyncio.sleep(1)\n"
        "    print(asyncio.current_task().get_name())\n\n\nasync def main():\n"
        "    task = asyncio.create_task(work(), name='worker')\n    await asyncio.wait([task])\n\n\nasyncio.run(main())\n",
        "all tasks share one thread, so the thread's name would tell nothing",
    ),
    Example(
        "log_lines",
        "import logging\nimport threading\nimport time\n\nlogging.basicConfig(format='%(threadName)s %(message)s')\n\n\n"
        "def work():\n    time.sleep(1)\n    logging.warning('done')\n\n\ndef main():\n"
        "    thread = threading.Thread(target=work, name='worker')\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "import asyncio\nimport logging\n\nimport _aio_threads\n\n"
        "logging.basicConfig(format='%(threadName)s %(message)s')\n\n\nasync def work():\n    await asyncio.sleep(1)\n"
        "    logging.warning('done')\n\n\nasync def main():\n    asyncio.current_task().set_name(\"MainThread\")\n"
        "    logging.setLogRecordFactory(_aio_threads.LogRecord)\n"
        "    task = asyncio.create_task(work(), name='worker')\n    await asyncio.wait([task])\n\n\nasyncio.run(main())\n",
        "each line would say MainThread",
    ),
)
REFUSALS = (
    Example(
        "only_in_the_main_thread",
        "import threading\n\n\ndef main():\n    print(threading.current_thread().name)\n\n\nmain()\n",
        "import threading\n\n\ndef main():\n    print(threading.current_thread().name)\n\n\nmain()\n",
        "it runs in the main thread before and after",
    ),
)

_TASK = "asyncio.current_task()"
_CURRENT = frozenset({"threading.current_thread", "threading.currentThread"})
_WHOLE = {
    "threading.get_ident": f"id({_TASK})",
    "threading.get_native_id": f"id({_TASK})",
    "_thread.get_ident": f"id({_TASK})",
    "_thread.get_native_id": f"id({_TASK})",
}
_COUNTED = {
    "threading.active_count": "len(asyncio.all_tasks())",
    "threading.activeCount": "len(asyncio.all_tasks())",
    "threading.enumerate": "asyncio.all_tasks()",
}
_PARTS = {"name": "{0}.get_name()", "ident": "id({0})", "native_id": "id({0})"}
_ASYNCIO = ("import asyncio",)


class _Gathering:
    """The edits and pins of one round."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.scopes: TaskScopes = task_scopes(view)
        self.edits: list[Edit] = []
        self.pins: list[Pin] = []
        self.refused: list[tuple[str, Refusal]] = []
        self.named_in_main = False

    def look(self) -> None:
        """At every call that asks, and every use of the thread that ``current_thread`` gives."""
        for site in list(self.view.inference.sites):
            if site.role != "call" or not isinstance(site.node, ast.Call):
                continue
            module = self.view.module(site.caller)
            names = set(site.externals)
            if not module.source.is_target or not names or site.functions:
                continue
            if names <= _COUNTED.keys():
                if self.scopes.targets and not self.scopes.threads and self.is_inside(site.caller):
                    self.counted(module, site.node, names.pop())
            elif site.caller not in self.scopes.tasks:
                if names <= _CURRENT and self.is_inside(site.caller) and self.compared(module, site.node) == "tasks":
                    self.replace(module, site.node, _TASK)
            elif names <= _CURRENT:
                self.current(module, site.caller, site.node)
            elif names <= _WHOLE.keys():
                if self.movable(site.caller, site.node):
                    self.replace(module, site.node, _WHOLE[names.pop()])
        logs = bool(self.scopes.targets) and names_threads_in_logs(self.view.inference)
        if self.named_in_main or logs:
            self.name_main(logs)

    def counted(self, module: Module, call: ast.Call, name: str) -> None:
        """All threads, or how many there are: what is done with each of them, a task cannot do."""
        parent = module.facts.parents.get(call)
        is_counted = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "len"
        if name != "threading.enumerate" or is_counted:
            self.replace(module, call, _COUNTED[name])
            return
        for function in self.scopes.targets:
            reason = "`threading.enumerate` gives all threads, and a task is none"
            self.pin(function, call, reason, "keep the threads in a list of your own")

    def current(self, module: Module, scope: Scope, call: ast.Call) -> None:
        """One call of ``current_thread``, and what is asked of the object that it gives."""
        if not self.movable(scope, call):
            return
        uses = [use for use in _uses(self.view, call) if use[1].value is not call] + _direct(module, call)
        for _, use in uses:
            if use.attr not in (*_PARTS, "getName", "setName"):
                self.stay(scope, call, f"it asks the thread for its `{use.attr}`, which a task has not")
                return
        compared = self.compared(module, call)
        if compared == "objects":
            self.stay(scope, call, "it compares its thread with one that becomes an object, which is no task")
            return
        if scope in self.scopes.main | self.scopes.served and compared == "others":
            self.stay(scope, call, "it compares its thread with others, and the main thread may run it as well")
            return
        if any(use.attr in ("name", "getName") for _, use in uses) and not self.all_named(scope, call):
            return
        self.named_in_main |= scope in self.scopes.main and any(use.attr in ("name", "getName") for _, use in uses)
        self.replace(module, call, _TASK)
        for home, use in uses:
            self.use(home, use)

    def compared(self, module: Module, call: ast.Call) -> str:
        """What the current thread is compared with: threads that become ``tasks``, or ``objects``, or ``others``, or nothing."""
        compare = module.facts.parents.get(call)
        if not isinstance(compare, ast.Compare):
            return ""
        given = [
            value for one in (compare.left, *compare.comparators) if one is not call for value in self.view.values(one, module)
        ]
        threads = [value for value in given if not _says_no_thread(value)]
        tasks = {spawn.value for spawn in self.scopes.spawns}
        if not threads or any(value not in tasks for value in threads):
            return "others"
        return "tasks" if thread_objects(self.view).isdisjoint(threads) else "objects"

    def is_inside(self, scope: Scope) -> bool:
        """Whether only code inside the loop runs a scope."""
        return scope in self.view.colours.causes or scope in self.scopes.tasks

    def use(self, module: Module, use: ast.Attribute) -> None:
        """``thread.name``, read or set, and what is like it."""
        parent = module.facts.parents[use]
        span = (module.facts.span(use.value),)
        match use.attr, parent:
            case "name", ast.Assign(targets=[target], value=value) if target is use:
                parts = (*span, module.facts.span(value))
                edit = self.view.edit(NAME, module, parent, "replace_statement", code="{0}.set_name({1})", parts=parts)
                self.edits.append(edit)
            case ("getName" | "setName"), ast.Call():
                new = "get_name" if use.attr == "getName" else "set_name"
                self.edits.append(self.view.edit(NAME, module, use, "replace_expression", code=f"{{0}}.{new}", parts=span))
            case _:
                code = _PARTS[use.attr]
                self.edits.append(self.view.edit(NAME, module, use, "replace_expression", code=code, parts=span))

    def movable(self, scope: Scope, node: ast.AST) -> bool:
        """Whether only the loop's thread runs the code."""
        if scope in self.scopes.threads:
            self.stay(scope, node, f"`{scope.qualname}` asks which thread it runs in, and runs in threads that stay ones, too")
            return False
        return True

    def all_named(self, scope: Scope, node: ast.AST) -> bool:
        """Whether all threads that run the code were given names; connections' threads never are, nor those of requests."""
        unasked = "its thread is asked for its name, and nobody gave it one"
        self.keep_servers(scope, node, unasked)
        unnamed = [
            function
            for spawn in self.scopes.spawns
            if keyword(spawn.call, "name", 2) is None and scope in reached(self.view.inference, spawn.functions)
            for function in spawn.functions
        ]
        for function in unnamed:
            self.pin(function, node, unasked, "give the thread a name")
        return not unnamed and scope not in self.scopes.served

    def stay(self, scope: Scope, node: ast.AST, reason: str) -> None:
        """Whatever runs the code stays a thread."""
        for function in self.scopes.targets:
            if scope in reached(self.view.inference, [function]):
                self.pin(function, node, reason, "drop the question, or keep the threads with `# porter: keep`")
        self.keep_servers(scope, node, reason)

    def keep_servers(self, scope: Scope, node: ast.AST, reason: str) -> None:
        """Servers whose handlers run the code keep their threads."""
        if scope in self.scopes.served:
            module = self.view.module(scope)
            remedy = "drop the question: `client_address` tells requests apart"
            refusal = Refusal(module.source.shown, module.facts.span(node), reason, remedy, group=GROUP)
            self.refused.append((GROUP, refusal))

    def pin(self, function: Scope, node: ast.AST, reason: str, remedy: str) -> None:
        self.pins.append(Pin(function, node, reason, remedy))

    def replace(self, module: Module, node: ast.AST, code: str) -> None:
        self.edits.append(self.view.edit(NAME, module, node, "replace_expression", imports=_ASYNCIO, code=code))

    def name_main(self, logs: bool) -> None:
        """The main task gets the name that the main thread had; log records name the task, if they named the thread."""
        code = f'{_TASK}.set_name("MainThread")'
        first: list[tuple[Module, ast.stmt]] = [
            (self.view.module(scope), (run.guard.body if run.guard else run.statements)[0])
            for scope, run in self.view.wrapped.items()
        ]
        for function in entry_functions(self.view):
            node = function.node
            if isinstance(node, ast.FunctionDef) and function in self.view.colours.causes:
                start = 1 if ast.get_docstring(node) is not None and len(node.body) > 1 else 0
                first.append((self.view.module(function), node.body[start]))
        for module, statement in first:
            self.edits.append(self.view.edit(NAME, module, statement, "insert", where="before", imports=_ASYNCIO, code=code))
            if logs:
                self.edits.extend(record_edits(self.view, NAME, module, statement))


def propose(view: View) -> Proposal:
    """Edits for code that tasks run; pins where tasks cannot answer."""
    if not any("thread" in module.facts.text for module in view.targets):
        return Proposal()
    gathering = _Gathering(view)
    gathering.look()
    return Proposal(tuple(gathering.edits), tuple(gathering.pins), tuple(gathering.refused))


def _says_no_thread(value: Value) -> bool:
    """Whether a value is ``None``, or comes from an annotation alone."""
    return isinstance(value, ExternalInstance) and (value.cls == "types.NoneType" or not isinstance(value.origin, ast.Call))


def _direct(module: Module, call: ast.Call) -> list[tuple[Module, ast.Attribute]]:
    """``current_thread().name``."""
    parent = module.facts.parents.get(call)
    return [(module, parent)] if isinstance(parent, ast.Attribute) else []


def _uses(view: View, call: ast.Call) -> Iterator[tuple[Module, ast.Attribute]]:
    """What is asked of the thread through variables and attributes."""
    for module in view.targets:
        for node in module.facts.nodes:
            if isinstance(node, ast.Attribute):
                held = view.values(node.value, module)
                if any(isinstance(value, ExternalInstance) and value.origin is call for value in held):
                    yield module, node


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Templates all."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
