"""Sections: the statements that run while a lock is held, and whether anything in them waits.

A section is the body of a ``with`` (and the items behind it), or what lies between ``acquire()`` and the last
``release()`` of the same function. Where a generator yields inside one, the code that drives it is part of the section.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator

from porter.facts.model import Scope
from porter.inference.objects import reached
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.state import Site

_Position = tuple[int, int]


class Sections:
    """Where a program waits, asked by section."""

    def __init__(self, inference: Inference, waits: Iterable[Site], coroutines: Container[Scope]) -> None:
        self._inference = inference
        self._coroutines = coroutines
        self._items: dict[ast.AST, int] = {}
        """How many leading items of a ``with`` are held while something waits."""
        self._places: dict[Scope, list[_Position]] = {}
        for site in waits:
            if site.caller in coroutines or site.caller.kind == "module":
                self._note(site.caller, site.node)
        for scope in self._driven():
            for node in scope.yields:
                self._note(scope, node)

    def _driven(self) -> Iterator[Scope]:
        """Generators that coroutines drive."""
        for module in self._inference.program.modules.values():
            for scope in module.facts.scopes.values():
                callers = self._inference.callers(scope) if scope.is_generator else ()
                if any(site.caller in self._coroutines for site in callers):
                    yield scope

    def _note(self, scope: Scope, node: ast.AST) -> None:
        """Something waits at ``node``: all sections around it wait."""
        parents = self._inference.program.module_for(scope).facts.parents
        self._places.setdefault(scope, []).append(_start(node))
        child, parent = node, parents.get(node)
        while parent is not None and not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            if isinstance(parent, ast.withitem):
                child, parent = parent, parents[parent]
                assert isinstance(parent, (ast.With, ast.AsyncWith))
                self._cover(parent, parent.items.index(child))
            elif isinstance(parent, (ast.With, ast.AsyncWith)):
                self._cover(parent, len(parent.items))
            child, parent = parent, parents.get(parent)

    def _cover(self, statement: ast.AST, items: int) -> None:
        self._items[statement] = max(items, self._items.get(statement, 0))

    def waits_inside(self, module: Module, entered: ast.AST) -> bool:
        """Whether something waits while the ``with`` item of this context expression is held."""
        item = module.facts.parents[entered]
        statement = module.facts.parents[item]
        if not isinstance(statement, (ast.With, ast.AsyncWith)):
            return True
        return self._items.get(statement, 0) > statement.items.index(item)  # type: ignore[arg-type]

    def waits_between(self, scope: Scope, first: ast.AST, last: ast.AST) -> bool:
        """Whether something waits in a function between two of its places."""
        return any(_start(first) < place < _start(last) for place in self._places.get(scope, ()))


def enters_again(inference: Inference, enterings: Iterable[Site]) -> Site | None:
    """A place where a lock is taken while its holder may hold it already, by way of calls or nested statements."""
    sites = list(enterings)
    takers = {site.caller for site in sites}
    for site in sites:
        module = inference.program.module_for(site.caller)
        section = _Section(module, site)
        if any(other is not site and section.holds(other.node) for other in sites if other.caller is site.caller):
            return site
        called = {
            function
            for other in inference.sites
            if other.caller is site.caller and other.role != "spawn" and section.holds(other.node)
            for function in other.functions
        }
        if takers & reached(inference, called):
            return site
    return None


class _Section:
    """The stretch of a function in which what a site takes is held."""

    def __init__(self, module: Module, site: Site) -> None:
        item = module.facts.parents.get(site.node)
        statement = module.facts.parents.get(item) if isinstance(item, ast.withitem) else None
        self._after = _start(site.node)
        self._before: _Position | None = None
        if isinstance(statement, ast.With):
            self._before = (statement.end_lineno or 0, statement.end_col_offset or 0)

    def holds(self, node: ast.AST) -> bool:
        """Whether a node of the same function lies in it."""
        place = _start(node)
        return self._after < place and (self._before is None or place < self._before)


def _start(node: ast.AST) -> _Position:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
