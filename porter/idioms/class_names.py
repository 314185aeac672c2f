"""Classes by their twins: every place that names the class of an object that is ported."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping

from porter.idioms.groups import support_import
from porter.idioms.idiom import Edit, View
from porter.inference.objects import ObjectGroup, Objects
from porter.inference.program import Module
from porter.inference.values import External, Value


def class_edits(
    view: View,
    idiom: str,
    objects: Objects,
    is_ported: Callable[[ObjectGroup], bool],
    twin: Callable[[str, ObjectGroup | None], str],
    extra: Mapping[str, str] | None = None,
) -> Iterator[Edit]:
    """An edit for each place that names a class of the ported groups: where objects are made, in annotations.

    ``twin`` gives the new name of a class. ``extra``: other names that follow a class, each with the class's name.
    """
    extra = extra or {}
    classes = {name for group in objects.groups if is_ported(group) for name in group.classes}
    if not classes:
        return
    names = _Names(view, objects, is_ported)
    wanted = classes | {name for name, cls in extra.items() if cls in classes}
    for module in view.targets:
        for node, name in _references(view, module, wanted):
            cls = extra.get(name, name)
            group = names.ported_group(module, node, cls)
            if group is not None or (names.all_ported(cls) and not names.is_made_here(node)):
                new = twin(name, group)
                yield from _renamed(view, idiom, module, node, name, new, group)


def _references(view: View, module: Module, classes: Collection[str]) -> Iterator[tuple[ast.expr, str]]:
    """Names, attributes and string annotations that mean one of the classes."""
    outside = view.inference.state.outside
    for node in module.facts.nodes:
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            found = view.inference.program.resolve(node, module.facts.scope_of(node))
            if isinstance(found, External) and (name := outside.public(found.name)) in classes:
                yield node, name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and annotates(module, node) is not None:
            for part, name in in_string(view, module, node, classes):
                del part
                yield node, name


def in_string(view: View, module: Module, node: ast.Constant, classes: Collection[str]) -> Iterator[tuple[ast.expr, str]]:
    """The mentions of some classes in an annotation that is a string."""
    try:
        tree = ast.parse(str(node.value).strip(), mode="eval")
    except (SyntaxError, ValueError):
        return
    for part in ast.walk(tree):
        if isinstance(part, (ast.Name, ast.Attribute)):
            found = view.inference.program.resolve(part, module.facts.scope_of(node))
            if isinstance(found, External) and (name := view.inference.state.outside.public(found.name)) in classes:
                yield part, name


def _renamed(
    view: View, idiom: str, module: Module, node: ast.expr, name: str, new: str, group: ObjectGroup | None
) -> Iterator[Edit]:
    home, code = new.rpartition(".")[0], new
    imports: tuple[str, ...] = (f"import {home}",)
    support: tuple[str, str] | None = None
    if home.startswith("_"):
        statement, copy = support_import(module, home.removeprefix("_"))
        imports, support = (statement,), (home.removeprefix("_"), copy)
    if isinstance(node, ast.Constant):
        code = module.facts.span(node).cut(module.facts.text)
        for part, known in in_string(view, module, node, {name}):
            if known == name:
                code = code.replace(ast.unparse(part), new)
    tag = group.name if group is not None else ""
    yield view.edit(idiom, module, node, "replace_expression", imports=imports, group=tag, code=code, support=support)


class _Names:
    """To which group a mention of a class belongs."""

    def __init__(self, view: View, objects: Objects, is_ported: Callable[[ObjectGroup], bool]) -> None:
        self._view = view
        self._objects = objects
        self._is_ported = is_ported
        self._made: dict[ast.AST, bool] = {}

    def all_ported(self, cls: str) -> bool:
        """Whether every object of a class is ported."""
        groups = [group for group in self._objects.groups if cls in group.classes]
        return bool(groups) and all(map(self._is_ported, groups))

    def is_made_here(self, node: ast.AST) -> bool:
        """Whether the mention is what a call calls: then only the object made there counts."""
        return self._made.get(node, False)

    def ported_group(self, module: Module, node: ast.expr, cls: str) -> ObjectGroup | None:
        """The ported group of the object that is made or annotated where the class is named."""
        at: ast.AST = node
        parents = module.facts.parents
        while not isinstance(at, ast.Module):
            for group in self._objects.by_origin.get(at, ()):
                if self._is_ported(group) and cls in group.classes:
                    return group
            above = parents[at]
            if isinstance(above, ast.Call) and above.func is at:
                self._made[node] = above in self._objects.by_origin
            if isinstance(at, ast.stmt):
                break
            at = above
        return self._of_holder(module, node)

    def _of_holder(self, module: Module, node: ast.expr) -> ObjectGroup | None:
        """The ported group of the parameter or field that an annotation is of."""
        holder = annotates(module, node)
        group: ObjectGroup | None = None
        if isinstance(holder, ast.arg):
            function = module.facts.parents[module.facts.parents[holder]]
            scope = module.facts.scopes.get(function)
            if scope is not None:
                group = self._objects.group(self._view.inference.variable(scope, holder.arg))
        elif isinstance(holder, ast.AnnAssign):
            group = self._objects.group(self._held(module, holder))
        return group if group is not None and self._is_ported(group) else None

    def _held(self, module: Module, statement: ast.AnnAssign) -> tuple[Value, ...]:
        scope = module.facts.scope_of(statement)
        if isinstance(statement.target, ast.Name):
            return self._view.inference.values(ast.Name(statement.target.id, ast.Load()), module, scope)
        if statement.value is not None:
            return self._view.inference.values(statement.value, module, scope)
        return ()


def annotates(module: Module, node: ast.AST) -> ast.AST | None:
    """What an annotation that holds ``node`` is of: a parameter, an annotated assignment, a function's result."""
    child, parent = node, module.facts.parents.get(node)
    while parent is not None:
        match parent:
            case ast.arg():
                return parent
            case ast.AnnAssign():
                return parent if child is parent.annotation else None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return parent if child is parent.returns else None
            case ast.stmt():
                return None
        child, parent = parent, module.facts.parents.get(parent)
    return None
