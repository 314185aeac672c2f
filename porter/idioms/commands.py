"""Commands: functions that a library for command lines calls, which knows nothing of event loops.

Rewrites
    A function decorated by ``@click.command()``, ``@group.command()`` or typer's ``@app.command()`` that became a coroutine →
    a plain function of the same name, decorated as before, that runs the coroutine by ``asyncio.run``.

Why it means the same
    The library calls one command in a run of the program, so that its event loop lives as long as the command does.

Declines when
    The program calls the function itself, too.

Source
    https://click.palletsprojects.com/en/stable/commands/ and https://docs.python.org/3/library/asyncio-runner.html#asyncio.run
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.plain_forms import run_by, run_by_plain
from porter.inference.command_lines import is_command
from porter.syntax.shapes import Statements

NAME = "commands"

_HEAD = "import time\n\nimport click\n\n\n@click.command()\n"
EXAMPLES = (
    Example(
        "a_command",
        _HEAD + '@click.argument("seconds", type=int)\ndef nap(seconds):\n    """Sleep."""\n    time.sleep(seconds)\n',
        "import asyncio\n\nimport click\n\n\nasync def _nap(seconds):\n    await asyncio.sleep(seconds)\n\n\n@click.command()\n"
        '@click.argument("seconds", type=int)\ndef nap(seconds):\n    """Sleep."""\n    asyncio.run(_nap(seconds))\n',
        "what calls it cannot await; the plain function keeps what the library shows of it",
    ),
)
REFUSALS: tuple[Example, ...] = ()


def propose(view: View) -> Proposal:
    """An edit for each command that became a coroutine."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for scope in view.colours.causes:
        if scope.kind != "function" or not is_command(view.inference.program, scope):
            continue
        module = view.module(scope)
        if scope.is_generator or _is_used_otherwise(view, scope):
            reason = f"`{scope.qualname}` is a command, and is called by the program as well"
            pins.append(Pin(scope, scope.node, reason, "move what it does into a function of another name"))
        else:
            edits.append(run_by_plain(view, NAME, module, scope, documented=True))
    return Proposal(tuple(edits), tuple(pins))


def _is_used_otherwise(view: View, command: Scope) -> bool:
    """Whether the program calls it, or names it where a loop runs, as ``context.invoke(command)`` does."""
    if any(site.role != "callback" for site in view.inference.callers(command)):
        return True
    for module in view.targets:
        for node in module.facts.nodes if command.name in module.facts.text else ():
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                scope = module.facts.scope_of(node)
                in_loop = view.in_coroutine(scope) or isinstance(scope.node, ast.AsyncFunctionDef)
                if in_loop and view.inference.program.resolve(node, scope) is command:
                    return True
    return False


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``run_by_plain`` of a function."""
    return run_by(edit, cst.ensure_type(node, cst.FunctionDef))
