"""Indexing: one walk over a tree that finds every scope and what it binds."""

from __future__ import annotations

import ast
import re
from typing import Any

from porter.facts.fields import FIELDS
from porter.facts.model import FileFacts, Scope, ScopeKind
from porter.syntax.places import Lines

_KEEP = re.compile(r"#\s*porter:\s*keep\b")
_UNAWAITED = re.compile(
    r"#\s*(?:type|pyright|mypy):\s*ignore\[[^]\n]*\b(?:unused-coroutine|unused-awaitable|reportUnusedCoroutine)\b"
)
"""How an author tells a type checker that a coroutine is dropped on purpose."""


def index(text: str, tree: ast.Module | None = None) -> FileFacts:
    """The facts of ``text``, of which ``tree`` is the tree where it has been parsed already.

    Raises ``SyntaxError`` or ``ValueError`` (null bytes) if it is not Python.
    """
    tree = ast.parse(text) if tree is None else tree
    indexer = _Indexer(tree)
    indexer.body(tree.body, indexer.module)
    kept = _lines_with(_KEEP, text) if "porter:" in text else frozenset()
    dropped = _lines_with(_UNAWAITED, text) if "ignore[" in text else frozenset()
    return FileFacts(text, tree, indexer.scopes, indexer.imports, kept, dropped)


def is_kept(text: str) -> bool:
    """Whether the first line says that the whole file stays as it is: ``# porter: keep``."""
    return _KEEP.match(text) is not None


def _lines_with(pattern: re.Pattern[str], text: str) -> frozenset[int]:
    lines = Lines(text)
    return frozenset(lines.place(match.start()).line for match in pattern.finditer(text))


