"""How a stream pair is spelt: the names that stand for a socket, or a file made of one, in each scope and class."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from porter.facts.model import Scope
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.sockets import AcceptLoop, SocketGroup, Sockets, Use, is_file
from porter.inference.state import Role
from porter.inference.values import ClassValue, ExternalInstance, Instance, Value


@dataclass(frozen=True, slots=True)
class Pair:
    """The names of the two halves; a file that is only read, or only written, has one."""

    reader: str
    writer: str
    has_reader: bool = True
    has_writer: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The names it is made of: one or two."""
        both = ((self.reader, self.has_reader), (self.writer, self.has_writer))
        return tuple(name for name, there in both if there)


@dataclass(slots=True, eq=False)
class PairNames:
    """All holders of pairs and their spelling."""

    variables: dict[tuple[Scope, str], Pair] = field(default_factory=dict)
    fields: dict[tuple[ClassValue, str], Pair] = field(default_factory=dict)
    inference: Inference | None = None

    def of(self, expr: ast.expr, module: Module, scope: Scope) -> Pair | None:
        """The spelling of a name or attribute; ``None`` if it holds no pair."""
        match expr:
            case ast.Name(id=name):
                owner = scope.binding(name)
                return self.variables.get((owner, name)) if owner is not None else None
            case ast.Attribute(value=base, attr=attr):
                assert self.inference is not None
                for value in self.inference.values(base, module, scope):
                    if isinstance(value, Instance):
                        pair = self.fields.get((family(value.cls), attr))
                        if pair is not None:
                            text = ast.unparse(base)
                            return Pair(f"{text}.{pair.reader}", f"{text}.{pair.writer}", pair.has_reader, pair.has_writer)
        return None


def family(cls: ClassValue) -> ClassValue:
    """The topmost ancestor of a class in the program."""
    return next(base for base in reversed(cls.mro) if isinstance(base, ClassValue))


