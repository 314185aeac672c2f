"""Class hierarchies of stubs: method resolution order, type parameters, and how arguments pass to bases."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from porter.inference.stubs_annotations import Annotations, Scope
from porter.inference.stubs_scopes import Scopes, dotted
from porter.inference.stubs_types import (
    UNKNOWN,
    Named,
    TypeExpr,
    TypeVarRef,
    as_named,
    substitute,
    type_variables,
)

OBJECT = "builtins.object"


class Classes:
    """What the class statements of stubs say of bases and parameters, by canonical class name."""

    def __init__(self, scopes: Scopes, annotations: Annotations) -> None:
        self._scopes = scopes
        self._annotations = annotations
        self._mro: dict[str, tuple[str, ...]] = {}
        self._bases: dict[str, tuple[Named, ...]] = {}
        self._parameters: dict[str, tuple[TypeVarRef, ...]] = {}
        self._arguments: dict[tuple[Named, str], Mapping[str, TypeExpr]] = {}

    def mro(self, name: str) -> tuple[str, ...]:
        """The method resolution order, ``object`` last; empty for what is not a class of a stub."""
        if name not in self._mro:
            self._mro[name] = ()
            if self._scopes.class_info(name) is not None:
                self._mro[name] = self._linear(name)
        return self._mro[name]

    def bases(self, name: str) -> tuple[Named, ...]:
        """The direct bases in terms of the class's own parameters; ``Generic`` and the like are left out."""
        if name not in self._bases:
            self._bases[name] = ()
            self._bases[name] = tuple(
                base for node in self._base_nodes(name) if (base := as_named(self._convert(name, node))) is not None
            )
        return self._bases[name]

    def parameters(self, name: str) -> tuple[TypeVarRef, ...]:
        """The type parameters: those of ``Generic`` or ``Protocol``, else in order of appearance in the bases."""
        if name not in self._parameters:
            self._parameters[name] = ()
            self._parameters[name] = self._find_parameters(name)
        return self._parameters[name]

    def arguments(self, receiver: Named, ancestor: str) -> Mapping[str, TypeExpr]:
        """What the parameters of ``ancestor`` stand for in ``receiver``; ``Unknown`` where that is not stated."""
        key = receiver, ancestor
        if key not in self._arguments:
            self._arguments[key] = {}
            self._arguments[key] = self._find_arguments(receiver, ancestor)
        return self._arguments[key]

    def _find_arguments(self, receiver: Named, ancestor: str) -> Mapping[str, TypeExpr]:
        parameters = self.parameters(receiver.name)
        given = (*receiver.args, *(var.default or UNKNOWN for var in parameters[len(receiver.args) :]))
        mapping = {var.name: arg for var, arg in zip(parameters, given, strict=False)}
        if receiver.name == ancestor:
            return mapping
        for base in self.bases(receiver.name):
            if ancestor in self.mro(base.name):
                passed = substitute(base, mapping)
                return self.arguments(passed, ancestor) if isinstance(passed, Named) else {}
        return {}

    def _find_parameters(self, name: str) -> tuple[TypeVarRef, ...]:
        seen: dict[TypeVarRef, None] = {}
        for node in self._base_nodes(name):
            special = isinstance(node, ast.Subscript) and dotted(node.value).rpartition(".")[2] in (
                "Generic",
                "Protocol",
            )
            converted = self._type_arguments(name, node.slice) if special and isinstance(node, ast.Subscript) else ()
            if converted:
                return converted
            seen.update(dict.fromkeys(type_variables(self._convert(name, node))))
        return tuple(seen)

    def _type_arguments(self, name: str, node: ast.expr) -> tuple[TypeVarRef, ...]:
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        converted = (self._convert(name, item) for item in items)
        return tuple(item for item in converted if isinstance(item, TypeVarRef))

    def _convert(self, name: str, node: ast.expr) -> TypeExpr:
        """A base of a class as a type: names mean what they mean outside of its body."""
        info = self._scopes.class_info(name)
        return UNKNOWN if info is None else self._annotations.convert(node, Scope(info.module))

    def _base_nodes(self, name: str) -> list[ast.expr]:
        info = self._scopes.class_info(name)
        return info.node.bases if info else []

    def _linear(self, name: str) -> tuple[str, ...]:
        direct = [base.name for base in self.bases(name)]
        lines = [list(self.mro(base)) for base in direct]
        merged = merge([*lines, direct])
        if merged is None:
            merged = list(dict.fromkeys(item for line in lines for item in line))
        body = [item for item in merged if item not in (OBJECT, name)]
        return (name, *body) if name == OBJECT else (name, *body, OBJECT)


def merge(lines: Sequence[Sequence[str]]) -> list[str] | None:
    """The C3 merge of several orders; ``None`` if they contradict each other."""
    rest = [list(line) for line in lines if line]
    merged: list[str] = []
    while rest:
        tails = {item for line in rest for item in line[1:]}
        head = next((line[0] for line in rest if line[0] not in tails), None)
        if head is None:
            return None
        merged.append(head)
        rest = [kept for line in rest if (kept := [item for item in line if item != head])]
    return merged
