"""Module-level code that may become the body of a coroutine: the run of plain statements at a module's end."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.inference.colours import Colours
from porter.inference.program import Module, Program
from porter.inference.result import Inference
from porter.inference.state import Site
from porter.inference.values import ModuleValue

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
    late = imported_late(inference.program)
    found = {}
    for scope in sorted({*by_scope, *spawned}, key=lambda s: inference.program.module_for(s).name):
        sites = by_scope.get(scope, [])
        module = inference.program.module_for(scope)
        if scope not in spawned and len(sites) == 1 and is_plain_call(module, sites[0]):
            continue
        run = run_of(inference.program, module, {site.node for site in sites})
        if run is not None and run.guard is None and module.name in late:
            continue
        if run is not None and all(_inside(run, site.node) for site in sites):
            found[scope] = run
    return found


def imported_late(program: Program) -> frozenset[str]:
    """Modules that a function imports, so that their code may run while a loop does, which can start no other."""
    modules = program.modules.values()
    return frozenset(name for module in modules for scope, name in program.imports(module) if scope.function is not None)


def runs_on_import(module: Module, node: ast.AST) -> bool:
    """Whether code at module level runs when the module is imported, and not as a script alone."""
    at: ast.AST | None = node
    while at is not None:
        if isinstance(at, ast.If) and "__name__" in ast.unparse(at.test):
            return False
        at = module.facts.parents.get(at)
    return True


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
        run = Run(module, tuple(last.body[_classes_first(last.body) :]), last)
    else:
        start = len(body)
        while start > 0 and not isinstance(body[start - 1], _DEFINITIONS) and not _is_docstring(body, start - 1):
            start -= 1
        run = Run(module, tuple(body[start:]))
    if not run.statements or any(isinstance(s, _DEFINITIONS) and not _may_move(module, run, s) for s in run.statements):
        return None
    return _trimmed(program, module, run, waiting)


def _classes_first(body: list[ast.stmt]) -> int:
    """How many definitions at the start of a guarded block stay there: those up to its last class."""
    first = next((n for n, one in enumerate(body) if not isinstance(one, _DEFINITIONS)), len(body))
    return max((n + 1 for n, one in enumerate(body[:first]) if isinstance(one, ast.ClassDef)), default=0)


def _may_move(module: Module, run: Run, statement: ast.stmt) -> bool:
    """Whether a definition may stand in a coroutine: under a guard, and no class, which would be a local one. What stands
    in front of the rest stays where it is."""
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


def _trimmed(program: Program, module: Module, run: Run, waiting: set[ast.AST]) -> Run | None:
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
    bound = {name for statement in statements for name in _binds(statement)}
    if not statements or bound & read or not bound.isdisjoint(_exported(program, module)) or _offers(module, bound):
        return None
    return Run(module, tuple(statements))


def _offers(module: Module, names: set[str]) -> bool:
    """Whether other modules may look for one of these names: a class, or what ``__all__`` lists."""
    assigned = (one for one in module.facts.tree.body if isinstance(one, ast.Assign))
    lists = [one.value for one in assigned if ast.unparse(one.targets[0]) == "__all__"]
    public = {node.value for one in lists for node in ast.walk(one) if isinstance(node, ast.Constant)}
    return any(name in public or (name[:1].isupper() and not name.isupper()) for name in names)


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
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del))}


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


def _exported(program: Program, module: Module) -> set[str]:
    """Names that a module binds for others: other modules ask it for them, or nothing in it ever reads them."""
    names = {node.id for node in module.facts.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    found = module.facts.module.bound - names
    for other in program.modules.values():
        if other is not module:
            found |= _asked_for(program, other, module)
    return found


def _asked_for(program: Program, other: Module, module: Module) -> set[str]:
    """The names of ``module`` that another module imports, or reads as its attributes."""
    found: set[str] = set()
    for _, statement in other.facts.imports:
        if isinstance(statement, ast.ImportFrom) and program.absolute(other, statement) == module.name:
            names = {alias.name for alias in statement.names}
            found |= module.facts.module.bound if "*" in names else names
    for node in other.facts.nodes:
        if isinstance(node, ast.Attribute) and node.attr in module.facts.module.bound and node.attr not in found:
            meant = program.resolve(node.value, other.facts.scope_of(node))
            if isinstance(meant, ModuleValue) and meant.name == module.name:
                found.add(node.attr)
    return found


def _inside(run: Run, node: ast.AST) -> bool:
    at: ast.AST | None = node
    while at is not None:
        if at in run.statements:
            return True
        at = run.module.facts.parents.get(at)
    return False
