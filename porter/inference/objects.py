"""Objects of outside classes followed through the program: which belong together, and what is done with them.

Two objects that may meet in one variable, field, parameter or container element form a group; so do an object and what
it is made of (a condition and its lock). A group changes together or not at all.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from porter.facts.model import Scope
from porter.inference.command_lines import is_command
from porter.inference.program import Module
from porter.inference.result import Holders, Inference
from porter.inference.state import Site, caller_of
from porter.inference.values import ClassValue, External, ExternalInstance, Instance, Unknown, Value

UseKind = Literal["method", "attribute", "argument", "with", "other"]
Member = ExternalInstance | Instance
_NONE = "types.NoneType"


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One expression that may be an object of a group, and what stands around it."""

    module: Module
    caller: Scope
    """The function, lambda or module that evaluates it."""
    expr: ast.expr
    kind: UseKind
    parent: ast.AST
    """The node that uses it: the call for ``method`` and ``argument``."""
    attr: str = ""
    """The method or attribute."""
    others: tuple[Value, ...] = ()
    """What else the expression may be, ``None`` and the unknown left out."""

    @property
    def touches(self) -> bool:
        """Whether something is done to the object here, rather than with the reference."""
        return self.kind in ("method", "attribute", "with")


@dataclass(slots=True, eq=False)
class ObjectGroup:
    """Objects that may meet: one fate for all."""

    name: str
    origins: list[ExternalInstance]
    classes: dict[str, None] = field(default_factory=dict)
    """Public names of their classes."""
    uses: list[Use] = field(default_factory=list)
    subclasses: list[ClassValue] = field(default_factory=list)
    """The program's classes that derive from theirs, and whose objects are met among them."""

    def own_names(self, inference: Inference) -> frozenset[str]:
        """What the program's own classes among them define, or keep in attributes."""
        found = {name for cls in self.subclasses for name in cls.scope.bound}
        fields = (name for owner, name in inference.state.fields if isinstance(owner, Instance) and owner.cls in self.subclasses)
        return frozenset(found.union(fields))


@dataclass(slots=True, eq=False)
class Objects:
    """All groups of some classes in a program."""

    groups: list[ObjectGroup] = field(default_factory=list)
    by_value: dict[Value, ObjectGroup] = field(default_factory=dict)
    by_origin: dict[ast.AST, list[ObjectGroup]] = field(default_factory=dict)
    """By the call, parameter or annotated assignment that the object comes from."""

    def group(self, values: Iterable[Value]) -> ObjectGroup | None:
        """The group of the first object among ``values``."""
        return next((self.by_value[value] for value in values if value in self.by_value), None)


@functools.lru_cache(maxsize=4)
def find_objects(inference: Inference, classes: frozenset[str], prefix: str, subclasses: bool = False) -> Objects:
    """The groups of the objects of ``classes`` (public names), called ``prefix1``, ``prefix2``...

    ``subclasses``: and of the program's classes that derive from them; all that one such class made belong together.
    """
    members = _Members(inference, classes)
    kinds = (ExternalInstance, Instance) if subclasses else (ExternalInstance,)
    parent: dict[Member, Member] = {}
    for values in _nodes(inference):
        here: list[Member] = [value for value in values if isinstance(value, kinds) and value in members]
        for value in here:
            parent.setdefault(value, value)
            _union(parent, here[0], value)
    _tie_parts(inference, parent)
    _tie_families(inference, parent)
    found = Objects()
    groups: dict[Member, ObjectGroup] = {}
    for value in parent:
        root = _find(parent, value)
        group = groups.get(root)
        if group is None:
            groups[root] = group = ObjectGroup(f"{prefix}{len(groups) + 1}", [])
            found.groups.append(group)
        group.classes[members.public(value)] = None
        found.by_value[value] = group
        if isinstance(value, Instance):
            group.subclasses.append(value.cls)
            for cls in value.cls.mro:
                if isinstance(cls, ClassValue):
                    found.by_origin.setdefault(cls.scope.node, []).append(group)
            continue
        group.origins.append(value)
        if value.origin is not None:
            found.by_origin.setdefault(value.origin, []).append(group)
    if found.groups:
        holders = inference.holders(found.by_value)
        for module in inference.program.modules.values():
            _collect_uses(inference, module, found, holders)
    return found


class _Members:
    """Which objects are of the classes."""

    def __init__(self, inference: Inference, classes: frozenset[str]) -> None:
        self._outside = inference.state.outside
        self._classes = classes
        self._known: dict[str | ClassValue, bool] = {}

    def __contains__(self, value: Member) -> bool:
        known = self._known.get(value.cls)
        if known is None:
            self._known[value.cls] = known = self.public(value) in self._classes
        return known

    def public(self, value: Member) -> str:
        """The name under which people know an object's class, or the outside class that its own derives from."""
        if isinstance(value, ExternalInstance):
            return self._outside.public(value.cls)
        names = [self._outside.public(base.name) for base in value.cls.mro if isinstance(base, External)]
        return next((name for name in names if name in self._classes), "")


def _nodes(inference: Inference) -> Iterator[list[Value]]:
    state = inference.state
    for frames in state.frames.values():
        for frame in frames:
            for nodes in (frame.vars, frame.exprs):
                for node in nodes.values():
                    yield list(node.values)
    for node in state.fields.values():
        yield list(node.values)
    for slots in state.slots.values():
        for node in slots.values():
            yield list(node.values)


def _find(parent: dict[Member, Member], item: Member) -> Member:
    while parent[item] is not item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item


def _union(parent: dict[Member, Member], first: Member, second: Member) -> None:
    one, other = _find(parent, first), _find(parent, second)
    if one is not other:
        parent[other] = one


