"""Leaving: Ctrl+C in the main task, and ``sys.exit`` in what was a thread.

Rewrites
    ``except KeyboardInterrupt`` around what the main task awaits → ``except asyncio.CancelledError``; ``sys.exit()`` in the
    function that a thread ran → ``return``.

Why it means the same
    At Ctrl+C ``asyncio.run`` cancels the main task; the interrupt itself would pass the handler by. Raised anew, the
    cancellation becomes KeyboardInterrupt where ``asyncio.run`` was called. ``sys.exit`` in a thread ends that thread and
    nothing else; in a task it would end the program. What differs: Ctrl+C is noticed at the next await, not in the midst of
    what computes; a second one is a KeyboardInterrupt again.

Declines when
    Nothing is awaited in the ``try``, or tasks that were threads run it, too: cancelling these is something else. ``sys.exit``
    stands deeper than in the thread's own function, or ``threading.excepthook`` is set: then the thread stays one.

Source
    https://docs.python.org/3/library/asyncio-runner.html#handling-keyboard-interruption
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.pooling import is_submission
from porter.idioms.task_scopes import task_scopes
from porter.inference.exits import exits
from porter.inference.objects import reached
from porter.inference.values import External
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "leaving"

EXAMPLES = (
    Example(
        "interrupted",
        "import time\n\n\ndef main():\n    try:\n        while True:\n            time.sleep(1)\n"
        "    except KeyboardInterrupt:\n        print('bye')\n\n\nmain()\n",
        "import asyncio\n\n\nasync def main():\n    try:\n        while True:\n            await asyncio.sleep(1)\n"
        "    except asyncio.CancelledError:\n        print('bye')\n\n\nasyncio.run(main())\n",
        "asyncio.run answers Ctrl+C by cancelling the main task",
    ),
    Example(
        "exit_of_a_thread",
        "import sys\nimport threading\nimport time\n\n\ndef work():\n    time.sleep(1)\n    sys.exit(1)\n\n\ndef main():\n"
        "    thread = threading.Thread(target=work)\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "import asyncio\n\n\nasync def work():\n    await asyncio.sleep(1)\n    return\n\n\nasync def main():\n"
        "    task = asyncio.create_task(work())\n    await asyncio.wait([task])\n\n\nasyncio.run(main())\n",
        "in a thread it ends the thread only",
    ),
)
REFUSALS = (
    Example(
        "nothing_awaited",
        "def main():\n    try:\n        print(sum(range(9)))\n    except KeyboardInterrupt:\n        print('bye')\n\n\nmain()\n",
        "def main():\n    try:\n        print(sum(range(9)))\n    except KeyboardInterrupt:\n        print('bye')\n\n\nmain()\n",
        "no event loop is there to take Ctrl+C",
    ),
)

_INTERRUPT = "builtins.KeyboardInterrupt"


def propose(view: View) -> Proposal:
    """Handlers of Ctrl+C in the main task; exits of threads."""
    edits, pins = _exits(view)
    if any("KeyboardInterrupt" in module.facts.text for module in view.targets):
        edits.extend(_interrupts(view))
    return Proposal(tuple(edits), tuple(pins))


# --- Ctrl+C ----------------------------------------------------------------------------------------------------------


def _interrupts(view: View) -> Iterator[Edit]:
    waiting = {site.node for site in view.colours.awaited.values()}
    waiting |= {b.site.node for b, decision in view.decisions.items() if decision.awaited}
    tasks = task_scopes(view).tasks
    for module in view.targets:
        for node in module.facts.nodes:
            for body, caught in _guarded(node):
                scope = module.facts.scope_of(node)
                inside = scope in view.wrapped or (scope in view.colours.causes and scope not in tasks)
                if not inside or not any(one in waiting for statement in body for one in ast.walk(statement)):
                    continue
                for name in (one for one in ast.walk(caught) if isinstance(one, ast.Name)):
                    found = view.inference.program.resolve(name, scope)
                    builtin = found is None and scope.binding(name.id) is None and name.id == "KeyboardInterrupt"
                    if builtin or (isinstance(found, External) and found.name == _INTERRUPT):
                        yield view.edit(
                            NAME,
                            module,
                            name,
                            "replace_expression",
                            imports=("import asyncio",),
                            code=_BOTH if name is caught and _raises_itself(body) else "asyncio.CancelledError",
                        )


_BOTH = "(KeyboardInterrupt, asyncio.CancelledError)"


def _raises_itself(body: list[ast.stmt]) -> bool:
    """Whether the code raises KeyboardInterrupt as well, besides the one that Ctrl+C brings."""
    raised = (node.exc for statement in body for node in ast.walk(statement) if isinstance(node, ast.Raise) and node.exc)
    return any("KeyboardInterrupt" in ast.unparse(one) for one in raised)


def _guarded(node: ast.AST) -> Iterator[tuple[list[ast.stmt], ast.expr]]:
    """Statements, and what is caught of them: by ``except``, by ``suppress``."""
    match node:
        case ast.Try() | ast.TryStar():
            for handler in node.handlers:
                if handler.type is not None:
                    yield node.body, handler.type
        case ast.With():
            for item in node.items:
                match item.context_expr:
                    case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
                        yield from ((node.body, arg) for arg in args)


# --- sys.exit --------------------------------------------------------------------------------------------------------


def _exits(view: View) -> tuple[list[Edit], list[Pin]]:
    found = [one for one in exits(view.inference) if one[0].source.is_target]
    if not found:
        return [], []
    scopes = task_scopes(view)
    edits: list[Edit] = []
    pins: list[Pin] = []
    for module, scope, node in found:
        if scope not in scopes.tasks:
            continue
        statement = module.facts.statement(node)
        if _ends_its_thread(view, scope, statement, node) and scope not in scopes.main:
            edits.append(view.edit(NAME, module, statement, "replace_statement", code="return"))
            continue
        for function in scopes.targets:
            if scope in reached(view.inference, [function]):
                reason = "it may end by `sys.exit`, which ends a thread, but of a task the whole program"
                pins.append(Pin(function, node, reason, "return from the thread's function instead"))
    return edits, pins


def _ends_its_thread(view: View, scope: Scope, statement: ast.stmt, node: ast.AST) -> bool:
    """Whether it stands in a thread's own function, and says nothing that somebody would hear."""
    callers = view.inference.callers(scope)
    own = bool(callers) and all(site.role == "spawn" and not is_submission(view, site.node) for site in callers)
    said = node.exc if isinstance(node, ast.Raise) else node
    plain = all(isinstance(arg, (ast.Constant, ast.Name)) for arg in said.args) if isinstance(said, ast.Call) else True
    alone = (isinstance(statement, ast.Expr) and statement.value is node) or isinstance(statement, ast.Raise)
    module = view.module(scope)
    at: ast.AST = statement
    while at is not scope.node:
        at = module.facts.parents[at]
        if isinstance(at, ast.Try) and any(_catches_exits(handler) for handler in at.handlers):
            return False
    return own and plain and alone and not scope.is_generator


def _catches_exits(handler: ast.ExceptHandler) -> bool:
    caught = ast.unparse(handler.type) if handler.type is not None else "BaseException"
    return "BaseException" in caught or "SystemExit" in caught


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Templates all."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
