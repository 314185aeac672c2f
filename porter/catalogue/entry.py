"""The catalogue of a run: the built-in rows, with a user's on top."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from porter.catalogue.reading import read, refuse_repeats, rows_of
from porter.catalogue.row import BECOMES, KINDS, Becomes, CatalogueError, Kind, Row

__all__ = ["BECOMES", "KINDS", "USER", "Becomes", "Catalogue", "CatalogueError", "Kind", "Row", "load"]

USER = "[[catalogue]]"
"""What errors and rows name as their file when a row comes from the user's settings."""

_COMMON = frozenset(name for kind in (list, dict, set, str) for name in dir(kind)) - {"get", "join"}
"""Container methods: on an unknown receiver they mean nothing. ``get`` and ``join`` stay, for queues and threads."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All rows of a run, by name."""

    rows: tuple[Row, ...]
    """In the order of the data files, each name once."""
    by_name: Mapping[str, Row]
    by_tail: Mapping[str, tuple[Row, ...]]
    """The blocking methods by their last name, each group in alphabetical order."""
    blocking_tails: frozenset[str]
    """Names of blocking methods, without their classes: what a call on an unknown receiver may be."""

    def row(self, qualified: str) -> Row | None:
        """The row of a public dotted name."""
        return self.by_name.get(qualified)

    def with_tail(self, tail: str) -> tuple[Row, ...]:
        """The blocking methods of that name, in alphabetical order: the candidates for an unknown receiver."""
        return self.by_tail.get(tail, ())


def load(extra_rows: Sequence[Mapping[str, object]] = ()) -> Catalogue:
    """The built-in rows, overridden by ``extra_rows`` of the user's settings. Raises ``CatalogueError``."""
    by_name = dict(_built_in())
    for number, table in enumerate(extra_rows, start=1):
        by_name.update((row.name, row) for row in rows_of(table, f"{USER}: row {number}", USER, ""))
    by_tail: dict[str, list[Row]] = {}
    for row in sorted(by_name.values(), key=lambda row: row.name):
        if row.blocks and row.kind == "method":
            by_tail.setdefault(row.tail, []).append(row)
    tails = frozenset(tail for tail in by_tail if not tail.startswith("__")) - _COMMON
    return Catalogue(tuple(by_name.values()), by_name, {tail: tuple(rows) for tail, rows in by_tail.items()}, tails)


@functools.cache
def _built_in() -> Mapping[str, Row]:
    rows: list[Row] = []
    files = (item for item in resources.files("porter.catalogue").iterdir() if item.name.endswith(".toml"))
    for file in sorted(files, key=lambda item: item.name):
        rows.extend(read(file.read_text(encoding="utf-8"), file.name))
    refuse_repeats(rows, "porter/catalogue")
    return {row.name: row for row in rows}
