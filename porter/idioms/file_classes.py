"""File classes: a class of the program's own that derives from ``io``, and whose ``read`` or ``write`` waits.

Rewrites
    ``class Response(io.BufferedIOBase)`` → ``class Response(_aio_io.BufferedIOBase)``, with all its methods of files as
    coroutines; ``super().close()`` → ``await super().close()``; what is inherited (``readlines``, iteration, ``with``) is
    awaited, too. ``_aio_io.py`` is copied beside the port.

Why it means the same
    The base class does the same by means of the class's methods, and awaits them. What differs: a file that is dropped is
    not closed; and it is no ``io.IOBase`` any more, so that ``isinstance`` says no.

Declines when
    An object of the class is given to code outside the program that reads or writes it, or the class has other bases too.

Source
    https://docs.python.org/3/library/io.html#class-hierarchy
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.groups import support_import
from porter.idioms.idiom import Decision, Edit, Example, Pin, Proposal, View
from porter.inference.blocking import Blocking
from porter.inference.io_classes import WAITING, given_outside, io_base, is_base, own_files
from porter.inference.values import ClassValue
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "file_classes"
SUPPORT = "aio_io"

EXAMPLES = (
    Example(
        "body",
        "import io\nimport socket\n\n\nclass Body(io.RawIOBase):\n    def __init__(self, sock: socket.socket | None):\n"
        "        self.sock = sock\n\n    def readinto(self, buffer):\n        return self.sock.recv_into(buffer)\n\n"
        "    def close(self):\n        super().close()\n        self.sock.close()\n",
        "import socket\n\nimport _aio_io\nimport _aio_socket\n\n\nclass Body(_aio_io.RawIOBase):\n"
        "    def __init__(self, sock: _aio_socket.Socket | None):\n        self.sock = sock\n\n"
        "    async def readinto(self, buffer):\n        return await self.sock.recv_into(buffer)\n\n"
        "    async def close(self):\n        await super().close()\n        self.sock.close()\n",
        "the base class calls `readinto`, and must await it",
    ),
)
REFUSALS: tuple[Example, ...] = ()


def decide(view: View, b: Blocking) -> Decision | None:
    """Calls of what an asynchronous file inherits from its base class."""
    classes = own_files(view.inference, b)
    if not classes or not any(cls in view.colours.async_files for cls in classes) or b.row.tail not in WAITING:
        return None
    return Decision("ported", awaited=True)


def propose(view: View) -> Proposal:
    """Other base classes, and ``await`` before calls of their methods."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for cls in view.colours.async_files:
        edits.extend(_bases(view, cls))
        given = given_outside(view.inference, cls)
        waiting = next((one for one in cls.scope.children if one in view.colours.causes and one.name in WAITING), None)
        if given is not None and waiting is not None:
            node, taker = given
            why = f"an object of its class is given to `{taker}`, which would not await it"
            pins.append(Pin(waiting, node, why, "read it first, and give what was read"))
    for b, decision in view.decisions.items():
        if decision.awaited and decide(view, b) and view.in_coroutine(b.site.caller):
            edits.extend(_awaited(view, b))
    return Proposal(tuple(edits), tuple(pins))


def _awaited(view: View, b: Blocking) -> Iterator[Edit]:
    module, node = view.module(b.site.caller), b.site.node
    parent = module.facts.parents.get(node)
    match b.site.role:
        case "call" if isinstance(node, ast.Call):
            yield view.edit(NAME, module, node, "await", parens=needs_parentheses(parent, node))
        case "iterate" | "next" if isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node:
            yield view.edit(NAME, module, parent, "async_loop")


def _bases(view: View, cls: ClassValue) -> Iterator[Edit]:
    module = view.module(cls.scope)
    node = cls.scope.node
    if not io_base(view.inference, cls) or not module.source.is_target or not isinstance(node, ast.ClassDef):
        return
    for base in node.bases:
        name = is_base(view.inference, base, cls.scope)
        if name:
            statement, copy = support_import(module, SUPPORT)
            code = f"_{SUPPORT}.{name.rpartition('.')[2]}"
            given = {"imports": (statement,), "support": (SUPPORT, copy), "code": code}
            yield view.edit(NAME, module, base, "replace_expression", **given)  # type: ignore[arg-type]


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``await``: before a call. ``async_loop``: over lines. ``replace_expression``: another base class."""
    if edit.action == "await":
        assert isinstance(node, cst.BaseExpression)
        return awaited(node, parens=bool(edit.data.get("parens")))
    if edit.action == "async_loop":
        return node.with_changes(asynchronous=cst.Asynchronous())
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
