"""What becomes of names in the targets that a user's rows replace."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, View
from porter.inference.named import imported_name
from porter.inference.program import Module
from porter.inference.row_names import replaced_names
from porter.inference.values import ClassValue, External


def replaced_uses(view: View, idiom: str, taken: Collection[ast.AST]) -> Iterator[Edit]:
    """An edit for each use of a replaced name, but for nodes that are ``taken``."""
    names = replaced_names(view.inference, view.catalogue)
    changed = {scope.module for scope in view.colours.causes}
    for module in view.targets if names else ():
        if module.facts.module not in changed:
            continue
        tails = {name.rpartition(".")[2] for name in names} | _aliases(module, {name.rpartition(".")[2] for name in names})
        for node in module.facts.nodes:
            if not isinstance(node, (ast.Name, ast.Attribute)) or node in taken or node in view.quiet:
                continue
            tail = node.id if isinstance(node, ast.Name) else node.attr
            if tail in tails and isinstance(node.ctx, ast.Load) and (new := names.get(_meaning(view, module, node, names))):
                imports, code = spelled(view, module, node, new)
                if code != ast.unparse(node):
                    yield view.edit(idiom, module, node, "replace_expression", imports=imports, code=code)


def _aliases(module: Module, tails: set[str]) -> set[str]:
    return {alias.asname for _, node in module.facts.imports for alias in node.names if alias.asname and alias.name in tails}


def _meaning(view: View, module: Module, node: ast.Name | ast.Attribute, names: dict[str, str]) -> str:
    """The full name that an expression goes by: as it is imported, or as it is defined."""
    scope = module.facts.scope_of(node)
    if isinstance(node, ast.Name):
        path = imported_name(view.inference, module, scope.binding(node.id), node.id)
        if path in names:
            return path
    found = view.inference.program.resolve(node, scope)
    match found:
        case ClassValue(name=name):
            return name
        case External(name=name):
            return name if name in names else view.inference.state.outside.public(name)
        case Scope():
            return f"{view.inference.program.module_for(found).name}.{found.qualname}"
    return ""


def spelled(view: View, module: Module, node: ast.expr, name: str) -> tuple[tuple[str, ...], str]:
    """What ``module`` must import to use ``name``, and what it calls it where ``node`` stood.

    By name, or beside its module if ``node`` was; a module that is imported already is spelled as it is there.
    """
    home, _, tail = name.rpartition(".")
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        scope = module.facts.scope_of(node)
        if imported_name(view.inference, module, scope.binding(node.value.id), node.value.id) == home:
            return (), f"{node.value.id}.{tail}"
        above, _, last = home.rpartition(".")
        if above and last not in sys.stdlib_module_names:  # `redis.asyncio` must not hide `asyncio`
            return (f"from {_from(view, module, above)} import {last}",), f"{last}.{tail}"
        return (f"import {home}",), f"{home}.{tail}"
    if home == "asyncio":
        return ("import asyncio",), name
    return (f"from {_from(view, module, home)} import {tail}",), tail


def _from(view: View, module: Module, home: str) -> str:
    """How ``module`` names ``home`` in its imports: as it does already, else relatively inside one package."""
    for _, statement in module.facts.imports:
        if isinstance(statement, ast.ImportFrom) and view.inference.program.absolute(module, statement) == home:
            return f"{'.' * statement.level}{statement.module or ''}"
    return _relative(module, home)


def _relative(module: Module, home: str) -> str:
    """``home`` as a module of the same package names it."""
    package = module.name.split(".")[: None if module.source.is_package else -1]
    parts = home.split(".")
    if not package or parts[0] != package[0]:
        return home
    both = zip(package, parts, strict=False)
    shared = next((n for n, (a, b) in enumerate(both) if a != b), min(len(package), len(parts)))
    return "." * (len(package) - shared + 1) + ".".join(parts[shared:])
