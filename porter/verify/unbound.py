"""Closed: no name is left behind that nothing binds any more."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from porter.facts import FileFacts, index
from porter.plan.model import Fault, FileChange

CHECK = "unbound"
_KNOWN = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__path__", "__spec__", "__class__", "__annotations__"}


def check(change: FileChange) -> Iterator[Fault]:
    """Names that the new text reads and nothing in it binds, if the old text had no such. Both texts must parse."""
    facts = index(change.new)
    after = [] if any(_is_star(node) for _, node in facts.imports) else list(_unbound(facts))
    before = {name for name, _ in _unbound(index(change.old))} if after else set()
    for name, line in after:
        if name not in before:
            yield Fault(change.path, line, CHECK, f"nothing binds `{name}` any more")


def _is_star(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _unbound(facts: FileFacts) -> Iterator[tuple[str, int]]:
    for node in facts.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in _KNOWN:
            if facts.scope_of(node).binding(node.id) is None:
                yield node.id, node.lineno
