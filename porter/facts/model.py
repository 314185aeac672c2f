"""The facts of one file: its tree, its scopes and who binds what."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from porter.facts.fields import FIELDS
from porter.syntax.places import Lines, Span

ScopeKind = Literal["module", "class", "function", "lambda", "comprehension"]
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(slots=True, eq=False)
class Scope:
    """A stretch of code with names of its own."""

    node: ast.AST
    kind: ScopeKind
    name: str
    qualname: str
    """``Session.loop``; functions inside functions are ``outer.inner``; empty for the module."""
    parent: Scope | None
    bound: set[str] = field(default_factory=set)
    """Names that are bound here: assigned, imported, defined, caught, captured, parameters."""
    stores: dict[str, int] = field(default_factory=dict)
    """How often each name is assigned to here, as a name: by ``=``, ``for``, ``with``, ``:=``, unpacking."""
    first: dict[str, int] = field(default_factory=dict)
    """The line on which a class body first defines or assigns each name: above it, the name means what is outside."""
    outer: set[str] = field(default_factory=set)
    """Names declared ``global``."""
    nonlocals: set[str] = field(default_factory=set)
    children: list[Scope] = field(default_factory=list)
    yields: list[ast.Yield | ast.YieldFrom] = field(default_factory=list)
    returns: list[ast.Return] = field(default_factory=list)
    awaits: bool = False
    """Whether an ``await``, ``async for`` or ``async with`` stands in it."""
    module: Scope = field(init=False)
    """The module's scope."""

    def __post_init__(self) -> None:
        self.module = self if self.parent is None else self.parent.module

    @property
    def is_generator(self) -> bool:
        """Whether calling it gives a generator."""
        return bool(self.yields)

    @property
    def function(self) -> Scope | None:
        """The innermost function (a ``lambda`` counts) that encloses this scope, itself included."""
        scope: Scope | None = self
        while scope is not None and scope.kind not in ("function", "lambda"):
            if scope.kind == "class":
                return None
            scope = scope.parent
        return scope

    def binding(self, name: str) -> Scope | None:
        """The scope whose variable ``name`` means here, by Python's rules; ``None`` for a builtin or an unknown one."""
        scope: Scope | None = self
        if name in self.outer:
            return self.module
        if name in self.nonlocals:
            scope = self.parent
        first = scope
        while scope is not None:
            if name in scope.outer:
                return scope.module
            visible = scope.kind != "class" or scope is first
            if visible and name in scope.bound and name not in scope.nonlocals:
                return scope
            scope = scope.parent
        return None


class FileFacts:
    """What one text says. Identity matters: two indexings of one text give different nodes.

    Pickles as its text: loading a pickled ``ast`` costs more than parsing again.
    """

    def __init__(
        self,
        text: str,
        tree: ast.Module,
        scopes: dict[ast.AST, Scope],
        imports: list[tuple[Scope, ast.Import | ast.ImportFrom]],
        kept: frozenset[int],
        dropped: frozenset[int] = frozenset(),
    ) -> None:
        self.text = text
        self.tree = tree
        self.scopes = scopes
        """Scope of every module, class, function, lambda and comprehension node."""
        self.imports = imports
        self.kept = kept
        """Lines (from 1) that carry ``# porter: keep``."""
        self.dropped = dropped
        """Lines (from 1) on which the author tells a type checker that a coroutine is not awaited on purpose."""
        self._nodes: list[ast.AST] = []
        self._parents: dict[ast.AST, ast.AST] = {}
        self._by_type: dict[type[ast.AST], list[ast.AST]] = {}

    def __reduce__(self) -> tuple[object, tuple[str]]:
        from porter.facts.index import index

        return index, (self.text,)

    @functools.cached_property
    def lines(self) -> Lines:
        """The text's lines; counted on first use."""
        return Lines(self.text)

    @property
    def module(self) -> Scope:
        """The module's own scope."""
        return self.scopes[self.tree]

    @property
    def nodes(self) -> Sequence[ast.AST]:
        """All nodes in the order of ``ast.walk``, but for contexts and operators, which ast shares between places."""
        if not self._nodes:
            self._nodes, self._parents = walked(self.tree)
        return self._nodes

    @property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """The parent of each of ``nodes``; built on first use, since few files need it."""
        if not self._nodes:
            self._nodes, self._parents = walked(self.tree)
        return self._parents

    @property
    def by_type(self) -> Mapping[type[ast.AST], Sequence[ast.AST]]:
        """``nodes`` by their types, each in the same order; built on first use."""
        if not self._by_type:
            self._by_type = grouped(self.nodes)
        return self._by_type

    def is_dropped(self, node: ast.AST) -> bool:
        """Whether a call is a statement whose coroutine, should it give one, its author means to drop."""
        if not self.dropped or not isinstance(node, ast.Call) or not isinstance(self.parents.get(node), ast.Expr):
            return False
        return not self.dropped.isdisjoint(range(node.lineno, (node.end_lineno or node.lineno) + 1))

    def span(self, node: ast.AST) -> Span:
        """The span of a node in characters."""
        return self.lines.span(node)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds ``node``."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def scope_of(self, node: ast.AST) -> Scope:
        """The scope in which ``node`` is evaluated (a ``def``'s own decorators and defaults belong to its outside)."""
        child, parent = node, self.parents.get(node)
        before: ast.AST | None = None
        while parent is not None:
            scope = self.scopes.get(parent)
            if scope is not None and not _outside(parent, child, before):
                return scope
            before, child, parent = child, parent, self.parents.get(parent)
        return self.module


def grouped(nodes: Iterable[ast.AST]) -> dict[type[ast.AST], list[ast.AST]]:
    """Nodes by their types, each in the same order."""
    found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    for node in nodes:
        found[node.__class__].append(node)
    return found


def walked(tree: ast.AST) -> tuple[list[ast.AST], dict[ast.AST, ast.AST]]:
    """The nodes of a tree, breadth first, and the parent of each; contexts and operators left out."""
    nodes, parents = [tree], {}
    for node in nodes:
        for name in FIELDS[node.__class__]:
            value = getattr(node, name, None)
            if value.__class__ is list:
                for child in value:
                    if isinstance(child, ast.AST):
                        parents[child] = node
                        nodes.append(child)
            elif isinstance(value, ast.AST):
                parents[value] = node
                nodes.append(value)
    return nodes, parents


def _outside(owner: ast.AST, child: ast.AST, grandchild: ast.AST | None) -> bool:
    """Whether ``child``, directly below ``owner``, is evaluated in the scope around it."""
    match owner:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return child in owner.decorator_list or child is owner.returns or child is owner.args
        case ast.Lambda():
            return child is owner.args
        case ast.ClassDef():
            return child in owner.decorator_list or child in owner.bases or child in owner.keywords
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            first = owner.generators[0]
            return child is first and grandchild is first.iter
    return False
