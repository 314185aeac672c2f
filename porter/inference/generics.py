"""Type variables of stubs: values follow them into, and out of, what lies outside the program.

``list.append(object: _T)`` puts its argument into the list's slot, ``sorted(Iterable[_T]) -> list[_T]`` carries elements to a
new list, ``map(Callable[[_T1], _S], Iterable[_T1])`` calls the program's function. One rule for the whole standard library
instead of a table of methods.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from porter.inference import entering, escapes, indexing, iterating
from porter.inference.graph import Node, watching
from porter.inference.state import Frame, State
from porter.inference.stubs_types import (
    Callable,
    Literal,
    Named,
    NoneType,
    SelfType,
    TupleOf,
    TypeExpr,
    TypeVarRef,
    Union,
    type_variables,
)
from porter.inference.values import (
    Arguments,
    Container,
    ExternalInstance,
    Value,
)

if TYPE_CHECKING:
    from porter.inference.calls import Call

KEYS = "\0key"
_ALL = "\0all"
_LOOPED_OVER = frozenset(("typing.Iterable", "typing.Iterator", "collections.abc.Iterable", "collections.abc.Iterator"))
"""A parameter of such a type is looped over, whatever its elements are: ``any(iterable)``."""
_FILLED = frozenset(("builtins.list", "builtins.set", "collections.deque", "typing.MutableSequence", "typing.MutableSet"))
"""Containers of one type that a function fills if it takes one, and something else of that type."""
_DEPTH = 4


def all_slots(state: State, owner: Value) -> Node:
    """A node with every element of a container, its keys left out."""
    slots = state.slots.setdefault(owner, {})
    node = slots.get(_ALL)
    if node is None:
        slots[_ALL] = gathered = Node()
        node = gathered

        def gather(key: object, slot: Node) -> None:
            if key not in (KEYS, _ALL, "function"):
                state.graph.flow(slot, gathered)

        state.watch_slots(owner, gather)
    return node


class Variables:
    """The type variables of one outside call: a class's own live in the receiver's slots, the rest at the call."""

    def __init__(self, state: State, site: ast.AST, frame: Frame, receiver: Value | None, cls: str) -> None:
        self.state = state
        self.site = site
        self.frame = frame
        self.receiver = receiver
        self.cls = cls
        self.parameters = state.outside.parameters(cls) if cls else ()
        self.local: dict[str, Node] = {}
        if isinstance(receiver, ExternalInstance) and receiver.key:
            fill(state, receiver, self.parameters)

    def slot_key(self, name: str) -> str | None:
        """The slot of a class's type variable: the last is the element, an earlier one the key."""
        return None if self.parameters and self.parameters[-1] == name else KEYS

    def target(self, name: str) -> Node:
        """Where values of the variable are put."""
        if self.receiver is not None and name in self.parameters:
            return self.state.slot(self.receiver, self.slot_key(name))
        return self.local.setdefault(name, Node())

    def source(self, name: str) -> Node:
        """Where values of the variable are read."""
        if self.receiver is not None and name in self.parameters:
            key = self.slot_key(name)
            return all_slots(self.state, self.receiver) if key is None else self.state.slot(self.receiver, key)
        return self.local.setdefault(name, Node())


def fill(state: State, receiver: ExternalInstance, parameters: Sequence[str]) -> None:
    """Put what an annotation says of the elements into the slots, once."""
    if isinstance(receiver.key, tuple) and state.once("fill", receiver):
        for position, item in enumerate(receiver.key):
            key = None if position == len(receiver.key) - 1 else KEYS
            out_values(state, item, state.slot(receiver, key), receiver)
    elif isinstance(receiver.key, TupleOf) and state.once("fill", receiver):
        for item in receiver.key.items:
            out_values(state, item, state.slot(receiver, None), receiver)


# --- types to values -----------------------------------------------------------------------------------------------


def out_values(
    state: State,
    type_: TypeExpr,
    result: Node,
    receiver: Value | None,
    origin: ast.AST | None = None,
    source: str = "",
    maker: Value | None = None,
) -> None:
    """Add to ``result`` the objects that a type without variables stands for."""
    match type_:
        case Named(name="builtins.type", args=(Named(name=name),)):
            state.graph.add(result, state.external(name))
        case Named(name=name, args=args):
            state.graph.add(result, state.external_instance(name, origin, source, args or None, maker))
        case Union(items=items):
            for item in items:
                out_values(state, item, result, receiver, origin, source, maker)
        case TupleOf(items=items):
            state.graph.add(result, state.external_instance("builtins.tuple", None, "", type_ if items else None))
        case SelfType():
            state.graph.add(result, receiver if receiver is not None else state.unknown)
        case NoneType():
            state.graph.add(result, state.external_instance("types.NoneType"))
        case Literal(value=value):
            state.graph.add(result, state.external_instance(f"builtins.{type(value).__name__}"))
        case TypeVarRef(bound=bound) if bound is not None:
            out_values(state, bound, result, receiver, origin, source, maker)
        case _:
            state.graph.add(result, state.unknown)


