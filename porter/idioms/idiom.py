"""What an idiom is, as data: edits it proposes, refusals, examples. No idiom imports another; all import this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from porter.syntax.places import Span

Where = Literal["node", "before", "after"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One use of one idiom at one place.

    ``where="node"``: the idiom's ``rewrite`` gets the libcst node that stands at ``span`` and is of the kind ``target``,
    and returns its replacement. ``where="before"`` or ``"after"``: ``span`` is a statement's, and the statements that
    ``rewrite`` returns are inserted on lines of their own beside it.
    """

    idiom: str
    """Name of the idiom that carries it out."""
    path: str
    """``SourceFile.shown`` of the file."""
    span: Span
    """The node's span as ``ast`` gives it (a ``def``'s starts at ``def`` or ``async``, not at its decorators)."""
    target: str
    """Name of the node's ``ast`` class: ``Call``, ``FunctionDef``, ``With``, ``Expr`` (the statement), ``arg``, ``alias``,
    ``Name``... ``argument`` means the argument of a call whose value has that span; ``withitem`` and ``comprehension``
    are found by the span of their ``context_expr`` and ``target``."""
    action: str
    """What to do there; a word of the idiom's own."""
    data: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Picklable facts that the action needs: names, flags, source text."""
    where: Where = "node"
    whole: bool = False
    """Structural: it owns the whole statement at ``span``, bodies included (a lifted ``with``, a removed ``def``)."""
    imports: tuple[str, ...] = ()
    """Import statements that the new text needs, as source: ``import asyncio``, ``from pkg import name``."""
    group: str = ""
    """The group it belongs to; a group changes together or not at all."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A place that was not ported, why, and what the user can do about it."""

    path: str
    span: Span
    reason: str
    remedy: str
    idiom: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A named before and after, used as a test, in the docs and by ``porter explain``."""

    name: str
    before: str
    after: str
    """Equal to ``before`` when the point is that nothing changes."""
    why: str = ""
