"""``with``, ``except`` and operators: what Python calls for them."""

from __future__ import annotations

import ast

from porter.inference import members, outside_protocols
from porter.inference.graph import Node, watching
from porter.inference.state import Frame, State
from porter.inference.values import (
    Arguments,
    ClassValue,
    Constant,
    Container,
    External,
    ExternalInstance,
    Instance,
    ManagerValue,
    Unknown,
    Value,
)


def enter(state: State, value: Value, entered: Node, site: ast.expr, frame: Frame) -> None:
    """``with value as entered``."""
    match value:
        case ManagerValue(function=function, frame=manager):
            state.site(site, "enter", frame).functions[function.scope] = None
            state.graph.flow(manager.yielded, entered)
        case Instance(cls=cls):
            for name, role, result in (("__enter__", "enter", entered), ("__exit__", "exit", Node())):
                found = members.method(state, cls, name) or members.method(state, cls, name.replace("__", "__a", 1))
                if found is not None:
                    state.graph.watch(
                        found,
                        watching(
                            lambda item, role, result: members.call_bound(
                                state, item, value, site, role, frame, Arguments(), result
                            ),
                            role,
                            result,
                        ),
                    )
                else:
                    _enter_external(state, cls, value, entered, site, frame)
        case ExternalInstance():
            state.site(site, "enter", frame).externals.setdefault(f"{value.cls}.__enter__", {})[value] = None
            outside_protocols.enter(state, value, entered, site)
        case Container():
            outside_protocols.enter(state, value, entered, site)
        case Unknown():
            state.site(site, "enter", frame).unknown = True
            state.graph.add(entered, value)
        case _:
            pass


def _enter_external(state: State, cls: ClassValue, value: Value, entered: Node, site: ast.expr, frame: Frame) -> None:
    for base in cls.mro:
        if isinstance(base, External) and state.outside.has_member(base.name, "__enter__"):
            state.site(site, "enter", frame).externals.setdefault(f"{base.name}.__enter__", {})[value] = None
            state.graph.add(entered, value)
            return


def caught(state: State, value: Value, target: Node, seen: set[Value] | None = None) -> None:
    """``except value as target``, ``isinstance`` and class patterns: an object of that class; tuples may be nested."""
    seen = set() if seen is None else seen
    match value:
        case ClassValue():
            state.graph.add(target, state.instance(value))
        case External(kind="class", name=name):
            state.graph.add(target, state.external_instance(name))
        case Container() if value not in seen:
            seen.add(value)
            state.watch_slots(value, lambda _, node: state.graph.watch(node, lambda v: caught(state, v, target, seen)))
        case _:
            pass


_OPERATORS = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.BitAnd: "and",
    ast.FloorDiv: "floordiv",
}


def operator(state: State, value: Value, node: ast.BinOp, result: Node, frame: Frame) -> None:
    """The left operand of a binary operator."""
    if isinstance(value, Instance):
        own_operator(state, value, node, result, frame)
    elif isinstance(value, Constant):
        state.graph.add(result, state.external_instance("builtins.str"))
    elif isinstance(value, (Container, ExternalInstance, Unknown)):
        state.graph.add(result, value)


def own_operator(state: State, value: Value, node: ast.BinOp, result: Node, frame: Frame) -> None:
    """The operator of a class of the program."""
    if isinstance(value, Instance):
        found = members.method(state, value.cls, f"__{_OPERATORS[type(node.op)]}__")
        if found is not None:
            arguments = Arguments(positional=[frame.exprs.get(node.right, state.nothing)])
            state.graph.watch(
                found, lambda item: members.call_bound(state, item, value, node, "operator", frame, arguments, result)
            )
