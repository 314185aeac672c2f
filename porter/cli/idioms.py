"""The idioms by name, for options and for ``porter explain``."""

from __future__ import annotations

from types import ModuleType

from porter.idioms.all import IDIOMS


def idiom_name(idiom: ModuleType) -> str:
    """An idiom's name: that of its file."""
    return idiom.__name__.rpartition(".")[2]


def idioms_by_name() -> dict[str, ModuleType]:
    """All idioms, in the order they are tried."""
    return {idiom_name(idiom): idiom for idiom in IDIOMS}


def idiom_names() -> list[str]:
    """Their names."""
    return list(idioms_by_name())
