"""Places that a user's own rows name: functions, classes, methods, attributes, parameters and locals of the program.

A user's row wins over a definition in the program: what it names is used as the row says, and stays as it is.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from porter.catalogue import Catalogue, Row
from porter.catalogue.entry import USER
from porter.facts.model import Scope
from porter.inference.agreeing import common_names
from porter.inference.blocking import Blocking
from porter.inference.program import Module, Named
from porter.inference.result import Inference
from porter.inference.row_names import replaced_names
from porter.inference.state import Role, Site, caller_of
from porter.inference.values import ClassValue, External, ExternalInstance, Instance, ManagerValue, Value

_IN_MEMORY = ("_io.BytesIO", "io.BytesIO", "_io.StringIO", "io.StringIO")
_ENTERED = ("enter", "exit")
_LOOPED = ("iterate", "next")


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """Outside objects that the user's rows speak for; no idiom of porter's own does then."""

    classes: frozenset[str]
    """Classes that rows name, or methods of which they name."""
    given: Mapping[Value, Row]
    """What functions give that a row names, to be entered or looped over asynchronously."""
    otherwise: frozenset[ast.AST]
    """Calls that make an object by an alias of which no row speaks, though one does of another alias of the same class."""

    def covers(self, value: ExternalInstance, public: str) -> bool:
        """Whether an object, of the class known as ``public``, is the rows' to speak for."""
        named = value.cls in self.classes or public in self.classes
        return value in self.given or (named and value.origin not in self.otherwise)


@functools.lru_cache(maxsize=2)
def claims(inference: Inference, catalogue: Catalogue) -> Claims:
    """What the user's rows claim."""
    rows = _user_rows(inference, catalogue)
    names = {name for name, row in rows.items() if row.becomes == "async with"}
    owners = {name.rpartition(".")[0] for name in rows}
    return Claims(frozenset(names | owners), _given(inference, rows), _made_otherwise(inference, rows))


def _user_rows(inference: Inference, catalogue: Catalogue) -> Mapping[str, Row]:
    rows = {row.name: row for row in catalogue.rows if row.library == USER}
    # what is named as the asynchronous form waits as well, where the source calls it in a branch of its own
    twins = {row.asyncio: replace(row, name=row.asyncio) for row in rows.values() if row.becomes == "await" and row.asyncio}
    found = {**twins, **_meant(inference, rows), **rows} if rows else {}
    return {**_of_twins(inference, catalogue, found), **found}


def _of_twins(inference: Inference, catalogue: Catalogue, rows: Mapping[str, Row]) -> dict[str, Row]:
    """Rows that go without saying: methods that are coroutines in the class that rows put in the place of another."""
    program = inference.program
    by_name = {cls.name: cls for cls in program.classes.values()} if rows else {}
    found: dict[str, Row] = {}
    for old, new in replaced_names(inference, catalogue).items() if rows else ():
        if old not in by_name or new not in by_name:
            continue
        coroutines = {child.name for child in by_name[new].scope.children if isinstance(child.node, ast.AsyncFunctionDef)}
        model = next(row for row in rows.values() if row.library == USER)
        for name in coroutines:
            if not name.startswith("__"):
                row = replace(model, name=f"{old}.{name}", asyncio=f"{new}.{name}", becomes="await", kind="method", remedy="")
                found[row.name] = row
        if {"__aenter__", "__aexit__"} <= coroutines:
            found[old] = replace(model, name=old, asyncio=new, becomes="async with", kind="class", remedy="")
    return found


def _made_otherwise(inference: Inference, rows: Mapping[str, Row]) -> frozenset[ast.AST]:
    aliased = {name for name, row in rows.items() if name != row.name}
    found = set()
    for module in inference.program.modules.values() if aliased else ():
        for node in module.facts.nodes if module.source.is_target else ():
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            scope = module.facts.scope_of(node)
            path = imported_name(inference, module, scope.binding(node.func.id), node.func.id)
            if path and path not in rows and path.rpartition(".")[0] in inference.program.module_values:
                meant = inference.program.resolve(node.func, scope)
                if isinstance(meant, External) and meant.name in aliased:
                    found.add(node)
    return frozenset(found)


