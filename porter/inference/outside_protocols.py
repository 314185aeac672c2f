"""What Python calls on behalf of the program on objects from outside: loops, ``with``, special methods."""

from __future__ import annotations

import ast

from porter.inference.generics import KEYS, Variables, all_slots, fill, out
from porter.inference.graph import Node
from porter.inference.state import Frame, State
from porter.inference.stubs_symbols import CallShape
from porter.inference.stubs_types import Named, SelfType, TupleOf
from porter.inference.values import Container, ExternalInstance, Value


def result_of(state: State, value: Value, method: str, result: Node, site: ast.AST, frame: Frame) -> None:
    """What a special method of an outside object gives."""
    cls = value.cls if isinstance(value, (ExternalInstance, Container)) else ""
    symbol = state.outside.method_symbol(cls, method)
    if symbol is None:
        return
    variables = Variables(state, site, frame, value, cls)
    returns = state.outside.returns(symbol, CallShape(1), state.outside.owner_mapping(cls, symbol.owner))
    state.graph.flow(out(variables, returns, (method,), None, ""), result)


def iterate(state: State, value: Container | ExternalInstance, target: Node, site: ast.AST) -> None:
    """Elements of an outside iterable."""
    if isinstance(value, ExternalInstance) and isinstance(value.key, TupleOf):
        fill(state, value, ())
        state.graph.flow(all_slots(state, value), target)
        return
    if isinstance(value, Container) and value.cls in _PLAIN:
        state.graph.flow(all_slots(state, value), target)
        return
    iterate_as(state, value, value.cls, target, site)


def iterate_as(state: State, value: Value, cls: str, target: Node, site: ast.AST) -> None:
    """Elements of an object, as the outside class ``cls``, its own or an ancestor, gives them."""
    if cls == "builtins.dict":
        state.graph.flow(state.slot(value, KEYS), target)
        return
    type_ = state.outside.iter_type(cls)
    if type_ is None:
        state.graph.flow(all_slots(state, value), target)
        return
    variables = Variables(state, site, _NO_FRAME, value, cls)
    state.graph.flow(out(variables, type_, ("iter",), None, f"{cls}.__next__"), target)


_PLAIN = frozenset(f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "callable_iterator")) | {
    "types.GeneratorType"
}
_NO_FRAME: Frame = None  # type: ignore[assignment]


def enter(state: State, value: Container | ExternalInstance, entered: Node, site: ast.expr) -> None:
    """``with`` over an outside object."""
    type_ = state.outside.enter_type(value.cls)
    match type_:
        case None:
            state.graph.add(entered, state.unknown)
        case SelfType():
            state.graph.add(entered, value)
        case Named(name=name) if name == value.cls:
            state.graph.add(entered, value)
        case _:
            variables = Variables(state, site, _NO_FRAME, value, value.cls)
            state.graph.flow(out(variables, type_, ("enter",), None, f"{value.cls}.__enter__"), entered)
