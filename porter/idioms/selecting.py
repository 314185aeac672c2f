"""Selecting: a loop of the program's own that waits until one of several sockets is ready.

Rewrites
    ``selector.select(timeout)`` → ``await _aio_select.ready(selector, timeout)``, ``select.select(r, w, x, timeout)`` →
    ``await _aio_select.select(r, w, x, timeout)``. ``_aio_select.py`` is copied beside the port; what is registered stays.
    ``select.poll()`` → ``_aio_select.poll()``, whose ``poll`` is awaited; by a thread where not all of them can change.

Why it means the same
    The same call is made without waiting, and again once the event loop says that one of the files is ready. What
    differs: cancellation may arrive there, and other tasks run meanwhile.

Declines when
    The call is handed over as a callback.

Source
    https://docs.python.org/3/library/asyncio-eventloop.html#watching-file-descriptors
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.groups import support_import
from porter.idioms.idiom import Decision, Edit, Example, Proposal, Refusal, View
from porter.inference.blocking import Blocking
from porter.inference.state import Site
from porter.inference.stored import is_stored, references
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "selecting"
SUPPORT = "aio_select"
POLLS = "select.poll"
"""The group of all objects that ``select.poll()`` makes."""
_CLASS = "select.poll"
_POLL = "select.poll.poll"

EXAMPLES = (
    Example(
        "answer_in_time",
        "import select\n\n\ndef answered(sock, timeout):\n    return bool(select.select([sock], [], [], timeout)[0])\n",
        "import _aio_select\n\n\nasync def answered(sock, timeout):\n"
        "    return bool((await _aio_select.select([sock], [], [], timeout))[0])\n",
        "the wait has a limit, and another task may run until then",
    ),
)
REFUSALS: tuple[Example, ...] = ()


def decide(view: View, b: Blocking) -> Decision | None:
    """Every wait that is a plain call."""
    if b.row.idiom != NAME:
        return None
    node = b.site.node
    if b.site.role != "call" or not isinstance(node, ast.Call) or b.site.functions:
        reason = "it is called by code that does not await its result"
        return Decision("refused", reason=reason, remedy="call it by name, in a function")
    if b.row.kind == "method" and not isinstance(node.func, ast.Attribute):
        reason = "a variable holds the method"
        return Decision("refused", reason=reason, remedy="call it as `selector.select(...)`")
    if b.row.name == _POLL:
        if POLLS in view.refused:
            return Decision("offloaded", awaited=True, reason=view.refused[POLLS].reason, hop=True)
        return Decision("ported", awaited=True, group=POLLS)
    if b.row.kind == "function" and is_stored(view.inference, b.site.caller, node):
        return Decision("refused", reason=f"a variable holds `{b.row.name}`", remedy="call it by name, in a function")
    return Decision("ported", awaited=True)


def propose(view: View) -> Proposal:
    """An edit for each such call in a coroutine."""
    edits: list[Edit] = []
    polls = [b for b, decision in view.decisions.items() if b.row.name == _POLL and decision.group == POLLS]
    if polls:
        refusal = _stays(view)
        if refusal is not None:
            return Proposal(refused=((POLLS, refusal),))
        edits.extend(_made(view))
    for b, decision in view.decisions.items():
        if b.row.idiom != NAME or not decision.awaited or decision.hop or not view.in_coroutine(b.site.caller):
            continue
        module, node = view.module(b.site.caller), b.site.node
        if b in polls:
            parens = needs_parentheses(module.facts.parents.get(node), node)
            edits.append(view.edit(NAME, module, node, "await", group=POLLS, parens=parens))
            continue
        statement, copy = support_import(module, SUPPORT)
        edits.append(
            view.edit(
                NAME,
                module,
                node,
                "wait",
                imports=(statement,),
                support=(SUPPORT, copy),
                extra={"method": b.row.name.startswith("selectors.")},
                parens=needs_parentheses(module.facts.parents.get(node), node),
            )
        )
    return Proposal(tuple(edits))


def _makers(view: View) -> Iterator[Site]:
    return (site for site in view.inference.sites if site.role == "call" and _CLASS in site.externals)


def _stays(view: View) -> Refusal | None:
    """A place for which the objects of ``select`` itself must stay."""
    found = [(view.module(site.caller), site.node) for site in _makers(view) if not _is_named(view, site)]
    for module, node in (*found, *references(view.inference, _CLASS)):
        if module.source.is_target:
            reason = "a variable holds `select.poll`"
            return Refusal(module.source.shown, module.facts.span(node), reason, "call it by its own name")
    return None


def _is_named(view: View, site: Site) -> bool:
    return view.module(site.caller).source.is_target and not is_stored(view.inference, site.caller, site.node)


def _made(view: View) -> Iterator[Edit]:
    """``select.poll()``: the support module's class."""
    for site in _makers(view):
        module = view.module(site.caller)
        assert isinstance(site.node, ast.Call)
        statement, copy = support_import(module, SUPPORT)
        code, support = f"_{SUPPORT}.poll", (SUPPORT, copy)
        imports = (statement,)
        yield view.edit(
            NAME, module, site.node.func, "replace_expression", code=code, imports=imports, support=support, group=POLLS
        )


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``wait``: the support module's function, awaited; ``await``; ``replace_expression``."""
    filled = fill(edit.action, edit.data, node)
    if filled is not None:
        return filled
    if edit.action == "await":
        return awaited(cst.ensure_type(node, cst.Call), parens=bool(edit.data["parens"]))
    call = cst.ensure_type(node, cst.Call)
    args = call.args
    if edit.data["method"]:
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")) if args else cst.MaybeSentinel.DEFAULT
        args = (cst.Arg(cst.ensure_type(call.func, cst.Attribute).value, comma=comma), *args)
    name = "ready" if edit.data["method"] else "select"
    made = call.with_changes(func=cst.parse_expression(f"_{SUPPORT}.{name}"), args=args)
    return awaited(made, parens=bool(edit.data["parens"]))
