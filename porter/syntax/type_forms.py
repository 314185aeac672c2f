"""Types that change with what they describe: the asynchronous form of an annotation; on libcst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import libcst as cst

from porter.syntax.shapes import dotted, expression, name_of


@dataclass(frozen=True, slots=True)
class Forms:
    """What changes in an annotation."""

    names: Mapping[str, str]
    """Spelled types, and what takes their place."""
    generators: frozenset[str] = frozenset()
    """Those of them that lose their third argument, what a generator returns."""
    callables: frozenset[str] = frozenset()
    """Spelled ``Callable``s."""
    awaitable: str = ""
    """What is put around what they return; empty for nothing."""


def asynchronous(node: cst.BaseExpression, forms: Forms) -> cst.BaseExpression:
    """The annotation with the types changed, inside unions, containers and strings as well."""
    match node:
        case cst.SimpleString():
            return _in_string(node, forms)
        case cst.Name() | cst.Attribute():
            return _named(node, forms)
        case cst.BinaryOperation(left=left, right=right):
            return node.with_changes(left=asynchronous(left, forms), right=asynchronous(right, forms))
        case cst.Subscript():
            return _subscripted(node, forms)
    return node


def _named(node: cst.Name | cst.Attribute, forms: Forms) -> cst.BaseExpression:
    new = forms.names.get(name_of(node))
    return node if new is None else dotted(new).with_changes(lpar=node.lpar, rpar=node.rpar)


def _subscripted(node: cst.Subscript, forms: Forms) -> cst.BaseExpression:
    base = name_of(node.value)
    slices = list(node.slice)
    if base in forms.names:
        if base in forms.generators and len(slices) == 3:
            slices = [slices[0], slices[1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
        value = _named(cst.ensure_type(node.value, (cst.Name, cst.Attribute)), forms)  # type: ignore[arg-type]
        return node.with_changes(value=value, slice=slices)
    if base in forms.callables:
        slices[-1:] = [_changed(slices[-1], forms, forms.awaitable)]
    else:
        slices = [_changed(one, forms, "") for one in slices]
    return node.with_changes(slice=slices)


def _changed(element: cst.SubscriptElement, forms: Forms, awaitable: str) -> cst.SubscriptElement:
    match element.slice:
        case cst.Index(value=value):
            made = expression(f"{awaitable}[{{value}}]", value=value) if awaitable else asynchronous(value, forms)
            return element.with_changes(slice=element.slice.with_changes(value=made))
    return element


def _in_string(node: cst.SimpleString, forms: Forms) -> cst.BaseExpression:
    text = node.raw_value
    try:
        inner = cst.parse_expression(text.strip())
    except cst.ParserSyntaxError:
        return node
    changed = cst.Module(()).code_for_node(asynchronous(inner, forms))
    head = len(node.prefix) + len(node.quote)
    return node.with_changes(value=f"{node.value[:head]}{changed}{node.quote}")
