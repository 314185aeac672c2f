"""Calls that leave the program: values follow the type variables of stubs in and out.

``list.append(object: _T)`` puts its argument into the list's slot, ``sorted(Iterable[_T]) -> list[_T]`` carries elements to a
new list, ``map(Callable[[_T1], _S], Iterable[_T1])`` calls the program's function. One rule for the whole standard library
instead of a table of methods.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from porter.inference import entering, indexing, iterating, records
from porter.inference.graph import Node, watching
from porter.inference.state import Frame, State
from porter.inference.stubs_symbols import CallShape, FunctionSymbol, Param
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
    BoundExternal,
    BoundMethod,
    ClassValue,
    Container,
    External,
    ExternalInstance,
    FunctionValue,
    GeneratorValue,
    Instance,
    PartialValue,
    Value,
)

if TYPE_CHECKING:
    from porter.inference.calls import Call

KEYS = "\0key"
_ALL = "\0all"
_LOOPED_OVER = frozenset(("typing.Iterable", "typing.Iterator", "collections.abc.Iterable", "collections.abc.Iterator"))
"""A parameter of such a type is looped over, whatever its elements are: ``any(iterable)``."""
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
            _fill(state, receiver, self.parameters)

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


def _fill(state: State, receiver: ExternalInstance, parameters: Sequence[str]) -> None:
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
            call_back(call, argument, arguments, result, "callback")
            if type_variables(returns):
                into(variables, returns, result, None)
        case Named(name="builtins.type", args=(TypeVarRef(name=name),)):
            state.graph.watch(argument, lambda value: entering.caught(state, value, variables.target(name)))
        case Named(name=name, args=args) if args and type_variables(type_):
            if "ContextManager" in name:
                state.graph.watch(argument, lambda value: _entered(variables, value, args[0], call))
            else:
                state.graph.watch(argument, lambda value: _elements_into(variables, value, args, call))
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


# --- calls ---------------------------------------------------------------------------------------------------------


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
    by_name = {param.name: param for param in signature if param.kind in ("either", "keyword")}
    extra = next((p for p in signature if p.kind == "double_star"), None)
    for name, value in arguments.keywords.items():
        param = by_name.get(name, extra)
        if param is not None:
            _pass(call, variables, param, value)


def _pass(call: Call, variables: Variables, param: Param, value: Node) -> None:
    if call.state.outside.opaque(param.type):
        if not _only_looks(call):
            _escape_node(call, value)
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


def call_back(call: Call, target: Node, arguments: Arguments, result: Node, role: str) -> None:
    """Outside code calls what ``target`` may be."""
    from porter.inference.calls import Call as NewCall

    state = call.state
    back = NewCall(state, call.node, call.frame, arguments, result, role)

    def apply(value: Value) -> None:
        if isinstance(value, (FunctionValue, BoundMethod, PartialValue, ClassValue, Instance, BoundExternal, External)):
            back.apply(value)

    state.graph.watch(target, apply)


def escape(call: Call) -> None:
    """The program's functions among the arguments may be called by unknown code, with unknown arguments."""
    for value in (*call.arguments.positional, *call.arguments.keywords.values()):
        _escape_node(call, value)


def _escape_node(call: Call, node: Node) -> None:
    from porter.inference.calls import Call as NewCall

    back = NewCall(call.state, call.node, call.frame, Arguments(), Node(), "callback")

    def apply(value: Value) -> None:
        if isinstance(value, (FunctionValue, BoundMethod, PartialValue)):
            back.apply(value)

    call.state.graph.watch(node, apply)


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
        _fill(state, value, ())
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


_PLAIN = frozenset(
    f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "callable_iterator")
) | {"types.GeneratorType"}
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


# --- partial, dataclasses ------------------------------------------------------------------------------------------


def keep_partial(state: State, value: Value, arguments: Arguments) -> None:
    """Remember what ``functools.partial`` was given."""
    for position, node in enumerate(arguments.positional[1:]):
        state.graph.flow(node, state.slot(value, position))
    for name, node in arguments.keywords.items():
        state.graph.flow(node, state.slot(value, name))


def partial_arguments(state: State, value: PartialValue) -> Arguments:
    """What ``functools.partial`` was given, as arguments."""
    slots = state.slots.get(value, {})
    positions = sorted(key for key in slots if isinstance(key, int))
    names = [key for key in slots if isinstance(key, str) and key not in ("function", _ALL)]
    return Arguments([slots[key] for key in positions], [], {name: slots[name] for name in names})


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


__all__ = ["FunctionSymbol", "GeneratorValue", "Instance"]
