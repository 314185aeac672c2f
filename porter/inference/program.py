"""The program as modules that import each other: names across files, and the class hierarchy, before any inference."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from porter.facts.model import FileFacts, Scope
from porter.inference.gone import replaced_imports
from porter.inference.values import ClassValue, External, ModuleValue
from porter.project.model import SourceFile

Named = ModuleValue | External | ClassValue | Scope
"""What a dotted name can be known to mean without running inference."""


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A file of the program with its facts."""

    source: SourceFile
    facts: FileFacts

    @property
    def name(self) -> str:
        """Dotted module name."""
        return self.source.module


class Program:
    """All modules, with imports and class hierarchies resolved."""

    def __init__(self, modules: Mapping[str, Module], outside: Callable[[str], External | None]) -> None:
        self.modules = modules
        self.outside = outside
        self.module_values = {name: ModuleValue(name) for name in modules}
        self._packages = {".".join(name.split(".")[: n + 1]) for name in modules for n in range(name.count("."))}
        for package in sorted(self._packages - set(modules)):
            self.module_values[package] = ModuleValue(package)
        self.module_of: dict[Scope, Module] = {m.facts.module: m for m in modules.values()}
        self.starred = {
            module
            for module in modules.values()
            if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for _, node in module.facts.imports)
        }
        """Modules with a star import."""
        self.classes: dict[Scope, ClassValue] = {}
        self.comprehensions: dict[ast.AST, Scope] = {}
        for module in modules.values():
            for scope in module.facts.scopes.values():
                if scope.kind == "comprehension":
                    self.comprehensions[scope.node] = scope
                if scope.kind == "class":
                    self.classes[scope] = ClassValue(scope, module.name)
        self._bindings: dict[Scope, dict[str, list[ast.AST]]] = {}
        self._replaced: set[tuple[str, ast.AST]] = set()
        self._link_classes()

    def module_for(self, scope: Scope) -> Module:
        """The module that a scope stands in."""
        return self.module_of[scope.module]

    # --- imports ---------------------------------------------------------------------------------------------------

    def imports(self, module: Module) -> Iterator[tuple[Scope, str]]:
        """The program's modules that a module imports, packages on the way included, and the scope that does it."""
        for scope, statement in module.facts.imports:
            names = [alias.name for alias in statement.names]
            if isinstance(statement, ast.ImportFrom):
                base = self.absolute(module, statement)
                names = [base, *(f"{base}.{name}" for name in names)]
            for name in names:
                parts = name.split(".")
                above = (".".join(parts[: n + 1]) for n in range(len(parts)))
                yield from ((scope, one) for one in above if one in self.modules)

    def absolute(self, module: Module, node: ast.ImportFrom) -> str:
        """The absolute name of the module that ``from ... import`` names."""
        if not node.level:
            return node.module or ""
        parts = module.name.split(".") if module.name else []
        if not module.source.is_package:
            parts = parts[:-1]
        parts = parts[: len(parts) - (node.level - 1)] if node.level > 1 else parts
        return ".".join([*parts, node.module] if node.module else parts)

    def named_module(self, name: str) -> ModuleValue | External | None:
        """The module of that name, of the program or outside of it."""
        value = self.module_values.get(name)
        return value if value is not None else self.outside(name)

    # --- static names ----------------------------------------------------------------------------------------------

    def bindings(self, scope: Scope) -> dict[str, list[ast.AST]]:
        """For a module, class or function scope: what binds each name by a definition, import or plain assignment."""
        found = self._bindings.get(scope)
        if found is None:
            self._bindings[scope] = found = {}
            _collect(scope.node, found)
            for name, node in list(replaced_imports(found)):
                if self.is_foreign(node):
                    found[name].remove(node)
                    self._replaced.add((name, node))
        return found

    def is_foreign(self, node: ast.AST) -> bool:
        """Whether none of the modules that an absolute import names is of the program."""
        named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in getattr(node, "names", ())]
        return not any(name.partition(".")[0] in self.module_values for name in named)

    def is_replaced(self, scope: Scope, name: str, node: ast.AST) -> bool:
        """Whether an import never gives the name a value, since its module was Python 2's, and another one does."""
        self.bindings(scope)
        return (name, node) in self._replaced

    def resolve(self, expr: ast.expr, scope: Scope, depth: int = 12) -> Named | None:
        """What a dotted name means, as far as definitions, imports and plain aliases tell."""
        if depth <= 0:
            return None
        match expr:
            case ast.Name(id=name):
                return self.resolve_name(name, scope, depth)
            case ast.Attribute(value=value, attr=attr):
                base = self.resolve(value, scope, depth - 1)
                return None if base is None else self.attribute(base, attr, depth - 1)
            case ast.Subscript(value=value):
                return self.resolve(value, scope, depth - 1)
            case ast.Constant(value=str() as text):
                try:
                    return self.resolve(ast.parse(text.strip(), mode="eval").body, scope, depth - 1)
                except (SyntaxError, ValueError):
                    return None
        return None

    def resolve_name(self, name: str, scope: Scope, depth: int = 12) -> Named | None:
        """What a bare name means in ``scope``."""
        owner = scope.binding(name)
        if owner is None:
            module = self.module_for(scope)
            starred = self._starred(module, name, depth)
            return starred if starred is not None else self.outside(f"builtins.{name}")
        return self._bound(owner, name, depth)

    def _bound(self, owner: Scope, name: str, depth: int) -> Named | None:
        """What a scope's name is bound to; where there are several, the first of which something is known."""
        vague: Named | None = None
        module = self.module_for(owner)
        for binder in self.bindings(owner).get(name, ()):
            match binder:
                case ast.ClassDef():
                    return self.classes[module.facts.scopes[binder]]
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    return module.facts.scopes[binder]
                case ast.Import():
                    for alias in binder.names:
                        if alias.asname == name:
                            return self.named_module(alias.name)
                        if alias.asname is None and alias.name.split(".")[0] == name:
                            return self.named_module(name)
                case ast.ImportFrom():
                    for alias in binder.names:
                        if (alias.asname or alias.name) == name:
                            found = self.imported(module, binder, alias.name, depth - 1)
                            if isinstance(found, External) and found.kind == "unknown":
                                vague = vague or found
                            elif found is not None:
                                return found
                case ast.expr():
                    found = self.resolve(binder, owner, depth - 1)
                    if found is not None:
                        return found
        return vague

    def imported(self, module: Module, node: ast.ImportFrom, name: str, depth: int = 12) -> Named | None:
        """What ``from X import name`` gives."""
        target = self.absolute(module, node)
        base = self.named_module(target)
        return None if base is None else self.attribute(base, name, depth)

    def attribute(self, base: Named, attr: str, depth: int = 12) -> Named | None:
        """What ``base.attr`` means."""
        match base:
            case ModuleValue(name=name):
                module = self.modules.get(name)
                if module is not None and attr in module.facts.module.bound and depth > 0:
                    found = self._bound(module.facts.module, attr, depth)
                    if found is not None:
                        return found
                if module is not None and depth > 0:
                    starred = self._starred(module, attr, depth - 1)
                    if starred is not None:
                        return starred
                inner = self.module_values.get(f"{name}.{attr}")
                return self.outside(f"{name}.{attr}") if inner is None and module is None else inner
            case External(name=name):
                return self.outside(f"{name}.{attr}")
            case ClassValue():
                if attr in base.scope.bound and depth > 0:
                    return self._bound(base.scope, attr, depth)
        return None

    def _starred(self, module: Module, name: str, depth: int) -> Named | None:
        if module not in self.starred:
            return None
        for _scope, node in module.facts.imports:
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and depth > 0:
                base = self.named_module(self.absolute(module, node))
                if base is not None and not name.startswith("_"):
                    found = self.attribute(base, name, depth - 1)
                    if found is not None and not (isinstance(found, External) and found.kind == "unknown"):
                        return found
        return None

    # --- hierarchy -------------------------------------------------------------------------------------------------

    def _link_classes(self) -> None:
        for scope, value in self.classes.items():
            outside = scope.parent or scope
            bases: list[ClassValue | External] = []
            node = scope.node
            assert isinstance(node, ast.ClassDef)
            for found in (named for base in node.bases for named in self.bases_named(base, outside)):
                if isinstance(found, (ClassValue, External)) and found is not value and found not in bases:
                    bases.append(found)
            value.bases = tuple(bases)
        for value in self.classes.values():
            value.mro = self._linearize(value, ())
            for parent in value.bases:
                if isinstance(parent, ClassValue):
                    parent.subclasses.append(value)

    def bases_named(self, base: ast.expr, scope: Scope) -> list[Named | None]:
        """The classes that an expression in the list of bases may mean: ``Fast if Fast else object`` may be ``Fast``."""
        if isinstance(base, ast.IfExp):
            either = [*self.bases_named(base.body, scope), *self.bases_named(base.orelse, scope)]
            return [one for one in either if not (isinstance(one, External) and one.name == "builtins.object")]
        return [self.resolve(base, scope)]

    def _linearize(self, cls: ClassValue, seen: tuple[ClassValue, ...]) -> tuple[ClassValue | External, ...]:
        """C3, as far as the bases are known; a cycle or an inconsistent order falls back to depth first."""
        if cls.mro:
            return cls.mro
        if cls in seen:
            return (cls,)
        parts = [list(self._linearize(base, (*seen, cls))) if isinstance(base, ClassValue) else [base] for base in cls.bases]
        parts.append(list(cls.bases))
        result: list[ClassValue | External] = [cls]
        while any(parts):
            parts = [part for part in parts if part]
            head = next((p[0] for p in parts if not any(p[0] in q[1:] for q in parts)), parts[0][0])
            result.append(head)
            parts = [[item for item in part if item is not head] for part in parts]
        return tuple(result)

    def descendants(self, cls: ClassValue) -> list[ClassValue]:
        """The class and all its subclasses in the program, each once, in order of definition."""
        found: dict[ClassValue, None] = {}
        stack = [cls]
        while stack:
            item = stack.pop()
            if item not in found:
                found[item] = None
                stack.extend(reversed(item.subclasses))
        return list(found)


