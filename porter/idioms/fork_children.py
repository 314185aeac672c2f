"""Children of a fork that end by themselves: which statements they run, and what their parent runs meanwhile."""

from __future__ import annotations

import ast
import functools
from collections.abc import Container, Iterable
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.idioms.idiom import View
from porter.inference.program import Module
from porter.inference.state import Site

_ENDS = frozenset(("os._exit", "os.abort"))
_LEAVES = ("os.exec", *_ENDS)


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    """Where a program forks: what the child runs, which never goes on behind it, and what the parent runs."""

    child: tuple[ast.stmt, ...]
    parent: tuple[ast.stmt, ...]


def fork_at(view: View, module: Module, call: ast.Call) -> Fork | None:
    """What becomes of a fork whose child surely ends; ``None`` if it may run on into the code behind it."""
    found = _fork(module, call)
    return found if found is not None and _ends_itself(view, found.child) else None


def runs_on(view: View, module: Module, call: ast.Call) -> bool:
    """Whether the child of a fork goes on behind what it does for itself; it does not where that ends in another program."""
    found = _fork(module, call)
    ends = found is not None and bool(found.child) and calls(view, found.child[-1], _LEAVES)
    return not ends and fork_at(view, module, call) is None


def _fork(module: Module, call: ast.Call) -> Fork | None:
    statement = module.facts.statement(call)
    block = _block(module, statement)
    at = block.index(statement)
    if isinstance(statement, ast.Assign):
        branch = block[at + 1] if at + 1 < len(block) else None
        name = statement.targets[0]
        name = name.elts[0] if isinstance(name, ast.Tuple) and name.elts else name  # ``child, terminal = pty.fork()``
        if statement.value is not call or not isinstance(name, ast.Name) or not isinstance(branch, ast.If):
            return None
        return _branches(branch, ast.unparse(name), block[at + 2 :])
    return _branches(statement, ast.unparse(call), block[at + 1 :]) if isinstance(statement, ast.If) else None


def _block(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    owner = module.facts.parents[statement]
    blocks = (getattr(owner, name, None) for name in ("body", "orelse", "finalbody"))
    return next(block for block in blocks if isinstance(block, list) and statement in block)


def _branches(branch: ast.If, pid: str, behind: list[ast.stmt]) -> Fork | None:
    """The two sides of ``if pid == 0``, or of ``if pid``, whose other side may be what stands behind it."""
    test = ast.unparse(branch.test)
    if test in (f"{pid} == 0", f"not {pid}", f"0 == {pid}"):
        return Fork(tuple(branch.body), tuple(branch.orelse or behind))
    if test in (pid, f"{pid} != 0", f"{pid} > 0"):
        if branch.orelse:
            return Fork(tuple(branch.orelse), tuple(branch.body))
        if isinstance(branch.body[-1], (ast.Return, ast.Raise)):
            return Fork(tuple(behind), tuple(branch.body))
    return None


def _ends_itself(view: View, body: tuple[ast.stmt, ...]) -> bool:
    """Whether no way leads out of a child's statements but the end of its process, exceptions included."""
    if not body or not all(_is_harmless(statement) for statement in body[:-1]):
        return False
    if not isinstance(body[-1], ast.Try):
        return calls(view, body[-1], _ENDS)
    attempt = body[-1]
    if attempt.finalbody:
        return _ends_itself(view, tuple(attempt.finalbody[-1:]))
    last = (attempt.orelse or attempt.body)[-1]
    caught = [handler for handler in attempt.handlers if handler.type is None or ast.unparse(handler.type) == "BaseException"]
    all_end = all(calls(view, handler.body[-1], _ENDS) for handler in attempt.handlers)
    return bool(caught) and all_end and not attempt.orelse and calls(view, last, _LEAVES)


def _is_harmless(statement: ast.stmt) -> bool:
    """Whether a statement cannot raise: a name gets a constant."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=ast.Constant()) | ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
    return False


def calls(view: View, statement: ast.stmt, names: frozenset[str] | tuple[str, ...]) -> bool:
    """Whether a statement is a call of an outside function whose name is, or begins with, one of ``names``."""
    value = getattr(statement, "value", None)
    if not isinstance(statement, (ast.Expr, ast.Assign)) or not isinstance(value, ast.Call):
        return False
    site = view.inference.site(value)
    found = {view.inference.state.outside.public(one) for one in site.externals} if site is not None else set()
    return bool(found) and all(one.startswith(tuple(names)) for one in found)


def uses_streams(view: View, nodes: Container[ast.AST], functions: Iterable[Scope]) -> bool:
    """Whether nodes, or what functions reach, use connections made elsewhere that become pairs of streams."""
    work, reached = list(functions), set[Scope]()
    while work:
        scope = work.pop()
        if scope not in reached:
            reached.add(scope)
            work.extend(function for site in _sites(view).get(scope, ()) for function in site.functions)
    for group in view.sockets.groups:
        own = all(use.scope in reached for use in group.uses)
        used = any(use.expr in nodes or use.scope in reached for use in group.uses)
        if group.lowering in ("pair", "plain") and used and not own:
            return True
    return False


@functools.lru_cache(maxsize=1)
def _sites(view: View) -> dict[Scope, list[Site]]:
    """What stands in each function."""
    found: dict[Scope, list[Site]] = {}
    for site in view.inference.sites:
        found.setdefault(site.caller, []).append(site)
    return found
