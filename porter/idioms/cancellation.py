"""Cancellation: tasks that catch everything, and loops that wait without waiting, still let the program end.

Rewrites
    In what runs in a task, before a handler that catches everything, bare or ``BaseException``, and does not raise it
    again: ``except asyncio.CancelledError: raise``; ``contextlib.suppress(BaseException)`` → ``suppress(Exception)``.
    In a coroutine, ``while not done: pass`` → ``await asyncio.sleep(0)`` as its body.

Why it means the same
    Nothing arrives in a thread when its program ends, so a handler of everything never met that end. A task is cancelled
    then, by an exception that such a handler would swallow: the task would go on, and the program never end. A loop that
    only looks at a variable gave way to other threads by itself; tasks run only while somebody awaits.

Declines when
    Only some files of a library are ported, by ``targets``; the handler ends in ``raise``; nothing in the ``try`` awaits;
    the function runs in no task, so that only Ctrl+C cancels it, which the handler caught before as well.

Source
    https://docs.python.org/3/library/asyncio-task.html#task-cancellation
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.iterables import NESTED
from porter.inference.program import Module
from porter.inference.spinning import spinning_loops
from porter.syntax.shapes import Statements, statements
from porter.syntax.templates import fill

NAME = "cancellation"

_START = "\n\ndef main():\n    threading.Thread(target=poll, daemon=True).start()\n    time.sleep(1)\n\n\nmain()\n"
_TASK = (
    "\n\nasync def main():\n    task = asyncio.create_task(poll())\n    await asyncio.sleep(1)\n    task.cancel()\n"
    "    await asyncio.wait([task])\n\n\nasyncio.run(main())\n"
)
EXAMPLES = (
    Example(
        "handler_of_everything",
        "import threading\nimport time\n\n\ndef poll():\n    while True:\n        try:\n            time.sleep(1)\n"
        "        except:\n            print('again')\n" + _START,
        "import asyncio\n\n\nasync def poll():\n    while True:\n        try:\n            await asyncio.sleep(1)\n"
        "        except asyncio.CancelledError:\n            raise\n        except:\n            print('again')\n" + _TASK,
        "the handler would catch the cancellation, and the task would never end",
    ),
)
REFUSALS = (
    Example(
        "handler_that_raises",
        "def poll(step):\n    try:\n        step()\n    except BaseException:\n        print('stopped')\n        raise\n",
        "def poll(step):\n    try:\n        step()\n    except BaseException:\n        print('stopped')\n        raise\n",
        "the cancellation goes through",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each such handler, ``suppress`` and loop."""
    if view.settings.targets:
        return Proposal()  # which tasks of a library are cancelled, and when, its users decide
    awaited = {node for node, _ in view.colours.awaited}
    edits: list[Edit] = []
    tasks = _in_tasks(view)
    for scope in view.colours.causes:
        module = view.module(scope)
        for node in _own(scope.node):
            if scope in tasks and isinstance(node, ast.Try) and not awaited.isdisjoint(_below(node.body)):
                edits.extend(_handlers(view, module, node))
            elif scope in tasks and isinstance(node, ast.With) and not awaited.isdisjoint(_below(node.body)):
                edits.extend(_suppressing(view, module, node))
            elif isinstance(node, ast.While) and awaited.isdisjoint(ast.walk(node.test)):
                edits.extend(_spinning(view, module, node))
    for scope, run in view.wrapped.items():
        for statement in run.statements:
            for node in (statement, *_own(statement)):
                if isinstance(node, ast.While) and awaited.isdisjoint(ast.walk(node.test)):
                    edits.extend(_spinning(view, view.module(scope), node))
    return Proposal(tuple(edits))