def find_named(inference: Inference, catalogue: Catalogue) -> list[Blocking]:
    """All places that reach what a user's row names, each once."""
    rows = _user_rows(inference, catalogue)
    if not rows:
        return []
    given, otherwise = claims(inference, catalogue).given, claims(inference, catalogue).otherwise
    tails = _telling_tails(rows)
    found: dict[tuple[ast.AST, Role], Blocking] = {}
    for site in inference.sites:
        if site.role in ("spawn", "callback"):
            continue
        row = _of_site(inference, rows, site, otherwise) or _of_given(given, site) or _by_name(tails, site)
        if row is not None:
            found.setdefault((site.node, site.role), Blocking(site, row, ()))
    for module in inference.program.modules.values():
        if module.source.is_target:
            for node, role, row in _of_expressions(inference, rows, module):
                site = inference.site(node, role) or Site(node, role, caller_of(module.facts.scope_of(node)))
                found.setdefault((node, role), Blocking(site, row, ()))
    return [b for b in found.values() if not _is_async(inference, b.site)]


def _telling_tails(rows: Mapping[str, Row]) -> Mapping[str, Row]:
    """Methods that one row alone has, by names that no object of everyday use has one of."""
    found: dict[str, list[Row]] = {}
    for row in rows.values():
        if row.becomes == "await" and row.name.count(".") > 1 and row.tail not in common_names():
            found.setdefault(row.tail, []).append(row)
    return {tail: same[0] for tail, same in found.items() if len({row.asyncio for row in same}) == 1}


def _by_name(tails: Mapping[str, Row], site: Site) -> Row | None:
    """The row of a method called on an object of which nothing is known."""
    if site.role != "call" or site.functions or not site.unknown:
        return None  # an unknown object may have a class whose name is all that is known
    func = site.node.func if isinstance(site.node, ast.Call) else None
    return tails.get(func.attr) if isinstance(func, ast.Attribute) else None


_ROLES: Mapping[str, tuple[str, ...]] = {"async with": _ENTERED, "async for": _LOOPED}


def _given(inference: Inference, rows: Mapping[str, Row]) -> dict[Value, Row]:
    """The objects that functions give which rows name, if those speak of what is done with them."""
    found: dict[Value, Row] = {}
    for site in inference.sites:
        if site.role != "call":
            continue
        for function in site.functions:
            row = row_of_function(inference, rows, function, "call")
            if row is not None and row.becomes in _ROLES:
                module = inference.program.module_for(site.caller)
                for value in inference.values(site.node, module) if isinstance(site.node, ast.expr) else ():
                    if isinstance(value, (ManagerValue, ExternalInstance)) and getattr(value, "origin", value) is not None:
                        found[value] = row
    return found


def _of_given(given: Mapping[Value, Row], site: Site) -> Row | None:
    for receivers in site.externals.values():
        for receiver in receivers:
            row = given.get(receiver)
            if row is not None and site.role in _ROLES[row.becomes]:
                return row
    return None


def _meant(inference: Inference, rows: Mapping[str, Row]) -> dict[str, Row]:
    """Rows under the names that theirs stand for: ``pkg.compat.Lock`` may be ``threading.Lock``."""
    program = inference.program
    found: dict[str, Row] = {}
    for name, row in rows.items():
        parts = name.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            value: Named | None = program.module_values.get(".".join(parts[:cut]))
            if value is None:
                continue
            for at, part in enumerate(parts[cut:], cut):
                if isinstance(value, ClassValue) and value.name != ".".join(parts[:at]):
                    found[".".join([value.name, *parts[at:]])] = row  # a class that is defined elsewhere, and what it has
                value = program.attribute(value, part) if value is not None else None
            match value:
                case External(name=meant):
                    found[meant] = row
                    found[inference.state.outside.public(meant)] = row
                case ClassValue():
                    found[value.name] = row
                case Scope():
                    found[f"{program.module_for(value).name}.{value.qualname}"] = row
            break
    return found


