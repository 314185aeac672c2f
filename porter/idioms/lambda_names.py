"""Lambdas that must wait: which of them can become functions with names, and which names."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from porter.facts.model import Scope
from porter.idioms.idiom import View
from porter.inference.frontiers import is_inlined
from porter.inference.program import Module
from porter.inference.spawning import is_thread_lambda
from porter.syntax.names import free

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def needs_name(view: View, scope: Scope) -> bool:
    """Whether a lambda is a coroutine function in the port and does not just hand on what another function gives."""
    node = scope.node
    if scope.kind != "lambda" or not isinstance(node, ast.Lambda):
        return False
    hands_on = any((node.body, role) in view.colours.awaited for role in ("call", "property"))
    if hands_on and all(site.node is node.body for site in view.colours.awaited.values() if site.caller is scope):
        return False
    return not is_inlined(view.inference, view.module(scope), node) and not is_thread_lambda(view.inference, scope)


def hands_on_a_call(view: View, scope: Scope) -> bool:
    """Whether a lambda does nothing but make a blocking call whose coroutine it can hand on."""
    node = scope.node
    if not isinstance(node, ast.Lambda) or is_inlined(view.inference, view.module(scope), node):
        return False
    if needs_name(view, scope) or is_thread_lambda(view.inference, scope):
        return False
    return any(b.site.node is node.body and decision.awaited for b, decision in view.decisions.items())


def gets_name(view: View, scope: Scope) -> bool:
    """Whether a lambda becomes a function with a name."""
    return scope in view.colours.causes and needs_name(view, scope) and not why_nameless(view.module(scope), scope)


def why_nameless(module: Module, scope: Scope) -> str:
    """Why a lambda cannot stand above its statement as a function; empty if it can."""
    parents, statement = module.facts.parents, module.facts.statement(scope.node)
    at = parents[scope.node]
    while at is not statement:
        if isinstance(at, (*_COMPREHENSIONS, ast.Lambda)):
            return "a lambda cannot await"
        at = parents[at]
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or _is_elif(module, statement):
        return "a lambda cannot await"
    if scope.parent is not None and scope.parent.kind == "class":
        return "a lambda cannot await"
    return "a lambda cannot await" if _assigned_with_type(scope, statement) else ""


def _is_elif(module: Module, statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If):
        return False
    return module.facts.span(statement).cut(module.facts.text).startswith("elif")


def _assigned_with_type(scope: Scope, statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AnnAssign) and statement.value is scope.node


def own_name(module: Module, scope: Scope) -> str:
    """``double`` in ``double = lambda n: 2 * n``; empty for any other statement."""
    match module.facts.statement(scope.node):
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is scope.node:
            return name
    return ""


class Names:
    """The names of a run that are not free any more."""

    def __init__(self) -> None:
        self._taken: dict[Scope, set[str]] = {}

    def free(self, view: View, scope: Scope) -> str:
        """A new name for a lambda, after what it is given to."""
        owner = scope.parent or scope.module
        while owner.kind == "comprehension" and owner.parent is not None:
            owner = owner.parent
        taken = self._taken.get(owner)
        if taken is None:
            used = {node.id for node in ast.walk(owner.node) if isinstance(node, ast.Name)}
            self._taken[owner] = taken = used | owner.bound | scope.module.bound | set(dir(builtins))
        name = free(next(_stems(view, scope)), taken)
        taken.add(name)
        return name


def _stems(view: View, scope: Scope) -> Iterator[str]:
    """What the lambda is called where it is used: by a keyword, a parameter, a key, an attribute."""
    node, module = scope.node, view.module(scope)
    match module.facts.parents[node]:
        case ast.keyword(arg=str(name)):
            yield name
        case ast.Assign(targets=[ast.Attribute(attr=name)]):
            yield name.strip("_") or "call"
        case ast.Dict(keys=keys, values=values) as parent:
            key = keys[values.index(node)] if isinstance(node, ast.Lambda) and node in values else None
            del parent
            if isinstance(key, ast.Constant) and str(key.value).isidentifier():
                yield str(key.value)
        case ast.Call(args=args) as call if node in args:
            yield from _parameters(view, call, args.index(node))
    yield "callback"


def _parameters(view: View, call: ast.Call, position: int) -> Iterator[str]:
    site = view.inference.site(call)
    for function in site.functions if site is not None else ():
        args = getattr(function.node, "args", None)
        if isinstance(args, ast.arguments):
            first = 1 if function.parent is not None and function.parent.kind == "class" else 0
            found = [*args.posonlyargs, *args.args][first + position :]
            if found:
                yield found[0].arg
