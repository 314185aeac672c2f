"""What lies outside the program, as typeshed describes it: names, classes, signatures, result types.

One ``Typeshed`` per run. Everything is read on demand and remembered; nothing raises: a name without a stub is
``None``, a type that cannot be told is ``Unknown``. Names may be asked for as people write them
(``io.BufferedReader``, ``os.path.join``); symbols carry that name and the canonical one, types only the canonical
one.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from porter.inference.stubs_annotations import Annotations
from porter.inference.stubs_classes import Classes
from porter.inference.stubs_definitions import Definitions
from porter.inference.stubs_files import StubFiles
from porter.inference.stubs_overloads import choose
from porter.inference.stubs_public import PublicNames
from porter.inference.stubs_scopes import Scopes
from porter.inference.stubs_signatures import Function, Signatures
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
    TypeExpr,
    TypeVarRef,
    alternatives,
    as_named,
    substitute,
    union,
)

NO_ARGUMENTS: Final = CallShape()


def _scopes(version: tuple[int, int], platform: str, search_path: tuple[Path, ...]) -> Scopes:
    return Scopes(StubFiles(version, platform, search_path))


@functools.lru_cache(maxsize=2)
def _own_scopes(version: tuple[int, int], platform: str) -> Scopes:
    """The standard library's stubs never change: they are parsed once for the plan and for the checker."""
    return _scopes(version, platform, ())