def _of_site(inference: Inference, rows: Mapping[str, Row], site: Site, otherwise: frozenset[ast.AST]) -> Row | None:
    for function in site.functions:
        row = row_of_function(inference, rows, function, site.role)
        if row is not None:
            return row
    for name, receivers in site.externals.items():
        owner, _, attr = name.rpartition(".")
        if owner in _IN_MEMORY:
            continue  # a row may name its base class, and means what waits
        if receivers and all(getattr(receiver, "origin", None) in otherwise for receiver in receivers):
            continue
        names = [*inference.state.outside.method_names(name), inference.state.outside.public(name)]
        if attr in ("__enter__", "__exit__"):
            names = [one.rpartition(".")[0] for one in names]
        row = next((rows[one] for one in names if one in rows), None)
        if row is not None:
            return row
    return None


def row_of_function(inference: Inference, rows: Mapping[str, Row], function: Scope, role: Role) -> Row | None:
    """The row that names a function, or the class that a manager's methods belong to; ancestors count."""
    module = inference.program.module_for(function)
    if function.parent is not None and function.parent.kind == "class":
        cls = inference.program.classes[function.parent]
        for base in cls.mro:
            name = base.name if role in _ENTERED else f"{base.name}.{function.name}"
            if name in rows:
                return rows[name]
        return None
    return rows.get(f"{module.name}.{function.qualname}")


def _of_expressions(inference: Inference, rows: Mapping[str, Row], module: Module) -> Iterator[tuple[ast.expr, Role, Row]]:
    """Calls of named attributes, parameters and locals, and loops over them."""
    for node in module.facts.nodes:
        match node:
            case ast.Call(func=func):
                row = _of_path(inference, rows, module, func)
                if row is not None and row.becomes == "await":
                    yield node, "call", row
            case ast.For(iter=iterable) | ast.comprehension(iter=iterable):
                row = _of_path(inference, rows, module, iterable)
                if row is not None and row.becomes == "async for":
                    yield iterable, "iterate", row
            case ast.withitem(context_expr=manager):
                row = _of_path(inference, rows, module, manager.func if isinstance(manager, ast.Call) else manager)
                if row is not None and row.becomes == "async with":
                    yield manager, "enter", row


def _of_path(inference: Inference, rows: Mapping[str, Row], module: Module, expr: ast.expr) -> Row | None:
    """The row of ``x.attr`` or ``x.attr.method``, by the class of ``x``; of a name, by the function it belongs to."""
    path: list[str] = []
    at = expr
    while isinstance(at, ast.Attribute) and len(path) < 3:
        path.insert(0, at.attr)
        at = at.value
        row = _of_object(inference, rows, module, at, ".".join(path))
        if row is not None:
            return row
    if isinstance(at, ast.Name):
        owner = module.facts.scope_of(at).binding(at.id)
        if not path and (imported := imported_name(inference, module, owner, at.id)) in rows:
            return rows[imported]
        if owner is not None:
            return rows.get(".".join([module.name, *([owner.qualname] if owner.qualname else []), at.id, *path]))
    return None


def imported_name(inference: Inference, module: Module, owner: Scope | None, name: str) -> str:
    """What a name is imported from, as far as the import statement says; ``""`` if nothing does."""
    for scope, statement in module.facts.imports:
        if scope is owner and isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    return f"{inference.program.absolute(module, statement)}.{alias.name}"
    return ""


def _of_object(inference: Inference, rows: Mapping[str, Row], module: Module, expr: ast.expr, path: str) -> Row | None:
    for value in inference.values(expr, module):
        bases: tuple[ClassValue | External, ...] = ()
        if isinstance(value, Instance):
            bases = value.cls.mro
        elif isinstance(value, ClassValue):
            bases = value.mro
        elif isinstance(value, ExternalInstance) and f"{value.cls}.{path}" in rows:
            return rows[f"{value.cls}.{path}"]
        for base in bases:
            if f"{base.name}.{path}" in rows:
                return rows[f"{base.name}.{path}"]
    return None


def _is_async(inference: Inference, site: Site) -> bool:
    """Whether the source awaits there already."""
    parent = inference.program.module_for(site.caller).facts.parents.get(site.node)
    return isinstance(parent, (ast.Await, ast.AsyncFor)) or (isinstance(parent, ast.comprehension) and bool(parent.is_async))
