"""What an idiom is, as data: edits it proposes, refusals, examples. No idiom imports another; all import this."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from porter.inference.finalizers import Finalizers
from porter.syntax.places import Span

if TYPE_CHECKING:
    from porter.catalogue import Catalogue
    from porter.facts.model import Scope
    from porter.inference.blocking import Blocking
    from porter.inference.colours import Colours
    from porter.inference.program import Module
    from porter.inference.result import Inference
    from porter.inference.sockets import Sockets
    from porter.inference.toplevel import Run
    from porter.inference.values import Value
    from porter.project.model import Project
    from porter.project.settings import Settings

Outcome = Literal["ported", "offloaded", "kept", "refused"]
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


@dataclass(frozen=True, slots=True)
class Decision:
    """What an idiom makes of one blocking call."""

    outcome: Outcome
    awaited: bool = False
    """Whether the port awaits there, so that the function around it becomes asynchronous."""
    reason: str = ""
    remedy: str = ""
    group: str = ""
    """Calls of one group are ported together or not at all."""
    hop: bool = False
    """It takes a thread hop, whatever its row says: its object stays a blocking one."""


@dataclass(frozen=True, slots=True, eq=False)
class Pin:
    """A function that must stay synchronous after all, found while proposing edits."""

    scope: Scope
    node: ast.AST
    reason: str
    remedy: str
    fails: bool = False
    """Left as it is, the place raises at once when it meets something asynchronous; so a library may be left with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """What one idiom wants done."""

    edits: tuple[Edit, ...] = ()
    pins: tuple[Pin, ...] = ()
    refused: tuple[tuple[str, Refusal], ...] = ()
    """Groups that cannot be ported after all."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What idioms look at while they decide and propose: the inference, the colours and lowerings so far."""

    project: Project
    inference: Inference
    catalogue: Catalogue
    blocking: tuple[Blocking, ...]
    decisions: Mapping[Blocking, Decision]
    colours: Colours
    sockets: Sockets
    names: Mapping[Scope, str]
    """New bare names of top-level functions and classes that are renamed."""
    refused: Mapping[str, Refusal]
    """Groups that stay as they are."""
    pinned: Mapping[Scope, str]
    ready: Mapping[Scope, str] = field(default_factory=dict)
    """Functions that set an event once their server listens, and the name of that parameter."""
    wrapped: Mapping[Scope, Run] = field(default_factory=dict)
    """Module scopes whose top-level code becomes the body of a coroutine."""

    quiet: frozenset[ast.AST] = frozenset()
    """Nodes that the port never runs: what a flag reserves for the synchronous colour."""
    finalizers: Finalizers = Finalizers()
    """Each ``__del__`` that runs a coroutine as far as it need not wait."""
    agreed: bool = False
    """Whether decisions and colours agree, so that what still runs in a thread will stay there."""

    def in_coroutine(self, scope: Scope) -> bool:
        """Whether code of a scope can await in the port."""
        return scope in self.colours.causes or scope in self.wrapped

    @property
    def settings(self) -> Settings:
        """The run's settings."""
        return self.project.settings

    def module(self, scope: Scope) -> Module:
        """The module in which a scope stands."""
        return self.inference.program.module_for(scope)

    @property
    def targets(self) -> list[Module]:
        """The modules that may change."""
        return [module for module in self.inference.program.modules.values() if module.source.is_target]

    def values(self, expr: ast.expr, module: Module) -> tuple[Value, ...]:
        """What an expression may be."""
        return self.inference.values(expr, module)

    def edit(
        self,
        idiom: str,
        module: Module,
        node: ast.AST,
        action: str,
        *,
        target: str = "",
        where: Where = "node",
        whole: bool = False,
        imports: tuple[str, ...] = (),
        group: str = "",
        extra: Mapping[str, object] = MappingProxyType({}),
        **data: object,
    ) -> Edit:
        """An edit of ``node``; ``target`` defaults to the name of its class, ``extra`` is more data."""
        at = node.context_expr if isinstance(node, ast.withitem) else node
        at = at.target if isinstance(at, ast.comprehension) else at
        return Edit(
            idiom,
            module.source.shown,
            module.facts.span(at),
            target or type(node).__name__,
            action,
            MappingProxyType({**extra, **data}),
            where,
            whole,
            imports,
            group,
        )


Decide = Callable[[View, "Blocking"], "Decision | None"]
Propose = Callable[[View], Proposal]
Rewrite = Callable[[Edit, Any], Any]


@dataclass(frozen=True, slots=True)
class Idiom:
    """One kind of rewrite: a name and the functions of its file."""

    name: str
    doc: str
    propose: Propose
    rewrite: Rewrite
    decide: Decide | None = None
    examples: tuple[Example, ...] = ()
    refusals: tuple[Example, ...] = ()
