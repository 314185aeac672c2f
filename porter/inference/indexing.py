"""Items: subscripts, unpacking, and what is stored under a key."""

from __future__ import annotations

import ast

from porter.inference import dynamic, generics, iterating, members, outside_protocols, records
from porter.inference.graph import Node
from porter.inference.state import Frame, State
from porter.inference.values import (
    Arguments,
    ClassValue,
    Container,
    External,
    ExternalInstance,
    Instance,
    Unknown,
    Value,
)


def subscript(state: State, value: Value, node: ast.Subscript, result: Node, frame: Frame) -> None:
    """``result`` gets what ``value[...]`` may be."""
    match value:
        case Container():
            if (owner := dynamic.namespace_of(value)) is not None:
                dynamic.namespace_item(state, owner, node.slice, node, result, frame)
            elif isinstance(node.slice, ast.Slice):
                state.graph.add(result, value)
            else:
                item(state, value, node.slice, result)
        case Instance(cls=cls):
            getter = members.method(state, cls, "__getitem__")
            if getter is not None:
                arguments = Arguments(positional=[frame.exprs.get(node.slice, state.nothing)])
                state.graph.watch(
                    getter,
                    lambda found: members.call_bound(state, found, value, node, "operator", frame, arguments, result),
                )
            elif isinstance(node.slice, ast.Slice):
                _sliced(state, value, node, result)
            else:
                item(state, value, node.slice, result)
        case ExternalInstance():
            outside_protocols.result_of(state, value, "__getitem__", result, node, frame)
        case ClassValue() if members.is_enumeration(value):
            state.graph.add(result, state.instance(value))
        case ClassValue() | External():
            state.graph.add(result, value)
        case Unknown():
            state.graph.add(result, value)
        case _:
            pass


def _sliced(state: State, value: Instance, node: ast.Subscript, result: Node) -> None:
    """A slice of an object whose class inherits from ``list`` or the like is a plain one."""
    base = next((base.name for base in value.cls.mro if isinstance(base, External) and base.name in _SLICED), "")
    if base:
        made = state.container(base, (node, value))
        state.graph.flow(generics.all_slots(state, value), state.slot(made, None))
        state.graph.add(result, made)


_SLICED = ("builtins.list", "builtins.tuple")


def item(state: State, value: Value, key: ast.expr, result: Node) -> None:
    """The element of a container at ``key``; all of them when the key is not a constant."""
    if isinstance(value, Container):
        constant = constant_key(key)
        if isinstance(constant, int) and constant < 0:
            constant = position(value, constant)
        if constant is None:
            state.graph.flow(generics.all_slots(state, value), result)
        else:
            state.graph.flow(state.slot(value, constant), result)
            state.graph.flow(state.slot(value, None), result)
    elif isinstance(value, Instance):
        names = records.field_names(value.cls) if records.is_record(state, value.cls) else []
        constant = constant_key(key)
        if isinstance(constant, int) and -len(names) <= constant < len(names):
            state.graph.flow(state.field(value, names[constant]), result)
        elif any(isinstance(base, External) for base in value.cls.mro):
            state.graph.flow(generics.all_slots(state, value), result)
    elif isinstance(value, Unknown):
        state.graph.add(result, value)


def constant_key(key: ast.expr) -> str | int | None:
    """A key that is written out."""
    match key:
        case ast.Constant(value=str() | int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
    return None


def length(value: Value) -> int | None:
    """How many items a tuple has, if that is written out."""
    if isinstance(value, Container) and isinstance(value.site, ast.Tuple):
        if not any(isinstance(part, ast.Starred) for part in value.site.elts):
            return len(value.site.elts)
    return None


def position(value: Value, index: int) -> int | None:
    """The position that an index from the end means."""
    known = length(value)
    return known + index if known is not None and known + index >= 0 else None


def store_item(state: State, owner: Value, target: ast.Subscript, value: Node, frame: Frame) -> None:
    """``owner[...] = value``."""
    if isinstance(owner, Instance):
        setter = members.method(state, owner.cls, "__setitem__")
        if setter is not None:
            arguments = Arguments(positional=[frame.exprs.get(target.slice, state.nothing), value])
            state.graph.watch(
                setter,
                lambda found: members.call_bound(state, found, owner, target, "operator", frame, arguments, Node()),
            )
            return
    if isinstance(owner, (Container, ExternalInstance, Instance)):
        key = target.slice
        if isinstance(key, ast.Slice):
            state.graph.watch(value, lambda given: iterating.iterate(state, given, state.slot(owner, None), target, frame))
            return
        constant = constant_key(key) if isinstance(owner, Container) else None
        state.graph.flow(value, state.slot(owner, constant))
        if key in frame.exprs or isinstance(key, ast.Name):
            from porter.inference.expressions import evaluate

            state.graph.flow(evaluate(state, key, frame), state.slot(owner, "\0key"))


def unpack(state: State, value: Value, index: int | None, result: Node, site: ast.AST, frame: Frame) -> None:
    """One target of an unpacking: the element at ``index``, from the end if negative, or any."""
    if isinstance(value, Container) and value.cls == "builtins.tuple":
        if index is not None and index < 0:
            index = position(value, index)
        if index is None:
            state.graph.flow(generics.all_slots(state, value), result)
        else:
            state.graph.flow(state.slot(value, index), result)
            state.graph.flow(state.slot(value, None), result)
    elif isinstance(value, ExternalInstance) and (typed := state.outside.tuple_item(value.key, index)) is not None:
        generics.out_values(state, typed, result, value)
    elif isinstance(value, Instance) and index is not None and records.is_record(state, value.cls):
        names = records.field_names(value.cls)
        if -len(names) <= index < len(names):
            state.graph.flow(state.field(value, names[index]), result)
    else:
        iterating.iterate(state, value, result, site, frame)


def unpack_rest(state: State, value: Value, first: int, after: int, result: Node, site: ast.AST, frame: Frame) -> None:
    """The starred target of an unpacking: the elements from ``first`` up to the last ``after``."""
    known = length(value)
    if known is None:
        unpack(state, value, None, result, site, frame)
        return
    for index in range(first, known - after):
        state.graph.flow(state.slot(value, index), result)
