"""Where the program asks to end: ``sys.exit`` and ``raise SystemExit``, which end a thread alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.facts.model import Scope
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.state import caller_of

_EXITS = frozenset(("sys.exit", "builtins.exit", "builtins.quit", "_sitebuiltins.Quitter.__call__"))


def exits(inference: Inference) -> Iterator[tuple[Module, Scope, ast.Call | ast.Raise]]:
    """Every such place, and the function around it."""
    for site in inference.sites:
        if site.role == "call" and not _EXITS.isdisjoint(site.externals) and isinstance(site.node, ast.Call):
            yield inference.program.module_for(site.caller), site.caller, site.node
    for module in inference.program.modules.values():
        for node in module.facts.nodes:
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                if isinstance(raised, ast.Name) and raised.id == "SystemExit":
                    yield module, caller_of(module.facts.scope_of(node)), node


def ends_only_its_thread(inference: Inference, module: Module, scope: Scope, node: ast.AST) -> ast.stmt | None:
    """The statement that leaves a thread's target, and may as well return; None where it is anything else."""
    statement = node if isinstance(node, ast.Raise) else module.facts.parents.get(node)
    sites = inference.callers(scope)
    if not isinstance(statement, (ast.Expr, ast.Raise)) or scope.is_generator or scope.kind != "function":
        return None
    if not sites or any(site.role != "spawn" for site in sites):
        return None
    above = module.facts.parents.get(statement)
    while above is not None and above is not scope.node:
        if isinstance(above, ast.Try):
            return None  # a handler, or what comes last, may want to know
        above = module.facts.parents.get(above)
    return statement


def exits_below(inference: Inference, functions: tuple[Scope, ...]) -> Scope | None:
    """The function that would end the program if one of ``functions``, run by a thread so far, ran in a task."""
    for module, scope, node in exits(inference):
        if ends_only_its_thread(inference, module, scope, node) is not None:
            continue
        seen: set[Scope] = set()
        work = [scope]
        while work:
            reached = work.pop()
            if reached in functions:
                return scope
            if reached not in seen:
                seen.add(reached)
                work.extend(site.caller for site in inference.callers(reached) if site.role != "spawn")
    return None
