"""What inference found, for the stages that follow."""

from __future__ import annotations

import ast
import functools
from collections.abc import Container, Iterator, Mapping

from porter.facts.model import Scope
from porter.inference.graph import Node
from porter.inference.program import Module, Program
from porter.inference.state import Frame, Role, Site, State
from porter.inference.values import ExternalInstance, Value


class Inference:
    """Questions about the fixpoint: what an expression may be, what a place reaches, who calls a function."""

    def __init__(self, program: Program, state: State) -> None:
        self.program = program
        self.state = state
        self._callers: dict[Scope, list[Site]] | None = None

    def values(self, expr: ast.expr, module: Module, scope: Scope | None = None) -> tuple[Value, ...]:
        """What an expression may be, in order of discovery, over all frames."""
        found: dict[Value, None] = {}
        for node in self._nodes(expr, module, scope):
            found.update(node.values)
        if not found and isinstance(expr, ast.Name):
            at = scope if scope is not None else module.facts.scope_of(expr)
            entity = self.state.outside.entity(f"builtins.{expr.id}") if at.binding(expr.id) is None else None
            found.update({entity: None} if entity is not None else {})
        return tuple(found)

    def is_capped(self, expr: ast.expr, module: Module) -> bool:
        """Whether an expression may be so many things that some were left out."""
        return any(node.root.capped for node in self._nodes(expr, module, None))

    def _nodes(self, expr: ast.expr, module: Module, scope: Scope | None) -> Iterator[Node]:
        """The nodes of an expression, or of the variable that a name means; one for each frame."""
        at = scope if scope is not None else module.facts.scope_of(expr)
        found = [node for frame in self._frames(at) if (node := frame.exprs.get(expr)) is not None]
        if isinstance(expr, ast.Name) and not found:
            owner = at.binding(expr.id)
            frames = self._frames(owner) if owner is not None else [self.state.module_frames[module.name]]
            found = [node for frame in frames if (node := frame.vars.get(expr.id)) is not None]
        yield from found

    def _frames(self, scope: Scope) -> list[Frame]:
        if scope.kind != "class":
            return self.state.frames.get(scope, [])
        cls = self.program.classes[scope]
        return [self.state.class_frames[cls]] if cls in self.state.class_frames else []

    def variable(self, scope: Scope, name: str) -> tuple[Value, ...]:
        """What a variable or parameter of a scope may be."""
        found: dict[Value, None] = {}
        for frame in self.state.frames.get(scope, []):
            node = frame.vars.get(name)
            if node is not None:
                found.update(node.values)
        return tuple(found)

    def site(self, node: ast.AST, role: Role = "call") -> Site | None:
        """What is reached at a place."""
        return self.state.sites.get((node, role))

    @property
    def sites(self) -> Iterator[Site]:
        """All places at which code is reached."""
        return iter(self.state.sites.values())

    def callers(self, function: Scope) -> list[Site]:
        """The places that reach a function of the program."""
        if self._callers is None:
            self._callers = {}
            for site in self.state.sites.values():
                for reached in site.functions:
                    self._callers.setdefault(reached, []).append(site)
        return self._callers.get(function, [])

    @functools.cached_property
    def consumers(self) -> Mapping[Scope, list[Site]]:
        """The places that loop over each generator expression."""
        found: dict[Scope, list[Site]] = {}
        for site in self.state.sites.values():
            for generator in site.generators:
                found.setdefault(generator, []).append(site)
        return found

    @functools.cached_property
    def lazy_consumers(self) -> Mapping[ast.AST, list[Site]]:
        """The places that take elements of each lazy iterator, by the call that makes it."""
        found: dict[ast.AST, list[Site]] = {}
        for site in self.state.sites.values():
            for made in site.lazies:
                found.setdefault(made, []).append(site)
        return found

    @functools.cached_property
    def wrappers(self) -> frozenset[Scope]:
        """Functions of files that are only read, which decorators put in the place of others."""
        return frozenset(scope for scope, _ in self.state.wrapped)

    def external_names(self, site: Site) -> Iterator[tuple[str, tuple[Value, ...]]]:
        """Outside callables reached at a site, with their receivers."""
        for name, receivers in site.externals.items():
            yield name, tuple(receivers)

    def holders(self, objects: Container[Value]) -> Holders:
        """The variables and expressions that may be one of ``objects``."""
        return Holders(self.state, objects)

    def origin(self, value: Value) -> ast.AST | None:
        """Where an outside object was made."""
        return value.origin if isinstance(value, ExternalInstance) else None


class Holders:
    """Where some objects may be met, so that a walk over all expressions need not ask for the values of each."""

    def __init__(self, state: State, objects: Container[Value]) -> None:
        self._names: set[str] = set()
        self._expressions: set[ast.AST] = set()
        frames = [frame for frames in state.frames.values() for frame in frames]
        for frame in (*frames, *state.class_frames.values()):
            self._names.update(name for name, node in frame.vars.items() if any(v in objects for v in node.values))
            self._expressions.update(e for e, node in frame.exprs.items() if any(v in objects for v in node.values))

    def __contains__(self, node: ast.AST) -> bool:
        """Whether an expression may be one of the objects; a name counts if any variable called so is."""
        return node in self._expressions or (isinstance(node, ast.Name) and node.id in self._names)
