"""The tasks that serve a server's connections: who keeps them, and what becomes of them when the program ends.

``asyncio.start_server`` makes a task for each connection itself, if what it calls is a coroutine function. Two things
speak against that. ``serve_forever``, once cancelled, waits for open connections from Python 3.12.1 on, so that a server
with an idle client would not heed Ctrl+C; and some releases (3.11.7, 3.12.1) print a traceback for each task of theirs
that is cancelled. So a server makes these tasks itself, unless it is one that its own program talks to and then ends.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import Literal

from porter.idioms.idiom import View
from porter.idioms.lasting import Lasting
from porter.idioms.scripts import entry_functions
from porter.idioms.task_scopes import task_scopes
from porter.inference.lifetimes import serves_in_daemons
from porter.inference.objects import reached
from porter.inference.serving import keyword
from porter.inference.sockets import AcceptLoop
from porter.inference.values import ExternalInstance

Keeper = Literal["library", "server", "program"]


@dataclass(frozen=True, slots=True)
class Connections:
    """How the connections of one accept loop are served."""

    keeper: Keeper
    """Who refers to their tasks: ``start_server``'s own machinery, a set of the function that serves, a set of the program."""
    awaited: bool
    """Whether they are waited for at the end, as threads are that are no daemons."""


def connections_of(view: View, loop: AcceptLoop) -> Connections:
    """How to serve the connections of an accept loop whose handler became a coroutine."""
    if serves_in_daemons(view.inference, task_scopes(view).found, loop):
        named = keyword(loop.thread, "name", 2) is not None
        own = named or not (_is_a_task(view, loop) and _talks_to_itself(view))
        return Connections("server" if own else "library", awaited=False)
    return Connections("server" if loop.scope in entry_functions(view) else "program", awaited=True)


def _is_a_task(view: View, loop: AcceptLoop) -> bool:
    """Whether the server only runs in tasks that were threads: whoever cancels one does not wait for it without limit."""
    scopes = task_scopes(view)
    return loop.scope in scopes.tasks and loop.scope not in scopes.main


def _talks_to_itself(view: View) -> bool:
    """Whether the program connects to servers, too: its own clients are gone before it ends."""
    found = {origin for group in view.sockets.groups for origin in group.origins}
    if any(origin.source == "socket.create_connection" for origin in found if isinstance(origin, ExternalInstance)):
        return True
    uses = (use for group in view.sockets.groups for use in group.uses)
    return any(use.kind == "method" and use.attr in ("connect", "connect_ex") for use in uses)


def keep_connections(view: View, lasting: Lasting) -> dict[AcceptLoop, str]:
    """The program's set for the tasks of each accept loop that need one. The same for each new ``lasting``."""
    names = {}
    for loop in view.sockets.accept_loops.values():
        lasting.hold(functools.partial(_serving_part, view, loop))
        group = view.sockets.listener(loop)
        is_streams = group is not None and group.lowering == "plain" and loop.module.source.is_target
        if is_streams and serves_coroutine(view, loop) and connections_of(view, loop).keeper == "program":
            names[loop] = lasting.name(loop.module, daemon=False)
    return names


def serves_coroutine(view: View, loop: AcceptLoop) -> bool:
    """Whether what the thread ran became a coroutine."""
    for node in (loop.thread, loop.statements[-1].value):  # type: ignore[attr-defined]
        site = view.inference.site(node, "spawn")
        if site is not None:
            return any(view.colours.is_async(function) for function in site.functions)
    return False


def _serving_part(view: View, loop: AcceptLoop, body: list[ast.stmt]) -> int | None:
    """The position of the statement of a block in which the server runs, to the end of the program; None for none."""
    for position, statement in enumerate(body):
        for node in ast.walk(statement):
            site = view.inference.site(node) if isinstance(node, ast.Call) else None
            if site is not None and site.functions and loop.scope in reached(view.inference, site.functions):
                return position
    return None
