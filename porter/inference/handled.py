"""What a handler of requests has at hand: the connection and its files, of which its class's stub says little."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from porter.inference.values import ClassValue, ExternalInstance, Instance, Value

if TYPE_CHECKING:
    from porter.inference.state import State

HANDLER = "socketserver.BaseRequestHandler"
HANDLED = frozenset(("request", "connection", "rfile", "wfile"))
SOURCE = "request servers"
"""Where such a connection comes from."""
_SOCKET = "socket.socket"
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
    if attr == "request" and _serves_datagrams(state):
        return [_packet(state, cls)]
    if attr in ("request", "connection"):
        return [connection]
    kind = "_io.BufferedReader" if attr == "rfile" else "_io.BufferedWriter"
    return [state.external_instance(kind, _file_origin(cls, attr), f"{_SOCKET}.makefile", maker=connection)]


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


def _serves_datagrams(state: State) -> bool:
    """Whether the program names a server of datagrams, and no other."""
    names = {name for module in state.program.modules.values() for name in _names(module.facts.text)}
    return bool(names) and names <= {"UDP"}


def _names(text: str) -> set[str]:
    found = {"UDP"} if any(name in text for name in _DATAGRAMS) else set()
    return found | ({"TCP"} if "TCPServer" in text or "StreamServer" in text or "HTTPServer" in text else set())


def _file_origin(cls: ast.AST, attr: str) -> ast.AST:
    """A node that stands for where a file comes from: one for each of the two."""
    assert isinstance(cls, ast.ClassDef)
    return cls.bases[0] if attr == "rfile" else cls.body[0]
