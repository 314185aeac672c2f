"""What the fixpoint works on: frames, fields, slots, and what each call has been found to reach."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from porter.facts.model import Scope
from porter.inference.graph import Graph, Node
from porter.inference.outside import Outside
from porter.inference.program import Module, Program
from porter.inference.texts import looks_names_up, may_be
from porter.inference.values import (
    ANY_STRING,
    UNKNOWN,
    AnyMember,
    BoundExternal,
    BoundMethod,
    Built,
    ClassValue,
    Constant,
    Container,
    External,
    ExternalInstance,
    FunctionValue,
    GeneratorValue,
    Instance,
    ManagerValue,
    Slot,
    SuperValue,
    Value,
)

Role = Literal[
    "call", "enter", "exit", "iterate", "next", "property", "set", "operator", "spawn", "callback", "await", "decorate"
]
"""Why code is reached at a site: by a call, or by what Python calls on its behalf; ``spawn`` runs in a thread of its own,
``callback`` is called by code outside the program, ``decorate`` is given what stands below it."""


@dataclass(slots=True, eq=False)
class Frame:
    """One activation kind of a scope: its variables. Functions that make closures have one per call site."""

    scope: Scope
    module: Module
    outer: Frame | None
    vars: dict[str, Node] = field(default_factory=dict)
    exprs: dict[ast.AST, Node] = field(default_factory=dict)
    result: Node = field(default_factory=Node)
    yielded: Node = field(default_factory=Node)
    sent: Node = field(default_factory=Node)
    function: FunctionValue | None = None
    owner: ClassValue | None = None
    """The class, for the frame of a class body."""
    narrowed: Mapping[str, Node] | None = None
    """Variables that a test has narrowed, for the stretch of code that is being evaluated."""
    latest: Mapping[str, Node] | None = None
    """What variables that are bound more than once were given last, for that stretch of code."""

    entries: Mapping[str, Node] = field(default_factory=dict)
    """What parameters that are bound again later are given by callers."""

    def given(self, name: str) -> Node:
        """The node of what callers give for a parameter of this frame."""
        entry = self.entries.get(name)
        return entry if entry is not None else self.var(name)

    def var(self, name: str) -> Node:
        """The node of a variable of this frame."""
        node = self.vars.get(name)
        if node is None:
            self.vars[name] = node = Node()
        return node


@dataclass(slots=True, eq=False)
class Site:
    """A place where code is reached, and what was found there."""

    node: ast.AST
    role: Role
    caller: Scope
    """The function (or module) that the place stands in."""
    functions: dict[Scope, None] = field(default_factory=dict)
    """Functions of the program."""
    generators: dict[Scope, None] = field(default_factory=dict)
    """Generator expressions that are iterated over here."""
    lazies: dict[ast.AST, None] = field(default_factory=dict)
    """Lazy iterators that are iterated over here, by the calls that made them."""
    externals: dict[str, dict[Value, None]] = field(default_factory=dict)
    """Outside callables by public name, each with its receivers."""
    plain: bool = False
    """Something was reached that is neither: a class without ``__init__``, a builtin type."""
    unknown: bool = False
    """Some value here is unknown."""


_SOCKET = "socket.socket"


class State:
    """The whole state of one inference."""

    def __init__(self, program: Program, outside: Outside) -> None:
        self.program = program
        self.outside = outside
        self.graph = Graph()
        self.frames: dict[Scope, list[Frame]] = {}
        self.clones: dict[tuple[Scope, Frame, object], Frame] = {}
        self.module_frames: dict[str, Frame] = {}
        self.class_frames: dict[ClassValue, Frame] = {}
        self.sites: dict[tuple[ast.AST, Role], Site] = {}
        self.wrapped: dict[tuple[Scope, Frame], dict[Scope, None]] = {}
        """What a decorator of a file that is only read was given, by the closure that it put in its place."""
        self.wrapper_sites: dict[tuple[Scope, Frame], dict[Site, None]] = {}
        """Where such a closure is called."""
        self.todo: deque[Callable[[], None]] = deque()
        self.fields: dict[tuple[Value, str], Node] = {}
        self.field_names: dict[Value, list[str]] = {}
        """The attributes of each object, in order of discovery; a ``*`` in a name stands for what is not known of it."""
        self.field_watchers: dict[Value, list[Callable[[str], None]]] = {}
        self.slots: dict[Value, dict[Slot, Node]] = {}
        self.slot_watchers: dict[Value, list[Callable[[Slot, Node], None]]] = {}
        self.spawn_sites: dict[ast.AST, Value] = {}
        self.hints: list[tuple[Node, ast.expr, Scope]] = []
        """Nodes with the annotations that speak of them where nothing else does; the scope is where names are looked up."""
        self.declared: list[tuple[ast.Attribute, ast.expr, Frame]] = []
        """Attributes that a method annotates and does not assign (``self.sock: socket.socket``)."""
        self.given: dict[ClassValue, list[ast.Call]] = {}
        """Classes of the program that stand for what it is given from outside, ``handler_class``, and the calls of that."""
        self.done: set[object] = set()
        self._interned: dict[object, Value] = {(ExternalInstance, "builtins.str", None, "", None): ANY_STRING}
        self.unknown = UNKNOWN
        self.nothing = Node()
        self._typed: dict[str, Node] = {}
        self.bound_names: dict[ast.stmt, frozenset[str]] = {}
        self.rebound_names: dict[Scope, frozenset[str]] = {}
        self.looked_up: dict[tuple[ast.AST, Frame], tuple[Node, Node, Node]] = {}
        """The objects whose members are asked for by name, the names and the result, by the call that asks."""
        self.made: set[ClassValue] = set()
        """Classes that the program makes objects of."""
        self.looks_names_up = looks_names_up(program)

    # --- interning -------------------------------------------------------------------------------------------------

    def intern(self, key: object, make: Callable[[], Value]) -> Value:
        """The one value for ``key``."""
        value = self._interned.get(key)
        if value is None:
            self._interned[key] = value = make()
        return value

    def instance(self, cls: ClassValue) -> Value:
        """The object of a program class."""
        return self.intern((Instance, cls), lambda: Instance(cls))

    def bound(self, function: FunctionValue, receiver: Value) -> Value:
        """A bound method."""
        return self.intern((BoundMethod, function, receiver), lambda: BoundMethod(function, receiver))

    def bound_external(self, name: str, attr: str, receiver: Value) -> Value:
        """A bound method of an outside class."""
        return self.intern((BoundExternal, name, receiver), lambda: BoundExternal(name, attr, receiver))

    def external(self, name: str) -> Value:
        """An outside entity, or unknown."""
        found = self.outside.entity(name)
        return found if found is not None else self.unknown

    def external_instance(
        self,
        cls: str,
        origin: ast.AST | None = None,
        source: str = "",
        key: object = None,
        maker: Value | None = None,
    ) -> Value:
        """An object of an outside class; its origin counts only for classes that are followed one by one."""
        if not self.outside.tracked(cls):
            origin, source, maker = None, "", None
        owner, _, method = source.rpartition(".")
        if method == "makefile" and self.outside.is_subclass(owner, _SOCKET):
            source = f"{_SOCKET}.makefile"  # a TLS socket's files are followed as any socket's are
        return self.intern(
            (ExternalInstance, cls, origin, source, key),
            lambda: ExternalInstance(cls, origin, source, key, maker),
        )

    def constant(self, text: str) -> Value:
        """A string constant."""
        return self.intern((Constant, text), lambda: Constant(text))

    def built(self, prefix: str, suffix: str) -> Value:
        """A string with known ends."""
        if not prefix and not suffix:
            return ANY_STRING
        return self.intern((Built, prefix, suffix), lambda: Built("builtins.str", prefix=prefix, suffix=suffix))

    def any_member(self, owner: Value) -> Value:
        """What an object has under a name of which nothing is known."""
        return self.intern((AnyMember, owner), lambda: AnyMember(owner))

    def container(self, cls: str, site: object) -> Value:
        """A container made at ``site``."""
        return self.intern((Container, cls, site), lambda: Container(cls, site))

    def generator(self, function: FunctionValue, frame: Frame) -> Value:
        """A generator object."""
        return self.intern((GeneratorValue, frame), lambda: GeneratorValue(function, frame))

    def manager(self, function: FunctionValue, frame: Frame) -> Value:
        """A context manager from a decorated generator function."""
        return self.intern((ManagerValue, frame), lambda: ManagerValue(function, frame))

    def super_value(self, cls: ClassValue, receiver: Value) -> Value:
        """``super()``."""
        return self.intern((SuperValue, cls, receiver), lambda: SuperValue(cls, receiver))

    def typed(self, cls: str) -> Node:
        """A node that holds one plain object of an outside class."""
        node = self._typed.get(cls)
        if node is None:
            self._typed[cls] = node = self.graph.seed([self.external_instance(cls)])
        return node

    # --- fields and slots ------------------------------------------------------------------------------------------

    def field(self, owner: Value, name: str) -> Node:
        """The node of an attribute of one object."""
        node = self.fields.get((owner, name))
        if node is None:
            self.fields[owner, name] = node = Node()
            names = self.field_names.setdefault(owner, [])
            for other in names if self.looks_names_up else ():
                self._same_field(owner, name, other)
            names.append(name)
            for watcher in tuple(self.field_watchers.get(owner, ())):
                watcher(name)
        return node

    def _same_field(self, owner: Value, name: str, other: str) -> None:
        """What is stored under a name that is known in part may be read under a name that has these ends."""
        for partly, exact in ((name, other), (other, name)):
            before, star, after = partly.partition("*")
            if star and "*" not in exact and may_be(before, after, exact):
                self.graph.flow(self.fields[owner, partly], self.fields[owner, exact])

    def watch_fields(self, owner: Value, watcher: Callable[[str], None]) -> None:
        """Call ``watcher`` with the name of each attribute that an object has or gets."""
        self.field_watchers.setdefault(owner, []).append(watcher)
        for name in tuple(self.field_names.get(owner, ())):
            watcher(name)

    def slot(self, owner: Value, key: Slot) -> Node:
        """The node of an element of one container."""
        slots = self.slots.setdefault(owner, {})
        node = slots.get(key)
        if node is None:
            slots[key] = node = Node()
            for watcher in tuple(self.slot_watchers.get(owner, ())):
                watcher(key, node)
        return node

    def watch_slots(self, owner: Value, watcher: Callable[[Slot, Node], None]) -> None:
        """Call ``watcher`` for each slot that a container has or gets."""
        self.slot_watchers.setdefault(owner, []).append(watcher)
        for key, node in list(self.slots.get(owner, {}).items()):
            watcher(key, node)

    # --- sites -----------------------------------------------------------------------------------------------------

    def site(self, node: ast.AST, role: Role, frame: Frame) -> Site:
        """The record of what is reached at a place."""
        site = self.sites.get((node, role))
        if site is None:
            self.sites[node, role] = site = Site(node, role, caller_of(frame.scope))
        return site

    def once(self, *key: object) -> bool:
        """True the first time it is asked about ``key``."""
        if key in self.done:
            return False
        self.done.add(key)
        return True


def caller_of(scope: Scope) -> Scope:
    """The function or module whose running runs this scope's code."""
    while scope.kind in ("comprehension", "class") and scope.parent is not None:
        scope = scope.parent
    return scope


__all__ = ["External", "Frame", "Module", "Role", "Site", "State", "caller_of"]