def _tie_families(inference: Inference, parent: dict[Member, Member]) -> None:
    """Objects of a class of the program belong together with those of its subclasses."""
    for value in [one for one in parent if isinstance(one, Instance)]:
        for base in value.cls.mro[1:]:
            other = inference.state.instance(base) if isinstance(base, ClassValue) else None
            if isinstance(other, Instance) and other in parent:
                _union(parent, other, value)


def _tie_parts(inference: Inference, parent: dict[Member, Member]) -> None:
    """An object belongs to what its maker was given: ``Condition(lock)``."""
    for value in list(parent):
        call = value.origin if isinstance(value, ExternalInstance) else None
        module = _module_of(inference, call) if isinstance(call, ast.Call) else None
        if module is None or not isinstance(call, ast.Call):
            continue
        for given in (*call.args, *(keyword.value for keyword in call.keywords)):
            for part in inference.values(given, module):
                if isinstance(part, ExternalInstance) and part in parent:
                    _union(parent, part, value)


def _module_of(inference: Inference, node: ast.AST) -> Module | None:
    return next((m for m in inference.program.modules.values() if node in m.facts.parents), None)


# --- uses ----------------------------------------------------------------------------------------------------------

_EXPRESSIONS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.IfExp, ast.BoolOp, ast.NamedExpr)


def _collect_uses(inference: Inference, module: Module, found: Objects, holders: Holders) -> None:
    """Every expression of a module that may be one of the objects."""
    for node in module.facts.nodes:
        if not isinstance(node, _EXPRESSIONS) or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            continue
        if node not in holders:
            continue
        scope = module.facts.scope_of(node)
        values = inference.values(node, module, scope)
        group = found.group(values)
        if group is not None:
            others = tuple(value for value in values if value not in found.by_value and not _says_nothing(value))
            group.uses.append(_use(module, caller_of(scope), node, others))


def _says_nothing(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, ExternalInstance) and value.cls == _NONE)


def _use(module: Module, caller: Scope, expr: ast.expr, others: tuple[Value, ...]) -> Use:
    parents = module.facts.parents
    parent = parents[expr]
    match parent:
        case ast.Attribute(attr=attr):
            above = parents.get(parent)
            if isinstance(above, ast.Call) and above.func is parent:
                return Use(module, caller, expr, "method", above, attr, others)
            return Use(module, caller, expr, "attribute", parent, attr, others)
        case ast.Call() if expr is not parent.func:
            return Use(module, caller, expr, "argument", parent, "", others)
        case ast.keyword():
            return Use(module, caller, expr, "argument", parents[parent], "", others)
        case ast.withitem() if parent.context_expr is expr:
            return Use(module, caller, expr, "with", parent, "", others)
    return Use(module, caller, expr, "other", parent, "", others)


# --- threads -------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=2)
def _calls(inference: Inference) -> Mapping[Scope, tuple[Scope, ...]]:
    """The functions that each function runs in its own thread."""
    found: dict[Scope, dict[Scope, None]] = {}
    for site in inference.sites:
        if site.role != "spawn":
            found.setdefault(site.caller, {}).update(site.functions)
    return {caller: tuple(functions) for caller, functions in found.items()}


def reached(inference: Inference, starts: Iterable[Scope]) -> set[Scope]:
    """``starts`` and all functions that they run, directly or not, in their own thread."""
    calls = _calls(inference)
    work = list(starts)
    seen = set(work)
    while work:
        for function in calls.get(work.pop(), ()):
            if function not in seen:
                seen.add(function)
                work.append(function)
    return seen


def in_threads(inference: Inference, coroutines: Container[Scope]) -> set[Scope]:
    """The functions that run in threads which stay threads, since their targets are no coroutines."""
    targets = [
        function for site in inference.sites if site.role == "spawn" for function in site.functions if function not in coroutines
    ]
    return reached(inference, targets)


_CALL_HERE = (
    "asyncio.",
    "builtins.",
    "collections.",
    "contextlib.",
    "dataclasses.",
    "functools.",
    "heapq.",
    "itertools.",
    "sched.",
)
"""Modules whose functions call what they are given at once, or in the same thread."""


def foreign_caller(inference: Inference, node: ast.AST) -> str:
    """The outside callable that a call gives a function and that may run it elsewhere: in a thread, in a signal."""
    call = inference.site(node)
    names = [inference.state.outside.public(name) for name in call.externals] if call is not None else ["?"]
    return next((name for name in names if not name.startswith((*_CALL_HERE, "threading.Condition.", "atexit."))), "")


@functools.lru_cache(maxsize=2)
def called_from_outside(inference: Inference) -> Mapping[Scope, str]:
    """The functions that such callables run; and by which."""
    found: dict[Scope, str] = {}
    for site in inference.sites:
        foreign = foreign_caller(inference, site.node) if site.role == "callback" else ""
        if foreign:
            called = [function for function in site.functions if not _makes_command(inference, site, function)]
            for function in reached(inference, called):
                found.setdefault(function, foreign)
    return found


def _makes_command(inference: Inference, site: Site, function: Scope) -> bool:
    """Whether a decorator makes a command of a function, which runs a loop of its own."""
    return site.node in getattr(function.node, "decorator_list", ()) and is_command(inference.program, function)


def started_directly(inference: Inference, group: ObjectGroup) -> Iterator[ast.AST]:
    """Places where a method of the group's objects is itself a thread's target."""
    members = set(group.origins)
    for site in inference.sites:
        if site.role == "spawn":
            for receivers in site.externals.values():
                if any(receiver in members for receiver in receivers):
                    yield site.node
