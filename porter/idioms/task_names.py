"""Names of tasks: variables named after threads are named after tasks, and new ones are found for those without a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain, count

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, View
from porter.inference.spawning import Spawn, thread_holders


def renamed(scope: Scope, name: str) -> str:
    """``server_thread`` → ``server_task``, where the new name is free."""
    new = name.replace("threads", "tasks").replace("thread", "task").replace("Thread", "Task")
    return name if new == name or new in scope.bound or new in scope.module.bound else new


class TaskNames:
    """The names that functions use, with those that they are about to get."""

    def __init__(self) -> None:
        self._taken: dict[Scope, set[str]] = {}

    def free(self, spawn: Spawn, stem: str) -> str:
        """A new name in the function that makes a thread: ``task``, else ``work_task``, else ``task2``."""
        scope = spawn.scope
        taken = self._taken.get(scope)
        if taken is None:
            used = {node.id for node in ast.walk(scope.node) if isinstance(node, ast.Name)} | scope.bound
            self._taken[scope] = taken = used | scope.module.bound | {renamed(scope, name) for name in scope.bound}
        target = spawn.functions[0].name.strip("_") if spawn.functions else ""
        specific = [f"{target}_{stem}"] if target.isidentifier() else []
        for name in chain([stem], specific, (f"{stem}{number}" for number in count(2))):
            if name not in taken:
                taken.add(name)
                return name
        raise AssertionError("there are always more numbers")


def name_edits(view: View, idiom: str, spawns: list[Spawn]) -> Iterator[Edit]:
    """Local variables named after threads are named after tasks."""
    for scope, name in thread_holders(view.inference, spawns):
        owner = scope
        while owner.kind == "comprehension" and name not in owner.bound and owner.parent is not None:
            owner = owner.parent
        new = renamed(owner, name)
        module = view.module(scope)
        if new == name or not module.source.is_target or _is_parameter(owner, name):
            continue
        uses = [
            node
            for node in ast.walk(owner.node)
            if isinstance(node, ast.Name) and node.id == name and module.facts.scope_of(node).binding(name) is owner
        ]
        if owner.kind != "module" or _is_local_soon(view, owner, uses):
            for node in uses:
                yield view.edit(idiom, module, node, "rename", name=new)


def _is_local_soon(view: View, module: Scope, uses: list[ast.Name]) -> bool:
    """Whether a module's variable is only used by the top-level code that becomes a coroutine."""
    run = view.wrapped.get(module)
    if run is None:
        return False
    inside = {node for statement in run.statements for node in ast.walk(statement)}
    return inside.issuperset(uses)


def _is_parameter(scope: Scope, name: str) -> bool:
    args = getattr(scope.node, "args", None)
    if not isinstance(args, ast.arguments):
        return False
    return any(arg.arg == name for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs))
