"""What a name in a stub stands for: a module, a class, a function with its overloads, or a variable."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

from porter.inference.stubs_types import Callable, TypeExpr, TypeVarRef, alternatives

Constant = str | bytes | int | float | bool | None | type[slice]
"""Values of literal arguments that can decide between overloads; the class ``slice`` stands for a slice expression."""


@dataclass(frozen=True, slots=True)
class ModuleSymbol:
    """A module that has a stub."""

    name: str
    asked: str
    """The name under which it was asked for, before imports and aliases were followed."""


@dataclass(frozen=True, slots=True)
class ClassSymbol:
    """A class."""

    name: str
    """Canonical: where it is defined."""
    asked: str


@dataclass(frozen=True, slots=True)
class FunctionSymbol:
    """A function or method with its overloads, in order."""

    name: str
    """Canonical: for a method, the class that defines it and the method."""
    asked: str
    module: str
    """The stub module whose names its annotations use."""
    owner: str = ""
    """Canonical name of the defining class; empty for a plain function."""
    kind: Literal["function", "method", "classmethod", "staticmethod"] = "function"
    bound: bool = False
    """Whether its receiver is already given: ``random.random`` is a method of a hidden instance."""
    overloads: tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...] = field(default=(), repr=False)

    @property
    def takes_receiver(self) -> bool:
        """Whether its first parameter is ``self`` or ``cls``."""
        return self.kind in ("method", "classmethod")


@dataclass(frozen=True, slots=True)
class VariableSymbol:
    """A variable, attribute or property; also a type alias or type parameter."""

    name: str
    asked: str
    type: TypeExpr
    """What reading it gives, in terms of the type parameters of ``owner``."""
    owner: str = ""
    """Canonical name of the defining class; empty for a module's variable."""
    is_property: bool = False
    alias: TypeExpr | None = None
    """The type that the name abbreviates, when it is a type alias or a type parameter."""


Symbol = ModuleSymbol | ClassSymbol | FunctionSymbol | VariableSymbol


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a signature; ``self`` and ``cls`` are left out."""

    name: str
    kind: Literal["positional", "either", "keyword", "star", "double_star"]
    type: TypeExpr
    required: bool = True

    @property
    def is_callable(self) -> bool:
        """Whether it may take something that the callee then calls."""
        return any(
            isinstance(item, Callable)
            or (isinstance(item, TypeVarRef) and item.bound is not None and isinstance(item.bound, Callable))
            for item in alternatives(self.type)
        )


@dataclass(frozen=True, slots=True)
class CallShape:
    """What is known of a call's arguments without inference; the receiver of a bound method is not among them."""

    positional: int = 0
    keywords: tuple[str, ...] = ()
    constants: tuple[tuple[int | str, Constant], ...] = ()
    """Literal arguments: position or keyword, and the value."""
    open_ended: bool = False
    """Whether ``*args`` or ``**kwargs`` may bring more."""

    def constant(self, key: int | str) -> tuple[Constant] | None:
        """The literal value given at a position or keyword, in a tuple of one, since it may be ``None``."""
        for known, value in self.constants:
            if known == key and type(known) is type(key):
                return (value,)
        return None
