"""Sockets kept whole: an async socket object where a reader and a writer would not do.

Rewrites
    ``socket.create_connection(a)`` → ``await _aio_socket.create_connection(a)``, ``socket.socket()`` →
    ``_aio_socket.Socket()``, and ``await`` before each call that waits: ``accept``, ``connect``, ``recv``, ``sendall``, a
    file's ``readline``... ``context.wrap_socket(sock)`` → ``await _aio_socket.wrap_socket(context, sock)``, at any time.
    ``isinstance`` tests name the new classes. ``_aio_socket.py`` is copied beside the port. Everything else, ``with`` and
    ``close`` too, stays.

Why it means the same
    The object wraps the same kind of socket, non-blocking, and raises what a blocking one would. What differs:
    cancellation may arrive at each await.

Declines when
    The socket is handed to code outside the program that needs a blocking one (``subprocess``), or a method of it has no
    counterpart there.

Source
    https://docs.python.org/3/library/asyncio-eventloop.html#working-with-socket-objects-directly
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.groups import object_groups, support_import
from porter.idioms.idiom import Decision, Edit, Example, Proposal, Refusal, View
from porter.idioms.socket_tests import tested_classes
from porter.inference.blocking import Blocking
from porter.inference.draining import drained
from porter.inference.program import Module
from porter.inference.sockets import TAKERS, WRAPS, SocketGroup, Use, is_socket
from porter.inference.stored import handed_on, is_stored, references
from porter.inference.values import ExternalInstance
from porter.syntax.methods import realigned
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill

NAME = "sockets"
SUPPORT = "aio_socket"

EXAMPLES = (
    Example(
        "optional_connection",
        "import socket\n\n\nclass Client:\n    def __init__(self):\n        self.sock = None\n\n"
        "    def open(self, address):\n        self.sock = socket.create_connection(address)\n\n"
        "    def ask(self, data):\n        self.sock.sendall(data)\n        return self.sock.recv(100)\n",
        "import _aio_socket\n\n\nclass Client:\n    def __init__(self):\n        self.sock = None\n\n"
        "    async def open(self, address):\n        self.sock = await _aio_socket.create_connection(address)\n\n"
        "    async def ask(self, data):\n        await self.sock.sendall(data)\n        return await self.sock.recv(100)\n",
        "the socket may be None, so a pair of names would not do",
    ),
    Example(
        "tls",
        "import socket\nimport ssl\n\n\ndef secure(address, host):\n    sock = socket.create_connection(address)\n"
        "    return ssl.create_default_context().wrap_socket(sock, server_hostname=host)\n",
        "import ssl\n\nimport _aio_socket\n\n\nasync def secure(address, host):\n"
        "    sock = await _aio_socket.create_connection(address)\n"
        "    return await _aio_socket.wrap_socket(ssl.create_default_context(), sock, server_hostname=host)\n",
        "the handshake waits, and so does what follows",
    ),
)
REFUSALS = (
    Example(
        "given_to_a_process",
        "import socket\nimport subprocess\n\n\ndef serve(address):\n    sock = socket.create_connection(address)\n"
        "    subprocess.Popen(['cat'], stdin=sock)\n    return sock.recv(1)\n",
        "import socket\nimport subprocess\n\n\ndef serve(address):\n    sock = socket.create_connection(address)\n"
        "    subprocess.Popen(['cat'], stdin=sock)\n    return sock.recv(1)\n",
        "a process needs a blocking socket; remedy: keep the function, and call it through a thread",
    ),
)

_REMEDY = "keep it in a thread, or mark the calls with `# porter: keep`"
_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
_WRITES = ("write", "writelines")
_CLOSING = ("socket.socket.close", "socket.socket.__enter__")


def decide(view: View, b: Blocking) -> Decision | None:
    """Every row of sockets and their files: the group's lowering decides."""
    if b.row.idiom != NAME:
        return None
    group = view.sockets.group(b.receivers) or view.sockets.by_origin(b.site.node)
    if group is None:
        if b.row.blocks:
            return Decision("refused", reason="the socket cannot be followed through the program", remedy=_REMEDY)
        return Decision("kept")
    if b.site.role != "call" and group.lowering == "object" and _is_copied(view, b.site.node):
        return Decision("ported", group=group.name)  # by the support module, where the copying waits
    drains = b.site.role == "callback" and drained(view.module(b.site.caller), b.site.node) is not None
    mixed = bool(b.site.functions) and not _wait_alike(view, b, group)
    if group.lowering == "refused" or mixed or (b.site.role == "callback" and not drains) or b.others:
        reason = group.reason if group.lowering == "refused" else _other_callee(b)
        return Decision("refused", reason=reason, remedy=_REMEDY, group=group.name)
    other = _called_by_another_name(view, b, group)
    if other:
        reason = f"the call may also reach `{other}`, which does not wait"
        return Decision("refused", reason=reason, remedy=_REMEDY, group=group.name)
    if b.row.name in _MAKERS and b.row.name not in WRAPS and is_stored(view.inference, b.site.caller, b.site.node):
        taker = handed_on(view.inference, b.row.name)
        if taker or group.lowering != "object":
            reason = f"`{taker}` is given `{b.row.name}`, too" if taker else f"a variable holds `{b.row.name}`"
            return Decision("refused", reason=reason, remedy="call the function by its own name", group=group.name)
    return Decision("ported", awaited=_awaits(b, group), group=group.name)


