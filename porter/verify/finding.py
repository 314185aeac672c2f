"""What a check found, before it becomes a fault with path, line and group."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from porter.inference.program import Module


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a node of a module."""

    module: Module
    node: ast.AST
    check: str
    message: str
    cause: ast.AST | None = None
    """The definition behind it, such as the coroutine function whose call is not awaited."""

    @property
    def line(self) -> int:
        """The line, from 1."""
        return getattr(self.node, "lineno", 1)
