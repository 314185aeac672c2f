"""Sections: the statements that run while a lock is held, and whether anything in them waits.

A section is the body of a ``with`` (and the items behind it), or what lies between ``acquire()`` and the last
``release()`` of the same function. Where a generator yields inside one, the code that drives it is part of the section.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Container, Iterable

from porter.facts.model import Scope
from porter.inference.objects import reached
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.state import Site

_Position = tuple[int, int]


class Sections:
    """Where a program waits, asked by section."""

    def __init__(self, inference: Inference, waits: Iterable[Site], coroutines: Container[Scope]) -> None:
        self._waits = {site.node: site.caller for site in waits if site.caller in coroutines or site.caller.kind == "module"}
        self._syntax = _syntax(inference)
        for scope, callers in self._syntax.generators:
            if any(site.caller in coroutines for site in callers):
                self._waits.update(dict.fromkeys(scope.yields, scope))
        self._places: dict[Scope, list[_Position]] = {}

    def waits_inside(self, module: Module, entered: ast.AST) -> bool:
        """Whether something waits while the ``with`` item of this context expression is held."""
        item = module.facts.parents[entered]
        statement = module.facts.parents[item]
        if not isinstance(statement, (ast.With, ast.AsyncWith)):
            return True
        assert isinstance(item, ast.withitem)
        return not self._waits.keys().isdisjoint(self._syntax.held(statement, statement.items.index(item)))

    def waits_between(self, scope: Scope, first: ast.AST, last: ast.AST) -> bool:
        """Whether something waits in a function between two of its places."""
        if not self._places:
            for node, caller in self._waits.items():
                self._places.setdefault(caller, []).append(_start(node))
        return any(_start(first) < place < _start(last) for place in self._places.get(scope, ()))


class _Syntax:
    """What of sections depends on the program alone, not on what waits: asked again in each round of settling."""

    def __init__(self, inference: Inference) -> None:
        scopes = (scope for module in inference.program.modules.values() for scope in module.facts.scopes.values())
        self.generators = [(scope, inference.callers(scope)) for scope in scopes if scope.is_generator]
        """The program's generators, and the places that drive them."""
        self._held: dict[tuple[ast.AST, int], frozenset[ast.AST]] = {}

    def held(self, statement: ast.With | ast.AsyncWith, index: int) -> frozenset[ast.AST]:
        """What runs in the same function while the ``with`` item at ``index`` is held: later items, and the body."""
        found = self._held.get((statement, index))
        if found is None:
            nodes: list[ast.AST] = [*statement.items[index + 1 :], *statement.body]
            for node in nodes:
                if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                    nodes.extend(ast.iter_child_nodes(node))
            self._held[statement, index] = found = frozenset(nodes)
        return found


_syntax = functools.lru_cache(maxsize=2)(_Syntax)


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
