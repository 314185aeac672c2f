"""Colours: which functions must be asynchronous, and the chain of calls that says why.

A function is asynchronous if it awaits: it makes a call that the port awaits, or it calls, enters or iterates over something
asynchronous. Overrides of it change with it, and so do all implementations that one call site may meet.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from porter.facts.model import Scope
from porter.inference.blocking import Blocking
from porter.inference.result import Inference
from porter.inference.state import Role, Site
from porter.inference.values import ClassValue, External

MANAGER = ("__enter__", "__exit__")
ITERATOR = ("__iter__", "__next__")
AWAITABLE_SPECIAL = frozenset({*MANAGER, *ITERATOR, "__call__", "__getitem__"})


@dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """Why a function is asynchronous: what stands at ``site``, or which member of its family pulled it along."""

    site: Site | None
    blocking: Blocking | None = None
    callee: Scope | None = None
    family: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """A place where the colours cannot be what they would have to be."""

    scope: Scope
    node: ast.AST
    reason: str
    remedy: str


@dataclass(slots=True, eq=False)
class Colours:
    """The colouring of a program."""

    causes: dict[Scope, Cause] = field(default_factory=dict)
    """Each asynchronous function, and why."""
    awaited: dict[tuple[ast.AST, Role], Site] = field(default_factory=dict)
    """Places where something asynchronous is called, entered or iterated over."""
    entries: list[Site] = field(default_factory=list)
    """Such places at module level."""
    async_iterables: set[ClassValue] = field(default_factory=set)
    async_managers: set[ClassValue] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)

    def is_async(self, scope: Scope) -> bool:
        """Whether the function becomes a coroutine function or an asynchronous generator."""
        return scope in self.causes

    def awaits(self, node: ast.AST, role: Role = "call") -> bool:
        """Whether what is reached at a place is asynchronous."""
        return (node, role) in self.awaited


def colour(inference: Inference, seeds: list[Blocking], pinned: Mapping[Scope, str]) -> Colours:
    """The least colouring in which every seed is awaited. ``pinned`` functions stay as they are; the reason is given."""
    return _Colouring(inference, pinned).run(seeds)


class _Colouring:
    def __init__(self, inference: Inference, pinned: Mapping[Scope, str]) -> None:
        self.inference = inference
        self.pinned = pinned
        self.colours = Colours()
        self.work: deque[Scope] = deque()

    def run(self, seeds: list[Blocking]) -> Colours:
        for seed in seeds:
            self.colours.awaited[seed.site.node, seed.site.role] = seed.site
            self.mark(seed.site.caller, Cause(seed.site, blocking=seed), seed.site)
        while self.work:
            scope = self.work.popleft()
            self.family(scope)
            for site in self.inference.callers(scope):
                self.reach(site, scope)
        return self.colours

    def mark(self, scope: Scope, cause: Cause, site: Site | None) -> None:
        """``scope`` must be asynchronous."""
        if scope.kind == "module":
            if site is not None and site not in self.colours.entries:
                self.colours.entries.append(site)
            return
        if scope in self.colours.causes:
            return
        if scope in self.pinned:
            node = site.node if site is not None else scope.node
            self.colours.conflicts.append(Conflict(scope, node, self.pinned[scope], ""))
            return
        self.colours.causes[scope] = cause
        self.work.append(scope)

    def family(self, scope: Scope) -> None:
        """Overrides, and the partner of a protocol pair."""
        if scope.parent is None or scope.parent.kind != "class":
            return
        cls = self.inference.program.classes[scope.parent]
        for relative in self.relatives(cls):
            self.override(relative, scope)
        if scope.name in MANAGER:
            self.colours.async_managers.update(self.relatives(cls))
            for name in MANAGER:
                self.members(cls, name, scope)
        if scope.name == "__next__" or (scope.name == "__iter__" and scope.is_generator):
            self.colours.async_iterables.update(self.relatives(cls))
        if scope.name == "__iter__" and not scope.is_generator:
            self.conflict(
                scope, scope.node, "`__iter__` would have to await", "make it a generator, or move the blocking call out of it"
            )

    def relatives(self, cls: ClassValue) -> list[ClassValue]:
        """Ancestors and descendants of a class in the program."""
        found: dict[ClassValue, None] = {}
        for ancestor in cls.mro:
            if isinstance(ancestor, ClassValue):
                for relative in self.inference.program.descendants(ancestor) if ancestor is cls else [ancestor]:
                    found[relative] = None
        return list(found)

    def override(self, relative: ClassValue, scope: Scope) -> None:
        for child in relative.scope.children:
            if child.kind == "function" and child.name == scope.name and child is not scope:
                self.mark(child, Cause(None, callee=scope, family="overrides"), None)

    def members(self, cls: ClassValue, name: str, scope: Scope) -> None:
        for relative in self.relatives(cls):
            for child in relative.scope.children:
                if child.kind == "function" and child.name == name:
                    self.mark(child, Cause(None, callee=scope, family="is the other half of"), None)

    def reach(self, site: Site, scope: Scope) -> None:
        """``site`` reaches the asynchronous ``scope``."""
        match site.role:
            case "call":
                if scope.is_generator:
                    self.together(site, scope)
                    return
            case "spawn" | "set":
                if site.role == "set":
                    self.conflict(scope, site.node, "a property's setter cannot be awaited", "make it a method")
                return
            case "callback":
                self.conflict(
                    scope,
                    site.node,
                    "it is called by code that does not await its result",
                    "call it from a coroutine instead, and pass the result",
                )
                return
            case "iterate" if not scope.is_generator:
                return  # `__iter__` itself; its iterator is what is asynchronous
        self.colours.awaited[site.node, site.role] = site
        self.together(site, scope)
        self.mark(site.caller, Cause(site, callee=scope), site)

    def together(self, site: Site, scope: Scope) -> None:
        """All implementations met at one place have one colour."""
        for other in site.functions:
            if other is not scope and other not in self.colours.causes:
                if scope.is_generator != other.is_generator:
                    self.conflict(
                        scope,
                        site.node,
                        f"`{other.qualname}`, which this place may also reach, is of another kind",
                        "give the two different names, or make both generators",
                    )
                    continue
                self.mark(other, Cause(site, callee=scope, family="is called where"), None)
        if any(not name.startswith("builtins.object") for name in site.externals) and site.role == "call":
            names = ", ".join(sorted(site.externals))
            self.conflict(
                scope, site.node, f"this place may also call `{names}`, which does not block", "separate the two"
            )

    def conflict(self, scope: Scope, node: ast.AST, reason: str, remedy: str) -> None:
        """Record that ``scope`` cannot become asynchronous."""
        self.colours.conflicts.append(Conflict(scope, node, reason, remedy))


def foreign_override(inference: Inference, scope: Scope) -> str:
    """The outside class whose method this function overrides, or ``""``."""
    if scope.parent is None or scope.parent.kind != "class" or scope.name.startswith("__"):
        return ""
    cls = inference.program.classes[scope.parent]
    for base in cls.mro:
        if isinstance(base, External) and inference.state.outside.has_member(base.name, scope.name):
            if base.name != "builtins.object":
                return base.name
    return ""
