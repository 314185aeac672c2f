"""Lambdas that would have to await: which of them can be functions of their own, in front of their statement."""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Iterable, Iterator, Mapping

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, View
from porter.inference.frontiers import is_inlined
from porter.inference.iterables import names_in
from porter.inference.program import Module
from porter.inference.spawning import is_thread_lambda
from porter.syntax.names import free

_STATEMENTS = (ast.Assign, ast.AnnAssign, ast.Expr, ast.Return)
_ROLES = ("call", "property")


@functools.lru_cache(maxsize=2)
def lifted(view: View) -> Mapping[ast.Lambda, str]:
    """The lambdas that await inside, and do not just hand on a coroutine; and the names of the functions they become."""
    found: dict[ast.Lambda, str] = {}
    for scope in view.colours.causes:
        if isinstance(scope.node, ast.Lambda) and _waits_inside(view, scope, scope.node):
            module = view.module(scope)
            statement = _statement(module, scope.node)
            plain = is_thread_lambda(view.inference, scope) or is_inlined(view.inference, module, scope.node)
            if statement is not None and not plain:
                found[scope.node] = _name(view, module, scope.node, statement, found.values())
    return found


def _waits_inside(view: View, scope: Scope, node: ast.Lambda) -> bool:
    """Whether something in the lambda is awaited, all of it calls of the program's functions, and not just what it gives."""
    sites = [site for site in view.colours.awaited.values() if site.caller is scope]
    blocking = {b.site for b in view.decisions}
    known = all(site.role in _ROLES and site not in blocking and site.functions for site in sites)
    return known and any(site.node is not node.body for site in sites)


def _statement(module: Module, node: ast.Lambda) -> ast.stmt | None:
    """The simple statement that the lambda stands in, if a function in front of it means the same."""
    at: ast.AST = node
    while not isinstance(at, ast.stmt):
        at = module.facts.parents[at]
        if isinstance(at, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.arguments)):
            return None
    return at if isinstance(at, _STATEMENTS) and module.facts.scope_of(at).kind != "class" else None


def _name(view: View, module: Module, node: ast.Lambda, statement: ast.stmt, others: Iterable[str]) -> str:
    parent = module.facts.parents[node]
    wanted = ""
    match parent:
        case ast.keyword(arg=str() as name):
            wanted = name
        case ast.Dict(keys=keys, values=values):
            key = keys[values.index(node)]
            wanted = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        case ast.Call(args=args) if node in args:
            wanted = _parameter(view, parent, args.index(node))
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    scope = module.facts.scope_of(statement)
    taken = names_in(scope) | scope.module.bound | set(dir(builtins)) | set(others)
    return free(wanted if wanted.isidentifier() else "function", taken)


def _parameter(view: View, call: ast.Call, position: int) -> str:
    """The name of the parameter that gets a positional argument, of a function of the program."""
    site = view.inference.site(call)
    for function in site.functions if site is not None else ():
        args = getattr(function.node, "args", None)
        if args is not None:
            names = [arg.arg for arg in (*args.posonlyargs, *args.args)]
            names = names[1:] if function.parent is not None and function.parent.kind == "class" else names
            return names[position] if position < len(names) else ""
    return ""


def lifts(view: View, idiom: str) -> Iterator[Edit]:
    """The functions, and their names in the place of the lambdas."""
    for node, name in lifted(view).items():
        module = next(module for module in view.targets if node in module.facts.parents)
        statement = module.facts.statement(node)
        code = f"async def {name}({ast.unparse(node.args)}):\n    return {{0}}\n"
        parts = (module.facts.span(node.body),)
        if isinstance(statement, ast.Assign) and statement.value is node and isinstance(statement.targets[0], ast.Name):
            yield view.edit(idiom, module, statement, "replace_statement", whole=True, code=code, parts=parts)
        else:
            yield view.edit(idiom, module, statement, "insert", where="before", code=code, parts=parts)
            yield view.edit(idiom, module, node, "replace_expression", code=name)
