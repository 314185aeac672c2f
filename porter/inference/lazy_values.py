"""Lazy iterators as values: what ``zip``, ``map`` and ``itertools`` make, which take an element only when asked for one."""

from __future__ import annotations

import ast

from porter.inference.values import Container, Value

_OF_ITERTOOLS = (
    *("accumulate", "batched", "chain", "compress", "cycle", "dropwhile", "filterfalse", "groupby", "islice"),
    *("pairwise", "starmap", "takewhile", "zip_longest"),
)
LAZY_CLASSES = frozenset(
    [f"builtins.{name}" for name in ("zip", "map", "filter", "enumerate", "callable_iterator")]
    + [f"itertools.{name}" for name in _OF_ITERTOOLS]
)
"""Classes of such iterators."""
TAKING_FUNCTIONS = frozenset(
    ["builtins.map", "builtins.filter", "builtins.iter"]
    + [f"itertools.{name}" for name in ("accumulate", "dropwhile", "filterfalse", "groupby", "starmap", "takewhile")]
)
"""Those that call a function for each element."""
_ITERATORS = frozenset(("typing.Iterator", "collections.abc.Iterator"))


def made_by(value: Value) -> ast.AST | None:
    """The call that made a lazy iterator; the groups of ``groupby`` and the branches of ``tee`` come from theirs."""
    if not isinstance(value, Container) or value.cls not in LAZY_CLASSES | _ITERATORS:
        return None
    if not isinstance(value.site, tuple):
        return value.site if isinstance(value.site, ast.Call) else None
    node, *rest = value.site
    if value.cls in _ITERATORS and rest and isinstance(rest[0], Container) and rest[0].cls == "itertools.groupby":
        return made_by(rest[0])
    return node if isinstance(node, ast.Call) and "iter" not in rest else None
