"""Frontiers: what a library keeps synchronous, and can no longer do.

Rewrites
    In a function that cannot await (``__getattr__``, ``__del__``, a method that a base class calls which stays as it is), the
    statement that would need a coroutine's result → ``raise RuntimeError(...)``. A flag by which the source tells its two
    colours apart, ``_IS_SYNC = True`` → ``False``.

Why it means the same
    It does not: what the function did there, it cannot do in the port, and it says so at once instead of handing out a
    coroutine that nobody awaits. The plan lists the function among the refusals. It is done only where ``targets`` name
    one colour of a library, which stays beside the port; a program keeps all that such a function calls synchronous.

Declines when
    The settings name no targets, or the place raises by itself, as ``in`` over an asynchronous iterable does.

Source
    https://docs.python.org/3/reference/datamodel.html#special-method-names
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.flags import flags
from porter.inference.program import Module
from porter.inference.state import Site
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "frontiers"

EXAMPLES: tuple[Example, ...] = ()
REFUSALS = (
    Example(
        "length",
        "import time\n\n\nclass Peer:\n    def __len__(self):\n        time.sleep(1)\n        return 1\n",
        "import time\n\n\nclass Peer:\n    def __len__(self):\n        time.sleep(1)\n        return 1\n",
        "`len()` takes a number at once; remedy: an ordinary method",
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
            edits[statement] = view.edit(NAME, module, statement, "replace_statement", whole=True, code=code)
            for later in _behind(module, statement):
                edits.setdefault(later, view.edit(NAME, module, later, "remove", whole=True))
    return Proposal((*edits.values(), *_flags(view)))


def _behind(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    """The statements of the same block that nothing reaches any more."""
    above = module.facts.parents[statement]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and statement in block:
            return block[block.index(statement) + 1 :]
    return []


def _flags(view: View) -> Iterator[Edit]:
    """The flags that say which colour a module is."""
    changed = {scope.module for scope in view.colours.causes}
    for module in view.targets:
        if view.settings.targets and module.facts.module in changed:
            for statement in flags(module).values():
                code = "False" if ast.unparse(statement.value) == "True" else "True"
                yield view.edit(NAME, module, statement.value, "replace_expression", code=code)


def _what(view: View, site: Site) -> str:
    for function in site.functions:
        if function in view.colours.causes:
            return f"`{function.qualname}` is a coroutine function"
    names = [b.row.name for b in view.blocking if b.site is site]
    return f"`{names[0] if names else ast.unparse(site.node)}` is asynchronous"


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``replace_statement`` and ``replace_expression`` (``code``)."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
