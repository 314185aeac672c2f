"""What the types of outside classes become in annotations.

``socket.socket`` and the types of its files: the classes of the async socket, or the two of a pair; ``threading.Thread``:
a task.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from porter.facts.model import Scope
from porter.idioms.groups import object_groups, support_import
from porter.idioms.idiom import View
from porter.idioms.thread_objects import OBJECT as THREAD_OBJECT
from porter.idioms.thread_objects import SUPPORT as THREADS
from porter.idioms.thread_objects import thread_objects
from porter.inference.pairs import Pair, pair_names
from porter.inference.program import Module
from porter.inference.sockets import is_file, is_socket
from porter.inference.spawning import THREAD, becomes_task, find_threads
from porter.inference.values import (
    BoundMethod,
    Container,
    External,
    ExternalInstance,
    FunctionValue,
    GeneratorValue,
    ManagerValue,
    Value,
)

SUPPORT = "aio_socket"

_SOCKET = {"socket.socket": "Socket", "ssl.SSLSocket": "TlsSocket"}
_FILES = {
    "typing.BinaryIO": "BinaryFile",
    "_io.BufferedReader": "BinaryFile",
    "_io.BufferedWriter": "BinaryFile",
    "_io.BufferedRWPair": "BinaryFile",
    "typing.IO": "File",
    "typing.TextIO": "TextFile",
    "_io.TextIOWrapper": "TextFile",
}

_DEPTH = 4


@dataclass(frozen=True, slots=True)
class NewTypes:
    """What changes in one annotation because of what objects became."""

    names: tuple[tuple[str, str], ...] = ()
    """Spelled types, and what takes their place."""
    parameters: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Positions of a callable's parameters that become two, and their types."""
    imports: tuple[str, ...] = ()
    support: tuple[str, str] | None = None
    """The support module that must be copied, and where to."""


@dataclass(slots=True, eq=False)
class _Reached:
    """What can be got at through some values."""

    old: set[str] = field(default_factory=set)
    """Kinds of objects that stay what they are: ``socket``, ``file``, ``thread``."""
    new: set[str] = field(default_factory=set)
    """Kinds of objects that do not."""
    tasks: set[str] = field(default_factory=set)
    """How the types of tasks are spelled."""
    parameters: dict[int, Pair] = field(default_factory=dict)
    """Pairs among the parameters of functions, by position."""

    def changed(self, kind: str) -> bool:
        """Whether all objects of a kind change."""
        return kind in self.new and kind not in self.old


