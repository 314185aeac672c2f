"""Calls that only a name decides: nothing is known of the receiver, and one family of classes alone has such a method.

Asked last, and never for names that common objects have; the sites found are kept apart, so that reports can say so.
"""

from __future__ import annotations

import ast

from porter.inference import members
from porter.inference.graph import Node
from porter.inference.program import Program
from porter.inference.state import Frame, State
from porter.inference.values import ClassValue, ExternalInstance, Unknown, Value

_COMMON = (
    *(f"builtins.{name}" for name in ("object", "int", "float", "str", "bytes", "bytearray", "memoryview", "type", "slice")),
    *(f"builtins.{name}" for name in ("list", "dict", "set", "frozenset", "tuple", "BaseException", "OSError")),
    *("collections.deque", "collections.OrderedDict", "collections.Counter", "typing.Generator", "typing.Mapping"),
    *("io.TextIOWrapper", "io.BufferedReader", "io.BufferedWriter", "io.BytesIO", "io.StringIO", "pathlib.Path"),
    *("socket.socket", "ssl.SSLSocket", "ssl.SSLContext", "selectors.BaseSelector", "select.epoll", "subprocess.Popen"),
    *(f"threading.{name}" for name in ("Thread", "Event", "Condition", "Lock", "Semaphore", "Timer", "Barrier")),
    *("queue.Queue", "concurrent.futures.Future", "concurrent.futures.Executor", "multiprocessing.pool.Pool"),
    *(f"asyncio.{name}" for name in ("Task", "Queue", "StreamReader", "StreamWriter", "AbstractEventLoop", "Transport")),
    *(f"asyncio.{name}" for name in ("Event", "Condition", "Protocol", "DatagramTransport", "AbstractServer")),
    *("logging.Logger", "logging.Handler", "re.Match", "re.Pattern", "datetime.datetime", "datetime.timedelta"),
    *("sqlite3.Connection", "sqlite3.Cursor", "http.client.HTTPResponse", "http.client.HTTPConnection"),
    *("email.message.Message", "urllib.request.Request", "argparse.ArgumentParser", "unittest.TestCase"),
    *("random.Random", "contextvars.ContextVar", "struct.Struct", "decimal.Decimal", "uuid.UUID", "ast.NodeVisitor"),
    *("contextlib.ExitStack", "zipfile.ZipFile", "tarfile.TarFile", "xml.etree.ElementTree.Element"),
)
"""Classes whose objects turn up anywhere: a name that one of them has says nothing."""


def unique_methods(program: Program) -> dict[str, list[ClassValue]]:
    """Names of methods that only the classes of one family define, with those classes."""
    found: dict[str, list[ClassValue]] = {}
    others: set[str] = set()
    for scope, cls in program.classes.items():
        methods = {child.name for child in scope.children if child.kind == "function"}
        others |= scope.bound - methods
        for name in methods:
            if not name.startswith("__"):
                found.setdefault(name, []).append(cls)
    return {name: classes for name, classes in found.items() if name not in others and _is_family(classes)}


def _is_family(classes: list[ClassValue]) -> bool:
    """Whether one of the classes is an ancestor of all of them."""
    return any(all(root in cls.mro for cls in classes) for root in classes)


def apply(state: State) -> bool:
    """Let names decide where nothing else does; whether one did."""
    stored = {attr for (_, attr), node in state.fields.items() if node.values}
    changed = False
    for call, frame, function in state.named_calls:
        assert isinstance(call.func, ast.Attribute)
        name = call.func.attr
        if name in stored or function.values and not _all_unknown(function) or not _is_open(state, call.func.value, frame):
            continue
        if any(state.outside.has_member(common, name) for common in _COMMON):
            continue
        for cls in state.unique_methods[name]:
            members.load(state, state.instance(cls), name, function, call.func, frame)
        state.by_name.add(call)
        changed = True
    state.named_calls.clear()
    return changed


def _is_open(state: State, receiver: ast.expr, frame: Frame) -> bool:
    """Whether nothing is known of a receiver."""
    from porter.inference.expressions import evaluate

    return _all_unknown(evaluate(state, receiver, frame))


def _all_unknown(node: Node) -> bool:
    return all(_says_nothing(value) for value in node.values)


def _says_nothing(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, ExternalInstance) and value.cls == "types.NoneType")

