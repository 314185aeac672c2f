"""Names of types: what the names in an annotation stand for, however they were imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from porter.inference.program import Module

_HOMES = ("typing", "typing_extensions", "collections.abc", "contextlib")

TWINS = {
    "Iterator": "AsyncIterator",
    "Iterable": "AsyncIterable",
    "Generator": "AsyncGenerator",
    "ContextManager": "AsyncContextManager",
    "AbstractContextManager": "AbstractAsyncContextManager",
    "ContextDecorator": "AsyncContextDecorator",
}
"""Types of ``typing``, ``collections.abc`` and ``contextlib``, and their asynchronous twins."""

ITERATORS = frozenset(("Iterator", "Iterable", "Generator"))
MANAGERS = frozenset(("ContextManager", "AbstractContextManager", "ContextDecorator"))


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as an annotation spells it."""

    spelled: str
    """``t.Iterator``."""
    home: str
    """The module that it comes from: ``typing``."""
    name: str
    """Its name there: ``Iterator``."""

    def beside(self, name: str) -> tuple[str, tuple[str, ...]]:
        """How ``name`` of the same module is spelled here, and the import that this takes."""
        prefix, dot, _ = self.spelled.rpartition(".")
        if dot:
            return f"{prefix}.{name}", ()
        return name, (f"from {self.home} import {name}",)


def type_names(module: Module, annotation: ast.expr) -> Iterator[TypeName]:
    """The types of the standard homes that an annotation names; those in strings, too."""
    for node in ast.walk(annotation):
        match node:
            case ast.Constant(value=str() as text):
                try:
                    yield from type_names(module, ast.parse(text.strip(), mode="eval").body)
                except (SyntaxError, ValueError):
                    continue
            case ast.Name(id=name):
                yield from _imported(module, name)
            case ast.Attribute(attr=attr):
                spelled = ast.unparse(node)
                home = _module_of(module, spelled.rpartition(".")[0])
                if home in _HOMES:
                    yield TypeName(spelled, home, attr)


def _imported(module: Module, name: str) -> Iterator[TypeName]:
    for _, node in module.facts.imports:
        if isinstance(node, ast.ImportFrom) and not node.level and node.module in _HOMES:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    yield TypeName(name, node.module, alias.name)


def _module_of(module: Module, spelled: str) -> str:
    """The module that a dotted name stands for, as imports say."""
    for _, node in module.facts.imports:
        for alias in node.names:
            if isinstance(node, ast.Import):
                if (alias.asname or alias.name) == spelled:
                    return alias.name
            elif (alias.asname or alias.name) == spelled and not node.level:
                return f"{node.module}.{alias.name}"
    return ""
