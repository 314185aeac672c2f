"""Closed: no name is left behind that nothing binds any more."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from porter.facts import FileFacts
from porter.plan.model import Fault
from porter.verify.changed import ChangedFile

CHECK = "unbound"
_KNOWN = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__path__", "__spec__", "__class__", "__annotations__"}


def check(file: ChangedFile) -> Iterator[Fault]:
    """Names that the new text reads and nothing in it binds, if the old text had no such. Both texts must parse."""
    after = [] if any(_is_star(node) for _, node in file.new.imports) else list(_unbound(file.new))
    before = {name for name, _ in _unbound(file.old)} if after else set()
    for name, line in after:
        if name not in before:
            yield Fault(file.change.path, line, CHECK, f"nothing binds `{name}` any more")


def _is_star(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _unbound(facts: FileFacts) -> Iterator[tuple[str, int]]:
    known = _KNOWN | facts.module.bound
    for node in facts.by_type.get(ast.Name, ()):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
            if facts.scope_of(node).binding(node.id) is None:
                yield node.id, node.lineno
