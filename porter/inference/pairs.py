"""How a stream pair is spelt: the names that stand for a socket, or a file made of one, in each scope and class."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from porter.facts.model import Scope
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.sockets import SocketGroup, Sockets, Use, is_file
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
    for module in inference.program.modules.values():
        for scope in module.facts.scopes.values():
            if scope.kind in ("function", "lambda", "module", "comprehension"):
                _name_scope(inference, sockets, scope, found)
    _name_fields(inference, sockets, found)
    return found


def _held(sockets: Sockets, values: tuple[Value, ...]) -> list[ExternalInstance]:
    held = []
    for value in values:
        group = sockets.by_value.get(value)
        if group is not None and group.lowering == "pair" and isinstance(value, ExternalInstance):
            held.append(value)
    return held


def _name_scope(inference: Inference, sockets: Sockets, scope: Scope, found: PairNames) -> None:
    held = {name: _held(sockets, inference.variable(scope, name)) for name in sorted(scope.bound)}
    held = {name: values for name, values in held.items() if values}
    if not held:
        return
    taken = _visible(scope) - set(held)
    for name, pair in _spell(held, taken).items():
        found.variables[scope, name] = pair


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


def _name_fields(inference: Inference, sockets: Sockets, found: PairNames) -> None:
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
            found.fields[root, attr] = pair


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
