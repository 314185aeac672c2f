"""Renaming: definitions that change get a name of their own, wherever it is used.

Rewrites
    ``class Session`` → ``class AsyncSession``, ``def main`` → ``async def main_async``, and every use of the name:
    calls, base classes, imports, annotations (in strings, too), ``global`` statements, the strings of ``__all__``, those
    that are appended to it included.

Why it means the same
    A name is changed with all its uses or not at all. What differs is what the program says of itself: ``__name__``,
    ``__qualname__``, ``repr`` and pickles show the new name.

Declines when
    The new name is taken in a scope that uses the old one, or the old one is looked up by text that porter cannot
    follow (``getattr`` with a computed name, ``globals()``).

Source
    The naming of pairs in the standard library and in libraries of both colours: ``IsolatedAsyncioTestCase``,
    ``AsyncClient``, ``AsyncMongoClient``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.program import Module
from porter.inference.values import ClassValue

NAME = "rename"

EXAMPLES: tuple[Example, ...] = (
    Example(
        "class_and_its_uses",
        "class Session(Base):\n    pass\n\n\ndef start(connection) -> 'Session':\n    return Session(connection)\n",
        "class AsyncSession(AsyncBase):\n    pass\n\n\n"
        "def start(connection) -> 'AsyncSession':\n    return AsyncSession(connection)\n",
        "subclasses and annotations follow",
    ),
    Example(
        "import_with_alias",
        "from .server import run as serve\n",
        "from .server import run_async as serve\n",
        "what `as` says stays, so the uses below stay, too",
    ),
    Example(
        "method",
        "class Session:\n    def loop(self):\n        return self.state\n",
        "class Session:\n    def loop(self):\n        return self.state\n",
        "methods keep their names, and a class that does not change keeps its own",
    ),
)

REFUSALS: tuple[Example, ...] = (
    Example(
        "name_taken",
        "class AsyncSession:\n    pass\n\n\nclass Session:\n    pass\n",
        "class AsyncSession:\n    pass\n\n\nclass Session:\n    pass\n",
        "the new name is taken; remedy: choose another one under [rename] in the settings",
    ),
)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode:
    """Carry out one edit: ``rename_def`` on a definition, ``rename_name`` on a use of its name.

    ``data["name"]`` is the new name. A use may be a name, an attribute (its last part changes), an import's alias (the
    last part of what is imported), a keyword or a parameter, a ``global`` or ``nonlocal`` statement or a string; for
    the last three kinds ``data["old"]`` is the old name. In a string it is replaced where it is a whole word.
    """
    new = str(edit.data["name"])
    match edit.action, node:
        case "rename_def", cst.FunctionDef() | cst.ClassDef():
            return node.with_changes(name=node.name.with_changes(value=new))
        case "rename_name", _:
            return _renamed(node, str(edit.data.get("old", "")), new)
        case _:
            raise ValueError(f"rename has no action {edit.action!r} for {type(node).__name__}")


def _renamed(node: cst.CSTNode, old: str, new: str) -> cst.CSTNode:
    match node:
        case cst.Name():
            return node.with_changes(value=new)
        case cst.Attribute():
            return node.with_changes(attr=node.attr.with_changes(value=new))
        case cst.ImportAlias():
            return node.with_changes(name=_renamed(node.name, old, new))
        case cst.Arg(keyword=cst.Name() as keyword):
            return node.with_changes(keyword=keyword.with_changes(value=new))
        case cst.MatchKeywordElement():
            return node.with_changes(key=node.key.with_changes(value=new))
        case cst.Param():
            return node.with_changes(name=node.name.with_changes(value=new))
        case cst.Global() | cst.Nonlocal():
            names = [item.with_changes(name=_if_old(item.name, old, new)) for item in node.names]
            return node.with_changes(names=names)
        case cst.SimpleString():
            return _in_string(node, old, new)
        case cst.ConcatenatedString():
            return node.with_changes(left=_renamed(node.left, old, new), right=_renamed(node.right, old, new))
        case _:
            raise ValueError(f"rename does not know how {type(node).__name__} bears a name")


def _if_old(name: cst.Name, old: str, new: str) -> cst.Name:
    return name.with_changes(value=new) if name.value == old else name


def _in_string(node: cst.SimpleString, old: str, new: str) -> cst.SimpleString:
    """The string with the name in it, or instead of it; prefix and quotes stay."""
    head = len(node.prefix) + len(node.quote)
    inside = node.value[head : -len(node.quote)]
    inside = re.sub(rf"\b{re.escape(old)}\b", new, inside) if old else new
    return node.with_changes(value=node.value[:head] + inside + node.quote)


# --- proposing -----------------------------------------------------------------------------------------------------


def propose(view: View) -> Proposal:
    """Rename each definition and every use of it, in all modules that may change."""
    if not view.names:
        return Proposal()
    edits: list[Edit] = []
    for scope, name in view.names.items():
        edits.append(view.edit(NAME, view.module(scope), scope.node, "rename_def", name=name))
    old_names = {scope.name for scope in view.names}
    for module in view.targets:
        if any(name in module.facts.text for name in old_names):
            edits.extend(_uses(view, module, old_names))
    return Proposal(tuple(edits))


def _uses(view: View, module: Module, old_names: set[str]) -> Iterator[Edit]:
    for node in module.facts.nodes:
        match node:
            case ast.Name(id=name) if name in old_names:
                new = _new_name(view, view.inference.program.resolve_name(name, _scope(module, node)))
                if new and not _aliased(view, module, node):
                    yield view.edit(NAME, module, node, "rename_name", name=new)
            case ast.Attribute(attr=attr) if attr in old_names:
                new = _new_name(view, view.inference.program.resolve(node, _scope(module, node)))
                if new:
                    yield view.edit(NAME, module, node, "rename_name", name=new)
            case ast.ImportFrom():
                for alias in node.names:
                    if alias.name in old_names:
                        new = _new_name(view, view.inference.program.imported(module, node, alias.name))
                        if new:
                            yield view.edit(NAME, module, alias, "rename_name", name=new)
            case ast.Constant(value=str() as text) if _worth_reading(text, old_names):
                yield from _string(view, module, node, text, old_names)


def _scope(module: Module, node: ast.AST) -> Scope:
    return module.facts.scope_of(node)


def _new_name(view: View, found: object) -> str:
    if isinstance(found, ClassValue):
        found = found.scope
    return view.names.get(found, "") if isinstance(found, Scope) else ""


def _aliased(view: View, module: Module, node: ast.Name) -> bool:
    """Whether the name is bound by ``import ... as``: then it stays."""
    owner = _scope(module, node).binding(node.id)
    if owner is None:
        return False
    for binder in view.inference.program.bindings(owner).get(node.id, ()):
        if isinstance(binder, ast.ImportFrom):
            return any(alias.asname == node.id for alias in binder.names)
    return False


def _worth_reading(text: str, old_names: set[str]) -> bool:
    return len(text) < 200 and any(name in text for name in old_names)


def _string(view: View, module: Module, node: ast.Constant, text: str, old_names: set[str]) -> Iterator[Edit]:
    """Names in ``__all__`` and in string annotations."""
    if not (_in_all(module, node) or _is_annotation(module, node)):
        return
    for name in sorted(old_names):
        if re.search(rf"\b{re.escape(name)}\b", text):
            new = _new_name(view, view.inference.program.resolve_name(name, _scope(module, node)))
            if new:
                yield view.edit(NAME, module, node, "rename_name", name=new, old=name)


def _in_all(module: Module, node: ast.AST) -> bool:
    statement = module.facts.statement(node)
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="__all__")))):
            return True  # appended or removed
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def _is_annotation(module: Module, node: ast.AST) -> bool:
    child, parent = node, module.facts.parents.get(node)
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.arg):
            return True
        child, parent = parent, module.facts.parents.get(parent)
    if isinstance(parent, ast.AnnAssign):
        return child is parent.annotation
    return isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)) and child is parent.returns
