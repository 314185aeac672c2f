"""Frontiers: what a library keeps synchronous, and can no longer do.

Rewrites
    In a function that cannot await (``__getattr__``, ``__del__``, a method that a base class calls which stays as it is), the
    statement that would need a coroutine's result → ``raise RuntimeError(...)``.

Why it means the same
    It does not: what the function did there, it cannot do in the port, and it says so at once instead of handing out a
    coroutine that nobody awaits. The plan lists the function among the refusals. It is done only where nothing in the
    program is seen to run the function; a program that runs it keeps all that it calls synchronous instead.

Declines when
    The program runs the function, or the place raises by itself, as ``in`` over an asynchronous iterable does.

Source
    https://docs.python.org/3/reference/datamodel.html#special-method-names
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.state import Site
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "frontiers"

EXAMPLES = (
    Example(
        "del",
        "import time\n\n\nclass Peer:\n    def close(self):\n        time.sleep(1)\n\n    def __del__(self):\n"
        "        self.close()\n",
        "import asyncio\n\n\nclass Peer:\n    async def close(self):\n        await asyncio.sleep(1)\n\n"
        "    def __del__(self):\n"
        '        raise RuntimeError("`Peer.close` is a coroutine function now, and `__del__` cannot await it")\n',
        "nobody can await what the garbage collector calls, and nothing in this module runs it",
    ),
)
REFUSALS = (
    Example(
        "program_that_runs_it",
        "import time\n\n\nclass Peer:\n    def __len__(self):\n        time.sleep(1)\n        return 1\n\n\nprint(len(Peer()))\n",
        "import time\n\n\nclass Peer:\n    def __len__(self):\n        time.sleep(1)\n        return 1\n\n\nprint(len(Peer()))\n",
        "the program asks for the length; remedy: an ordinary method",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each statement with such a hole."""
    edits: dict[ast.AST, Edit] = {}
    for (node, role), site in view.colours.holes.items():
        if role in ("call", "property", "operator") and isinstance(node, ast.expr):
            module = view.module(site.caller)
            statement = module.facts.statement(node)
            code = f'raise RuntimeError("{_what(view, site)} now, and `{site.caller.name}` cannot await it")\n'
            edits.setdefault(statement, view.edit(NAME, module, statement, "replace_statement", whole=True, code=code))
    return Proposal(tuple(edits.values()))


def _what(view: View, site: Site) -> str:
    for function in site.functions:
        if function in view.colours.causes:
            return f"`{function.qualname}` is a coroutine function"
    names = [b.row.name for b in view.blocking if b.site is site]
    return f"`{names[0] if names else ast.unparse(site.node)}` is asynchronous"


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``replace_statement`` (``code``)."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
