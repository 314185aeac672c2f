"""Calls that code outside the program makes: of what it was given to call, or of what it got hold of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from porter.inference.graph import Node
from porter.inference.values import (
    AnyMember,
    Arguments,
    BoundExternal,
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    PartialValue,
    Value,
)

if TYPE_CHECKING:
    from porter.inference.calls import Call


_CALLABLE = (FunctionValue, BoundMethod, PartialValue, ClassValue, Instance, BoundExternal, External, AnyMember)


def call_back(call: Call, target: Node, arguments: Arguments, result: Node, role: str) -> None:
    """Outside code calls what ``target`` may be."""
    from porter.inference.calls import Call as NewCall

    state = call.state
    back = NewCall(state, call.node, call.frame, arguments, result, role)

    def apply(value: Value) -> None:
        if isinstance(value, _CALLABLE):
            back.apply(value)

    state.graph.watch(target, apply)


def escape(call: Call) -> None:
    """The program's functions among the arguments may be called by unknown code, with unknown arguments."""
    for value in (*call.arguments.positional, *call.arguments.keywords.values()):
        escape_node(call, value)


def escape_node(call: Call, node: Node) -> None:
    from porter.inference.calls import Call as NewCall

    back = NewCall(call.state, call.node, call.frame, Arguments(), Node(), "callback")

    def apply(value: Value) -> None:
        if isinstance(value, (FunctionValue, BoundMethod, PartialValue)):
            back.apply(value)

    call.state.graph.watch(node, apply)
