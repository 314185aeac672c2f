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

_BEFORE = """\
import socket
import threading


class Server:
    def __init__(self, address):
        self.socket = socket.socket()
        try:
            self.socket.bind(address)
        except OSError:
            self.close()
            raise

    def close(self):
        self.socket.close()


class Watched(Server):
    def close(self):
        super().close()
        self.seen.wait()


def main(address):
    Server(address).close()
    watched = Watched(address)
    watched.seen = threading.Event()
    threading.Timer(1, watched.seen.set).start()
    watched.close()
"""
EXAMPLES: tuple[Example, ...] = ()
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
