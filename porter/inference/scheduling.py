"""Calls that stand where asyncio takes a coroutine, and awaits it itself: ``asyncio.gather(f(), g())``."""

from __future__ import annotations

import ast

from porter.inference.program import Module
from porter.inference.result import Inference

_TAKERS = frozenset(
    f"asyncio.{name}" for name in ("gather", "wait", "wait_for", "shield", "ensure_future", "create_task", "as_completed", "run")
) | {"asyncio.run_coroutine_threadsafe", "asyncio.TaskGroup.create_task", "asyncio.AbstractEventLoop.create_task"}


def is_scheduled(inference: Inference, module: Module, node: ast.AST) -> bool:
    """Whether what a call gives is an argument of such a function, by itself or as an element of a list that is spread."""
    parents = module.facts.parents
    parent = parents.get(node)
    if isinstance(parent, (ast.ListComp, ast.GeneratorExp)) and parent.elt is node:
        node, parent = parent, parents.get(parent)
    if isinstance(parent, ast.Starred):
        node, parent = parent, parents.get(parent)
    if not isinstance(parent, ast.Call) or node not in parent.args:
        return False
    site = inference.site(parent)
    public = inference.state.outside.public
    return site is not None and bool(site.externals) and all(public(name) in _TAKERS for name in site.externals)
