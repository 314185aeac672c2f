"""Trees without their colour: async, await and the protocols' names taken away, new names mapped back to the old."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

from porter.verify.stubs import PROTOCOLS

Shape = tuple[Any, ...]
"""What a tree says: the name of its root's type, then its fields, nested. Equal for trees that differ in colour only."""

_NAMES: Final[Mapping[str, str]] = {
    **PROTOCOLS,
    "aiter": "iter",
    "anext": "next",
    "aclose": "close",
    "asend": "send",
    "athrow": "throw",
    "aclosing": "closing",
    "StopAsyncIteration": "StopIteration",
    "AsyncIterator": "Iterator",
    "AsyncIterable": "Iterable",
    "AsyncGenerator": "Generator",
    "AsyncGeneratorType": "GeneratorType",
    "AsyncContextManager": "ContextManager",
    "AbstractAsyncContextManager": "AbstractContextManager",
    "AsyncContextDecorator": "ContextDecorator",
    "AsyncExitStack": "ExitStack",
    "asynccontextmanager": "contextmanager",
    "enter_async_context": "enter_context",
    "push_async_exit": "push",
    "push_async_callback": "callback",
    "IsolatedAsyncioTestCase": "TestCase",
    "asyncSetUp": "setUp",
    "asyncTearDown": "tearDown",
}
"""Names of the asynchronous forms, and of what they stand for."""

_PLAIN_TYPES: Final[Mapping[type, str]] = {
    ast.AsyncFunctionDef: "FunctionDef",
    ast.AsyncFor: "For",
    ast.AsyncWith: "With",
}
_NAMING: Final = frozenset(("name", "id", "attr", "asname", "arg", "rest"))
"""Fields that hold a name."""
_UNSAID: Final = frozenset(("ctx", "type_comment"))
"""Fields that follow from the place, or that nobody fills."""
_BODIES: Final = frozenset(("body", "orelse", "finalbody", "handlers", "cases"))
_LISTS: Final = frozenset(("list", "set", "tuple", "frozenset", "dict"))


class Eraser:
    """Takes the colour out of trees, which stay as they are. The old and the new tree both go through it."""

    def __init__(self, renames: Mapping[str, str]) -> None:
        self._renames = renames
        """New bare name to old."""

    def plain(self, name: str) -> str:
        """The name without its colour."""
        old = self._renames.get(name, name)
        return _NAMES.get(old, old)

    def header(self, node: ast.AST) -> Shape:
        """The shape of a statement without the statements in it."""
        fields = [(name, getattr(node, name, None)) for name in _FIELDS[node.__class__]]
        said = [self._field(name, value) for name, value in fields if name not in _BODIES or value.__class__ is not list]
        return (_type(node), *said)

    def shape(self, node: ast.AST) -> Shape:
        """What ``node`` says, all that stands in it included."""
        special = _SPECIAL.get(node.__class__)
        return special(self, node) if special is not None else self._shape(node)

    def _shape(self, node: ast.AST) -> Shape:
        fields = [self._field(name, getattr(node, name, None)) for name in _FIELDS[node.__class__]]
        return (_type(node), *fields)

    def _field(self, name: str, value: object) -> object:
        if isinstance(value, ast.AST):
            return self.shape(value)
        if value.__class__ is list:
            return tuple([self.shape(one) if isinstance(one, ast.AST) else one for one in value])
        if name in _NAMING and isinstance(value, str):
            return self.plain(value)
        return value

    def _await(self, node: ast.Await) -> Shape:
        """``await x`` → ``x``."""
        return self.shape(node.value)

    def _comprehension(self, node: ast.comprehension) -> Shape:
        """An asynchronous ``for`` in a comprehension → a plain one."""
        return "comprehension", self.shape(node.target), self.shape(node.iter), tuple(map(self.shape, node.ifs))

    def _constant(self, node: ast.Constant) -> Shape:
        """Strings that name something: in ``__all__``, in annotations."""
        value = node.value
        if isinstance(value, str):
            if value.isidentifier():
                value = self.plain(value)
            elif self._renames and len(value) < 200:
                for new, old in self._renames.items():
                    value = value.replace(new, old)
        return "Constant", value.__class__, repr(value), node.kind

    def _subscript(self, node: ast.Subscript) -> Shape:
        """``AsyncGenerator[Y, S]`` has two parameters, ``Generator[Y, S, R]`` three."""
        value, inside = self.shape(node.value), self.shape(node.slice)
        if value[0] in ("Name", "Attribute") and value[-1] == "Generator" and inside[0] == "Tuple":
            inside = ("Tuple", inside[1][:2])
        return "Subscript", value, inside

    def _call(self, node: ast.Call) -> Shape:
        """A comprehension that is an argument stands for the generator expression that it replaced."""
        function, arguments = self.shape(node.func), [self.shape(one) for one in node.args]
        if function[0] == "Name" and function[1] in _LISTS and len(arguments) == 1 and not node.keywords:
            if arguments[0][0] not in ("GeneratorExp", "ListComp"):
                return "Call", function, tuple(arguments), ()
            collected = _collected(function[1], arguments[0])
            if collected is not None:
                return collected
        return "Call", function, tuple(map(_as_generator, arguments)), tuple(map(self.shape, node.keywords))


_SPECIAL: Final[Mapping[type, Callable[[Eraser, Any], Shape]]] = {
    ast.Await: Eraser._await,
    ast.comprehension: Eraser._comprehension,
    ast.Constant: Eraser._constant,
    ast.Subscript: Eraser._subscript,
    ast.Call: Eraser._call,
}


def _type(node: ast.AST) -> str:
    return _PLAIN_TYPES.get(node.__class__) or node.__class__.__name__


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields that say something, by type of node, made when first asked for."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = names = tuple(name for name in kind._fields if name not in _UNSAID)
        return names


_FIELDS: Final = _Fields()


def _as_generator(argument: Shape) -> Shape:
    return ("GeneratorExp", *argument[1:]) if argument[0] in ("ListComp", "SetComp") else argument


def _collected(name: str, inner: Shape) -> Shape | None:
    """The comprehension that ``list(...)``, ``set(...)`` or ``dict(...)`` of a comprehension stands for."""
    element = inner[1]
    if name == "list":
        return "ListComp", *inner[1:]
    if name == "set":
        return "SetComp", *inner[1:]
    if name == "dict" and element[0] == "Tuple" and len(element[1]) == 2:
        return "DictComp", *element[1], *inner[2:]
    return None
