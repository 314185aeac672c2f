"""Lending: an object from outside that needs a blocking file of a connection works in a thread.

Rewrites
    ``handler = Handler(self.rfile)``, whose constructor is not of the program, → ``handler = await
    asyncio.to_thread(Handler, _aio_bridge.BlockingFile(self.rfile))``, and ``handler.run()`` → ``await
    asyncio.to_thread(handler.run)``. The file is read and written by the event loop, and the thread waits for it.

Why it means the same
    The same calls are made in the same order, and the function waits for each of them. What differs: they run in a thread,
    another one each time; so do the methods of the program that they call back.

Declines when
    The object is passed on, returned, kept, or has methods of the program's own called; one of its methods became a
    coroutine. Then the connection stays a blocking one.

Source
    https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.groups import support_import
from porter.idioms.idiom import Edit, Example, Proposal, Refusal, View
from porter.inference.lending import Borrower, borrowers
from porter.inference.sockets import SocketGroup
from porter.inference.values import ClassValue
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "lending"
_SUPPORT = "aio_bridge"

_PROGRAM = """\
{0}


class Handler({1}.BaseHTTPRequestHandler):
    {2}def do_GET(self):
        {3}
        {4}


{2}def main(address):
    {2}with {1}.HTTPServer(address, Handler) as server:
        {5}server.serve_forever()
"""
_BEFORE = _PROGRAM.format(
    "import http.server\nfrom wsgiref.handlers import SimpleHandler",
    "http.server",
    "",
    "runner = SimpleHandler(self.rfile, self.wfile, None, {})",
    "runner.run(print)",
    "",
)
_FILES = "_aio_bridge.BlockingFile(self.rfile), _aio_bridge.BlockingFile(self.wfile)"
_KEPT = _BEFORE.replace("runner.run(print)", "self.runners.append(runner)")
EXAMPLES = (
    Example(
        "handler_in_a_thread",
        _BEFORE,
        _PROGRAM.format(
            "import asyncio\nfrom wsgiref.handlers import SimpleHandler\n\nimport _aio_bridge\nimport _aio_http_server",
            "_aio_http_server",
            "async ",
            f"runner = await asyncio.to_thread(SimpleHandler, {_FILES}, None, {{}})",
            "await asyncio.to_thread(runner.run, print)",
            "await ",
        ),
        "the event loop reads and writes for it",
    ),
)
REFUSALS = (Example("kept", _KEPT, _KEPT, "who uses it later is not known; remedy: read and write the file itself"),)


def propose(view: View) -> Proposal:
    """Edits for each object that borrows files of async sockets."""
    edits: dict[ast.AST, Edit] = {}
    for group, use, lent in borrowers(view.inference, view.sockets):
        if not view.in_coroutine(lent.scope) or _waits(view, lent):
            span = lent.module.facts.span(lent.made)
            reason = f"`{ast.unparse(lent.made.func)}` needs a blocking file, and cannot have one there"
            remedy = "read and write it by its own methods"
            return Proposal(refused=((group.name, Refusal(lent.module.source.shown, span, reason, remedy)),))
        edits.update(_lent(view, group, lent, use.expr))
    return Proposal(tuple(edits.values()))


def _waits(view: View, lent: Borrower) -> bool:
    """Whether a method of the object's class became a coroutine, which what calls it does not await."""
    classes = [value for value in view.values(lent.made.func, lent.module) if isinstance(value, ClassValue)]
    bases = [base for cls in classes for base in cls.mro if isinstance(base, ClassValue)]
    return any(child in view.colours.causes for base in bases for child in base.scope.children)


def _lent(view: View, group: SocketGroup, lent: Borrower, file: ast.expr) -> Iterator[tuple[ast.AST, Edit]]:
    module = lent.module
    statement, copy = support_import(module, _SUPPORT)
    data = {"imports": (statement,), "group": group.name, "support": (_SUPPORT, copy)}
    yield file, view.edit(NAME, module, file, "lend", **data)  # type: ignore[arg-type]
    for call in (lent.made, *lent.calls):
        parens = needs_parentheses(module.facts.parents.get(call), call)
        yield call, view.edit(NAME, module, call, "hop", imports=("import asyncio",), group=group.name, parens=parens)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``hop``: by a thread; ``lend``: the blocking side of a file."""
    if edit.action == "lend":
        assert isinstance(node, cst.BaseExpression)
        return cst.Call(cst.parse_expression(f"_{_SUPPORT}.BlockingFile"), [cst.Arg(node)])
    if edit.action == "hop":
        old = cst.ensure_type(node, cst.Call)
        before = old.whitespace_before_args
        comma = cst.Comma(whitespace_after=before if before.empty is False and old.args else cst.SimpleWhitespace(" "))
        function = cst.Arg(old.func, comma=comma if old.args else cst.MaybeSentinel.DEFAULT)
        made = old.with_changes(func=cst.parse_expression("asyncio.to_thread"), args=[function, *old.args])
        return awaited(made, parens=bool(edit.data.get("parens")))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
