"""Calls: which code a call reaches, arguments to parameters, results back."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from porter.facts.model import Scope
from porter.inference import dynamic, escapes, iterating, members, models, outside_calls, partials
from porter.inference.graph import Node
from porter.inference.leaving import returned_parameter
from porter.inference.state import Frame, Role, Site, State
from porter.inference.values import (
    AnyMember,
    Arguments,
    BoundExternal,
    BoundMethod,
    ClassValue,
    Container,
    External,
    ExternalInstance,
    FunctionValue,
    Instance,
    PartialValue,
    Unknown,
    Value,
)

POSITIONS = 16
"""Positions of ``*args`` that are told apart: a function that calls itself with one more each time would go on for ever."""


class Call:
    """One call in one frame; each value that its callee may be is applied once."""

    __slots__ = ("state", "node", "frame", "arguments", "result", "role", "key")

    def __init__(
        self,
        state: State,
        node: ast.AST,
        frame: Frame,
        arguments: Arguments,
        result: Node,
        role: str = "call",
        key: object = None,
    ) -> None:
        self.state = state
        self.node = node
        self.frame = frame
        self.arguments = arguments
        self.result = result
        self.role: Role = role  # type: ignore[assignment]
        self.key = key
        """What the frame of the callee is told apart by, if not by the place alone."""

    def apply(self, value: Value) -> None:
        """The callee may be ``value``."""
        state = self.state
        match value:
            case FunctionValue():
                self.function(value, None)
            case BoundMethod(function=function, receiver=receiver):
                self.function(function, receiver)
            case ClassValue():
                self.construct(value)
            case Instance(cls=cls):
                found = members.method(state, cls, "__call__")
                if found is not None:
                    state.graph.watch(found, lambda item: self.bound(item, value))
            case PartialValue():
                self.partial(value)
            case External(name=name, kind=kind):
                if not name.endswith("()"):  # what a model made is no place of its own
                    self.record_external(name, None)
                if kind == "unknown":
                    self.site().unknown = True
                models.call(self, name, None)
            case BoundExternal(name=name, receiver=receiver):
                self.record_external(name, receiver)
                models.call(self, name, receiver)
            case AnyMember(owner=owner):
                dynamic.call_any(self, owner)
            case Unknown():
                self.site().unknown = True
                state.graph.add(self.result, value)
                escapes.escape(self)
            case ExternalInstance(cls=cls) | Container(cls=cls) if cls != "types.NoneType":
                for item in state.outside.member_values(state, value, "__call__", self.node):
                    self.apply(item)
            case _:
                pass

    def site(self) -> Site:
        """The record of this call."""
        return self.state.site(self.node, self.role, self.frame)

    def record_external(self, name: str, receiver: Value | None) -> None:
        """Note an outside callee."""
        receivers = self.site().externals.setdefault(name, {})
        if receiver is not None:
            receivers[receiver] = None

    def bound(self, item: Value, receiver: Value) -> None:
        """Call a class attribute through its instance."""
        if isinstance(item, FunctionValue):
            self.function(item, None if item.kind == "staticmethod" else receiver)
        else:
            self.apply(item)

    def function(self, function: FunctionValue, receiver: Value | None) -> None:
        """Call a function of the program."""
        from porter.inference.bodies import frame_for

        state = self.state
        site = self.site()
        site.functions[function.scope] = None
        if function.outer.function is not None and not state.program.module_for(function.scope).source.is_target:
            state.wrapper_sites.setdefault((function.scope, function.outer), {})[site] = None
        given = self.handed_back(function.scope, receiver)
        if given is not None:
            state.graph.flow(given, self.result)
            return
        frame = frame_for(state, function, (self.node, self.frame.scope), self.key)
        bind_arguments(self, frame, function.scope.node, receiver)
        if function.scope.is_generator:
            if function.kind in ("contextmanager", "asynccontextmanager"):
                state.graph.add(self.result, state.manager(function, frame))
            else:
                state.graph.add(self.result, state.generator(function, frame))
        else:
            state.graph.flow(frame.result, self.result)

    def handed_back(self, scope: Scope, receiver: Value | None) -> Node | None:
        """What a function that does nothing but return a parameter gives: the argument, and not all that others passed."""
        name = returned_parameter(scope)
        if name is None or self.arguments.star or self.arguments.double_star:
            return None
        names = [arg.arg for arg in (*scope.node.args.posonlyargs, *scope.node.args.args)]  # type: ignore[attr-defined]
        position = names.index(name) - (receiver is not None)
        if name in self.arguments.keywords:
            return self.arguments.keywords[name]
        return self.arguments.positional[position] if 0 <= position < len(self.arguments.positional) else None

    def construct(self, cls: ClassValue) -> None:
        """``Class(...)``."""
        state = self.state
        state.made.add(cls)
        instance = state.instance(cls)
        made = members.method(state, cls, "__new__")
        state.graph.add(self.result, instance)
        if made is not None:
            state.graph.watch(made, lambda item: self.bound(item, cls))
        found = members.method(state, cls, "__init__")
        if found is not None:
            ignored = Call(state, self.node, self.frame, self.arguments, Node(), self.role)
            state.graph.watch(found, lambda item: ignored.bound(item, instance))
            return
        self.site().plain = True
        for base in cls.mro:
            if isinstance(base, External):
                models.construct_base(self, base.name, instance)
                break
        outside_calls.fields_of(self, cls, instance)

    def partial(self, value: PartialValue) -> None:
        """Call what ``functools.partial`` made; one that holds itself is followed once."""
        if not self.state.once("partial", self.node, self.frame, self.role, value):
            return
        made = partials.partial_arguments(self.state, value)
        joined = Arguments(
            [*made.positional, *self.arguments.positional],
            [*made.star, *self.arguments.star],
            {**made.keywords, **self.arguments.keywords},
            [*made.double_star, *self.arguments.double_star],
        )
        call = Call(self.state, self.node, self.frame, joined, self.result, self.role)
        self.state.graph.watch(self.state.slot(value, "function"), call.apply)


def bind_arguments(call: Call, frame: Frame, node: ast.AST, receiver: Value | None) -> None:
    """Let the parameters of ``frame`` have the arguments of ``call``."""
    state = call.state
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    shift = 0
    if receiver is not None:
        shift = 1
        if names:
            state.graph.add(frame.given(names[0]), receiver)
    if not state.once("bind", call, frame, shift):
        return
    arguments = call.arguments
    positional = names[shift:]
    for position, value in enumerate(arguments.positional):
        _positional(state, frame, node.args, positional, position, value)
    for star in arguments.star:
        state.graph.watch(
            star, lambda value: _spread(state, value, frame, node.args, positional, len(arguments.positional), call)
        )
    for name, value in arguments.keywords.items():
        _keyword(state, frame, node.args, name, value)
    for mapping in arguments.double_star:
        state.graph.watch(mapping, lambda value: _spread_keywords(state, value, frame, node.args))


def _positional(state: State, frame: Frame, args: ast.arguments, names: Sequence[str], position: int, value: Node) -> None:
    if position < len(names):
        state.graph.flow(value, frame.given(names[position]))
    elif args.vararg is not None:
        container = state.container("builtins.tuple", (frame, "args"))
        extra = position - len(names)
        state.graph.flow(value, state.slot(container, extra if extra < POSITIONS else None))


def _spread(state: State, value: Value, frame: Frame, args: ast.arguments, names: Sequence[str], offset: int, call: Call) -> None:
    """``*value``: known positions stay known, an unknown length reaches every later parameter."""
    if isinstance(value, Container) and value.cls == "builtins.tuple":

        def slot(key: object, node: Node) -> None:
            if isinstance(key, int):
                _positional(state, frame, args, names, offset + key, node)
            elif key is None:
                _everything(state, frame, args, names[offset:], node)

        state.watch_slots(value, slot)
    else:
        element = Node()
        iterating.iterate(state, value, element, call.node, call.frame)
        _everything(state, frame, args, names[offset:], element)


def _everything(state: State, frame: Frame, args: ast.arguments, names: Sequence[str], node: Node) -> None:
    for name in names:
        state.graph.flow(node, frame.given(name))
    if args.vararg is not None:
        state.graph.flow(node, state.slot(state.container("builtins.tuple", (frame, "args")), None))


def _keyword(state: State, frame: Frame, args: ast.arguments, name: str, value: Node) -> None:
    if any(arg.arg == name for arg in (*args.args, *args.kwonlyargs)):
        state.graph.flow(value, frame.given(name))
    elif args.kwarg is not None:
        container = state.container("builtins.dict", (frame, "kwargs"))
        state.graph.flow(value, state.slot(container, name))


def _spread_keywords(state: State, value: Value, frame: Frame, args: ast.arguments) -> None:
    if not isinstance(value, Container):
        return

    def slot(key: object, node: Node) -> None:
        if isinstance(key, str) and key != "\0key":
            _keyword(state, frame, args, key, node)
        elif key is None:
            for arg in (*args.args, *args.kwonlyargs):
                state.graph.flow(node, frame.given(arg.arg))

    state.watch_slots(value, slot)