class Objects:
    """The sockets, files and threads of a program, as annotations speak of them."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._pairs = pair_names(view.inference, view.sockets)
        spawns = find_threads(view.inference, view.sockets).spawns
        self._tasks: dict[Value, str] = {s.value: _task(s.functions) for s in spawns if becomes_task(s, view.colours)}
        self._tasks.update(dict.fromkeys(thread_objects(view), THREAD_OBJECT))
        self._objects = object_groups(view)
        self._changes = bool(self._tasks or view.sockets.groups)

    def new_types(self, module: Module, expr: ast.expr, values: Iterable[Value]) -> NewTypes:
        """What an annotation in ``module`` of something with these values must say now."""
        if not self._changes:
            return NewTypes()
        found = _Reached()
        self._reach(values, found, set(), _DEPTH)
        pairs = tuple((position, tuple(_pair_types(pair))) for position, pair in sorted(found.parameters.items()))
        changed: dict[str, str] = {}
        for text, name in _spelled(self._view, module, expr) if found.new else ():
            new = _new_name(found, name)
            if new:
                changed[text] = new
        names = tuple(sorted(changed.items()))
        imports = ["import asyncio"] if pairs or any(new.startswith("asyncio.") for _, new in names) else []
        if not any(new.startswith("_") for _, new in names):
            return NewTypes(names, pairs, tuple(imports))
        named = [name for name in (SUPPORT, THREADS) if any(new.startswith(f"_{name}.") for _, new in names)]
        statements, copies = zip(*(support_import(module, name) for name in named), strict=True)
        return NewTypes(names, pairs, (*imports, *statements), (named[0], copies[0]))

    def _reach(self, values: Iterable[Value], found: _Reached, seen: set[Value], depth: int) -> None:
        """Look through containers, generators, and what functions take and give."""
        for value in values:
            if value in seen or depth < 0:
                continue
            seen.add(value)
            inner: list[Value] = []
            match value:
                case ExternalInstance():
                    self._note(value, found)
                case Container():
                    slots = self._view.inference.state.slots.get(value, {})
                    inner = [item for slot in slots.values() for item in slot.values]
                case GeneratorValue(frame=frame) | ManagerValue(frame=frame):
                    inner = list(frame.yielded.values)
                case FunctionValue(scope=scope):
                    inner = self._signature(scope, 0, found)
                case BoundMethod(function=FunctionValue(scope=scope)):
                    inner = self._signature(scope, 1, found)
            self._reach(inner, found, seen, depth - 1)

    def _note(self, value: ExternalInstance, found: _Reached) -> None:
        group = self._view.sockets.by_value.get(value)
        changed = group is not None and group.name in self._objects
        if is_file(value):
            (found.new if changed else found.old).add("file")
        elif value.cls == THREAD:
            task = self._tasks.get(value)
            if task is not None or value.source != "annotation":  # an annotation alone makes no thread
                (found.old if task is None else found.new).add("thread")
            found.tasks.update([] if task is None else [task])
        elif is_socket(self._view.inference, value):
            (found.new if changed else found.old).add("socket")

    def _signature(self, scope: Scope, first: int, found: _Reached) -> list[Value]:
        """What a function takes and gives; the pairs among its parameters, counted from ``first``, are noted."""
        values: list[Value] = []
        args = getattr(scope.node, "args", None)
        taken = (*args.posonlyargs, *args.args) if isinstance(args, ast.arguments) else ()
        for position, arg in enumerate(taken[first:]):
            values += self._view.inference.variable(scope, arg.arg)
            pair = self._pairs.variables.get((scope, arg.arg))
            if pair is not None:
                found.parameters.setdefault(position, pair)
        for frame in self._view.inference.state.frames.get(scope, []):
            values += frame.result.values
            values += frame.yielded.values
        return values


def _task(functions: Iterable[Scope]) -> str:
    """The type of a task for a thread that runs these."""
    return "asyncio.Task[None]" if all(_gives_nothing(function) for function in functions) else "asyncio.Task[object]"


def _gives_nothing(function: Scope) -> bool:
    returns = getattr(function.node, "returns", None)
    if returns is not None:
        return isinstance(returns, ast.Constant) and returns.value is None
    body = ast.walk(function.node)
    return not any(isinstance(node, (ast.Return, ast.Lambda)) and getattr(node, "value", None) is not None for node in body)


def _pair_types(pair: Pair) -> Iterator[str]:
    if pair.has_reader:
        yield "asyncio.StreamReader"
    if pair.has_writer:
        yield "asyncio.StreamWriter"


def _new_name(found: _Reached, name: str) -> str:
    """What a type is called now; empty if it stays."""
    if name in _SOCKET:
        return f"_{SUPPORT}.{_SOCKET[name]}" if found.changed("socket") else ""
    if name in _FILES:
        return f"_{SUPPORT}.{_FILES[name]}" if found.changed("file") else ""
    if not found.changed("thread"):
        return ""
    return next(iter(found.tasks)) if len(found.tasks) == 1 else "asyncio.Task[object]"


def _spelled(view: View, module: Module, expr: ast.expr) -> Iterator[tuple[str, str]]:
    """The types of such objects that an annotation names, in strings as well: as it spells them, and their names."""
    scope = module.facts.scope_of(expr)
    stack: list[ast.AST] = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                stack.append(ast.parse(node.value.strip(), mode="eval").body)
            except (SyntaxError, ValueError):
                continue
        elif isinstance(node, (ast.Name, ast.Attribute)):
            named = view.inference.program.resolve(node, scope)
            if isinstance(named, External) and (named.name in _SOCKET or named.name in _FILES or named.name == THREAD):
                yield ast.unparse(node), named.name
        else:
            stack.extend(ast.iter_child_nodes(node))
