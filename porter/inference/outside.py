"""What lies outside the program, as the inference asks for it: entities, members, signatures, tracked classes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from porter.inference import sources
from porter.inference.graph import Node
from porter.inference.handled import HANDLED, HANDLER, SERVER, handled, servers, shared
from porter.inference.stubs_symbols import (
    CallShape,
    ClassSymbol,
    FunctionSymbol,
    ModuleSymbol,
    Param,
    Symbol,
    VariableSymbol,
)
from porter.inference.stubs_types import (
    UNKNOWN,
    Callable,
    Named,
    NoneType,
    TupleOf,
    TypeExpr,
    Union,
    substitute,
)
from porter.inference.stubs_types import Unknown as UnknownType
from porter.inference.typeshed import Typeshed
from porter.inference.values import External, Value

if TYPE_CHECKING:
    from porter.inference.state import State


_CALLED = frozenset(("typing.NewType", "typing_extensions.NewType"))
"""Functions that stubs show as variables."""

_PARTS = 5
"""Most parts of a name outside the program of which no stub tells."""


class Outside:
    """Typeshed and the set of classes whose objects are followed one by one."""

    def __init__(self, typeshed: Typeshed, tracked: Iterable[str]) -> None:
        self.typeshed = typeshed
        self._tracked_roots = frozenset(typeshed.canonical(name) for name in tracked)
        self._tracked: dict[str, bool] = {}
        self._entities: dict[str, External | None] = {}
        self._parameters: dict[str, tuple[str, ...]] = {}
        self._public: dict[str, str] = {}
        self._signatures: dict[object, tuple[Param, ...] | None] = {}
        self._returns: dict[object, TypeExpr] = {}

    # --- names -----------------------------------------------------------------------------------------------------

    def entity(self, name: str) -> External | None:
        """The module, class or function of that name; unknown names of known depth are ``unknown`` entities."""
        if name not in self._entities:
            self._entities[name] = self._entity(name)
        return self._entities[name]

    def _entity(self, name: str) -> External | None:
        symbol = self.typeshed.lookup(name)
        match symbol:
            case ModuleSymbol():
                return External(symbol.name, "module") if symbol.name == name else self.entity(symbol.name)
            case ClassSymbol():
                return External(symbol.name, "class") if symbol.name == name else self.entity(symbol.name)
            case FunctionSymbol():
                return External(name, "function")
            case VariableSymbol(alias=Named(name=alias)) if alias != name:
                return self.entity(alias)
            case VariableSymbol():
                return External(name, "function") if name in _CALLED else None
        head = name.rpartition(".")[0]
        if not _is_a_name(name) or (head and isinstance(self.typeshed.lookup(head), (ClassSymbol, FunctionSymbol))):
            return None
        return External(name, "unknown")

    def public(self, name: str) -> str:
        """The name under which people know a class, function or method."""
        found = self._public.get(name)
        if found is None:
            symbol = self.typeshed.lookup(name)
            canonical = symbol.name if isinstance(symbol, (ClassSymbol, FunctionSymbol, ModuleSymbol)) else name
            names = self.typeshed.public_names(canonical)
            head, _, tail = name.rpartition(".")
            if isinstance(symbol, FunctionSymbol) and symbol.owner and head:
                found = f"{self.typeshed.public_names(self.typeshed.canonical(head))[0]}.{tail}"
            else:
                found = names[0] if names else name
            self._public[name] = found
        return found

    def method_names(self, name: str) -> list[str]:
        """All public names of a method: of the class it was asked of and of each ancestor, nearest first."""
        cls, _, attr = name.rpartition(".")
        names: dict[str, None] = {name: None}
        for base in self.typeshed.mro(cls) or (cls,):
            for public in self.typeshed.public_names(base):
                names[f"{public}.{attr}"] = None
        return list(names)

    def is_class(self, name: str) -> bool:
        """Whether the name is a class's."""
        return isinstance(self.typeshed.lookup(name), ClassSymbol)

    def is_subclass(self, name: str, base: str) -> bool:
        """Whether one outside class descends from another."""
        return self.typeshed.canonical(base) in self.typeshed.mro(name)

    def tracked(self, cls: str) -> bool:
        """Whether objects of a class are told apart by where they were made."""
        found = self._tracked.get(cls)
        if found is None:
            found = any(base in self._tracked_roots for base in self.typeshed.mro(cls) or (cls,))
            self._tracked[cls] = found
        return found

    # --- members ---------------------------------------------------------------------------------------------------

    def attribute(self, state: State, value: External, attr: str) -> list[Value]:
        """What an attribute of a module or class is."""
        name = f"{value.name}.{attr}"
        entity = self.entity(name)
        if entity is not None:
            return [entity]
        symbol = self.typeshed.lookup(name)
        if isinstance(symbol, VariableSymbol):
            return self._values(state, symbol.type, None)
        return [state.unknown]

    def member_values(self, state: State, value: Value, attr: str, site: ast.AST) -> list[Value]:
        """What an attribute of an outside object is: a bound method, or what its annotation says."""
        cls = getattr(value, "cls", None) or _CLASSES.get(type(value).__name__, "")
        return self._member(state, cls, attr, value)

    def class_member(self, state: State, cls: External, attr: str, receiver: Value, site: ast.AST) -> list[Value]:
        """An attribute that a class of the program inherits from outside; empty when the base has none."""
        if cls.kind == "unknown":
            return [state.unknown]
        if cls.name == "builtins.object" or self.typeshed.member(cls.name, attr) is None:
            return []
        if attr in HANDLED and self.is_subclass(cls.name, HANDLER):
            return handled(state, attr, receiver)
        if attr == SERVER and self.is_subclass(cls.name, HANDLER):
            return servers(state) or [shared(state)]
        return self._member(state, cls.name, attr, receiver)

    def is_known(self, name: str) -> bool:
        """Whether the stubs tell what a callable is; of others the name alone is known."""
        return self.is_class(name) or self.callable_symbol(name) is not None

    def _member(self, state: State, cls: str, attr: str, receiver: Value) -> list[Value]:
        symbol = self.typeshed.member(cls, attr)
        match symbol:
            case FunctionSymbol():
                return [state.bound_external(f"{cls}.{attr}", attr, receiver)]
            case VariableSymbol():
                arguments = getattr(receiver, "key", None)
                named = Named(cls, arguments) if isinstance(arguments, tuple) else Named(cls)
                mapping = self.typeshed.arguments(named, symbol.owner) if symbol.owner else {}
                type_ = substitute(symbol.type, mapping)
                called = next((t for t in _items(type_) if isinstance(t, Callable)), None)
                if called is not None:
                    return [state.bound_external(f"{cls}.{attr}", attr, receiver)]
                return self._values(state, type_, receiver)
            case ClassSymbol(name=name):
                return [state.external(name)]
        if (known := self.entity(cls)) is not None and known.kind == "unknown":  # a row may name it all the same
            return [state.bound_external(f"{cls}.{attr}", attr, receiver), state.unknown]
        return [state.unknown]

    def _values(self, state: State, type_: TypeExpr, receiver: Value | None) -> list[Value]:
        from porter.inference import generics

        node = Node()
        generics.out_values(state, type_, node, receiver)
        return list(node.values)

    def has_member(self, cls: str, attr: str) -> bool:
        """Whether an outside class has an attribute."""
        return self.typeshed.member(cls, attr) is not None

    def has_method(self, cls: str, name: str) -> bool:
        """Whether an outside class has a method: as its stub says, which may leave some out, or its source."""
        if self.has_member(cls, name):
            return True
        ancestors = self.typeshed.mro(cls)
        if not ancestors:
            return sources.has_method(cls, name)
        return any(sources.defines(one, name) for one in ancestors)

    def star(self, base: External) -> list[tuple[str, Value]]:
        """Public names of an outside module."""
        return []

    # --- types -----------------------------------------------------------------------------------------------------

    def parameters(self, cls: str) -> tuple[str, ...]:
        """Names of a class's type variables."""
        found = self._parameters.get(cls)
        if found is None:
            found = tuple(variable.name for variable in self.typeshed.type_parameters(cls)) if cls else ()
            self._parameters[cls] = found
        return found

    def owner_mapping(self, cls: str, owner: str) -> Mapping[str, TypeExpr]:
        """What the type variables of ``owner`` are in terms of those of ``cls``."""
        canonical = self.typeshed.canonical(cls)
        if canonical == owner:
            return {}
        return self.typeshed.arguments(Named(canonical, self.typeshed.type_parameters(canonical)), owner)

    def callable_symbol(self, name: str) -> FunctionSymbol | None:
        """The stub of a function or method."""
        symbol = self.typeshed.lookup(name)
        return symbol if isinstance(symbol, FunctionSymbol) else None

    def method_symbol(self, cls: str, attr: str) -> FunctionSymbol | None:
        """The stub of a method."""
        symbol = self.typeshed.member(cls, attr)
        return symbol if isinstance(symbol, FunctionSymbol) else None

    def signature(self, symbol: FunctionSymbol, shape: CallShape, mapping: Mapping[str, TypeExpr]) -> tuple[Param, ...] | None:
        """Parameters for a call, in the receiver's type variables."""
        key = (symbol.asked, shape, tuple(type(v) for _, v in shape.constants))
        if key not in self._signatures:
            params = self.typeshed.signature(symbol, shape)
            if mapping:
                params = tuple(Param(p.name, p.kind, substitute(p.type, mapping), p.required) for p in params)
            self._signatures[key] = params
        return self._signatures[key]

    def returns(self, symbol: Symbol, shape: CallShape, mapping: Mapping[str, TypeExpr]) -> TypeExpr:
        """What a call gives, in the receiver's type variables."""
        key = (symbol.asked, shape, tuple(type(v) for _, v in shape.constants))
        found = self._returns.get(key)
        if found is None:
            found = self.typeshed.returns(symbol, shape)
            if mapping:
                found = substitute(found, mapping)
            self._returns[key] = found
        return found

    def tuple_item(self, key: object, index: int | None) -> TypeExpr | None:
        """The type of a tuple's item."""
        if not isinstance(key, TupleOf):
            return None
        if key.variadic:
            return key.items[0]
        if index is None or index >= len(key.items):
            return None
        return key.items[index]

    def iter_type(self, cls: str) -> TypeExpr | None:
        """What iterating over an object gives, in its class's type variables."""
        found = self.typeshed.iter_type(Named(cls, self.typeshed.type_parameters(cls)))
        return None if isinstance(found, UnknownType) else found

    def enter_type(self, cls: str) -> TypeExpr | None:
        """What ``with`` binds, in the class's type variables."""
        symbol = self.method_symbol(cls, "__enter__")
        if symbol is None:
            return None
        return self.typeshed.enter_type(Named(cls, self.typeshed.type_parameters(cls)))

    def opaque(self, type_: TypeExpr) -> bool:
        """Whether a parameter's type says nothing of whether it is called."""
        return isinstance(type_, UnknownType) or (isinstance(type_, Named) and type_.name == "builtins.object")


def _is_a_name(name: str) -> bool:
    """Whether a dotted name, of which no stub tells, may be one that people give: a class's member, but no member of that.

    Without a limit, ``node = node.next`` from an unknown module would give longer and longer names.
    """
    parts = name.split(".")
    first = next((at for at, part in enumerate(parts) if part.lstrip("_")[:1].isupper()), len(parts))
    if first < len(parts) and parts[first].isupper():
        return first == len(parts) - 1  # a constant: what it has is no name
    return len(parts) <= _PARTS and (first == len(parts) or len(parts) - first <= 2)


def _items(type_: TypeExpr) -> Sequence[TypeExpr]:
    return type_.items if isinstance(type_, Union) else (type_,)


_CLASSES = {
    "Constant": "builtins.str",
    "GeneratorValue": "typing.Generator",
    "ManagerValue": "contextlib._GeneratorContextManager",
}

__all__ = ["UNKNOWN", "NoneType", "Outside"]
