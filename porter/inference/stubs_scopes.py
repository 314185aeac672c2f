"""Names in stubs, followed through imports and aliases to what defines them. No types here, so no circle with them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from porter.inference.stubs_files import StubFile, StubFiles

SPECIAL = frozenset("""Any Union Optional Callable Literal Tuple Type ClassVar Final Annotated Self Never NoReturn LiteralString
    TypeAlias Concatenate Unpack TypeGuard TypeIs Required NotRequired ReadOnly Generic Protocol TypeVar ParamSpec
    TypeVarTuple NewType TypeForm""".split())
"""Names of ``typing`` that are not classes in an annotation."""

_GENERICS = {
    "List": ("builtins", "list"),
    "Dict": ("builtins", "dict"),
    "Set": ("builtins", "set"),
    "FrozenSet": ("builtins", "frozenset"),
    "DefaultDict": ("collections", "defaultdict"),
    "OrderedDict": ("collections", "OrderedDict"),
    "Counter": ("collections", "Counter"),
    "ChainMap": ("collections", "ChainMap"),
    "Deque": ("collections", "deque"),
}
"""Old names of generic classes, which typeshed leaves to the type checkers."""

_TYPING = ("typing", "typing_extensions")
Functions = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """Where a name is defined, and by which statements."""

    kind: Literal["module", "class", "function", "variable"]
    name: str
    """Canonical qualified name; for a special form ``typing.X``."""
    module: str
    nodes: tuple[ast.stmt, ...] = ()
    """A class's or variable's one statement, a function's overloads; empty where they are not needed."""
    owner: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ClassInfo:
    """A class's statement and what its body binds."""

    name: str
    module: str
    node: ast.ClassDef
    members: dict[str, list[ast.stmt]]