def file_mode(value: ExternalInstance) -> str:
    """The mode that a socket's file was made with."""
    call = value.origin
    if isinstance(call, ast.Call):
        given = call.args[:1] + [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
        if not given:
            return "r"
        if isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
            return given[0].value
    return "?"


def pair_names(inference: Inference, sockets: Sockets) -> PairNames:
    """The spelling of every holder of a pair."""
    found = PairNames(inference=inference)
    if not any(group.lowering == "pair" for group in sockets.groups):
        return found
    needs = Needs(inference, sockets)
    for module in inference.program.modules.values():
        for scope in module.facts.scopes.values():
            if scope.kind in ("function", "lambda", "module", "comprehension"):
                _name_scope(inference, sockets, scope, found, needs)
    _name_fields(inference, sockets, found, needs)
    return found


Holder = tuple[Scope | ClassValue, str]
"""A variable of a scope, or an attribute of a family of classes."""

_READS = frozenset({"recv", "read", "read1", "readline", "readlines"})


class Needs:
    """Which halves of a pair each holder is asked for, by itself or through what it is passed to."""

    def __init__(self, inference: Inference, sockets: Sockets) -> None:
        self.inference = inference
        self.sockets = sockets
        self.halves: dict[Holder, set[str]] = {}
        self.flows: dict[Holder, list[tuple[Holder, str]]] = {}
        self.whole: set[SocketGroup] = {group for group in sockets.groups if _forwarded(inference, group)}
        for group in sockets.groups:
            if group.lowering == "pair":
                for use in group.uses:
                    self._use(use, group)
        for loop in sockets.accept_loops.values():
            self._callback(loop)
        self._solve()

    def of(self, holder: Holder, values: list[ExternalInstance]) -> set[str]:
        """``r``, ``w`` or both; both if nothing is known."""
        group = self.sockets.group(values)
        if group in self.whole and not all(is_file(value) for value in values):
            return {"r", "w"}
        return self.halves.get(holder) or {"r", "w"}

    def holders(self, expr: ast.expr, module: Module, scope: Scope) -> list[Holder]:
        """The holders that an expression names."""
        match expr:
            case ast.Name(id=name):
                owner = scope.binding(name)
                return [(owner, name)] if owner is not None else []
            case ast.Attribute(value=base, attr=attr):
                values = self.inference.values(base, module, scope)
                return list({(family(v.cls), attr): None for v in values if isinstance(v, Instance)})
        return []

    def _use(self, use: Use, group: SocketGroup) -> None:
        for holder in self.holders(use.expr, use.module, use.scope):
            if use.kind == "method" and use.attr == "makefile":
                self._add(holder, _halves_of_file(use.parent))
            elif use.kind == "method":
                is_read = use.attr in _READS
                closes_file = use.attr == "close" and all(is_file(v) for v in use.values)
                if not closes_file:
                    self._add(holder, "r" if is_read else "w")
            elif use.kind in ("iterate", "attribute"):
                self._add(holder, "r")
            elif use.kind == "with" and not all(is_file(v) for v in use.values):
                self._add(holder, "w")
            elif use.kind == "return":
                self._add(holder, "rw")
            elif use.kind == "assign":
                for target in _targets(use.parent):
                    self._pass(holder, self.holders(target, use.module, use.scope))
            elif use.kind in ("argument", "spawned") and isinstance(use.parent, ast.Call):
                self._argument(holder, use)
        if use.kind == "assign" and self.sockets.by_origin(use.expr) is not None:
            for target in _targets(use.parent):
                for holder in self.holders(target, use.module, use.scope):
                    self._add(holder, "rw")
        if use.kind == "with" and self.sockets.by_origin(use.expr) is not None:
            item = use.parent
            if isinstance(item, ast.withitem) and item.optional_vars is not None:
                for holder in self.holders(item.optional_vars, use.module, use.scope):
                    self._add(holder, "rw")

    def _argument(self, holder: Holder, use: Use) -> None:
        call = use.parent
        assert isinstance(call, ast.Call)
        role: Role = "spawn" if use.kind == "spawned" else "call"
        site = self.inference.site(call, role)
        for function in site.functions if site is not None else ():
            found = False
            for name in parameters(function):
                values = self.inference.variable(function, name)
                if any(value in values for value in use.values):
                    self._pass(holder, [(function, name)])
                    found = True
            if not found:
                self._add(holder, "rw")

    def _callback(self, loop: AcceptLoop) -> None:
        """What ``start_server`` calls gets both."""
        site = self.inference.site(loop.thread, "spawn")
        for function in site.functions if site is not None else ():
            for name in parameters(function):
                if any(self.sockets.by_value.get(v) is not None for v in self.inference.variable(function, name)):
                    self._add((function, name), "rw")
        self._add((loop.scope, loop.connection), "rw")

    def _add(self, holder: Holder, halves: str) -> None:
        self.halves.setdefault(holder, set()).update(halves)

    def _pass(self, holder: Holder, targets: list[Holder]) -> None:
        self.flows.setdefault(holder, []).extend((target, "") for target in targets)

    def _solve(self) -> None:
        changed = True
        while changed:
            changed = False
            for holder, targets in self.flows.items():
                mine = self.halves.setdefault(holder, set())
                for target, _ in targets:
                    more = self.halves.get(target, set())
                    if not more <= mine:
                        mine |= more
                        changed = True
            changed |= self._agree()

    def _agree(self) -> bool:
        """Parameters that one call site may bind have the same halves: implementations are called alike."""
        changed = False
        for site in self.inference.sites:
            if len(site.functions) > 1:
                for names in zip(*(parameters(function) for function in site.functions), strict=False):
                    holders = [
                        (function, name)
                        for function, name in zip(site.functions, names, strict=True)
                        if (function, name) in self.halves
                    ]
                    together = set().union(*(self.halves[h] for h in holders)) if holders else set()
                    for holder in holders:
                        if self.halves[holder] != together:
                            self.halves[holder] = set(together)
                            changed = True
        return changed


def parameters(scope: Scope) -> list[str]:
    """Names of a function's parameters that a position or a keyword binds."""
    args = getattr(scope.node, "args", None)
    if not isinstance(args, ast.arguments):
        return []
    return [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]


def _halves_of_file(call: ast.AST) -> str:
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "mode")] if isinstance(call, ast.Call) else []
    mode = given[0].value if given and isinstance(given[0], ast.Constant) else "r"
    return ("r" if "r" in str(mode) else "") + ("w" if "w" in str(mode) else "")


def _forwarded(inference: Inference, group: SocketGroup) -> bool:
    """Whether the group's sockets go through ``*args``, where every position counts."""
    members = set(group.origins)
    for owner, slots in inference.state.slots.items():
        site = getattr(owner, "site", None)
        if isinstance(site, tuple) and len(site) == 2 and site[1] == "args":
            if any(value in members for node in slots.values() for value in node.values):
                return True
    return False


