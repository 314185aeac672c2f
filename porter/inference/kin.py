"""Kin: methods of classes that the program makes no object of, which its users may pass where others of a family are met."""

from __future__ import annotations

import functools

from porter.facts.model import Scope
from porter.inference.result import Inference
from porter.inference.state import Site
from porter.inference.values import ClassValue


@functools.lru_cache(maxsize=2)
def _known(inference: Inference) -> dict[Site, tuple[Scope, ...]]:
    """What has been found of a program's places."""
    return {}


def kin(inference: Inference, site: Site) -> tuple[Scope, ...]:
    """The methods of classes for users that a call on objects of several classes with one base may reach as well.

    The base class need not declare the method: that the program calls it on objects of more than one of its classes says enough.
    """
    known = _known(inference)
    if site not in known:
        known[site] = _kin(inference, site)
    return known[site]


def _kin(inference: Inference, site: Site) -> tuple[Scope, ...]:
    program = inference.program
    if site.role != "call" or len(site.functions) < 2:
        return ()
    met: dict[ClassValue, str] = {}
    for function in site.functions:
        owner = program.classes.get(function.parent) if function.parent is not None else None
        if owner is not None and not function.name.startswith("__"):
            met[owner] = function.name
    above = [base for cls in met for base in cls.mro[1:] if isinstance(base, ClassValue)]
    families = dict.fromkeys(base for base in above if above.count(base) > 1)
    found: dict[Scope, None] = {}
    for base in families:
        for cls in program.descendants(base):
            if cls not in met and not any(sub in inference.state.made for sub in program.descendants(cls)):
                names = {name for owner, name in met.items() if base in owner.mro}
                found.update((child, None) for child in cls.scope.children if child.kind == "function" and child.name in names)
    return tuple(found)