def assigned(program: Program, expr: ast.expr, scope: Scope, depth: int = 6) -> tuple[ast.expr, Scope] | None:
    """The expression that a name was given, where it is no plain name itself, and the scope it stands in."""
    match expr:
        case ast.Name(id=name):
            owner = scope.binding(name)
        case ast.Attribute(value=value, attr=name):
            base = program.resolve(value, scope)
            module = program.modules.get(base.name) if isinstance(base, ModuleValue) else None
            owner = module.facts.module if module is not None else None
        case _:
            return None
    if owner is None or depth <= 0:
        return None
    for statement in getattr(owner.node, "body", ()):
        match statement:
            case ast.Assign(targets=[ast.Name(id=found)], value=given) | ast.AnnAssign(target=ast.Name(id=found), value=given):
                if found == name and given is not None:
                    return given, owner
    for binder in program.bindings(owner).get(name, ()):
        if isinstance(binder, ast.ImportFrom):
            module = program.modules.get(program.absolute(program.module_for(owner), binder))
            original = next((alias.name for alias in binder.names if (alias.asname or alias.name) == name), name)
            if module is not None:
                return assigned(program, ast.Name(original), module.facts.module, depth - 1)
    return None


def _collect(owner: ast.AST, found: dict[str, list[ast.AST]]) -> None:
    """Definitions, imports and plain aliases directly in a scope's body, compound statements included."""
    stack: list[ast.AST] = list(reversed(getattr(owner, "body", []))) if not isinstance(owner, ast.Lambda) else []
    while stack:
        node = stack.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.setdefault(name, []).append(node)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    found.setdefault(alias.asname or alias.name.split(".")[0], []).append(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Attribute()):
                found.setdefault(name, []).append(node.value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=said, value=(ast.Name() | ast.Attribute()) as value):
                if _is_alias(said):
                    found.setdefault(name, []).append(value)
            case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While() | ast.ExceptHandler() | ast.TryStar():
                for field in ("finalbody", "orelse", "handlers", "body"):
                    stack.extend(reversed(getattr(node, field, [])))


def _is_alias(annotation: ast.expr) -> bool:
    """``TypeAlias``: what is annotated so is another name for its value."""
    match annotation:
        case ast.Name(id="TypeAlias") | ast.Attribute(attr="TypeAlias") | ast.Constant(value="TypeAlias"):
            return True
    return False