def out(variables: Variables, type_: TypeExpr, path: tuple[object, ...], origin: ast.AST | None, source: str) -> Node:
    """A node with what a returned type gives, type variables followed."""
    state = variables.state
    result = Node()
    match type_:
        case TypeVarRef(name=name):
            state.graph.flow(variables.source(name), result)
        case Union(items=items):
            for position, item in enumerate(items):
                state.graph.flow(out(variables, item, (*path, position), origin, source), result)
        case Named(name=name, args=args) if args and type_variables(type_) and len(path) < _DEPTH:
            container = state.container(name, (variables.site, variables.receiver, *path))
            for position, item in enumerate(args):
                key = None if position == len(args) - 1 else KEYS
                part = out(variables, item, (*path, "arg", position), None, source)
                state.graph.flow(part, state.slot(container, key))
            state.graph.add(result, container)
        case TupleOf(items=items, variadic=variadic) if type_variables(type_) or len(items) <= 4:
            container = state.container("builtins.tuple", (variables.site, variables.receiver, *path, "tuple"))
            for position, item in enumerate(items):
                part = out(variables, item, (*path, position), origin, source)
                state.graph.flow(part, state.slot(container, None if variadic else position))
            state.graph.add(result, container)
        case _:
            out_values(state, type_, result, variables.receiver, origin, source, variables.receiver)
    return result


def into(variables: Variables, type_: TypeExpr, argument: Node, call: Call | None) -> None:
    """An argument flows into the type variables of its parameter's type."""
    state, frame, site = variables.state, variables.frame, variables.site
    match type_:
        case TypeVarRef(name=name):
            state.graph.flow(argument, variables.target(name))
        case Union(items=items):
            for item in items:
                into(variables, item, argument, call)
        case Callable(params=params, returns=returns):
            if call is None:
                return
            arguments = Arguments()
            for position, param in enumerate(params or ()):
                arguments.positional.append(out(variables, param, ("param", position), None, ""))
            result = Node()
            escapes.call_back(call, argument, arguments, result, "callback")
            if type_variables(returns):
                into(variables, returns, result, None)
        case Named(name="builtins.type", args=(TypeVarRef(name=name),)):
            state.graph.watch(argument, lambda value: entering.caught(state, value, variables.target(name)))
        case Named(name=name, args=args) if args and type_variables(type_):
            if "ContextManager" in name:
                state.graph.watch(argument, lambda value: _entered(variables, value, args[0], call))
            else:
                state.graph.watch(argument, lambda value: _elements_into(variables, value, args, call))
                if name in _FILLED and isinstance(args[-1], TypeVarRef):
                    given = variables.target(args[-1].name)
                    state.graph.watch(argument, lambda value: _filled(state, value, given))
        case TupleOf(items=items) if type_variables(type_):
            for position, item in enumerate(items):
                part = Node()
                state.graph.watch(
                    argument,
                    watching(lambda value, p, i: indexing.unpack(state, value, i, p, site, frame), part, position),
                )
                into(variables, item, part, call)
        case Named(name=name) if name in _LOOPED_OVER:
            state.graph.watch(argument, lambda value: iterating.iterate(state, value, Node(), site, frame))
        case _:
            pass


def _entered(variables: Variables, value: Value, type_: TypeExpr, call: Call | None) -> None:
    entered = Node()
    if isinstance(variables.site, ast.expr):
        entering.enter(variables.state, value, entered, variables.site, variables.frame)
    into(variables, type_, entered, call)


def _filled(state: State, value: Value, given: Node) -> None:
    """What else is of the elements' type may be put into a container that is handed over: ``heappush(heap, item)``."""
    if isinstance(value, Container) and value.cls in _FILLED:
        state.graph.flow(given, state.slot(value, None))


def _elements_into(variables: Variables, value: Value, args: Sequence[TypeExpr], call: Call | None) -> None:
    """An iterable, or a mapping, passed where ``Iterable[T]`` or ``Mapping[K, V]`` is wanted."""
    state = variables.state
    if len(args) == 2 and isinstance(value, (Container, ExternalInstance)) and "dict" in value.cls:
        into(variables, args[1], all_slots(state, value), call)
        into(variables, args[0], state.slot(value, KEYS), call)
        return
    element = Node()
    iterating.iterate(state, value, element, variables.site, variables.frame)
    into(variables, args[-1], element, call)