def dotted(node: ast.expr | None) -> str:
    """``a.b.c`` of a name or attribute chain; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


class Scopes:
    """Resolution of names, memoised; a name that leads back to itself resolves to nothing."""

    def __init__(self, files: StubFiles) -> None:
        self.files = files
        self._names: dict[tuple[str, str], Definition | None] = {}
        self._classes: dict[str, ClassInfo | None] = {}
        self._homes: dict[str, Definition] = {}

    def find(self, qualified: str) -> Definition | None:
        """What a qualified name leads to through modules, then classes and their own bodies."""
        head, *rest = qualified.split(".")
        found = self.module(head)
        for part in rest:
            if found is None:
                return None
            found = self.step(found, part)
        return found

    def step(self, found: Definition, part: str) -> Definition | None:
        """One attribute further: into a module, or into a class's own body."""
        if found.kind == "module":
            return self.in_module(found.name, part)
        return self.in_class(found.name, part) if found.kind == "class" else None

    def module(self, name: str) -> Definition | None:
        """A module that has a stub."""
        return None if self.files.get(name) is None else Definition("module", name, name)

    def in_module(self, module: str, name: str) -> Definition | None:
        """What ``name`` is in a module; a submodule, if the package does not bind it."""
        key = module, name
        if key not in self._names:
            self._names[key] = None
            self._names[key] = self._in_module(module, name)
        return self._names[key]

    def in_class(self, class_name: str, name: str) -> Definition | None:
        """What the body of a class binds to ``name``; bases are not searched."""
        key = class_name, name
        if key not in self._names:
            self._names[key] = None
            info = self.class_info(class_name)
            nodes = () if info is None else tuple(info.members.get(name, ()))
            if info is not None and nodes:
                self._names[key] = self._define(info.module, f"{class_name}.{name}", nodes, class_name)
        return self._names[key]

    def in_scope(self, module: str, owner: str, name: str) -> Definition | None:
        """What a dotted name means in a module, or inside a class of it: class body, module, builtins."""
        head, *rest = name.split(".")
        found = self._head(module, owner, head)
        for part in rest:
            if found is None:
                return None
            found = self.step(found, part)
        return found

    def class_info(self, name: str) -> ClassInfo | None:
        """The statement and body of a class, by canonical name."""
        if name not in self._classes:
            found = self._homes.get(name) or self.find(name)
            self._classes[name] = None if found is None or found.kind != "class" else self._class_info(found)
        return self._classes[name]

    def _head(self, module: str, owner: str, head: str) -> Definition | None:
        if owner:
            found = self.in_class(owner, head)
            if found is not None and (found.kind == "class" or (found.kind == "variable" and _is_alias(found.nodes))):
                return found
        return self.in_module(module, head) or self.in_module("builtins", head)

    def _in_module(self, module: str, name: str) -> Definition | None:
        if module in _TYPING and name in SPECIAL:
            return Definition("variable", f"typing.{name}", "typing")
        if module in _TYPING and name in _GENERICS:
            return self.in_module(*_GENERICS[name])
        file = self.files.get(module)
        if file is None:
            return None
        qualified = f"{module}.{name}"
        if file.is_class(name):
            return self._home(Definition("class", qualified, module))
        nodes = file.bindings(name)
        found = self._define(module, qualified, nodes) if nodes else self._from_stars(file, name)
        return found or (self.module(qualified) if file.is_package else None)

    def _from_stars(self, file: StubFile, name: str) -> Definition | None:
        for source in file.stars():
            origin = self.files.get(source)
            found = self.in_module(source, name) if origin is not None and origin.exports(name) else None
            if found is not None:
                return found
        return None

    def _define(self, module: str, qualified: str, nodes: tuple[ast.stmt, ...], owner: str = "") -> Definition | None:
        last = nodes[-1]
        match last:
            case ast.ClassDef():
                return self._home(Definition("class", qualified, module, (last,), owner))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                functions = tuple(node for node in nodes if isinstance(node, Functions))
                return Definition("function", qualified, module, functions, owner)
            case ast.Import():
                return self._imported(last, qualified.rpartition(".")[2])
            case ast.ImportFrom():
                return self._imported_from(module, last, qualified.rpartition(".")[2])
            case ast.Assign() | ast.AnnAssign():
                aliased = self._aliased(module, last, owner)
                return aliased or Definition("variable", qualified, module, (last,), owner)
            case _:
                return None

    def _imported(self, node: ast.Import, name: str) -> Definition | None:
        for alias in node.names:
            if alias.asname == name:
                return self.module(alias.name)
        return self.module(name)

    def _imported_from(self, module: str, node: ast.ImportFrom, name: str) -> Definition | None:
        file = self.files.get(module)
        source = file.absolute(node) if file else ""
        original = next((alias.name for alias in node.names if (alias.asname or alias.name) == name), name)
        if source == module and original == name:
            return self.module(f"{module}.{name}")
        return self.in_module(source, original) or self.module(f"{source}.{original}")

    def _aliased(self, module: str, node: ast.Assign | ast.AnnAssign, owner: str) -> Definition | None:
        if isinstance(node, ast.AnnAssign) and not _says_alias(node):
            return None
        name = dotted(node.value)
        return self.in_scope(module, owner, name) if name else None

    def _class_info(self, found: Definition) -> ClassInfo | None:
        file = self.files.get(found.module)
        if file is None:
            return None
        nodes = found.nodes or file.bindings(found.name.rpartition(".")[2])
        node = next((node for node in reversed(nodes) if isinstance(node, ast.ClassDef)), None)
        return None if node is None else ClassInfo(found.name, found.module, node, file.members(node, found.name))

    def _home(self, found: Definition) -> Definition:
        self._homes[found.name] = found
        return found


def _says_alias(node: ast.AnnAssign) -> bool:
    return dotted(node.annotation).rpartition(".")[2] == "TypeAlias"


def _is_alias(nodes: tuple[ast.stmt, ...]) -> bool:
    return bool(nodes) and (
        isinstance(nodes[-1], ast.Assign) or (isinstance(nodes[-1], ast.AnnAssign) and _says_alias(nodes[-1]))
    )
