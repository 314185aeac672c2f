"""What a colouring says: which functions are asynchronous and why, where something is awaited, and what cannot be."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from porter.facts.model import Scope
from porter.inference.blocking import Blocking
from porter.inference.lazy_values import made_by
from porter.inference.state import Role, Site
from porter.inference.values import ClassValue, Container, ExternalInstance, GeneratorValue, Instance, Value


@dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """Why a function is asynchronous: what stands at ``site``, or which member of its family pulled it along."""

    site: Site | None
    blocking: Blocking | None = None
    callee: Scope | None = None
    family: str = ""
    row: str = ""
    """The row of what it overrides, where that is all there is to say."""


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """A place where the colours cannot be what they would have to be."""

    scope: Scope
    node: ast.AST
    reason: str
    remedy: str
    fails: bool = False
    """Left as it is, the place raises at once when it meets the other colour."""
    stays: bool = False
    """``scope`` cannot be asynchronous at all; other conflicts are about one place that reaches it."""


@dataclass(slots=True, eq=False)
class Colours:
    """The colouring of a program."""

    causes: dict[Scope, Cause] = field(default_factory=dict)
    """Each asynchronous function, and why; an ``__init__`` among them means that its class opens in a factory."""
    named: dict[ast.AST, tuple[Scope, ...]] = field(default_factory=dict)
    """Calls that are awaited because of their method's name alone, and the methods of that name."""
    awaited: dict[tuple[ast.AST, Role], Site] = field(default_factory=dict)
    """Places where something asynchronous is called, entered or iterated over."""
    entries: list[Site] = field(default_factory=list)
    """Such places at module level."""
    generators: dict[Scope, Cause] = field(default_factory=dict)
    """Generator expressions that await, or loop asynchronously, each time they are asked for an element."""
    lazies: dict[ast.AST, Cause] = field(default_factory=dict)
    """Calls of ``zip``, ``map`` and their kin whose iterators became asynchronous."""
    async_iterables: set[ClassValue] = field(default_factory=set)
    async_managers: set[ClassValue] = field(default_factory=set)
    async_files: set[ClassValue] = field(default_factory=set)
    """Classes that derive from a base class of ``io``, and whose methods are coroutines."""
    tidied: dict[ast.AST, tuple[ast.stmt, ...]] = field(default_factory=dict)
    """Calls of coroutines in constructors that only tidy up, and the statements that do so without waiting."""
    conflicts: list[Conflict] = field(default_factory=list)
    holes: dict[tuple[ast.AST, Role], Site] = field(default_factory=dict)
    """Places that reach something asynchronous, in functions that must stay synchronous and nobody is seen to run."""
    outside: frozenset[str] = frozenset()
    """Methods of outside classes in whose place the port has coroutines."""
    async_values: set[Value] = field(default_factory=set)
    """Outside objects that the port loops over asynchronously: files of sockets."""

    def is_async(self, scope: Scope) -> bool:
        """Whether the function becomes a coroutine function or an asynchronous generator."""
        return scope in self.causes

    def awaits(self, node: ast.AST, role: Role = "call") -> bool:
        """Whether what is reached at a place is asynchronous."""
        return (node, role) in self.awaited

    def iterates(self, value: Value) -> bool:
        """Whether looping over ``value`` takes ``async for``."""
        match value:
            case GeneratorValue(function=function):
                return function.scope in self.causes
            case Instance(cls=cls):
                return any(base in self.async_iterables for base in cls.mro if isinstance(base, ClassValue))
            case ExternalInstance():
                return value in self.async_values
            case Container(site=site):
                node = site[0] if isinstance(site, tuple) else site
                if self.lazies and made_by(value) in self.lazies:
                    return True
                return any(scope.node is node for scope in self.generators)
        return False
