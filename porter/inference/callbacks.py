"""Objects of an outside library that call back into coroutines.

A library hands out a class of callbacks; the program's subclass of it is given to another object of the same library. Once
the subclass's methods are coroutines, only the library's asynchronous object can call them, and its methods are awaited in
turn. Nothing but the library's name in the import tells so, so the rule asks for all of that.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.state import Site, caller_of
from porter.inference.values import ClassValue, External, Instance


@dataclass(frozen=True, slots=True, eq=False)
class Callbacks:
    """An attribute that holds such an object."""

    given: tuple[ClassValue, ...]
    """Classes of the callbacks that it was given."""
    calls: tuple[Site, ...]
    """Calls of its methods."""


@functools.lru_cache(maxsize=2)
def callbacks(inference: Inference) -> tuple[Callbacks, ...]:
    """All attributes that hold an object of a library, made with an object of the program's subclass of its callbacks."""
    found = []
    for module in inference.program.modules.values():
        if not module.source.is_target:
            continue
        for node in module.facts.nodes:
            match node:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(), attr=attr)], value=ast.Call() as call):
                    given = tuple(_given(inference, module, call))
                    owner = _class_around(module.facts.scope_of(node))
                    if given and owner is not None:
                        found.append(Callbacks(given, tuple(_calls(inference, module, owner, attr))))
    return tuple(found)


def _given(inference: Inference, module: Module, call: ast.Call) -> Iterator[ClassValue]:
    site = inference.site(call)
    if site is None or site.functions:
        return
    libraries = {name.partition(".")[0] for name in site.externals if not inference.state.outside.is_known(name)}
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        for value in inference.values(argument, module):
            if isinstance(value, Instance):
                if not libraries.isdisjoint(_libraries(inference, value.cls)):
                    yield value.cls


def _libraries(inference: Inference, cls: ClassValue) -> set[str]:
    """The packages that a class's bases come from; an import in a ``try`` counts, whatever stands in for it elsewhere."""
    found = {base.name.partition(".")[0] for base in cls.mro if isinstance(base, External)}
    node = cls.scope.node
    names = {base.id for base in node.bases if isinstance(base, ast.Name)} if isinstance(node, ast.ClassDef) else set()
    for _, statement in inference.program.module_for(cls.scope).facts.imports:
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            if any((alias.asname or alias.name) in names for alias in statement.names):
                found.add(statement.module.partition(".")[0])
    return found


def _class_around(scope: Scope) -> Scope | None:
    at: Scope | None = scope
    while at is not None and at.kind != "class":
        at = at.parent
    return at


def _calls(inference: Inference, module: Module, owner: Scope, attr: str) -> Iterator[Site]:
    """``self.attr.method(...)`` in the class."""
    for node in module.facts.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(), attr=name))) if name == attr:
                scope = module.facts.scope_of(node)
                site = inference.site(node)
                if _class_around(scope) is owner and (site is None or not site.functions):
                    yield site or Site(node, "call", caller_of(scope))
