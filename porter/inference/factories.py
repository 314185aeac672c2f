"""Names for what a class gets that opens asynchronously: its factory, and the coroutine method that awaits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.inference.construction import class_of, construction
from porter.inference.init import is_constructor
from porter.inference.opening import Openings
from porter.inference.result import Inference
from porter.inference.values import ClassValue, External, Instance

FACTORY = "create"
OPENER = "_open"


@dataclass(frozen=True, slots=True)
class Names:
    """The names that all classes of a family use."""

    factory: str
    opener: str


def factory_names(inference: Inference, openings: Openings) -> dict[Scope, Names]:
    """The names by constructor. Classes that are related, or made at one place, share them."""
    found: dict[Scope, Names] = {}
    for family in _families(inference, openings):
        taken = set().union(*(_members(inference, cls) for cls in _relatives(inference, family)))
        bases = {base.name for cls in family for base in cls.mro if isinstance(base, External)}
        outside = inference.state.outside
        factory, opener = (
            next(
                name
                for name in (wanted, f"{wanted}_async", f"{wanted}_async_")
                if name not in taken and not any(outside.has_member(base, name) for base in bases)
            )
            for wanted in (FACTORY, OPENER)
        )
        for opening in openings.all:
            if opening.cls in family:
                found[opening.scope] = Names(factory, opener)
    return found


def _families(inference: Inference, openings: Openings) -> list[set[ClassValue]]:
    links = [set(_relatives(inference, [opening.cls])) for opening in openings.all]
    for site in openings.colours.awaited.values():
        if construction(inference, site) == "class":
            links.append({class_of(inference.program, scope) for scope in site.functions if is_constructor(scope)})
    families: list[set[ClassValue]] = []
    for link in links:
        touching = [family for family in families if family & link]
        families = [family for family in families if not family & link]
        families.append(link.union(*touching))
    return families


def _relatives(inference: Inference, classes: Iterable[ClassValue]) -> list[ClassValue]:
    """The classes with their ancestors and descendants."""
    found: dict[ClassValue, None] = {}
    for cls in classes:
        for base in cls.mro:
            if isinstance(base, ClassValue):
                found[base] = None
        found.update(dict.fromkeys(inference.program.descendants(cls)))
    return list(found)


def _members(inference: Inference, cls: ClassValue) -> set[str]:
    """Names of a class's methods and attributes, and of its objects' attributes."""
    fields = {attr for owner, attr in inference.state.fields if isinstance(owner, Instance) and owner.cls is cls}
    return cls.scope.bound | fields