class Typeshed:
    """The stubs of the standard library, and of packages on ``search_path``, for one Python version and platform."""

    def __init__(self, version: tuple[int, int] = (3, 11), platform: str = "linux", search_path: Sequence[Path] = ()) -> None:
        self._scopes = _own_scopes(version, platform) if not search_path else _scopes(version, platform, tuple(search_path))
        annotations = Annotations(self._scopes)
        self._classes = Classes(self._scopes, annotations)
        self._signatures = Signatures(annotations)
        self._definitions = Definitions(self._scopes, annotations, self._signatures, self.attribute)
        self._public = PublicNames(self._scopes)
        self._symbols: dict[str, Symbol | None] = {}
        self._members: dict[tuple[str, str], Symbol | None] = {}
        self._results: dict[tuple[object, ...], TypeExpr] = {}

    def lookup(self, qualified: str) -> Symbol | None:
        """What a qualified name stands for, with imports, aliases and inherited members followed."""
        if qualified not in self._symbols:
            self._symbols[qualified] = None
            self._symbols[qualified] = self._lookup(qualified)
        return self._symbols[qualified]

    def attribute(self, symbol: Symbol, name: str) -> Symbol | None:
        """What an attribute of a symbol is: a module's name, a class's member, a member of a variable's class."""
        match symbol:
            case ModuleSymbol(module):
                found = self._scopes.in_module(module, name)
                return None if found is None else self._definitions.symbol(found, f"{module}.{name}")
            case ClassSymbol(class_name):
                return self.member(class_name, name)
            case VariableSymbol(_, _, type_):
                named = as_named(type_)
                found_member = self.member(named.name, name) if named else None
                return replace(found_member, bound=True) if isinstance(found_member, FunctionSymbol) else found_member
            case FunctionSymbol():
                return None

    def public_names(self, canonical: str) -> tuple[str, ...]:
        """The names under which people know a class or function: public ones first, the canonical one last."""
        return self._public.of(canonical)

    # Classes. A class may be named canonically or as people write it.

    def mro(self, class_name: str) -> tuple[str, ...]:
        """Canonical names of the class and its bases in method resolution order; empty for what is not a class."""
        return self._classes.mro(self.canonical(class_name))

    def canonical(self, class_name: str) -> str:
        """The canonical name of a class; a name that is no class stays as it is."""
        symbol = self.lookup(class_name)
        return symbol.name if isinstance(symbol, ClassSymbol) else class_name

    def member(self, class_name: str, name: str) -> Symbol | None:
        """An attribute of a class or its instances, through the bases; the symbol says which class defines it."""
        key = class_name, name
        if key not in self._members:
            self._members[key] = None
            self._members[key] = self._member(class_name, name)
        return self._members[key]

    def members(self, class_name: str) -> tuple[str, ...]:
        """The names of all members, inherited ones included."""
        infos = (self._scopes.class_info(name) for name in self.mro(class_name))
        return tuple(dict.fromkeys(name for info in infos if info is not None for name in info.members))

    def type_parameters(self, class_name: str) -> tuple[TypeVarRef, ...]:
        """The type parameters of a class."""
        return self._classes.parameters(self.canonical(class_name))

    def bases_with_args(self, class_name: str) -> tuple[Named, ...]:
        """The direct bases, in terms of the class's own type parameters."""
        return self._classes.bases(self.canonical(class_name))

    def arguments(self, receiver: Named, ancestor: str) -> Mapping[str, TypeExpr]:
        """What the type parameters of ``ancestor`` stand for in ``receiver``."""
        return self._classes.arguments(receiver, ancestor)

    # Calls.

    def signature(self, symbol: Symbol, call: CallShape | None = None) -> tuple[Param, ...]:
        """The parameters of the overload that suits a call, else of the last one; the receiver is left out."""
        function = self._constructor(symbol.name) if isinstance(symbol, ClassSymbol) else symbol
        if not isinstance(function, FunctionSymbol):
            return ()
        overloads = self._chosen(function, call) if call is not None else ()
        return self._signatures.params(function, (overloads or function.overloads)[-1])

    def returns(self, symbol: Symbol | None, call: CallShape = NO_ARGUMENTS) -> TypeExpr:
        """What calling a symbol gives: of the overloads that may be meant, the union.

        For a method the result is in terms of ``Self`` and the parameters of its class;
        ``method_returns`` fills them in.
        """
        match symbol:
            case FunctionSymbol():
                return self._result(symbol, call)
            case ClassSymbol(name):
                return self.constructed(name, call)
            case VariableSymbol(_, _, type_):
                return union(self._called(item, call) for item in alternatives(type_))
            case _:
                return UNKNOWN

    def constructed(self, class_name: str, call: CallShape = NO_ARGUMENTS) -> TypeExpr:
        """What calling a class gives, with type arguments where an overload of its constructor states them."""
        name = self.canonical(class_name)
        plain = Named(name)
        function = self._constructor(name)
        if function is None or function.owner != name:
            return plain
        if function.name.endswith(".__new__"):
            return substitute(self._result(function, call), {}, plain)
        chosen = self._chosen(function, call) or function.overloads
        stated = (self._signatures.receiver(function, node) for node in chosen)
        return union(item if isinstance(item, Named) and item.name == name else plain for item in stated)

    def method_returns(self, receiver: Named | str, name: str, call: CallShape = NO_ARGUMENTS) -> TypeExpr:
        """What calling a method of an instance gives, its ``Self`` and class parameters filled in."""
        named = self._named(receiver)
        symbol = self.member(named.name, name)
        return UNKNOWN if symbol is None else self._filled(named, symbol, self.returns(symbol, call))

    def attribute_type(self, receiver: Named | str, name: str) -> TypeExpr:
        """What reading an attribute or property of an instance gives; ``Unknown`` for methods."""
        named = self._named(receiver)
        symbol = self.member(named.name, name)
        return self._filled(named, symbol, symbol.type) if isinstance(symbol, VariableSymbol) else UNKNOWN

    def enter_type(self, receiver: Named | str) -> TypeExpr:
        """What ``with`` binds to its target."""
        return self.method_returns(receiver, "__enter__")

    def iter_type(self, receiver: Named | str) -> TypeExpr:
        """What iterating over an instance yields."""
        iterator = self.method_returns(receiver, "__iter__")
        if self.member(self._named(receiver).name, "__iter__") is None:
            return self.method_returns(receiver, "__getitem__", CallShape(1, (), ((0, 0),)))
        items = (as_named(item) for item in alternatives(iterator))
        return union(UNKNOWN if item is None else self.method_returns(item, "__next__") for item in items)

    # Details.

    def _lookup(self, qualified: str) -> Symbol | None:
        head, _, last = qualified.rpartition(".")
        if not head:
            return ModuleSymbol(last, last) if self._scopes.module(last) else None
        owner = self.lookup(head)
        found = None if owner is None else self.attribute(owner, last)
        return None if found is None else replace(found, asked=qualified)

    def _member(self, class_name: str, name: str) -> Symbol | None:
        for base in self.mro(class_name):
            found = self._scopes.in_class(base, name)
            if found is not None:
                return self._definitions.symbol(found, f"{class_name}.{name}")
        return None

    def _named(self, receiver: Named | str) -> Named:
        return Named(self.canonical(receiver)) if isinstance(receiver, str) else receiver

    def _filled(self, receiver: Named, symbol: Symbol, type_: TypeExpr) -> TypeExpr:
        owner = symbol.owner if isinstance(symbol, FunctionSymbol | VariableSymbol) else ""
        return substitute(type_, self._classes.arguments(receiver, owner) if owner else {}, receiver)

    def _result(self, function: FunctionSymbol, call: CallShape) -> TypeExpr:
        key = (function.name, call, *(type(value) for _, value in call.constants))
        if key not in self._results:
            chosen = self._chosen(function, call) or function.overloads
            self._results[key] = union(self._signatures.returns(function, node) for node in chosen)
        return self._results[key]

    def _chosen(self, function: FunctionSymbol, call: CallShape) -> tuple[Function, ...]:
        if len(function.overloads) == 1:
            return function.overloads
        indices = choose([self._signatures.params(function, node) for node in function.overloads], call)
        return tuple(function.overloads[index] for index in indices)

    def _called(self, type_: TypeExpr, call: CallShape) -> TypeExpr:
        if isinstance(type_, Callable):
            return type_.returns
        named = as_named(type_)
        if named is None:
            return UNKNOWN
        if named.name != "builtins.type":
            return self.method_returns(named, "__call__", call)
        made = as_named(named.args[0]) if named.args else None
        return UNKNOWN if made is None else self.constructed(made.name, call)

    def _constructor(self, class_name: str) -> FunctionSymbol | None:
        """``__init__`` or ``__new__``, whichever the class or the nearest base defines."""
        for base in self.mro(class_name)[:-1]:
            for name in ("__init__", "__new__"):
                if self._scopes.in_class(base, name) is not None:
                    found = self.member(class_name, name)
                    return found if isinstance(found, FunctionSymbol) else None
        return None
