"""The idioms by name, for options and for ``porter explain``."""

from __future__ import annotations

from porter.idioms.all import IDIOMS
from porter.idioms.idiom import Idiom


def idioms_by_name() -> dict[str, Idiom]:
    """All idioms, in the order they are tried."""
    return {idiom.name: idiom for idiom in IDIOMS}


def idiom_names() -> list[str]:
    """Their names."""
    return list(idioms_by_name())
