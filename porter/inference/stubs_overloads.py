"""Choosing among overloads by what a call's text alone says: how many arguments, which keywords, which literals."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from porter.inference.stubs_symbols import CallShape, Constant, Param
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
    Unknown,
)

Parameters = tuple[Param, ...]
Key = int | str

_TOWER: dict[type, tuple[str, ...]] = {
    bool: ("bool", "int", "float", "complex", "object"),
    int: ("int", "float", "complex", "object"),
    float: ("float", "complex", "object"),
    str: ("str", "object"),
    bytes: ("bytes", "object"),
    type: ("slice", "object"),
    type(None): ("object",),
}


class Fit(Enum):
    """Whether an argument, or a call, suits what is declared."""

    NO = 0
    MAYBE = 1
    YES = 2


def choose(overloads: Sequence[Parameters], call: CallShape) -> tuple[int, ...]:
    """Indices of the overloads that the call may mean: one if that can be decided, none if nothing suits."""
    bound = [(index, bind(params, call)) for index, params in enumerate(overloads)]
    possible = [(index, slots) for index, slots in bound if slots is not None and _may_suit(slots, call)]
    chosen: list[int] = []
    for position, (index, slots) in enumerate(possible):
        chosen.append(index)
        rest = [other for _, other in possible[position + 1 :]]
        if not call.open_ended and all(_is_decided(key, slots, rest, call) for key in slots):
            break
    return tuple(chosen)


def bind(params: Parameters, call: CallShape) -> dict[Key, Param] | None:
    """Which parameter each argument of the call goes to; ``None`` if the call does not suit these parameters."""
    ordered = [param for param in params if param.kind in ("positional", "either")]
    star = next((param for param in params if param.kind == "star"), None)
    double_star = next((param for param in params if param.kind == "double_star"), None)
    slots: dict[Key, Param] = {}
    for index in range(call.positional):
        param = ordered[index] if index < len(ordered) else star
        if param is None:
            return None
        slots[index] = param
    named = {param.name: param for param in params if param.kind in ("either", "keyword")}
    taken = {param.name for param in slots.values()}
    for keyword in call.keywords:
        param = named.get(keyword, double_star)
        if param is None or (keyword in named and keyword in taken):
            return None
        slots[keyword] = param
    given = {param.name for param in slots.values()}
    complete = call.open_ended or all(param.name in given for param in params if param.required)
    return slots if complete else None


def fits(type_: TypeExpr, value: Constant) -> Fit:
    """Whether a literal value suits a declared type."""
    match type_:
        case Unknown():
            return Fit.YES
        case Literal(expected):
            return Fit.YES if type(expected) is type(value) and expected == value else Fit.NO
        case NoneType():
            return Fit.YES if value is None else Fit.NO
        case Union(items):
            return max((fits(item, value) for item in items), key=lambda fit: fit.value, default=Fit.NO)
        case TypeVarRef(_, bound):
            return Fit.YES if bound is None else fits(bound, value)
        case Named(name):
            return _fits_class(name, value)
        case TupleOf() | Callable():
            return Fit.NO
        case SelfType():
            return Fit.MAYBE


def _fits_class(name: str, value: Constant) -> Fit:
    module, _, short = name.rpartition(".")
    if module == "builtins":
        return Fit.YES if short in _TOWER.get(type(value), ()) else Fit.NO
    return Fit.NO if value is slice else Fit.MAYBE


def _may_suit(slots: dict[Key, Param], call: CallShape) -> bool:
    for key, param in slots.items():
        known = call.constant(key)
        if known is not None and fits(param.type, known[0]) is Fit.NO:
            return False
    return True


def _is_decided(key: Key, slots: dict[Key, Param], rest: list[dict[Key, Param]], call: CallShape) -> bool:
    """Whether this argument cannot make a later overload the right one."""
    expected = slots[key].type
    known = call.constant(key)
    if known is not None and fits(expected, known[0]) is Fit.YES:
        return True
    if expected == Named("builtins.object") or isinstance(expected, Unknown):
        return True
    if isinstance(expected, TypeVarRef) and expected.bound is None:
        return True
    return all(other[key].type == expected for other in rest)
