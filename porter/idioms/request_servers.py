"""Request servers: ``socketserver`` and ``http.server``, with an object of a handler class for each request.

Rewrites
    ``class Handler(socketserver.StreamRequestHandler)`` → ``class Handler(_aio_socketserver.StreamRequestHandler)``, with
    ``setup``, ``handle`` and ``finish`` as coroutines; ``self.request``, ``self.rfile`` and ``self.wfile`` are an async socket
    and its files. ``with ThreadingTCPServer(...) as server`` → ``async with _aio_socketserver.ThreadingTCPServer(...) as
    server``; ``server.serve_forever()``, ``shutdown()``, ``server_close()`` and ``handle_request()`` are awaited. A thread that
    runs ``serve_forever`` becomes a task. The support module is copied beside the port.

Why it means the same
    The classes of the support module call the same hooks in the same order; the processes of ``ForkingMixIn`` have a loop of
    their own each. What differs: ``ThreadingMixIn`` serves each request in a task, so a handler that computes for long holds
    up the others; a handler's constructor does not serve the request itself; ``shutdown``, awaited by a handler of a server
    without tasks, waits for ever, as it did before.

Declines when
    A class of the family has no counterpart (``CGIHTTPRequestHandler``, the servers of ``xmlrpc`` and ``wsgiref``); a handler
    is made by the program itself, or does something in its constructor after the request; a connection or one of its files is
    given to code that needs a blocking one; a process that serves a request uses streams of its parent. All servers of a
    program stay then.

Source
    https://docs.python.org/3/library/socketserver.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.fork_children import uses_streams
from porter.idioms.groups import support_import
from porter.idioms.idiom import Decision, Edit, Example, Proposal, Refusal, View
from porter.idioms.thread_problems import problem_of
from porter.inference.blocking import Blocking
from porter.inference.frontiers import is_cleanup
from porter.inference.program import Module
from porter.inference.request_servers import GROUP, SUPPORT, request_servers
from porter.inference.spawning import find_threads, outside_methods
from porter.inference.state import Site
from porter.inference.values import External
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "request_servers"

_HEAD = "class Upper(socketserver.StreamRequestHandler):\n    def handle(self):\n"
_HANDLER = _HEAD + "        self.wfile.write(self.rfile.readline().upper())\n"
_SERVE = (
    "\n\ndef serve(address):\n    with socketserver.ThreadingTCPServer(address, Upper) as server:\n"
    "        server.serve_forever()\n"
)
EXAMPLES = (
    Example(
        "a_task_per_connection",
        "import socketserver\n\n\n" + _HANDLER + _SERVE,
        "import _aio_socketserver\n\n\nclass Upper(_aio_socketserver.StreamRequestHandler):\n    async def handle(self):\n"
        "        await self.wfile.write((await self.rfile.readline()).upper())\n\n\nasync def serve(address):\n"
        "    async with _aio_socketserver.ThreadingTCPServer(address, Upper) as server:\n"
        "        await server.serve_forever()\n",
        "the server awaits the handler's methods",
    ),
)
_SCRIPTS = "import http.server\n" + _SERVE.replace("socketserver.ThreadingTCPServer", "http.server.HTTPServer").replace(
    "Upper", "http.server.CGIHTTPRequestHandler"
)
REFUSALS = (Example("a_handler_without_a_counterpart", _SCRIPTS, _SCRIPTS, "remedy: keep the server in a thread"),)


def decide(view: View, b: Blocking) -> Decision | None:
    """Methods of servers and handlers are awaited, where all of them are ported; else their rows decide."""
    if b.row.library not in SUPPORT:
        return None
    known = view.refused.get(GROUP)
    if known is None and b.row.kind == "method":
        return Decision("ported", awaited=b.row.tail != "__exit__", group=GROUP)
    if b.row.becomes == "thread" and (b.site.role != "callback" or is_cleanup(view.inference, b.site)):
        return Decision("offloaded", awaited=True)
    if b.row.becomes == "thread":
        return Decision("refused", reason="it is called by code that does not await its result", remedy=b.row.remedy)
    if known is not None and b.row.becomes == "none":
        return Decision("refused", reason=known.reason, remedy=known.remedy)
    return None


def propose(view: View) -> Proposal:
    """Other base classes and servers, ``await`` before calls of their methods; hops, where they stay."""
    if GROUP in view.refused:
        return Proposal(tuple(_hops(view)))
    found = request_servers(view.inference, view.catalogue)
    edits = [edit for module in view.targets for edit in _named(view, module, found.names)]
    if not edits:
        return Proposal()
    refusal = next(_obstacles(view), None) or next(_forking(view, found.names), None)
    if refusal is not None:
        return Proposal(refused=((GROUP, refusal),))
    for b, decision in view.decisions.items():
        if b.row.library in SUPPORT and decision.awaited and decision.group == GROUP:
            edits.extend(_awaited(view, b))
    edits.extend(view.edit(NAME, view.module(site.caller), site.node, "serve", group=GROUP) for site in _makers(view))
    return Proposal(tuple(edits))


def _makers(view: View) -> Iterator[Site]:
    """Where a server makes an object of its handler class, which serves a request."""
    for site in view.inference.sites:
        if site.role == "call" and any(name.rpartition(".")[2] == "RequestHandlerClass" for name in site.externals):
            yield site


def _obstacles(view: View) -> Iterator[Refusal]:
    """Connections that cannot become async sockets, and threads that run a server and cannot become tasks."""
    for group in view.sockets.groups:
        if group.lowering == "refused" and any(origin.source == GROUP for origin in group.origins):
            use = group.uses[0]
            reason = f"a connection that it serves stays a blocking one: {group.reason}"
            yield _refusal(use.module, use.expr, reason, "read and write it by its own methods")
    for site in _makers(view):
        module = view.module(site.caller)
        if module.source.is_target and not view.in_coroutine(site.caller):
            yield _refusal(module, site.node, "it makes a handler, and cannot await it", "override `finish_request` for it")
    spawns = {spawn.call: spawn for spawn in find_threads(view.inference, view.sockets).spawns}
    for site in view.inference.sites:
        if site.role not in ("spawn", "callback") or not outside_methods(view.inference, site) & view.colours.outside:
            continue
        if is_cleanup(view.inference, site):
            continue
        module = view.module(site.caller)
        spawn = spawns.get(site.node)  # type: ignore[call-overload]
        problem = problem_of(view, spawn) if spawn is not None else "it is run by code that does not await it"
        if problem and module.source.is_target:
            yield _refusal(module, site.node, f"what runs the server cannot await it: {problem}", "run it in a threading.Thread")


def _forking(view: View, names: Mapping[str, str]) -> Iterator[Refusal]:
    """Servers whose handlers run in processes, and use streams that belong to the event loop of their parent."""
    for module in view.targets:
        for node in module.facts.nodes if "Forking" in module.facts.text else ():
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                found = view.inference.program.resolve(node, module.facts.scope_of(node))
                name = view.inference.state.outside.public(found.name) if isinstance(found, External) else ""
                if name in names and ".Forking" in name and uses_streams(view, (), _handlers(view)):
                    reason = "the processes that serve requests use streams, which belong to the event loop of their parent"
                    yield _refusal(module, node, reason, "open connections in the handler")


def _handlers(view: View) -> list[Scope]:
    """What a server runs to serve a request."""
    found = request_servers(view.inference, view.catalogue)
    return [*found.coroutines, *found.looked_up]


def _refusal(module: Module, node: ast.AST, reason: str, remedy: str) -> Refusal:
    return Refusal(module.source.shown, module.facts.span(node), reason, remedy)


def _hops(view: View) -> Iterator[Edit]:
    """Calls of servers that stay in their threads."""
    for b, decision in view.decisions.items():
        if b.row.library not in SUPPORT or decision.outcome != "offloaded" or b.site.role == "callback":
            continue
        if isinstance(b.site.node, ast.Call):
            module, node = view.module(b.site.caller), b.site.node
            parens = needs_parentheses(module.facts.parents.get(node), node)
            yield view.edit(NAME, module, node, "hop", imports=("import asyncio",), parens=parens)


def _named(view: View, module: Module, names: Mapping[str, str]) -> Iterator[Edit]:
    """Every place that names a class: what its counterpart is called."""
    outside = view.inference.state.outside
    for node in module.facts.nodes:
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            found = view.inference.program.resolve(node, module.facts.scope_of(node))
            new = names.get(outside.public(found.name), "") if isinstance(found, External) else ""
            if new:
                support = new.partition(".")[0].removeprefix("_")
                statement, copy = support_import(module, support)
                name = f".{support}" if statement.startswith("from") else support
                yield view.edit(
                    NAME, module, node, "replace_expression", imports=(statement,), group=GROUP, code=new, support=(name, copy)
                )


def _awaited(view: View, b: Blocking) -> Iterator[Edit]:
    module, node = view.module(b.site.caller), b.site.node
    if b.site.role == "call" and isinstance(node, ast.Call) and view.in_coroutine(b.site.caller):
        if not any(view.colours.is_async(function) for function in b.site.functions):  # else `colour` awaits it
            parens = needs_parentheses(module.facts.parents.get(node), node)
            yield view.edit(NAME, module, node, "await", parens=parens, group=GROUP)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``await``; ``serve``: what making a handler did; ``hop``: by a thread; ``replace_expression``: another class."""
    if edit.action == "await":
        assert isinstance(node, cst.BaseExpression)
        return awaited(node, parens=bool(edit.data.get("parens")))
    if edit.action == "serve":
        return awaited(cst.Call(cst.Attribute(cst.ensure_type(node, cst.Call), cst.Name("serve_request"))))
    if edit.action == "hop":
        old = cst.ensure_type(node, cst.Call)
        made = cst.Call(cst.parse_expression("asyncio.to_thread"), [cst.Arg(old.func), *old.args])
        return awaited(made, parens=bool(edit.data.get("parens")))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
