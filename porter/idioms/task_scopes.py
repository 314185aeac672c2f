"""Which code runs in tasks that were threads, which in the main task, which in threads that stay threads."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.idioms.groups import threads_left
from porter.idioms.idiom import View
from porter.inference.objects import reached
from porter.inference.request_servers import GROUP, request_servers
from porter.inference.spawning import Spawn, ThreadClass, Threads, becomes_task, find_threads


@dataclass(frozen=True, slots=True, eq=False)
class TaskScopes:
    """The functions of a program by what runs them; one may be in several sets."""

    targets: frozenset[Scope]
    """What threads ran and tasks run now."""
    tasks: frozenset[Scope]
    """The targets and all that they call; and what serves requests."""
    served: frozenset[Scope]
    """What serves requests, for which a server may make a task, and all that it calls."""
    main: frozenset[Scope]
    """What the program runs from its start on."""
    threads: frozenset[Scope]
    """What runs in threads that stay threads."""
    spawns: tuple[Spawn, ...]
    classes: tuple[ThreadClass, ...]
    """The threads that become tasks."""
    found: Threads
    """All threads."""


@functools.lru_cache(maxsize=2)
def task_scopes(view: View) -> TaskScopes:
    """The sets for these colours."""
    inference = view.inference
    targets = {
        function
        for site in inference.sites
        if site.role == "spawn"
        for function in site.functions
        if view.colours.is_async(function)
    }
    servants = _servants(view)
    called = {function for site in inference.sites for function in site.functions}
    modules = [module.facts.module for module in inference.program.modules.values()]
    free = [
        scope
        for module in inference.program.modules.values()
        for scope in module.facts.scopes.values()
        if scope.kind == "function" and scope not in called and scope not in servants
    ]
    found = find_threads(inference, view.sockets)
    return TaskScopes(
        frozenset(targets),
        frozenset(reached(inference, [*targets, *servants])),
        frozenset(reached(inference, servants)),
        frozenset(reached(inference, [*modules, *free])),
        threads_left(view),
        tuple(spawn for spawn in found.spawns if becomes_task(spawn, view.colours)),
        tuple(cls for cls in found.classes if view.colours.is_async(cls.run)),
        found,
    )


def _servants(view: View) -> frozenset[Scope]:
    """What servers call to serve a request, where they and their handlers become asynchronous."""
    found = request_servers(view.inference, view.catalogue)
    return frozenset() if GROUP in view.refused else found.coroutines | found.looked_up