class _Indexer:
    """Walks a tree once, scope by scope."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(tree, "module", "", "", None)
        self.scopes: dict[ast.AST, Scope] = {tree: self.module}
        self.imports: list[tuple[Scope, ast.Import | ast.ImportFrom]] = []

    def open(self, node: ast.AST, kind: ScopeKind, name: str, parent: Scope) -> Scope:
        """A new scope below ``parent``."""
        qualname = f"{parent.qualname}.{name}" if parent.qualname else name
        scope = Scope(node, kind, name, qualname, parent)
        self.scopes[node] = scope
        parent.children.append(scope)
        return scope

    def body(self, statements: list[ast.stmt], scope: Scope) -> None:
        """Index each statement."""
        for statement in statements:
            self.visit(statement, scope)

    def visit(self, node: ast.AST, scope: Scope) -> None:
        """Index one node below ``scope``."""
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node, scope)
        else:
            self.children(node, scope)

    def children(self, node: ast.AST, scope: Scope) -> None:
        """Index what lies below a node."""
        for name in FIELDS[node.__class__]:
            value = getattr(node, name, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item, scope)
            elif isinstance(value, ast.AST):
                self.visit(value, scope)

    def leaf(self, node: ast.AST, scope: Scope) -> None:
        """Constants and operators bind nothing."""

    def name(self, node: ast.Name, scope: Scope) -> None:
        """A name binds where it is stored or deleted."""
        if node.ctx.__class__ is not ast.Load:
            scope.bound.add(node.id)
            if scope.kind == "class":
                scope.first.setdefault(node.id, node.lineno)
            if node.ctx.__class__ is ast.Store:
                scope.stores[node.id] = scope.stores.get(node.id, 0) + 1

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        """A ``def``: bound outside, its body a scope of its own."""
        scope.bound.add(node.name)
        if scope.kind == "class":
            scope.first.setdefault(node.name, node.lineno)
        for decorator in node.decorator_list:
            self.visit(decorator, scope)
        if node.returns is not None:
            self.visit(node.returns, scope)
        inner = self.open(node, "function", node.name, scope)
        self.arguments(node.args, scope, inner)
        self.body(node.body, inner)

    def lambda_(self, node: ast.Lambda, scope: Scope) -> None:
        """A ``lambda``."""
        inner = self.open(node, "lambda", "<lambda>", scope)
        self.arguments(node.args, scope, inner)
        self.visit(node.body, inner)

    def arguments(self, node: ast.arguments, outside: Scope, inner: Scope) -> None:
        """Parameters bind inside; defaults and annotations are evaluated outside."""
        for arg in (*node.posonlyargs, *node.args, *node.kwonlyargs, node.vararg, node.kwarg):
            if arg is not None:
                inner.bound.add(arg.arg)
                if arg.annotation is not None:
                    self.visit(arg.annotation, outside)
        for default in (*node.defaults, *node.kw_defaults):
            if default is not None:
                self.visit(default, outside)

    def class_(self, node: ast.ClassDef, scope: Scope) -> None:
        """A class body."""
        scope.bound.add(node.name)
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part, scope)
        inner = self.open(node, "class", node.name, scope)
        self.body(node.body, inner)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> None:
        """A comprehension: its first iterable belongs to the outside."""
        inner = self.open(node, "comprehension", "<comprehension>", scope)
        for position, generator in enumerate(node.generators):
            self.visit(generator.iter, scope if position == 0 else inner)
            self.visit(generator.target, inner)
            for condition in generator.ifs:
                self.visit(condition, inner)
            if generator.is_async:
                _mark_async(scope)
        if isinstance(node, ast.DictComp):
            self.visit(node.key, inner)
            self.visit(node.value, inner)
        else:
            self.visit(node.elt, inner)

    def named(self, node: ast.NamedExpr, scope: Scope) -> None:
        """A walrus binds outside of comprehensions."""
        owner = scope
        while owner.kind == "comprehension" and owner.parent is not None:
            owner = owner.parent
        self.name(node.target, owner)
        self.visit(node.value, scope)

    def import_(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        """An import statement."""
        self.imports.append((scope, node))
        for alias in node.names:
            if alias.name != "*":
                scope.bound.add(alias.asname or alias.name.split(".")[0])

    def global_(self, node: ast.Global, scope: Scope) -> None:
        """``global``: the names live, and may be bound, in the module."""
        scope.outer.update(node.names)
        scope.module.bound.update(node.names)

    def nonlocal_(self, node: ast.Nonlocal, scope: Scope) -> None:
        """``nonlocal``."""
        scope.nonlocals.update(node.names)

    def handler(self, node: ast.ExceptHandler, scope: Scope) -> None:
        """``except ... as name``."""
        if node.name:
            scope.bound.add(node.name)
        self.children(node, scope)

    def capture(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping, scope: Scope) -> None:
        """Captures of ``match`` patterns."""
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            scope.bound.add(name)
        self.children(node, scope)

    def yield_(self, node: ast.Yield | ast.YieldFrom, scope: Scope) -> None:
        """``yield`` makes its function a generator."""
        owner = scope.function
        if owner is not None:
            owner.yields.append(node)
        self.children(node, scope)

    def return_(self, node: ast.Return, scope: Scope) -> None:
        """``return``."""
        owner = scope.function
        if owner is not None:
            owner.returns.append(node)
        self.children(node, scope)

    def await_(self, node: ast.AST, scope: Scope) -> None:
        """``await``, ``async for`` and ``async with``."""
        _mark_async(scope)
        self.children(node, scope)


def _mark_async(scope: Scope) -> None:
    owner = scope.function
    if owner is not None:
        owner.awaits = True


_HANDLERS: dict[type[ast.AST], Any] = {
    ast.Name: _Indexer.name,
    ast.Constant: _Indexer.leaf,
    ast.Load: _Indexer.leaf,
    ast.Store: _Indexer.leaf,
    ast.FunctionDef: _Indexer.function,
    ast.AsyncFunctionDef: _Indexer.function,
    ast.Lambda: _Indexer.lambda_,
    ast.ClassDef: _Indexer.class_,
    ast.ListComp: _Indexer.comprehension,
    ast.SetComp: _Indexer.comprehension,
    ast.GeneratorExp: _Indexer.comprehension,
    ast.DictComp: _Indexer.comprehension,
    ast.NamedExpr: _Indexer.named,
    ast.Import: _Indexer.import_,
    ast.ImportFrom: _Indexer.import_,
    ast.Global: _Indexer.global_,
    ast.Nonlocal: _Indexer.nonlocal_,
    ast.ExceptHandler: _Indexer.handler,
    ast.MatchAs: _Indexer.capture,
    ast.MatchStar: _Indexer.capture,
    ast.MatchMapping: _Indexer.capture,
    ast.Yield: _Indexer.yield_,
    ast.YieldFrom: _Indexer.yield_,
    ast.Return: _Indexer.return_,
    ast.Await: _Indexer.await_,
    ast.AsyncFor: _Indexer.await_,
    ast.AsyncWith: _Indexer.await_,
}
