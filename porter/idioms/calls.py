"""Calls: blocking functions that have a coroutine of the same shape, and those that take a thread hop.

Rewrites
    ``time.sleep(1)`` → ``await asyncio.sleep(1)``; ``socket.gethostbyname(h)`` → ``await
    asyncio.to_thread(socket.gethostbyname, h)``; ``with smtplib.SMTP(h) as client:``, which waits when it is left, → ``async
    with _aio_threads.in_thread(...) as client:`` (a module copied beside the port).

Why it means the same
    The call gets the same arguments and gives the same result. What differs: cancellation may arrive there; a hop runs in
    another thread, which a cancelled wait does not stop, and ``threading.local`` and signal handlers see that thread.

Declines when
    The catalogue knows no equivalent, or the callee is one of several that do not all block.

Source
    https://docs.python.org/3/library/asyncio-task.html
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.catalogue.entry import USER
from porter.idioms.groups import support_import
from porter.idioms.idiom import Decision, Edit, Example, Proposal, View
from porter.inference.blocking import Blocking
from porter.inference.frontiers import is_cleanup
from porter.inference.program import Module
from porter.inference.stored import handed_on, is_stored, references
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements
from porter.syntax.shapes import call as make_call
from porter.syntax.templates import fill

NAME = "calls"
SUPPORT = "aio_threads"

EXAMPLES = (
    Example(
        "sleep",
        "import time\n\n\ndef pause():\n    time.sleep(1)\n",
        "import asyncio\n\n\nasync def pause():\n    await asyncio.sleep(1)\n",
        "asyncio.sleep takes the same argument",
    ),
    Example(
        "name_lookup",
        "import socket\n\n\ndef address(host):\n    return socket.gethostbyname(host)\n",
        "import asyncio\nimport socket\n\n\nasync def address(host):\n"
        "    return await asyncio.to_thread(socket.gethostbyname, host)\n",
        "there is no asynchronous form, so it runs in a thread",
    ),
)
REFUSALS = (
    Example(
        "look_alike",
        "class Clock:\n    def sleep(self, n):\n        self.n = n\n\n\ndef nap(clock):\n    Clock().sleep(1)\n",
        "class Clock:\n    def sleep(self, n):\n        self.n = n\n\n\ndef nap(clock):\n    Clock().sleep(1)\n",
        "this sleep is the program's own",
    ),
)


def decide(view: View, b: Blocking) -> Decision | None:
    """Rows that say ``await`` of a function, and thread hops."""
    row, node = b.row, b.site.node
    if row.idiom or row.library == USER:
        return None
    if b.site.role == "enter" and row.becomes == "thread" and not b.site.functions and not b.others:
        if isinstance(view.module(b.site.caller).facts.parents.get(node), ast.withitem):
            return Decision("offloaded", awaited=True, reason="it has no asynchronous form")
        return Decision("refused", reason="a stack enters it, and leaving it blocks", remedy="enter it by a `with` statement")
    if not isinstance(node, ast.Call) or row.becomes == "none":
        return None
    if b.site.functions or b.others:
        return Decision("refused", reason=f"this call reaches `{row.name}` or something else", remedy="separate the two")
    if b.site.role == "callback" and (not is_cleanup(view.inference, b.site) or row.asyncio.startswith("_aio_")):
        return Decision("refused", reason="it is called by code that does not await its result", remedy=row.remedy)
    match row.becomes:
        case "await" if row.kind == "function":
            stored = b.site.role != "callback" and is_stored(view.inference, b.site.caller, node)
            if stored and (taker := handed_on(view.inference, row.name)):
                return Decision("refused", reason=f"`{taker}` is given `{row.name}`, too", remedy="give it another function")
            return Decision("ported", awaited=True)
        case "thread":
            return Decision("offloaded", awaited=True, reason="it has no asynchronous form")
    return None


def propose(view: View) -> Proposal:
    """An edit for each such call in a coroutine."""
    edits, entered = [], []
    stored: dict[str, str] = {}
    for b, decision in view.decisions.items():
        if decision.outcome == "ported" and b.row.becomes != "await":
            continue  # another idiom's answer
        if not decision.awaited or not (decision.hop or (not b.row.idiom and decide(view, b) is not None)):
            continue
        module = view.module(b.site.caller)
        node = b.site.node
        if not view.in_coroutine(b.site.caller) or b.site.role == "callback":
            continue
        if b.site.role == "enter":
            entered.append(_entered(view, module, node))
            continue
        assert isinstance(node, ast.Call)
        if decision.outcome == "offloaded":
            maker = b.row.asyncio if b.row.becomes == "thread" and not decision.hop else ""
            edits.append(_hop(view, module, node, maker))
        elif is_stored(view.inference, b.site.caller, node):
            stored[b.row.name] = b.row.asyncio
            edits.append(_awaited(view, module, node, ""))
        else:
            edits.append(_awaited(view, module, node, b.row.asyncio))
    for name, equivalent in stored.items():
        for module, reference in references(view.inference, name):
            imports = (f"import {equivalent.rpartition('.')[0]}",)
            edits.append(view.edit(NAME, module, reference, "replace_expression", imports=imports, code=equivalent))
    return Proposal((*edits, *entered))


def _entered(view: View, module: Module, node: ast.AST) -> Edit:
    statement, copy = support_import(module, SUPPORT)
    return view.edit(NAME, module, node, "in_thread", imports=(statement,), support=(SUPPORT, copy))


def _awaited(view: View, module: Module, node: ast.Call, equivalent: str) -> Edit:
    home = equivalent.rpartition(".")[0]
    return view.edit(
        NAME,
        module,
        node,
        "awaited_call",
        imports=(f"import {home}",) if home else (),
        func=equivalent,
        parens=needs_parentheses(module.facts.parents.get(node), node),
    )


def _hop(view: View, module: Module, node: ast.Call, maker: str) -> Edit:
    """A hop by ``asyncio.to_thread``, or by the function of a support module that the row names."""
    parens = needs_parentheses(module.facts.parents.get(node), node)
    if not maker.startswith("_aio_"):
        return view.edit(NAME, module, node, "hop", imports=("import asyncio",), parens=parens, func="asyncio.to_thread")
    support = maker.partition(".")[0].removeprefix("_")
    statement, copy = support_import(module, support)
    return view.edit(NAME, module, node, "hop", imports=(statement,), parens=parens, func=maker, support=(support, copy))


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``awaited_call``: another function, awaited. ``hop``: the same function, through ``asyncio.to_thread``.

    ``in_thread``: a context manager that a thread enters and leaves.
    """
    filled = fill(edit.action, edit.data, node)
    if filled is not None:
        return filled
    if edit.action == "in_thread":
        assert isinstance(node, cst.BaseExpression)
        return make_call(f"_{SUPPORT}.in_thread", node.with_changes(lpar=(), rpar=()))
    call = cst.ensure_type(node, cst.Call)
    if edit.action == "awaited_call":
        func = cst.parse_expression(str(edit.data["func"])) if edit.data["func"] else call.func
        made = call.with_changes(func=func, lpar=(), rpar=())
    else:
        made = call.with_changes(
            func=cst.parse_expression(str(edit.data["func"])),
            args=[_first(call), *call.args],
            lpar=(),
            rpar=(),
        )
    parens = bool(edit.data.get("parens")) or bool(call.lpar)
    return cst.Await(made, lpar=[cst.LeftParen()] if parens else [], rpar=[cst.RightParen()] if parens else [])


def _first(call: cst.Call) -> cst.Arg:
    """The function as an argument before the others; in a line of its own where they begin in the next one."""
    if not call.args:
        return cst.Arg(call.func)
    space: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if isinstance(before := call.whitespace_before_args, cst.ParenthesizedWhitespace):
        newline = cst.TrailingWhitespace(newline=before.first_line.newline)
        space = before.with_changes(first_line=newline, empty_lines=())
    return cst.Arg(call.func, comma=cst.Comma(whitespace_after=space))
