"""``atexit.register`` of what became a coroutine function: where it is registered, and how the program's entry calls it."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass

from porter.idioms.idiom import View
from porter.idioms.scripts import entry_functions
from porter.inference.frontiers import AT_EXIT
from porter.inference.program import Module
from porter.inference.state import Site


@dataclass(frozen=True, slots=True, eq=False)
class ExitCalls:
    """All places that register coroutine functions, and what becomes of them."""

    sites: tuple[Site, ...] = ()
    problem: str = ""
    """Why nothing can await them at the end."""
    stack: str = ""
    """The name of the stack that keeps them, if there is need for one."""
    code: str = ""
    """What the entry does at its end."""
    start: ast.stmt | None = None
    """The statement of the entry from which on it does so; None for all of it."""


@functools.lru_cache(maxsize=2)
def exit_calls(view: View) -> ExitCalls:
    """What is registered to be called at the end, and is a coroutine function."""
    if not any("atexit" in module.facts.text for module in view.targets):
        return ExitCalls()
    found = tuple(site for site in view.inference.sites if _registers(view, site))
    if not found:
        return ExitCalls()
    problem = _problem(view, found)
    if problem:
        return ExitCalls(found, problem)
    if len(found) == 1:
        module = view.module(found[0].caller)
        entry = next(one.node for one in entry_functions(view) if isinstance(one.node, ast.FunctionDef))
        statement = decorated(module, found[0]) or module.facts.parents.get(found[0].node)
        call = _made_once(found[0], statement)
        if call and statement in module.facts.tree.body:
            return ExitCalls(found, code=f"await {call}")
        if call and statement in entry.body and isinstance(statement, ast.Expr):
            return ExitCalls(found, code=f"await {call}", start=statement)
    stack = "exit_stack"
    while any(stack in module.facts.module.bound for module in view.targets):
        stack += "_"
    return ExitCalls(found, stack=stack, code=f"await {stack}.aclose()")


def _registers(view: View, site: Site) -> bool:
    if site.role != "callback" or not any(map(view.colours.is_async, site.functions)):
        return False
    call = view.inference.site(site.node)
    return call is not None and set(call.externals) == {AT_EXIT}


def _problem(view: View, sites: tuple[Site, ...]) -> str:
    """Why nothing can await what is registered."""
    entries = [one for one in entry_functions(view) if isinstance(one.node, ast.FunctionDef)]
    if len(entries) != 1 or view.wrapped:
        return "the program does not start in one function, which could await it at its end"
    if {view.module(site.caller) for site in sites} != {view.module(entries[0])}:
        return "the program starts in another module than the one that registers it"
    return ""


def decorated(module: Module, site: Site) -> ast.FunctionDef | None:
    """The function that is registered by a decorator."""
    above = module.facts.parents.get(site.node)
    return above if isinstance(above, ast.FunctionDef) and site.node in above.decorator_list else None


def _made_once(site: Site, statement: ast.AST | None) -> str:
    """The call that the interpreter would have made, if its arguments are such that they mean the same at the end; or nothing."""
    if isinstance(statement, ast.FunctionDef):
        return f"{statement.name}()"
    node = site.node
    if not isinstance(node, ast.Call) or not isinstance(statement, ast.Expr) or node.keywords:
        return ""
    first, *arguments = node.args
    if not isinstance(first, ast.Name) or not all(isinstance(arg, ast.Constant) for arg in arguments):
        return ""
    return f"{first.id}({', '.join(map(ast.unparse, arguments))})"
