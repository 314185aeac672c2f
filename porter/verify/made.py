"""Closed, against the source: what a port makes anew is used, gives what is wanted of it, and has what is read from it."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping, Sequence

from porter.inference.program import Module
from porter.inference.values import ClassValue, External, Instance
from porter.verify.changed import ChangedFile
from porter.verify.finding import Finding
from porter.verify.view import View

CHECK = "made"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(view: View, files: Mapping[str, ChangedFile], renames: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """New functions that nothing names, new coroutines that give nothing where a value is wanted, attributes nobody sets.

    ``renames`` as in a plan: what is only renamed is not new.
    """
    renamed = {new for _, new in renames}
    for module in view.modules:
        file = files.get(module.source.shown)
        if file is None or not file.change.old:
            continue
        words = _words(file) | renamed
        functions: Iterator[_Function] = view.nodes(module, ast.FunctionDef, ast.AsyncFunctionDef)
        for function in functions:
            yield from _invented(module, function, file)
            name = view.original(function)
            if name not in words and not _is_for_others(view, module, function) and not _is_named(view, module, name):
                yield Finding(module, function, CHECK, f"nothing uses `{name}`, which the source does not have")
        yield from _valueless(view, module, words, files)
        yield from _unset(view, module, words, files)


def _invented(module: Module, function: _Function, file: ChangedFile) -> Iterator[Finding]:
    """Texts and numbers that are the default of a parameter, and that the source does not have at all."""
    for default in (*function.args.defaults, *function.args.kw_defaults):
        value = default.value if isinstance(default, ast.Constant) else None
        if value is None or isinstance(value, bool) or value is Ellipsis:
            continue
        known = (node.value for node in file.old.by_type.get(ast.Constant, ()) if isinstance(node, ast.Constant))
        if not any(type(one) is type(value) and one == value for one in known):
            yield Finding(module, function, CHECK, f"`{value!r}`, a default of `{function.name}`, is not in the source")


def _is_for_others(view: View, module: Module, node: _Function) -> bool:
    """Whether others than the program may call a method: Python, a base class outside, whoever makes such objects."""
    owner = view.inference.program.classes.get(module.facts.scopes[node].parent)  # type: ignore[arg-type]
    if owner is None:
        return False
    if node.name.startswith("__") or any(isinstance(base, External) and base.name != "builtins.object" for base in owner.mro):
        return True
    is_factory = any(isinstance(one, ast.Name) and one.id == "classmethod" for one in node.decorator_list)
    return is_factory and owner.scope.name not in view.once(_called)


def _called(view: View) -> frozenset[str]:
    """The names of everything that the program calls: of a class that is not among them, it makes no objects."""
    calls = (call for module in view.modules for call in view.nodes(module, ast.Call))
    return frozenset(str(getattr(call.func, "attr", "") or getattr(call.func, "id", "")) for call in calls)


def _words(file: ChangedFile) -> frozenset[str]:
    """The names of functions and attributes in the old text."""
    functions = (scope.name for scope in file.old.scopes.values() if scope.kind == "function")
    attributes = (node.attr for node in file.old.by_type.get(ast.Attribute, ()) if isinstance(node, ast.Attribute))
    return frozenset((*functions, *attributes))


def _is_named(view: View, module: Module, name: str) -> bool:
    if any(node.id == name for node in view.nodes(module, ast.Name)):
        return True
    return any(node.attr == name for node in view.nodes(module, ast.Attribute)) or name in view.once(_named)


def _named(view: View) -> frozenset[str]:
    """Everything that is read, imported or exported by name anywhere in the program."""
    found: set[str] = set()
    for module in view.modules:
        found.update(node.id for node in view.nodes(module, ast.Name))
        found.update(node.attr for node in view.nodes(module, ast.Attribute))
        found.update(node.name for node in view.nodes(module, ast.alias))
        found.update(node.value for node in view.nodes(module, ast.Constant) if isinstance(node.value, str))
    return frozenset(found)


def _valueless(view: View, module: Module, words: frozenset[str], files: Container[str]) -> Iterator[Finding]:
    """``x = await new()``, where ``new`` is of the port's making and returns nothing."""
    for node in view.nodes(module, ast.Await):
        site = view.site(node.value) if isinstance(node.value, ast.Call) else None
        if site is None or site.unknown or site.plain or site.externals or not site.functions:
            continue
        if any(view.module_of(scope).source.shown not in files for scope in site.functions):
            continue  # of a support module only the interface is known
        if isinstance(view.parent(module, node), (ast.Expr, ast.Return, ast.Lambda)):
            continue
        if all(scope.name not in words and _gives_nothing(scope.node) for scope in site.functions):
            name = next(iter(site.functions)).qualname
            yield Finding(module, node, CHECK, f"`{name}` gives nothing, and its result is used")


def _gives_nothing(node: ast.AST) -> bool:
    if not isinstance(node, ast.AsyncFunctionDef) or isinstance(node.body[-1], ast.Raise):
        return False
    return not any(isinstance(one, ast.Return) and one.value is not None for one in ast.walk(node)) and not any(
        isinstance(one, (ast.Yield, ast.YieldFrom)) for one in ast.walk(node)
    )


def _unset(view: View, module: Module, words: frozenset[str], files: Container[str]) -> Iterator[Finding]:
    """``self.new``, an attribute that the source has not, and that nothing gives an object of the class."""
    for node in view.nodes(module, ast.Attribute):
        if not isinstance(node.ctx, ast.Load) or node.attr in words or not isinstance(node.value, ast.Name):
            continue
        values = view.values(node.value, module)
        classes = [value.cls for value in values if isinstance(value, Instance)]
        if any(view.module_of(cls.scope).source.shown not in files for cls in classes):
            continue
        if classes and len(classes) == len(values) and not any(_may_have(view, cls, node.attr) for cls in classes):
            yield Finding(module, node, CHECK, f"nothing sets `.{node.attr}`, which the source does not have")


def _may_have(view: View, cls: ClassValue, attribute: str) -> bool:
    """Whether objects of a class may have an attribute: by its body, a base, a hook, or by being set anywhere."""
    if view.own_method(cls, attribute) is not None or view.own_method(cls, "__getattr__") is not None:
        return True
    if any(isinstance(base, ClassValue) and attribute in base.scope.bound for base in cls.mro):
        return True
    bases = [base.name for base in cls.mro if isinstance(base, External)]
    if attribute.startswith("_") and any(name.startswith("asyncio.") for name in bases):
        return True  # what asyncio's own classes keep, no stub tells
    for module, store in view.attribute_stores(attribute):
        owners = view.values(store.value, module)
        known = [value.cls for value in owners if isinstance(value, Instance)]
        if len(known) != len(owners) or not owners or any(cls in one.mro or one in cls.mro for one in known):
            return True
    return False
