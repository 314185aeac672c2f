"""What handlers and servers of requests are given: connections and their files, or datagrams with the socket to answer on.

The stubs of their classes say little of it.
"""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from porter.inference.values import ClassValue, External, ExternalInstance, Instance, Value

if TYPE_CHECKING:
    from porter.inference.state import Frame, State

HANDLER = "socketserver.BaseRequestHandler"
HANDLED = frozenset(("request", "connection", "rfile", "wfile"))
SERVER = "server"
"""The attribute of a handler that holds its server."""
SOURCE = "request servers"
"""Where such a connection comes from."""
GIVEN = frozenset(
    (
        "verify_request",
        "process_request",
        "process_request_thread",
        "finish_request",
        "shutdown_request",
        "close_request",
        "handle_error",
    )
)
"""Methods of servers whose first argument is a request."""
_SOCKET = "socket.socket"
_BASE_SERVER = "socketserver.BaseServer"
_SERVER = "socketserver.TCPServer"
_DATAGRAM_SERVER = "socketserver.UDPServer"
_DATAGRAMS = ("UDPServer", "UnixDatagramServer")


def handled(state: State, attr: str, receiver: Value) -> list[Value]:
    """The values of one of the attributes ``HANDLED``, read through an object of a handler class."""
    if not isinstance(receiver, Instance):
        return [state.unknown]
    if any(isinstance(base, ClassValue) and _sets(base.scope.node, attr) for base in receiver.cls.mro):
        return []
    cls = receiver.cls.scope.node
    if "DatagramRequestHandler" in _bases(receiver):
        return [_packet(state, cls)] if attr == "request" else [state.external_instance("_io.BytesIO")]
    connection = state.external_instance(_SOCKET, cls, SOURCE)
    if attr == "request":
        kinds = _used(receiver.cls) or _served(state) or {"TCP"}
        return [_packet(state, cls) if kind == "UDP" else connection for kind in sorted(kinds)]
    if attr == "connection":
        return [connection]
    kind = "_io.BufferedReader" if attr == "rfile" else "_io.BufferedWriter"
    return [state.external_instance(kind, _file_origin(cls, attr), f"{_SOCKET}.makefile", maker=connection)]


def servers(state: State) -> list[Value]:
    """The objects of the program's own classes of servers: what a handler's ``server`` may be."""
    classes = (cls for cls in state.program.classes.values() if any(_serves(state, base) for base in cls.mro))
    return [state.instance(cls) for cls in classes]


def is_server(state: State, value: Value) -> bool:
    """Whether a value is a server of an outside class."""
    return isinstance(value, ExternalInstance) and state.outside.is_subclass(value.cls, _BASE_SERVER)


def shared(state: State) -> Value:
    """The server of a handler, where no class of the program is one: it has what is stored on any."""
    return state.external_instance(_BASE_SERVER)


def is_stored(state: State, attr: str) -> bool:
    """Whether the program stores an attribute of that name on anything."""
    return any(f".{attr} = " in module.facts.text for module in state.program.modules.values())


def _serves(state: State, base: Value) -> bool:
    return isinstance(base, External) and state.outside.is_subclass(base.name, _BASE_SERVER)


def give(state: State, frame: Frame, owner: ClassValue, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Let a server's method, which the server itself calls, have its request."""
    parameters = [*node.args.posonlyargs, *node.args.args]
    if node.name not in GIVEN or len(parameters) < 2:
        return
    for cls in state.program.descendants(owner):
        bases = [base.name for base in cls.mro if isinstance(base, External)]
        if any(state.outside.is_subclass(base, _DATAGRAM_SERVER) for base in bases):
            state.graph.add(frame.given(parameters[1].arg), _packet(state, cls.scope.node))
        elif any(state.outside.is_subclass(base, _SERVER) for base in bases):
            connection = state.external_instance(_SOCKET, cls.scope.node, SOURCE)
            state.graph.add(frame.given(parameters[1].arg), connection)


def is_served(value: Value) -> bool:
    """Whether a value is such a connection, or a file of one."""
    if not isinstance(value, ExternalInstance):
        return False
    return value.source == SOURCE or (isinstance(value.maker, ExternalInstance) and value.maker.source == SOURCE)


@functools.lru_cache(maxsize=256)
def _sets(cls: ast.AST, attr: str) -> bool:
    """Whether a class sets or declares an attribute by itself; then that is all there is to it."""
    declared = (one.target for one in getattr(cls, "body", ()) if isinstance(one, ast.AnnAssign))
    if any(isinstance(target, ast.Name) and target.id == attr for target in declared):
        return True
    nodes = (node for node in ast.walk(cls) if isinstance(node, ast.Attribute) and node.attr == attr)
    return any(isinstance(node.ctx, ast.Store) for node in nodes)


def _bases(receiver: Instance) -> set[str]:
    return {base.name.rpartition(".")[2] for base in receiver.cls.mro if hasattr(base, "kind")}


def _packet(state: State, cls: ast.AST) -> Value:
    """A datagram and the socket that it came by."""
    packet = state.container("builtins.tuple", (cls, "request"))
    if state.once("packet", cls):
        state.graph.add(state.slot(packet, 0), state.external_instance("builtins.bytes"))
        state.graph.add(state.slot(packet, 1), state.external_instance(_SOCKET, cls, SOURCE))
    return packet


def _used(cls: ClassValue) -> set[str]:
    """What the requests of a handler class are, by what its methods do with them: "TCP", "UDP", both, or nothing."""
    bases = (base for base in cls.mro if isinstance(base, ClassValue))
    return {kind for base in bases for kind in _used_in(base.scope.node)}


@functools.lru_cache(maxsize=256)
def _used_in(cls: ast.AST) -> frozenset[str]:
    found = set()
    for node in ast.walk(cls):
        match node:
            case ast.Attribute(value=request) if _is_request(request):
                found.add("TCP")
            case ast.Subscript(value=request) if _is_request(request):
                found.add("UDP")
            case ast.Assign(targets=[ast.Tuple() | ast.List()], value=request) if _is_request(request):
                found.add("UDP")
    return frozenset(found)


def _is_request(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "request" and isinstance(node.value, ast.Name)


def _served(state: State) -> set[str]:
    """Which kinds of servers the program names: of connections, "TCP", and of datagrams, "UDP"."""
    return {name for module in state.program.modules.values() for name in _names(module.facts.text)}


def _names(text: str) -> set[str]:
    found = {"UDP"} if any(name in text for name in _DATAGRAMS) else set()
    return found | ({"TCP"} if "TCPServer" in text or "StreamServer" in text or "HTTPServer" in text else set())


def _file_origin(cls: ast.AST, attr: str) -> ast.AST:
    """A node that stands for where a file comes from: one for each of the two."""
    assert isinstance(cls, ast.ClassDef)
    return cls.bases[0] if attr == "rfile" else cls.body[0]