def _held(sockets: Sockets, values: tuple[Value, ...]) -> list[ExternalInstance]:
    held = []
    for value in values:
        group = sockets.by_value.get(value)
        if group is not None and group.lowering == "pair" and isinstance(value, ExternalInstance):
            held.append(value)
    return held


def _name_scope(inference: Inference, sockets: Sockets, scope: Scope, found: PairNames, needs: Needs) -> None:
    held = {name: _held(sockets, inference.variable(scope, name)) for name in sorted(scope.bound)}
    held = {name: values for name, values in held.items() if values}
    if not held:
        return
    taken = _visible(scope) - set(held)
    for name, pair in _spell(held, taken).items():
        found.variables[scope, name] = _halved(pair, needs.of((scope, name), held[name]))


def _halved(pair: Pair, halves: set[str]) -> Pair:
    """The pair with only the halves that are asked for."""
    return Pair(pair.reader, pair.writer, pair.has_reader and "r" in halves, pair.has_writer and "w" in halves)


def _visible(scope: Scope) -> set[str]:
    """Names bound in a scope, around it or below it."""
    names: set[str] = set()
    at: Scope | None = scope
    while at is not None:
        if at.kind != "class":
            names |= at.bound
        at = at.parent
    stack = list(scope.children)
    while stack:
        child = stack.pop()
        names |= child.bound
        stack.extend(child.children)
    return names


def _spell(held: dict[str, list[ExternalInstance]], taken: set[str]) -> dict[str, Pair]:
    """Names for each holder: plain ``reader, writer`` for one socket, prefixed for several."""
    sockets = {name: values for name, values in held.items() if not all(is_file(v) for v in values)}
    plain = len(sockets) <= 1 and not {"reader", "writer"} & taken
    pairs: dict[str, Pair] = {}
    for name in sockets:
        stem = "" if plain else f"{name.strip('_')}_"
        hidden = "_" if name.startswith("_") else ""
        pairs[name] = Pair(f"{hidden}{stem}reader", f"{hidden}{stem}writer")
    for name, values in held.items():
        if name not in sockets:
            pairs[name] = _spell_file(name, values, sockets, pairs, plain and not sockets and len(held) == 1)
    return pairs


def _spell_file(
    name: str,
    values: list[ExternalInstance],
    sockets: dict[str, list[ExternalInstance]],
    pairs: dict[str, Pair],
    alone: bool,
) -> Pair:
    """A file's halves are those of its socket, where the same scope has it."""
    modes = "".join(file_mode(value) for value in values)
    reads, writes = "r" in modes or "+" in modes, "w" in modes or "+" in modes
    for socket, makers in sockets.items():
        if any(value.maker in makers for value in values):
            return Pair(pairs[socket].reader, pairs[socket].writer, reads, writes)
    hidden = "_" if name.startswith("_") else ""
    stem = "" if alone else f"{name.strip('_')}_"
    if not alone and ("reader" in name or "writer" in name):
        return Pair(name, name, reads, writes)
    return Pair(f"{hidden}{stem}reader", f"{hidden}{stem}writer", reads, writes)


def _name_fields(inference: Inference, sockets: Sockets, found: PairNames, needs: Needs) -> None:
    families: dict[ClassValue, dict[str, dict[ExternalInstance, None]]] = {}
    others: dict[ClassValue, set[str]] = {}
    for (owner, attr), node in inference.state.fields.items():
        if not isinstance(owner, Instance):
            continue
        root = family(owner.cls)
        held = _held(sockets, tuple(node.values))
        if held:
            families.setdefault(root, {}).setdefault(attr, {}).update(dict.fromkeys(held))
        else:
            others.setdefault(root, set()).add(attr)
    for root, attrs in families.items():
        for attr, pair in _spell({a: list(v) for a, v in attrs.items()}, others.get(root, set())).items():
            found.fields[root, attr] = _halved(pair, needs.of((root, attr), list(attrs[attr])))


def _targets(statement: ast.AST) -> list[ast.expr]:
    """What an assignment assigns to."""
    match statement:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target):
            return [target]
    return []


def pair_parameters(inference: Inference, sockets: Sockets) -> Iterator[Scope]:
    """Functions with a parameter that becomes two, or changes its name."""
    names = pair_names(inference, sockets)
    for scope, name in names.variables:
        node = scope.node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            args = node.args
            parameters = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
            if name in parameters and names.variables[scope, name].names != (name,):
                yield scope


__all__ = ["Pair", "PairNames", "SocketGroup", "Use", "family", "file_mode", "pair_names", "pair_parameters"]
