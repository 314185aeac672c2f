"""Types that change with what they describe: the asynchronous form of an annotation; on libcst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from porter.syntax.shapes import expression, name_of


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
    types: Mapping[str, str] = field(default_factory=dict)
    """Types that change wherever they stand, in the arguments of others as well."""
    parameters: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Positions in the parameter lists of ``callables``, and the types that take the place of the one there."""

    def inside(self) -> Forms:
        """What changes in the arguments of a type that changed itself, which may name others of the same kind."""
        return Forms({}, types=self.types)


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
        case cst.List(elements=elements):
            inner = forms.inside()
            return node.with_changes(elements=[one.with_changes(value=asynchronous(one.value, inner)) for one in elements])
    return node


def _named(node: cst.Name | cst.Attribute, forms: Forms) -> cst.BaseExpression:
    new = forms.names.get(name_of(node)) or forms.types.get(name_of(node))
    return node if new is None else expression(new).with_changes(lpar=node.lpar, rpar=node.rpar)


def _subscripted(node: cst.Subscript, forms: Forms) -> cst.BaseExpression:
    base = name_of(node.value)
    slices = list(node.slice)
    inner = forms
    if base in forms.names:
        if base in forms.generators and len(slices) == 3:
            slices = [slices[0], slices[1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
        inner = forms.inside()
    value = asynchronous(node.value, forms) if base in forms.names or base in forms.types else node.value
    *first, last = slices
    if base in forms.callables:
        slices = [*(_parameters(one, forms) for one in first), _changed(last, inner, forms.awaitable)]
    else:
        slices = [_changed(one, inner, "") for one in slices]
    return node.with_changes(value=value, slice=slices)


def _changed(element: cst.SubscriptElement, forms: Forms, awaitable: str) -> cst.SubscriptElement:
    match element.slice:
        case cst.Index(value=value):
            made = asynchronous(value, forms.inside() if awaitable else forms)
            made = expression(f"{awaitable}[{{value}}]", value=made) if awaitable else made
            return element.with_changes(slice=element.slice.with_changes(value=made))
    return element


def _parameters(element: cst.SubscriptElement, forms: Forms) -> cst.SubscriptElement:
    """The list of a callable's parameters, in which one may become two."""
    match element.slice:
        case cst.Index(value=cst.List(elements=elements) as listed):
            made: list[cst.BaseElement] = []
            for position, one in enumerate(elements):
                types = forms.parameters.get(position, ())
                parts = [expression(text) for text in types] or [asynchronous(one.value, forms.inside())]
                made += [cst.Element(part, comma=_COMMA) for part in parts[:-1]]
                made.append(one.with_changes(value=parts[-1]))
            return element.with_changes(slice=element.slice.with_changes(value=listed.with_changes(elements=made)))
    return element


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _in_string(node: cst.SimpleString, forms: Forms) -> cst.BaseExpression:
    text = node.raw_value
    try:
        inner = cst.parse_expression(text.strip())
    except cst.ParserSyntaxError:
        return node
    changed = cst.Module(()).code_for_node(asynchronous(inner, forms))
    head = len(node.prefix) + len(node.quote)
    return node.with_changes(value=f"{node.value[:head]}{changed}{node.quote}")