def _wait_alike(view: View, b: Blocking, group: SocketGroup) -> bool:
    """Whether the program's own methods that a call may reach as well can wait as the socket's does."""
    if group.lowering != "object" or b.site.role != "call":
        return False
    if not _awaits(b, group):
        return not any(view.colours.is_async(function) for function in b.site.functions)
    return not any(function.is_generator or function in view.pinned for function in b.site.functions)


def _called_by_another_name(view: View, b: Blocking, group: SocketGroup) -> str:
    """Something that waits otherwise than ``b`` does, and that the same call of a method under another name may reach."""
    node = b.site.node
    if b.site.role != "call" or not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute) and node.func.attr == b.row.tail:
        return ""
    waits = _awaits(b, group)
    for other in view.blocking:
        if other.site is b.site and other is not b:
            known = view.sockets.group(other.receivers) if other.row.idiom == NAME else None
            if known is None or _awaits(other, known) is not waits:
                return other.row.name
    return ""


def _other_callee(b: Blocking) -> str:
    if b.site.role == "callback":
        return "it is handed on as a function"
    others = sorted({*(function.name for function in b.site.functions), *b.others})
    return f"the call may also reach `{others[0]}`, which is no socket's" if others else "the call may also reach other objects"


def _is_copied(view: View, node: ast.AST) -> bool:
    """Whether a file is copied by what calls its methods."""
    call = view.inference.site(node)
    return call is not None and 0 < len(call.externals) and call.externals.keys() <= TAKERS.keys()


def _awaits(b: Blocking, group: SocketGroup) -> bool:
    """Whether the port awaits at this call."""
    tail = b.row.tail
    if group.lowering == "pair":
        if "makefile()" in b.row.name and tail in (*_WRITES, "close", "__enter__", "__exit__"):
            return False
        return b.row.blocks or b.row.name in _CLOSING
    if group.lowering == "plain":
        return tail == "accept"
    if "makefile()" in b.row.name and b.site.role == "exit":
        return False
    return b.row.blocks and b.row.name != "socket.socket.close"


def propose(view: View) -> Proposal:
    """Edits for the groups that become async socket objects."""
    edits: list[Edit] = []
    refused: list[tuple[str, Refusal]] = []
    objects = object_groups(view)
    for group in view.sockets.groups:
        if group.name not in objects:
            continue
        for use in group.uses:
            edits.extend(_made(view, group, use))
        edits.extend(_pairs_made(view, group))
    for module, expr, cls, name in tested_classes(view, objects):
        edits.append(_with_support(view, module, expr, "replace_expression", {"code": f"_{SUPPORT}.{cls}"}, name))
    for b, decision in view.decisions.items():
        owner = view.sockets.group(b.receivers)
        if decision.awaited and b.row.idiom == NAME and owner is not None and owner.lowering == "object":
            made = _awaited(view, b)
            if isinstance(made, Refusal):
                refused.append((owner.name, made))
            elif made is not None:
                edits.append(made)
    return Proposal(tuple(edits), refused=tuple(refused))


_MAKERS = {
    "socket.socket": ("Socket", False),
    "socket.create_connection": ("create_connection", True),
    "socket.create_server": ("create_server", False),
    "socket.fromfd": ("fromfd", False),
    "ssl.SSLContext.wrap_socket": ("wrap_socket", True),
}


def _pairs_made(view: View, group: SocketGroup) -> Iterator[Edit]:
    """Calls that make two sockets at once: they are none themselves, and so no use of one."""
    for call in {origin.origin: None for origin in group.origins if origin.source == "socket.socketpair"}:
        site = view.inference.site(call) if isinstance(call, ast.Call) else None
        if site is not None and isinstance(call, ast.Call):
            data: dict[str, object] = {"func": f"_{SUPPORT}.socketpair", "awaits": False}
            yield _with_support(view, view.module(site.caller), call, "maker", data, group.name)


