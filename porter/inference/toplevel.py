"""Module-level code that may become the body of a coroutine: the run of plain statements at a module's end."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.inference.colours import Colours
from porter.inference.program import Module, Program
from porter.inference.result import Inference
from porter.inference.state import Site

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *_IMPORTS)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Consecutive statements at the end of a module, or the body of ``if __name__ == "__main__":``."""

    module: Module
    statements: tuple[ast.stmt, ...]
    guard: ast.If | None = None
    shared: tuple[str, ...] = ()
    """Variables of the module that the run binds and functions read: ``global`` ones, in a coroutine."""


def wrapped_modules(inference: Inference, colours: Colours, spawned: set[Scope]) -> dict[Scope, Run]:
    """Modules whose top-level run must become a coroutine, because more than one call in it waits.

    ``spawned`` are module scopes that make a thread which becomes a task.
    """
    by_scope: dict[Scope, list[Site]] = {}
    for site in colours.entries:
        by_scope.setdefault(site.caller, []).append(site)
    found = {}
    for scope in sorted({*by_scope, *spawned}, key=lambda s: inference.program.module_for(s).name):
        sites = by_scope.get(scope, [])
        module = inference.program.module_for(scope)
        if scope not in spawned and len(sites) == 1 and is_plain_call(module, sites[0]):
            continue
        run = run_of(inference.program, module, {site.node for site in sites})
        if run is not None and all(_inside(run, site.node) for site in sites):
            found[scope] = run
    return found


def is_plain_call(module: Module, site: Site) -> bool:
    """A call of the program's own that the top level makes once."""
    if site.role != "call" or not site.functions or module.facts.scope_of(site.node).kind != "module":
        return False
    at: ast.AST = site.node
    while at in module.facts.parents:
        at = module.facts.parents[at]
        if isinstance(at, (ast.For, ast.While, ast.comprehension)):
            return False
    return True


def run_of(program: Program, module: Module, waiting: set[ast.AST]) -> Run | None:
    """The run at the end of a module, if no function reads what it binds; ``waiting`` nodes must be in it if they can."""
    body = module.facts.tree.body
    last = body[-1] if body else None
    if isinstance(last, ast.If) and "__name__" in ast.unparse(last.test) and not last.orelse:
        run = Run(module, tuple(last.body), last)
    else:
        start = len(body)
        while start > 0 and not isinstance(body[start - 1], _DEFINITIONS) and not _is_docstring(body, start - 1):
            start -= 1
        run = Run(module, tuple(body[start:]))
    if not run.statements or any(isinstance(s, _DEFINITIONS) and not _may_move(module, run, s) for s in run.statements):
        return None
    return _trimmed(module, run, waiting)


def _may_move(module: Module, run: Run, statement: ast.stmt) -> bool:
    """Whether a definition may stand in a coroutine: under a guard, and no class, which would be a local one."""
    if run.guard is None or isinstance(statement, ast.ClassDef):
        return False
    if not isinstance(statement, _IMPORTS):
        return True
    return all(alias.name != "*" for alias in statement.names)


def _imported(module: Module, run: Run, statement: ast.Import | ast.ImportFrom) -> set[str]:
    """What an import binds, and the module's top does not import likewise."""
    others = [s for s in module.facts.tree.body if isinstance(s, type(statement)) and s not in run.statements]
    above = {ast.dump(alias) for other in others for alias in other.names}
    return {(a.asname or a.name).partition(".")[0] for a in statement.names if ast.dump(a) not in above}


def _is_docstring(body: list[ast.stmt], position: int) -> bool:
    statement = body[position]
    return position == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _trimmed(module: Module, run: Run, waiting: set[ast.AST]) -> Run | None:
    """Leading statements that bind what functions read stay at module level."""
    read = _names_read_in_functions(module, run)
    statements = list(run.statements)
    if run.guard is None:
        while statements and _binds(statements[0]) and isinstance(statements[0], (ast.Assign, ast.AnnAssign)):
            waits = not waiting.isdisjoint(ast.walk(statements[0]))
            if not _binds(statements[0]) & read and (waits or not _is_constant(statements[0])):
                break
            statements.pop(0)
    if run.guard is not None:
        bound = {name for statement in statements for name in _bound_by(module, run, statement)}
        annotated = {n.target.id for s in statements for n in ast.walk(s) if _is_annotated(n)}  # type: ignore[attr-defined]
        shared = bound & read
        return Run(module, tuple(statements), run.guard, tuple(sorted(shared))) if not shared & annotated else None
    if not statements or any(_binds(statement) & read for statement in statements):
        return None
    return Run(module, tuple(statements))


def _bound_by(module: Module, run: Run, statement: ast.stmt) -> set[str]:
    if isinstance(statement, _IMPORTS):
        return _imported(module, run, statement)
    return _binds(statement)


def _is_annotated(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)


def _is_constant(statement: ast.stmt) -> bool:
    """An assignment to a name in capitals: a setting, which readers look for at module level."""
    return all(name.isupper() or name.startswith("__") for name in _binds(statement))


def _binds(statement: ast.stmt) -> set[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return {statement.name}
    return {
        node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del))
    }


def _names_read_in_functions(module: Module, run: Run) -> set[str]:
    """Names of the module that functions use; those that move with the run may, unless they say ``global``."""
    names: set[str] = set()
    moving = [one for one in run.statements if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))]
    inside = {node for one in moving for node in ast.walk(one)}
    for node in module.facts.nodes:
        if isinstance(node, ast.Name):
            scope = module.facts.scope_of(node)
            if node in inside and not scope.outer:
                continue
            if scope.kind in ("function", "lambda", "class") and scope.binding(node.id) is module.facts.module:
                names.add(node.id)
    return names


def _inside(run: Run, node: ast.AST) -> bool:
    at: ast.AST | None = node
    while at is not None:
        if at in run.statements:
            return True
        at = run.module.facts.parents.get(at)
    return False
