"""Types as stubs state them, reduced to what a points-to inference can use: a small closed union.

Class names are canonical: the module that *defines* the class (``_io.BufferedReader``, not ``io.BufferedReader``),
so that two types are the same class exactly when their names are equal. ``Typeshed.public_names`` leads back to the
names people write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known: ``Any``, or something that could not be resolved."""


@dataclass(frozen=True, slots=True)
class NoneType:
    """``None``."""


@dataclass(frozen=True, slots=True)
class SelfType:
    """The class of the receiver: ``Self``, or a type variable that annotates ``self``."""


@dataclass(frozen=True, slots=True)
class Literal:
    """One constant: ``Literal["rb"]`` gives one of these per value."""

    value: str | bytes | int | bool | None


@dataclass(frozen=True, slots=True)
class Named:
    """An instance of a class, with type arguments where they are known."""

    name: str
    """Canonical qualified name; ``builtins.type`` with one argument is that class itself."""
    args: tuple[TypeExpr, ...] = ()


@dataclass(frozen=True, slots=True)
class Union:
    """One of several types; without items: the call never returns."""

    items: tuple[TypeExpr, ...]


@dataclass(frozen=True, slots=True)
class TupleOf:
    """A tuple. With ``variadic``, any number of the one item."""

    items: tuple[TypeExpr, ...]
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Callable:
    """Something to call. ``params`` is ``None`` when they are not stated."""

    params: tuple[TypeExpr, ...] | None
    returns: TypeExpr


@dataclass(frozen=True, slots=True)
class TypeVarRef:
    """A type parameter, named with its module (``builtins._T``)."""

    name: str
    bound: TypeExpr | None = None
    """The bound, or the union of the constraints."""
    default: TypeExpr | None = None


TypeExpr = Unknown | NoneType | SelfType | Literal | Named | Union | TupleOf | Callable | TypeVarRef

UNKNOWN = Unknown()
NONE = NoneType()
SELF = SelfType()
NEVER = Union(())


def union(types: Iterable[TypeExpr]) -> TypeExpr:
    """The union of ``types``: flat, without repeats, in order; a single item stands for itself."""
    items: dict[TypeExpr, None] = {}
    for item in types:
        items.update(dict.fromkeys(item.items if isinstance(item, Union) else (item,)))
    return next(iter(items)) if len(items) == 1 else Union(tuple(items))


def alternatives(type_: TypeExpr) -> tuple[TypeExpr, ...]:
    """The items of a union, or the type itself as the only one."""
    return type_.items if isinstance(type_, Union) else (type_,)


def as_named(type_: TypeExpr) -> Named | None:
    """The one class whose instance a value of this type is, unless it is ``None``; ``None`` if there are several."""
    match type_:
        case Named():
            return type_
        case TupleOf(items):
            return Named("builtins.tuple", (union(items),) if items else ())
        case Literal(value):
            return None if value is None else Named(f"builtins.{type(value).__name__}")
        case TypeVarRef(_, bound):
            return None if bound is None else as_named(bound)
        case Union(items):
            rest = [item for item in items if not isinstance(item, NoneType)]
            return as_named(rest[0]) if len(rest) == 1 else None
        case _:
            return None


def substitute(type_: TypeExpr, mapping: Mapping[str, TypeExpr], receiver: TypeExpr | None = None) -> TypeExpr:
    """``type_`` with type parameters replaced by name, and ``Self`` by ``receiver`` if one is given.

    Parameters that ``mapping`` does not name stay as they are.
    """
    match type_:
        case TypeVarRef(name):
            return mapping.get(name, type_)
        case SelfType():
            return type_ if receiver is None else receiver
        case Named(name, args) if args:
            return Named(name, tuple(substitute(arg, mapping, receiver) for arg in args))
        case Union(items) if items:
            return union(substitute(item, mapping, receiver) for item in items)
        case TupleOf(items, variadic):
            return TupleOf(tuple(substitute(item, mapping, receiver) for item in items), variadic)
        case Callable(params, returns):
            new = None if params is None else tuple(substitute(param, mapping, receiver) for param in params)
            return Callable(new, substitute(returns, mapping, receiver))
        case _:
            return type_


def type_variables(type_: TypeExpr) -> tuple[TypeVarRef, ...]:
    """The type parameters that occur in ``type_``, in order of first appearance."""
    found: dict[TypeVarRef, None] = {}
    _collect(type_, found)
    return tuple(found)


def _collect(type_: TypeExpr, found: dict[TypeVarRef, None]) -> None:
    match type_:
        case TypeVarRef():
            found[type_] = None
        case Named(_, items) | Union(items) | TupleOf(items):
            for item in items:
                _collect(item, found)
        case Callable(params, returns):
            for item in (*(params or ()), returns):
                _collect(item, found)
        case _:
            pass
