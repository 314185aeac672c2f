"""The order of the names in one import, as people and their tools keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import libcst as cst

Key = Callable[[str], tuple[int, str]]


def _by_type(name: str) -> tuple[int, str]:
    """Constants, classes, the rest: what isort and ruff do by default."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower()


ORDERS: Mapping[str, Key] = {
    "type": _by_type,
    "letters": lambda name: (0, name.lower()),
    "code": lambda name: (0, name),
}
"""Ways of sorting, the commonest first."""


def order_of(names: Sequence[str]) -> str:
    """The way in which names are sorted; empty if they are not."""
    for order, key in ORDERS.items():
        keys = [key(name) for name in names]
        if keys == sorted(keys):
            return order
    return ""


def sorted_names(node: cst.ImportFrom, order: str) -> cst.ImportFrom:
    """An import with its names in order; commas and line breaks stay. Names with comments of their own stay, too."""
    assert not isinstance(node.names, cst.ImportStar)
    if any("#" in cst.Module(()).code_for_node(alias) for alias in node.names):
        return node
    key = ORDERS[order]
    aliases = sorted(node.names, key=lambda alias: key(_name(alias)))
    commas = [alias.comma for alias in node.names]
    return node.with_changes(names=[one.with_changes(comma=comma) for one, comma in zip(aliases, commas, strict=True)])


def with_name(node: cst.ImportFrom, code: str) -> cst.ImportFrom:
    """An import with one more name, in its place when the names are sorted, else at the end."""
    assert not isinstance(node.names, cst.ImportStar)
    names = [_name(alias) for alias in node.names]
    name, _, alias = code.partition(" as ")
    new = cst.ImportAlias(cst.Name(name), cst.AsName(cst.Name(alias)) if alias else None)
    order = order_of(names)
    index = len(names)
    if order:
        key = ORDERS[order]
        index = next((at for at, other in enumerate(names) if key(other) > key(name)), len(names))
    aliases = [*node.names[:index], new, *node.names[index:]]
    if index < len(names):
        aliases[index] = new.with_changes(comma=node.names[max(index - 1, 0)].comma)
        return node.with_changes(names=aliases)
    between = node.names[-2].comma if len(names) > 1 else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    aliases[-2] = aliases[-2].with_changes(comma=between)
    aliases[-1] = new.with_changes(comma=node.names[-1].comma)
    return node.with_changes(names=aliases)


def _name(alias: cst.ImportAlias) -> str:
    """What is imported; ``import-from`` names have no dots."""
    return cst.ensure_type(alias.name, cst.Name).value
