"""Names that a user's rows replace: classes, and functions that give what is entered or looped over asynchronously.

A row for a method, ``pkg.Stream.read`` → ``pkg.AsyncStream.read``, says of the classes as well which stands for which.
"""

from __future__ import annotations

import functools

from porter.catalogue import Catalogue, Row
from porter.catalogue.entry import USER
from porter.facts.model import Scope
from porter.inference.program import Named, Program
from porter.inference.result import Inference
from porter.inference.values import ClassValue, External


@functools.lru_cache(maxsize=2)
def replaced_names(inference: Inference, catalogue: Catalogue) -> dict[str, str]:
    """Full names of what is used in the source, with the full names of what the port uses instead.

    A name that rows speak of in two ways is left out; so is what the targets define themselves.
    """
    found: dict[str, set[str]] = {}
    for row in catalogue.rows:
        if row.library != USER or not row.asyncio:
            continue
        pairs = [(row.name.rpartition(".")[0], row.asyncio.rpartition(".")[0])]
        if row.becomes != "await":
            pairs.append((row.name, row.asyncio))
        for old, new in pairs:
            meant = _lookup(inference.program, old)
            if old == new or meant is None or not new or _is_ported(inference.program, meant):
                continue
            if _is_class(meant) or (old == row.name and isinstance(meant, (Scope, External))):
                own = _own_names(inference, meant)
                for name in {old, *own} if old in own else {old}:  # an alias speaks for itself alone
                    found.setdefault(name, set()).add(new)
    return {old: next(iter(new)) for old, new in found.items() if len(new) == 1}


@functools.lru_cache(maxsize=2)
def overrides_of_rows(inference: Inference, catalogue: Catalogue) -> dict[Scope, Row]:
    """Methods of the targets that override what a row names in a base class: they follow the base's other colour."""
    rows = {row.name: row for row in catalogue.rows if row.library == USER and row.becomes == "await"}
    found: dict[Scope, Row] = {}
    for cls in inference.program.classes.values() if rows else ():
        if not inference.program.module_for(cls.scope).source.is_target:
            continue
        for child in cls.scope.children:
            names = (f"{base.name}.{child.name}" for base in cls.mro if base is not cls)
            row = next((rows[name] for name in names if name in rows), None)
            if row is not None and child.kind == "function" and not child.is_generator:
                found[child] = row
    return found


def _is_class(meant: Named) -> bool:
    """Whether it is a class; of a library that is not at hand, its name alone tells it from a module."""
    if isinstance(meant, External) and meant.kind == "unknown":
        return meant.name.rpartition(".")[2].lstrip("_")[:1].isupper()
    return isinstance(meant, ClassValue) or (isinstance(meant, External) and meant.kind == "class")


def _is_ported(program: Program, meant: Named) -> bool:
    """Whether it is defined in a target: what becomes of its name, the settings say elsewhere."""
    scope = meant.scope if isinstance(meant, ClassValue) else meant
    return isinstance(scope, Scope) and program.module_for(scope).source.is_target


def _own_names(inference: Inference, meant: Named) -> set[str]:
    """The names of the definition itself."""
    match meant:
        case ClassValue(name=name):
            return {name}
        case Scope() as scope:
            return {f"{inference.program.module_for(scope).name}.{scope.qualname}"}
        case External(name=name):
            return {name, inference.state.outside.public(name)}
    return set()


def _lookup(program: Program, name: str) -> Named | None:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        value: Named | None = program.module_values.get(".".join(parts[:cut]))
        if value is not None:
            for part in parts[cut:]:
                value = program.attribute(value, part) if value is not None else None
            return value if cut < len(parts) else None
    return program.outside(name) if len(parts) > 1 else None
