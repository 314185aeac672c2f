"""Closed: every coroutine that the program makes is awaited, scheduled, or handed on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.inference.program import Module
from porter.verify.finding import Finding
from porter.verify.flow import Fate, Item
from porter.verify.gives import Given, family, producers
from porter.verify.steps import step
from porter.verify.view import View

CHECK = "awaited"
_STEPS = 400


def check(view: View, module: Module) -> Iterator[Finding]:
    """Coroutines and futures that are dropped, or stand where their result was wanted."""
    for node, made in producers(view, module):
        if module.facts.is_dropped(node) or (made.kind == "mixed" and not _telling(view, module, node)):
            continue
        is_future = made.kind == "future"
        fates = follow(view, Item(module, node, (), made.kind != "mixed", is_future), is_future)
        wrong = _wrong(fates, made, view.in_coroutine(module, node))
        if wrong is not None:
            yield _finding(module, node, made, wrong)


def _telling(view: View, module: Module, node: ast.expr) -> bool:
    """Whether not to await is wrong at a place that reaches both colours: overrides, or a parameter merely called."""
    if view.guarded(module, node):
        return False
    if family(view, view.site(node)) or family(view, view.site(node, "property")):
        return True
    is_statement = isinstance(view.parent(module, node), ast.Expr)
    if not (is_statement and isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    owner = view.owner(module, node.func, node.func.id)
    scope = view.function(module, node)
    return owner is not None and owner is scope and not view.stores(module, owner, node.func.id)


def follow(view: View, start: Item, is_future: bool) -> list[Fate]:
    """All the ends that an awaitable may come to."""
    fates: list[Fate] = []
    seen: set[tuple[ast.AST, tuple[str, ...], tuple[ast.AST, ...]]] = set()
    pending = [start]
    while pending:
        item = pending.pop()
        key = item.node, item.path, item.calls[-1:]
        if key in seen:
            continue
        seen.add(key)
        if len(seen) > _STEPS or len(item.path) > 4:
            fates.append(Fate("escapes", item.module, item.node))
            continue
        for made in step(view, item, is_future):
            if isinstance(made, Fate):
                fates.append(made)
            else:
                pending.append(made)
    return fates or [Fate("dropped", start.module, start.node, sure=False)]


def _wrong(fates: list[Fate], made: Given, in_coroutine: bool) -> Fate | None:
    if any(fate.end == "awaited" for fate in fates):
        if made.kind != "coroutine":
            return None
        return next((fate for fate in fates if fate.end == "misused" and fate.sure), None)
    escapes = any(fate.end == "escapes" for fate in fates)
    for fate in fates:
        if fate.end == "misused" and (fate.sure or not escapes):
            return fate
    dropped = [fate for fate in fates if fate.end == "dropped"]
    if escapes or not dropped:
        return None
    scheduled = made.kind == "future" and not (made.name == "asyncio.gather" and in_coroutine)
    return None if scheduled else dropped[0]


def _finding(module: Module, node: ast.expr, made: Given, fate: Fate) -> Finding:
    what = f"{'the future' if made.kind == 'future' else 'the coroutine'} of `{made.name}`"
    if fate.end == "dropped":
        return Finding(module, node, CHECK, f"{what} is never awaited", made.cause)
    line, made_at = getattr(fate.node, "lineno", 0), getattr(node, "lineno", 0)
    elsewhere = f" on line {line}" if (fate.module, line) != (module, made_at) else ""
    if fate.module is not module:
        elsewhere += f" of {fate.module.source.shown}"
    return Finding(module, node, CHECK, f"{what} is {fate.why}{elsewhere}, not awaited", made.cause)
