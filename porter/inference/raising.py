"""Where exceptions are caught: the handlers that a call's exception meets first, in its function or in the callers'."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from porter.facts.model import Scope
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.values import External

_BROAD = frozenset({"builtins.Exception", "builtins.BaseException"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """An exception at a place, which the port may raise as another."""

    caller: Scope
    node: ast.AST
    kind: str
    """What it is in the port."""


@dataclass(slots=True, eq=False)
class Catcher:
    """What catches an exception by name: a handler's types, or the arguments of ``contextlib.suppress``."""

    module: Module
    node: ast.expr
    """The type, a tuple of types, or the call of ``suppress``."""
    mentions: list[ast.expr]
    """Where the exception is named in it."""
    kinds: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Caught:
    """The catchers met, and those raised that a handler of another exception would catch in the port."""

    catchers: dict[ast.AST, Catcher] = field(default_factory=dict)
    mistaken: list[Raised] = field(default_factory=list)


def follow(inference: Inference, raised: Iterable[Raised], error: str, others: Mapping[str, frozenset[str]]) -> Caught:
    """Follow an exception of class ``error`` from each place to what catches it.

    ``others``: for each kind, the classes whose handlers would catch it in the port, and do not catch ``error``.
    """
    found = Caught()
    work = deque(raised)
    seen: set[tuple[ast.AST, str]] = set()
    while work:
        one = work.popleft()
        if (one.node, one.kind) in seen:
            continue
        seen.add((one.node, one.kind))
        if not _caught(inference, one, error, others.get(one.kind, frozenset()), found):
            work.extend(Raised(site.caller, site.node, one.kind) for site in inference.callers(one.caller))
    return found


def _caught(inference: Inference, one: Raised, error: str, others: frozenset[str], found: Caught) -> bool:
    """Whether something in the same function catches it."""
    module = inference.program.module_for(one.caller)
    for clause in _clauses(module, one.node):
        names = {_name(inference, module, part): part for part in _types(clause)}
        mentions = [part for part in _types(clause) if _name(inference, module, part) == error]
        if mentions:
            node = clause.type if isinstance(clause, ast.ExceptHandler) else clause
            assert node is not None
            found.catchers.setdefault(clause, Catcher(module, node, mentions)).kinds[one.kind] = None
            return True
        if others & names.keys():
            found.mistaken.append(one)
        if _BROAD & names.keys() or (isinstance(clause, ast.ExceptHandler) and clause.type is None):
            return True
    return False


def _clauses(module: Module, node: ast.AST) -> Iterator[ast.ExceptHandler | ast.Call]:
    """Handlers and ``suppress`` calls around a node in its function, in the order in which they are asked."""
    parents = module.facts.parents
    child, parent = node, parents.get(node)
    while parent is not None and not isinstance(child, _FUNCTIONS):
        if isinstance(parent, (ast.Try, ast.TryStar)) and child in parent.body:
            yield from parent.handlers
        elif isinstance(parent, (ast.With, ast.AsyncWith)) and child in parent.body:
            for item in reversed(parent.items):
                if isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func).endswith("suppress"):
                    yield item.context_expr
        child, parent = parent, parents.get(parent)


def _types(clause: ast.ExceptHandler | ast.Call) -> list[ast.expr]:
    if isinstance(clause, ast.Call):
        return list(clause.args)
    if isinstance(clause.type, ast.Tuple):
        return list(clause.type.elts)
    return [clause.type] if clause.type is not None else []


def _name(inference: Inference, module: Module, expr: ast.expr) -> str:
    found = inference.program.resolve(expr, module.facts.scope_of(expr))
    if isinstance(found, External):
        return inference.state.outside.public(found.name)
    if isinstance(expr, ast.Name) and found is None:
        return f"builtins.{expr.id}"
    return ""


def mentions(inference: Inference, error: str) -> Iterator[tuple[Module, ast.expr]]:
    """Every place that names an exception of the outside, imports left out."""
    for module in inference.program.modules.values():
        if error.rpartition(".")[2] not in module.facts.text:
            continue
        for node in module.facts.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and _name(inference, module, node) == error:
                yield module, node


def is_caught_or_raised(module: Module, node: ast.expr) -> bool:
    """Whether an exception is named where it is caught or raised, and not stored, compared or subclassed."""
    parents = module.facts.parents
    at: ast.AST = node
    while isinstance(parents.get(at), (ast.Tuple, ast.Call)) and at not in _arguments(parents[at]):
        at = parents[at]
    parent = parents[at]
    if isinstance(parent, ast.Call) and ast.unparse(parent.func).endswith("suppress"):
        return True
    if isinstance(parent, ast.Raise):
        return True
    return isinstance(parent, ast.ExceptHandler)


def _arguments(node: ast.AST) -> list[ast.expr]:
    return node.args if isinstance(node, ast.Call) else []
