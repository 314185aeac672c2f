"""Tidying up in constructors: what a half-made object holds is given back without waiting.

Rewrites
    ``except: self.close(); raise`` in ``__init__``, where ``close`` became a coroutine because subclasses wait in theirs, and
    the class's own only says ``self.socket.close()`` → ``except: self.socket.close(); raise``.

Why it means the same
    The object is not made: nothing uses it yet that an override would wait for. What differs: an override of ``close`` is not
    called by the constructor any more, where that fails.

Declines when
    The class's own method waits, does more than call methods of what the object holds, or takes arguments; an override does
    not call it. Then the class opens in a factory (``constructors``).

Source
    https://docs.python.org/3/reference/datamodel.html#object.__init__ (it cannot be a coroutine).
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "tidying"

_CLASSES = """\
import {0}


class Journal:
    def __init__(self, path):
        self.file = open(path)
        try:
            self.file.seek(10)
        except OSError:
            {1}
            raise

    {2}def close(self):
        self.file.close()


class Lasting(Journal):
    {2}def close(self):
        {3}super().close()
        {4}.sleep(1)
"""
EXAMPLES = (
    Example(
        "own_method_does_not_wait",
        _CLASSES.format("time", "self.close()", "", "", "time"),
        _CLASSES.format("asyncio", "self.file.close()", "async ", "await ", "await asyncio"),
        "the constructor stays one",
    ),
)
REFUSALS: tuple[Example, ...] = ()


def propose(view: View) -> Proposal:
    """The statements of the method in the place of its call."""
    edits = []
    for call, statements in view.colours.tidied.items():
        site = view.inference.site(call)
        assert site is not None
        module = view.module(site.caller)
        code = "\n".join(ast.unparse(statement) for statement in statements)
        edits.append(view.edit(NAME, module, module.facts.statement(call), "replace_statement", code=code))
    return Proposal(tuple(edits))


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``replace_statement``: the call."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
