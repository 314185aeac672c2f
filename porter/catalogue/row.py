"""The type of a catalogue row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["function", "class", "method", "attribute", "iteration", "parameter", "local"]
Becomes = Literal["await", "async with", "async for", "thread", "streams", "task", "split", "factory", "helper", "none", "plain"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BECOMES: tuple[Becomes, ...] = get_args(Becomes)


class CatalogueError(Exception):
    """A row that cannot be used. The text says where it stands, what is wrong, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Row:
    """One blocking API, or a harmless one that a lowering touches, and what stands for it in asyncio."""

    name: str
    """Public dotted name. ``socket.socket.makefile().read`` is a method of what ``socket.socket.makefile`` gives."""
    kind: Kind
    becomes: Becomes
    """``await``, ``async with``, ``async for``: how the equivalent is used; ``thread``: a hop by
    ``asyncio.to_thread``; ``streams``, ``task``, ``split``, ``factory``, ``helper``: the idiom's own rewrite;
    ``none``: no equivalent, see ``remedy``; ``plain``: it does not block, and keeps its colour."""
    asyncio: str = ""
    """The equivalent's dotted name; equal to ``name`` when it keeps it. Of a thread hop, what makes it, if that is not
    ``asyncio.to_thread``."""
    blocks: bool = True
    """Whether calling it (entering it, iterating over it) holds up an event loop."""
    files: bool = False
    """Whether it works on regular files, which the setting ``files = "keep"`` leaves as they are."""
    differs: str = ""
    """What is not the same, in arguments, results and order."""
    exceptions: str = ""
    """What is not the same in the exceptions raised."""
    since: tuple[int, int] = (3, 11)
    """First Python version that has the equivalent."""
    needs: str = ""
    """The distribution that the equivalent comes from; empty for the standard library."""
    idiom: str = ""
    """Name of the idiom that handles it; empty for the general ones."""
    remedy: str = ""
    """What the user can do where porter does nothing."""
    source: str = ""
    """Where the facts are from."""
    example: tuple[str, str] = ("", "")
    """Before and after."""
    library: str = ""
    """The module or distribution it belongs to; ``[[catalogue]]`` for a user's row."""

    @property
    def tail(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]
