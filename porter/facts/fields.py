"""Which fields of ``ast`` nodes hold other nodes, contexts and operators left out: ast shares these between places."""

from __future__ import annotations

import ast
from typing import Final

_LEAVES: Final = frozenset(
    ("ctx", "op", "ops", "id", "attr", "arg", "asname", "module", "level", "rest", "conversion", "is_async", "simple")
    + ("kind", "tag", "type_comment", "type_ignores")
)
"""Fields of strings, numbers, contexts and operators, whatever the node."""


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """By type of node, made when first asked for: a type may be newer than this module."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        names = () if issubclass(kind, ast.Constant) else tuple(name for name in kind._fields if name not in _LEAVES)
        self[kind] = names
        return names


FIELDS: Final = _Fields()
"""The fields that may hold a node or a list of them, in ast's order."""