def _in_tasks(view: View) -> set[Scope]:
    """What runs in a task that was a thread: the functions given to threads, and all that they await."""
    calls: dict[Scope, list[Scope]] = {}
    for site in view.colours.awaited.values():
        calls.setdefault(site.caller, []).extend((*site.functions, *site.generators))
    work = [f for site in view.inference.sites if site.role == "spawn" for f in site.functions]
    found: set[Scope] = set()
    while work:
        scope = work.pop()
        if scope not in found and (scope in view.colours.causes or scope.kind != "function"):
            found.add(scope)
            work.extend(calls.get(scope, ()))
    return found


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below ``node`` that its own running runs: those of functions in it are left out."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, NESTED):
            yield child
            yield from _own(child)


def _below(body: list[ast.stmt]) -> set[ast.AST]:
    found: set[ast.AST] = set()
    for statement in body:
        if not isinstance(statement, NESTED):
            found.add(statement)
            found.update(_own(statement))
    return found


# --- handlers ------------------------------------------------------------------------------------------------------


def _handlers(view: View, module: Module, node: ast.Try) -> Iterator[Edit]:
    for position, handler in enumerate(node.handlers):
        names = _names(view, module, handler.type)
        if "asyncio.exceptions.CancelledError" in names or "asyncio.CancelledError" in names:
            return
        if handler.type is None or "builtins.BaseException" in names:
            if not _passes_on(handler):
                yield view.edit(NAME, module, node, "let_through", whole=True, position=position, imports=("import asyncio",))
            return


def _names(view: View, module: Module, caught: ast.expr | None) -> set[str]:
    """The outside classes that a handler names."""
    parts = caught.elts if isinstance(caught, ast.Tuple) else [caught] if caught is not None else []
    return {getattr(value, "name", "") for part in parts for value in view.values(part, module)}


def _passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether a handler ends in raising what it caught, and on no path before."""
    last = handler.body[-1]
    if not isinstance(last, ast.Raise) or last.cause is not None:
        return False
    again = last.exc is None or (isinstance(last.exc, ast.Name) and last.exc.id == handler.name)
    leaves = (ast.Return, ast.Break, ast.Continue)
    return again and not any(isinstance(node, leaves) for node in _below(handler.body))


def _suppressing(view: View, module: Module, node: ast.With) -> Iterator[Edit]:
    """``with contextlib.suppress(BaseException):``."""
    for item in node.items:
        call = item.context_expr
        site = view.inference.site(call) if isinstance(call, ast.Call) else None
        if isinstance(call, ast.Call) and site is not None and "contextlib.suppress" in site.externals:
            for argument in call.args:
                if "builtins.BaseException" in _names(view, module, argument) and isinstance(argument, ast.Name):
                    yield view.edit(NAME, module, argument, "replace_expression", code="Exception")


# --- loops ---------------------------------------------------------------------------------------------------------


def _spinning(view: View, module: Module, node: ast.While) -> Iterator[Edit]:
    """``while not done: pass``."""
    only = node.body[0]
    says_nothing = isinstance(only, ast.Expr) and isinstance(only.value, ast.Constant)
    code = "await asyncio.sleep(0)\n"
    if len(node.body) == 1 and (isinstance(only, (ast.Pass, ast.Continue)) or says_nothing):
        yield view.edit(NAME, module, only, "replace_statement", imports=("import asyncio",), code=code)
    elif node in spinning_loops(view.inference):
        yield view.edit(NAME, module, only, "insert", where="before", imports=("import asyncio",), code=code)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``let_through``: a clause before the handler at ``position``; ``replace_statement``, ``replace_expression``."""
    if edit.action != "let_through":
        filled = fill(edit.action, edit.data, node)
        assert filled is not None, edit.action
        return filled
    position = edit.data["position"]
    assert isinstance(position, int)
    made = cst.ensure_type(statements("try:\n    pass\nexcept asyncio.CancelledError:\n    raise\n")[0], cst.Try)
    block = cst.ensure_type(node, cst.Try)
    handlers = [*block.handlers[:position], made.handlers[0], *block.handlers[position:]]
    return block.with_changes(handlers=handlers)