def _made(view: View, group: SocketGroup, use: Use) -> Iterator[Edit]:
    """The call that makes a socket."""
    for origin in group.origins:
        if origin.origin is use.expr and isinstance(use.expr, ast.Call) and origin.source in _MAKERS:
            name, waits = _MAKERS[origin.source]
            parens = needs_parentheses(use.module.facts.parents.get(use.expr), use.expr)
            if origin.source not in WRAPS and is_stored(view.inference, use.scope, use.expr):
                if waits:
                    yield view.edit(NAME, use.module, use.expr, "await", parens=parens)
                code = f"_{SUPPORT}.{name}"
                for module, reference in references(view.inference, origin.source):
                    yield _with_support(view, module, reference, "replace_expression", {"code": code}, group.name)
                continue
            data = {"func": f"_{SUPPORT}.{name}", "awaits": waits, "parens": parens, "context": origin.source in WRAPS}
            yield _with_support(view, use.module, use.expr, "maker", data, group.name)


def _with_support(view: View, module: Module, node: ast.AST, action: str, data: dict[str, object], group: str) -> Edit:
    statement, copy = support_import(module, SUPPORT)
    return view.edit(NAME, module, node, action, imports=(statement,), group=group, extra=data, support=(SUPPORT, copy))


def _awaited(view: View, b: Blocking) -> Edit | Refusal | None:
    """An await, or an asynchronous loop, where the object waits."""
    module = view.module(b.site.caller)
    node = b.site.node
    parent = module.facts.parents[node]
    if b.site.role == "callback":
        return None
    finalizes = b.site.caller in view.finalizers.methods  # what waits is run by `frontiers`
    if not finalizes and not view.in_coroutine(b.site.caller):
        return _refusal(module, node, "it waits on a socket where nothing can await")
    match b.site.role:
        case "call" if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _closes_either(view, b):
            waits = any(view.colours.is_async(function) for function in b.site.functions)  # then `colour` awaits it
            wait = "" if waits or finalizes else "await "
            data: dict[str, object] = {"code": f"{wait}_{SUPPORT}.close({{0}})", "parts": (module.facts.span(node.func.value),)}
            return _with_support(view, module, node, "replace_expression", data, "")
        case "call" if any(view.colours.is_async(function) for function in b.site.functions):
            return None  # `colour` awaits it
        case _ if finalizes:
            return None
        case "call" if isinstance(node, ast.Call):
            return view.edit(NAME, module, node, "await", parens=needs_parentheses(module.facts.parents.get(node), node))
        case "iterate" | "next" if isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node:
            action = "async_for" if isinstance(parent, ast.For) else "async_comprehension"
            return view.edit(NAME, module, parent, action)
    return None  # entered by `managers`, consumed by `consumers`, `iteration` and `loops`


def _closes_either(view: View, b: Blocking) -> bool:
    """Whether a call closes a socket here and a file there: only the file's closing waits."""
    node = b.site.node
    if b.row.tail != "close" or not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    values = view.inference.values(node.func.value, view.module(b.site.caller), b.site.caller)
    return any(isinstance(value, ExternalInstance) and is_socket(view.inference, value) for value in values)


def _refusal(module: Module, node: ast.AST, reason: str) -> Refusal:
    return Refusal(module.source.shown, module.facts.span(node), reason, "loop over it with `for`, in a function")


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``maker``: another callee, awaited or not. ``await``, ``async_for``, ``async_comprehension`` as they say."""
    match edit.action:
        case "maker":
            call = cst.ensure_type(node, cst.Call)
            made = realigned(call, cst.parse_expression(str(edit.data["func"])), "await " if edit.data.get("awaits") else "")
            if edit.data.get("context"):
                context = cst.ensure_type(call.func, cst.Attribute).value
                made = made.with_changes(args=(cst.Arg(context, comma=_COMMA), *made.args))
            return awaited(made, parens=bool(edit.data.get("parens"))) if edit.data.get("awaits") else made
        case "await" if isinstance(node, cst.Await):
            return node  # a file of the program's own may stand here as well
        case "await":
            assert isinstance(node, cst.BaseExpression)
            return awaited(node, parens=bool(edit.data.get("parens")))
        case "async_for" | "async_comprehension":
            return node.with_changes(asynchronous=cst.Asynchronous())
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
