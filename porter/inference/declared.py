"""What annotations declare, asked where values are mixed: a hint decides only what nothing else does."""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference.result import Inference
from porter.inference.values import External

_CONTAINERS = frozenset(f"builtins.{name}" for name in ("list", "dict", "set", "frozenset", "tuple", "str", "bytes"))


def gives_container(inference: Inference, node: ast.AST) -> bool:
    """Whether all functions that a call reaches are annotated to return a plain container."""
    site = inference.site(node) if isinstance(node, ast.Call) else None
    return site is not None and bool(site.functions) and all(_is_container(inference, f) for f in site.functions)


def _is_container(inference: Inference, scope: Scope) -> bool:
    returns = getattr(scope.node, "returns", None)
    if isinstance(returns, ast.Subscript):
        returns = returns.value
    if not isinstance(returns, (ast.Name, ast.Attribute)):
        return False
    found = inference.program.resolve(returns, scope.parent or scope)
    return isinstance(found, External) and found.name in _CONTAINERS
