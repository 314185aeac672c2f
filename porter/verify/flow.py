"""What an awaitable may come to, and the steps it takes on the way there.

An *item* is an expression that holds an awaitable: itself, or wrapped, as its ``path`` says, outermost first: ``"in"``
a container, ``"of"`` a coroutine or future that gives it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Literal

from porter.inference.program import Module

Wrap = Literal["in", "of"]
End = Literal["awaited", "misused", "dropped", "escapes"]


@dataclass(frozen=True, slots=True)
class Item:
    """An expression that holds the awaitable that is followed."""

    module: Module
    node: ast.expr
    path: tuple[Wrap, ...] = ()
    sure: bool = True
    """Whether the expression is nothing else: false behind a variable that is also assigned other things."""

    is_future: bool = False
    """Whether it is scheduled: a task or a future, no bare coroutine."""

    calls: tuple[ast.AST, ...] = ()
    """The calls that it was handed into as an argument, and not come back from, innermost last."""

    @property
    def bare(self) -> bool:
        """Whether it is the awaitable itself."""
        return not self.path

    @property
    def held(self) -> bool:
        """Whether it is a container."""
        return self.path[:1] == ("in",)

    def at(self, node: ast.expr, path: tuple[Wrap, ...] | None = None) -> Item:
        """The same awaitable in another expression of the module."""
        return replace(self, node=node, path=self.path if path is None else path)

    def inside(self, node: ast.expr) -> Item:
        """The same awaitable in the container ``node``."""
        return self.at(node, ("in", *self.path))

    def out(self, node: ast.expr) -> Item:
        """What is taken out of the outermost wrap, at ``node``."""
        return self.at(node, self.path[1:])


@dataclass(frozen=True, slots=True)
class Fate:
    """Where an awaitable ends up."""

    end: End
    module: Module
    node: ast.AST
    why: str = ""
    sure: bool = True


Step = list["Item | Fate"]


def ends(item: Item, end: End, why: str = "") -> Step:
    """The awaitable ends at this expression."""
    return [Fate(end, item.module, item.node, why, item.sure)]


def misused(item: Item, why: str) -> Step:
    """The awaitable itself stands where its result was wanted; a container of them may stand there."""
    return ends(item, "misused", why) if not item.held else ends(item, "escapes")
