"""Definitions as symbols: the step from statements to what they say."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from porter.inference.stubs_annotations import Annotations, Scope
from porter.inference.stubs_scopes import Definition, Scopes, dotted
from porter.inference.stubs_signatures import Signatures, decorators, effective, kind_of
from porter.inference.stubs_symbols import ClassSymbol, FunctionSymbol, ModuleSymbol, Symbol, VariableSymbol
from porter.inference.stubs_types import UNKNOWN, Named, TypeExpr

Attribute = Callable[[Symbol, str], Symbol | None]
_PROPERTIES = frozenset(("property", "cached_property", "abstractproperty"))


class Definitions:
    """Builds symbols. ``attribute`` finds attributes of symbols, for aliases such as ``random = _inst.random``."""

    def __init__(self, scopes: Scopes, annotations: Annotations, signatures: Signatures, attribute: Attribute) -> None:
        self._scopes = scopes
        self._annotations = annotations
        self._signatures = signatures
        self._attribute = attribute

    def symbol(self, found: Definition, asked: str) -> Symbol | None:
        """The symbol of a definition."""
        match found.kind:
            case "module":
                return ModuleSymbol(found.name, asked)
            case "class":
                return ClassSymbol(found.name, asked)
            case "function":
                return self._function(found, asked)
            case "variable":
                return self._aliased(found, asked) or self._variable(found, asked)

    def _function(self, found: Definition, asked: str) -> Symbol | None:
        nodes = effective(found.nodes)
        if not nodes:
            return None
        kind = kind_of(nodes[0], found.owner)
        symbol = FunctionSymbol(found.name, asked, found.module, found.owner, kind, False, nodes)
        if found.owner and decorators(nodes[0]) & _PROPERTIES:
            return VariableSymbol(found.name, asked, self._signatures.returns(symbol, nodes[0]), found.owner, True)
        return symbol

    def _variable(self, found: Definition, asked: str) -> VariableSymbol:
        alias = self._annotations.alias(found) if found.nodes else None
        return VariableSymbol(found.name, asked, self._type(found), found.owner, alias=alias)

    def _type(self, found: Definition) -> TypeExpr:
        scope = Scope(found.module, found.owner)
        match found.nodes[-1:]:
            case (ast.AnnAssign(annotation=annotation, value=value),):
                stated = self._annotations.convert(annotation, scope)
                return stated if stated != UNKNOWN else _constant(value)
            case (ast.Assign(value=value),):
                return _constant(value)
            case _:
                return UNKNOWN

    def _aliased(self, found: Definition, asked: str) -> Symbol | None:
        """Follows ``name = variable.attribute``, which names alone cannot."""
        match found.nodes[-1:]:
            case (ast.Assign(value=ast.Attribute() as value),):
                head, *rest = dotted(value).split(".")
            case _:
                return None
        origin = self._scopes.in_scope(found.module, found.owner, head)
        symbol = self.symbol(origin, asked) if origin is not None else None
        for part in rest:
            symbol = None if symbol is None else self._attribute(symbol, part)
        return None if symbol is None else replace(symbol, asked=asked)


def _constant(value: ast.expr | None) -> TypeExpr:
    match value:
        case ast.Constant(value=str() | bytes() | bool() | int() | float() as constant):
            return Named(f"builtins.{type(constant).__name__}")
        case ast.UnaryOp(operand=ast.Constant(value=int() | float() as constant)):
            return Named(f"builtins.{type(constant).__name__}")
        case _:
            return UNKNOWN
