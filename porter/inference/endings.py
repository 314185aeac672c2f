"""Endings: where ``StopIteration`` comes from, and where it would have become ``StopAsyncIteration``.

A call of ``next`` without a default raises it, a ``raise`` does, and so does a call of a function that lets it pass. In a
coroutine the asynchronous twin passes; the plain one becomes a RuntimeError.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from porter.facts.model import Scope
from porter.inference.colours import Colours
from porter.inference.iterables import means, own
from porter.inference.result import Inference


class Endings:
    """Answers for one colouring."""

    def __init__(self, inference: Inference, colours: Colours) -> None:
        self.inference = inference
        self.colours = colours
        self._passing: dict[Scope, tuple[bool, bool]] = {}

    def asynchronous(self, scope: Scope, body: Sequence[ast.stmt]) -> bool:
        """Whether an asynchronous iterator may end in ``body``, statements of ``scope``, and not be caught there."""
        return any(asynchronous for _, asynchronous in self._sources(scope, body))

    def plain(self, scope: Scope, body: Sequence[ast.stmt]) -> bool:
        """Whether a plain iterator may end there."""
        return any(not asynchronous for _, asynchronous in self._sources(scope, body))

    def unguarded(self, scope: Scope) -> list[ast.AST]:
        """The places in a function where a plain iterator may end and nothing in the function catches it."""
        body = getattr(scope.node, "body", [])
        return [
            node
            for node, asynchronous in self._sources(scope, body)
            if not asynchronous and not (isinstance(node, ast.Raise) and scope in self.colours.causes)
        ]

    def broken(self, scope: Scope, body: Sequence[ast.stmt]) -> list[Scope]:
        """Coroutine functions called in ``body`` that a plain ``StopIteration`` would leave, which it cannot."""
        found: dict[Scope, None] = {}
        for node, asynchronous in self._sources(scope, body):
            site = self.inference.site(node) if isinstance(node, ast.Call) and not asynchronous else None
            for function in site.functions if site is not None else ():
                if function in self.colours.causes and self.passing(function)[1]:
                    found[function] = None
        return list(found)

    def _sources(self, scope: Scope, body: Sequence[ast.stmt]) -> Iterator[tuple[ast.AST, bool]]:
        for statement in body:
            if isinstance(statement, (ast.Try, ast.TryStar)):
                caught = next((one for one in statement.handlers if self._catches(scope, one.type)), None)
                if caught is None or _raises_again(caught):
                    yield from self._sources(scope, statement.body)
                for handler in statement.handlers:
                    yield from self._sources(scope, handler.body)
                yield from self._sources(scope, [*statement.orelse, *statement.finalbody])
            elif isinstance(statement, (ast.For, ast.While, ast.If, ast.With, ast.AsyncFor, ast.AsyncWith, ast.Match)):
                yield from self._in_parts(scope, statement)
            elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from self._in_nodes(scope, statement)

    def _in_parts(self, scope: Scope, statement: ast.stmt) -> Iterator[tuple[ast.AST, bool]]:
        """A compound statement: its header, then its blocks."""
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                yield from self._sources(scope, [child])
            elif isinstance(child, ast.match_case):
                yield from self._sources(scope, child.body)
            else:
                yield from self._in_nodes(scope, child)

    def _in_nodes(self, scope: Scope, root: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
        for node in own(root):
            if isinstance(node, ast.Raise) and self._catches(scope, _raised(node)):
                yield node, scope in self.colours.causes and not scope.is_generator
            elif isinstance(node, ast.Call):
                yield from ((node, asynchronous) for asynchronous in self._of_call(node))

    def _of_call(self, node: ast.Call) -> Iterator[bool]:
        site = self.inference.site(node)
        if site is None:
            return
        if "builtins.next" in site.externals:
            if len(node.args) == 1:
                yield self.colours.awaits(node, "next")
            return
        for function in site.functions:
            passing = self.passing(function)
            yield from ({True} if passing[0] else set()) | ({False} if passing[1] else set())

    def passing(self, function: Scope) -> tuple[bool, bool]:
        """Whether a call of the function may end by the asynchronous exception, and by the plain one."""
        if function.is_generator or function.kind != "function":
            return (False, False)
        if function not in self._passing:
            self._passing[function] = (False, False)
            found = list(self._sources(function, function.node.body))  # type: ignore[attr-defined]
            guarded = function.name == "__next__" and function in self.colours.causes
            ends = any(asynchronous for _, asynchronous in found) or (guarded and bool(found))
            plain = any(not asynchronous and _means_to_end(node) for node, asynchronous in found)
            self._passing[function] = (ends, plain and not guarded)
        return self._passing[function]

    def _catches(self, scope: Scope, expr: ast.expr | None) -> bool:
        """Whether what is caught, or raised, names ``StopIteration``; a bare ``except`` catches everything."""
        match expr:
            case None:
                return True
            case ast.Tuple(elts=items):
                return any(self._catches(scope, item) for item in items)
        return any(means(self.inference, expr, scope, f"builtins.{name}") for name in _ENDS)


_ENDS = ("StopIteration",)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether a handler may let pass what it caught."""
    nodes = (node for statement in handler.body for node in own(statement))
    return any(isinstance(node, ast.Raise) and node.exc is None for node in nodes)


def _means_to_end(node: ast.AST) -> bool:
    """Whether a plain ending is one that callers count on: raised here, or by the next of an iterator that was there before.

    ``next(iter(x))`` asks for the first of what is taken to have one; and what a function lets pass that others let
    pass to it ends no loop on purpose.
    """
    match node:
        case ast.Raise():
            return True
        case ast.Call(func=ast.Name(id="next"), args=[ast.Name() | ast.Attribute()]):
            return True
    return False


def _raised(node: ast.Raise) -> ast.expr | None:
    if isinstance(node.exc, ast.Call):
        return node.exc.func
    return node.exc if node.exc is not None else ast.Constant(None)
