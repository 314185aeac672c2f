"""A tree without its colour: async, await and the protocols' names taken away, new names mapped back to the old."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final, TypeVar

from porter.verify.stubs import PROTOCOLS

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

_LISTS: Final = frozenset(("list", "set", "tuple", "frozenset", "dict"))
_T = TypeVar("_T", bound=ast.AST)


class Eraser(ast.NodeTransformer):
    """Takes the colour out of a tree, in place. The old and the new tree both go through it."""

    def __init__(self, renames: Mapping[str, str]) -> None:
        self._renames = renames
        """New bare name to old."""

    def plain(self, name: str) -> str:
        """The name without its colour."""
        old = self._renames.get(name, name)
        return _NAMES.get(old, old)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """``async def`` → ``def``."""
        return self.visit(self._as(node, ast.FunctionDef))  # type: ignore[no-any-return]

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        """``async for`` → ``for``."""
        return self.visit(self._as(node, ast.For))  # type: ignore[no-any-return]

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        """``async with`` → ``with``."""
        return self.visit(self._as(node, ast.With))  # type: ignore[no-any-return]

    def visit_Await(self, node: ast.Await) -> ast.AST:
        """``await x`` → ``x``."""
        return self.visit(node.value)  # type: ignore[no-any-return]

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """An asynchronous ``for`` in a comprehension → a plain one."""
        node.is_async = 0
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Strings that name something: in ``__all__``, in annotations."""
        if isinstance(node.value, str) and node.value.isidentifier():
            node.value = self.plain(node.value)
        elif isinstance(node.value, str) and len(node.value) < 200 and any(new in node.value for new in self._renames):
            for new, old in self._renames.items():
                node.value = node.value.replace(new, old)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``AsyncGenerator[Y, S]`` has two parameters, ``Generator[Y, S, R]`` three."""
        self.generic_visit(node)
        name = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        if name == "Generator" and isinstance(node.slice, ast.Tuple):
            node.slice.elts = node.slice.elts[:2]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A comprehension that is an argument stands for the generator expression that it replaced."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _LISTS and len(node.args) == 1 and not node.keywords:
            return _collected(node, node.func.id)
        node.args = [_as_generator(argument) for argument in node.args]
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Names, wherever they stand, lose their colour."""
        for field in ("name", "id", "attr", "asname", "arg", "rest"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                setattr(node, field, self.plain(value))
        return super().generic_visit(node)

    def _as(self, node: ast.AST, kind: type[_T]) -> _T:
        fields = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
        return ast.copy_location(kind(**fields), node)


def _as_generator(node: ast.expr) -> ast.expr:
    if isinstance(node, (ast.ListComp, ast.SetComp)):
        return ast.GeneratorExp(node.elt, node.generators)
    return node


def _collected(node: ast.Call, name: str) -> ast.expr:
    inner = node.args[0]
    if not isinstance(inner, (ast.GeneratorExp, ast.ListComp)):
        return node
    if name == "list":
        return ast.ListComp(inner.elt, inner.generators)
    if name == "set":
        return ast.SetComp(inner.elt, inner.generators)
    if name == "dict" and isinstance(inner.elt, ast.Tuple) and len(inner.elt.elts) == 2:
        return ast.DictComp(inner.elt.elts[0], inner.elt.elts[1], inner.generators)
    node.args = [_as_generator(inner)]
    return node
