"""Iteration: what loops, ``next`` and ``in`` reach, and the elements they give."""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference import generics, members, outside_protocols, records
from porter.inference.graph import Node
from porter.inference.lazy_values import made_by
from porter.inference.state import Frame, State
from porter.inference.values import (
    Arguments,
    ClassValue,
    Container,
    External,
    ExternalInstance,
    GeneratorValue,
    Instance,
    Unknown,
    Value,
)


def iterate(state: State, value: Value, target: Node, site: ast.AST, frame: Frame) -> None:
    """``target`` gets what iterating over ``value`` at ``site`` gives."""
    match value:
        case GeneratorValue(function=function, frame=generator):
            record = state.site(site, "iterate", frame)
            record.functions[function.scope] = None
            state.graph.flow(generator.yielded, target)
        case Instance(cls=cls):
            _iterate_instance(state, value, cls, target, site, frame)
        case Container():
            record = state.site(site, "iterate", frame)
            expression = generator_expression(state, value)
            made = made_by(value)
            if expression is not None:
                record.generators[expression] = None
            elif made is not None:
                record.lazies[made] = None
            elif state.outside.tracked(value.cls):  # a row may say that it waits for its elements
                record.externals.setdefault(f"{value.cls}.__next__", {})[value] = None
            else:
                record.plain = True
            outside_protocols.iterate(state, value, target, site)
        case ExternalInstance():
            record = state.site(site, "iterate", frame)
            record.externals.setdefault(f"{value.cls}.__next__", {})[value] = None
            outside_protocols.iterate(state, value, target, site)
        case ClassValue() if members.is_enumeration(value):
            state.site(site, "iterate", frame).plain = True
            state.graph.add(target, state.instance(value))
        case Unknown():
            state.site(site, "iterate", frame).unknown = True
            state.graph.add(target, value)
        case _:
            pass


def generator_expression(state: State, value: Value) -> Scope | None:
    """The scope of the generator expression that made ``value``."""
    if not isinstance(value, Container):
        return None
    node = value.site[0] if isinstance(value.site, tuple) else value.site
    if not isinstance(node, ast.GeneratorExp):
        return None
    return state.program.comprehensions[node]


def contains(state: State, value: Value, member: Node, comparator: ast.expr, frame: Frame) -> None:
    """``member in value``: by ``__contains__``, else by iteration."""
    found = members.method(state, value.cls, "__contains__") if isinstance(value, Instance) else None
    if found is None:
        iterate(state, value, Node(), comparator, frame)
        return
    arguments = Arguments(positional=[member])
    state.graph.watch(
        found, lambda item: members.call_bound(state, item, value, comparator, "operator", frame, arguments, Node())
    )


def _iterate_instance(state: State, value: Instance, cls: ClassValue, target: Node, site: ast.AST, frame: Frame) -> None:
    found = members.method(state, cls, "__iter__") or members.method(state, cls, "__aiter__")
    if found is None and (members.method(state, cls, "__next__") or members.method(state, cls, "__anext__")) is not None:
        advance(state, value, target, site, frame)  # it has the `__iter__` of `collections.abc.Iterator`
        return
    if found is None:
        found = members.method(state, cls, "__getitem__")
        if found is not None:
            arguments = Arguments(positional=[state.typed("builtins.int")])
            state.graph.watch(
                found, lambda item: members.call_bound(state, item, value, site, "iterate", frame, arguments, target)
            )
        else:
            _iterate_external(state, value, cls, target, site, frame)
        return
    iterator = Node()
    state.graph.watch(found, lambda item: members.call_bound(state, item, value, site, "iterate", frame, Arguments(), iterator))
    state.graph.watch(iterator, lambda item: advance(state, item, target, site, frame))


def _iterate_external(state: State, value: Instance, cls: ClassValue, target: Node, site: ast.AST, frame: Frame) -> None:
    """The ``__iter__`` that a class of the program inherits from outside."""
    for base in cls.mro:
        if isinstance(base, External) and state.outside.has_member(base.name, "__iter__"):
            if state.outside.public(base.name).startswith("io."):
                state.site(site, "iterate", frame).externals.setdefault(f"{base.name}.__next__", {})[value] = None
            else:
                state.site(site, "iterate", frame).plain = True
            outside_protocols.iterate_as(state, value, base.name, target, site)
            return
    for name in records.field_names(cls) if records.is_record(state, cls) else ():
        state.graph.flow(state.field(value, name), target)


def advance(state: State, value: Value, target: Node, site: ast.AST, frame: Frame) -> None:
    """``target`` gets what ``next`` gives on the iterator ``value``."""
    if isinstance(value, Instance):
        found = members.method(state, value.cls, "__next__") or members.method(state, value.cls, "__anext__")
        if found is not None:
            state.graph.watch(
                found, lambda item: members.call_bound(state, item, value, site, "next", frame, Arguments(), target)
            )
    elif isinstance(value, GeneratorValue):
        state.site(site, "next", frame).functions[value.function.scope] = None
        state.graph.flow(value.frame.yielded, target)
    elif (generator := generator_expression(state, value)) is not None:
        state.site(site, "next", frame).generators[generator] = None
        state.graph.flow(generics.all_slots(state, value), target)
    elif isinstance(value, Container) and (made := made_by(value)) is not None:
        state.site(site, "next", frame).lazies[made] = None
        outside_protocols.iterate(state, value, target, site)
    else:
        iterate(state, value, target, site, frame)


def generator_result(state: State, value: Value, result: Node) -> None:
    """The value of ``yield from``: what the generator returns."""
    if isinstance(value, GeneratorValue):
        state.graph.flow(value.frame.result, result)
