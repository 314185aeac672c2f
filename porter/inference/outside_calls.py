"""Calls of what no model knows: arguments and result follow the stub of what is called, or escape."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from porter.inference import records
from porter.inference.escapes import call_back, escape, escape_node
from porter.inference.generics import KEYS, Variables, all_slots, into, out
from porter.inference.graph import Node, watching
from porter.inference.state import State
from porter.inference.stubs_symbols import CallShape, Param
from porter.inference.stubs_types import Callable, Named, SelfType, TupleOf, TypeExpr, Union, type_variables
from porter.inference.values import Arguments, ClassValue, Container, ExternalInstance, Value

if TYPE_CHECKING:
    from porter.inference.calls import Call


def external_call(call: Call, name: str, receiver: Value | None) -> None:
    """A call outside the program that no model knows: by its stub, or as an escape."""
    state = call.state
    outside = state.outside
    symbol = outside.callable_symbol(name)
    if symbol is None:
        if outside.is_class(name):
            _construct(call, name)
            return
        if outside.tracked(name):  # a row speaks of it, so it is a class, though no stub says so
            state.graph.add(call.result, state.external_instance(name, call.node, name))
        state.graph.add(call.result, state.unknown)
        escape(call)
        return
    cls = receiver.cls if isinstance(receiver, (ExternalInstance, Container)) else symbol.owner
    variables = Variables(state, call.node, call.frame, receiver, cls or symbol.owner)
    shape = shape_of(call)
    mapping = outside.owner_mapping(cls, symbol.owner) if symbol.owner and cls else {}
    _pass_arguments(call, variables, outside.signature(symbol, shape, mapping))
    returns = outside.returns(symbol, shape, mapping)
    origin = call.node
    if isinstance(returns, SelfType):
        owner = name.rpartition(".")[0]
        made = state.external_instance(owner, origin, outside.public(name)) if symbol.owner else state.unknown
        state.graph.add(call.result, receiver if receiver is not None else made)
        return
    state.graph.flow(out(variables, returns, (), origin, outside.public(name)), call.result)


def _construct(call: Call, name: str) -> None:
    """``Class(...)`` of an outside class."""
    state = call.state
    outside = state.outside
    parameters = outside.parameters(name)
    if parameters and not outside.tracked(name):
        value: Value = state.container(name, (call.node, call.frame) if call.frame.function else call.node)
    else:
        value = state.external_instance(name, call.node, outside.public(name))
    state.graph.add(call.result, value)
    shape = shape_of(call)
    for method in ("__init__", "__new__"):
        symbol = outside.method_symbol(name, method)
        if symbol is not None and symbol.owner != "builtins.object":
            variables = Variables(state, call.node, call.frame, value, name)
            mapping = outside.owner_mapping(name, symbol.owner)
            _pass_arguments(call, variables, outside.signature(symbol, shape, mapping))
            if method == "__new__":
                _made(variables, value, outside.returns(symbol, shape, mapping))
            break
    else:
        escape(call)


def _made(variables: Variables, value: Value, returns: TypeExpr) -> None:
    """What ``__new__`` says of the elements: ``zip(xs, ys)`` gives a ``zip[tuple[X, Y]]``."""
    if isinstance(returns, Union):
        for item in returns.items:
            _made(variables, value, item)
    if isinstance(returns, Named):
        for position, item in enumerate(returns.args):
            key = None if position == len(returns.args) - 1 else KEYS
            if isinstance(item, (TupleOf, Named)) and type_variables(item):
                state = variables.state
                state.graph.flow(out(variables, item, ("new", position), None, ""), state.slot(value, key))


def _pass_arguments(call: Call, variables: Variables, signature: Sequence[Param] | None) -> None:
    if signature is None:
        escape(call)
        return
    positional = [p for p in signature if p.kind in ("positional", "either")]
    rest = next((p for p in signature if p.kind == "star"), None)
    arguments = call.arguments
    spread = _param_spec(signature, arguments)
    if spread is not None:
        target, passed = spread
        result = Node()
        call_back(call, target, passed, result, "callback")
        returned = _callable_of(signature[0].type)
        if returned is not None:
            into(variables, returned.returns, result, None)
        return
    for position, value in enumerate(arguments.positional):
        param = positional[position] if position < len(positional) else rest
        if param is not None:
            _pass(call, variables, param, value)
    for starred in arguments.star:
        element = Node()
        call.state.graph.watch(starred, watching(_unstarred, call.state, element))
        for param in (*positional[len(arguments.positional) :], *((rest,) if rest is not None else ())):
            _pass(call, variables, param, element)
    by_name = {param.name: param for param in signature if param.kind in ("either", "keyword")}
    extra = next((p for p in signature if p.kind == "double_star"), None)
    for name, value in arguments.keywords.items():
        param = by_name.get(name, extra)
        if param is not None:
            _pass(call, variables, param, value)


def _unstarred(value: Value, state: State, element: Node) -> None:
    """What stands in a container that is passed as ``*values``."""
    if isinstance(value, Container):
        state.graph.flow(all_slots(state, value), element)


def _pass(call: Call, variables: Variables, param: Param, value: Node) -> None:
    if call.state.outside.opaque(param.type):
        if not _only_looks(call):
            escape_node(call, value)
    else:
        into(variables, param.type, value, call)


def _only_looks(call: Call) -> bool:
    """Whether all that is called is built in or writes a log: ``print``, ``repr``, ``callable`` call nothing they get."""
    return all(name.startswith(_LOOKERS) for name in call.site().externals)


_LOOKERS = ("builtins.", "logging.", "warnings.", "inspect.", "pprint.", "reprlib.")


def _callable_of(type_: TypeExpr) -> Callable | None:
    match type_:
        case Callable():
            return type_
        case Union(items=items):
            return next((item for item in items if isinstance(item, Callable)), None)
    return None


def _param_spec(signature: Sequence[Param], arguments: Arguments) -> tuple[Node, Arguments] | None:
    """``f(callback, *args, **kwargs)``: what follows the callback is passed on to it."""
    if not signature or not arguments.positional or not any(p.kind == "star" for p in signature):
        return None
    wanted = _callable_of(signature[0].type)
    if wanted is None or wanted.params is not None:
        return None
    passed = Arguments(arguments.positional[1:], arguments.star, arguments.keywords, arguments.double_star)
    return arguments.positional[0], passed


def shape_of(call: Call) -> CallShape:
    """What the syntax of a call says of its arguments."""
    node = call.node
    if not isinstance(node, ast.Call):
        return CallShape(len(call.arguments.positional))
    constants: list[tuple[int | str, object]] = []
    for position, argument in enumerate(node.args):
        if isinstance(argument, ast.Constant):
            constants.append((position, argument.value))
    for keyword in node.keywords:
        if keyword.arg is not None and isinstance(keyword.value, ast.Constant):
            constants.append((keyword.arg, keyword.value.value))
    starred = any(isinstance(argument, ast.Starred) for argument in node.args)
    return CallShape(
        len(node.args),
        tuple(keyword.arg for keyword in node.keywords if keyword.arg is not None),
        tuple(constants),  # type: ignore[arg-type]
        starred or any(keyword.arg is None for keyword in node.keywords),
    )


def fields_of(call: Call, cls: ClassValue, instance: Value) -> None:
    """Generated constructors (dataclass, NamedTuple): arguments become fields in order."""
    state = call.state
    names = records.field_names(cls)
    for position, value in enumerate(call.arguments.positional):
        if position < len(names):
            state.graph.flow(value, state.field(instance, names[position]))
    for name, value in call.arguments.keywords.items():
        if name in names:
            state.graph.flow(value, state.field(instance, name))
