"""Sources of installed modules: which names a class outside the program has, where no stub lists them.

The files are found by path and parsed, never imported.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

from porter.project.decode import Unreadable, decode

_DEPTH = 8


def defines(cls: str, name: str) -> bool:
    """Whether the source of an installed class, ``package.module.Class``, defines a method itself."""
    module, _, own = cls.rpartition(".")
    if not re.search(rf"\bdef {name}\b", _text(module)):
        return False
    tree = _tree(module)
    return tree is not None and any(name in _own_methods(node) for node in _statements(tree.body) if _is_class(node, own))


def has_method(cls: str, name: str) -> bool:
    """Whether the source of an installed class or of an ancestor of it defines a method."""
    return name in _methods(cls, _DEPTH)


@functools.cache
def _methods(cls: str, depth: int) -> frozenset[str]:
    module, _, name = cls.rpartition(".")
    tree = _tree(module) if depth else None
    if tree is None:
        return frozenset()
    found: set[str] = set()
    for node in _statements(tree.body):
        found |= _own_methods(node) if _is_class(node, name) else set()
        for base in node.bases if isinstance(node, ast.ClassDef) and node.name == name else ():
            for meant in _meant(tree, module, ast.unparse(base)):
                found |= _methods(meant, depth - 1)
    for meant in _imported(tree, module, name):
        found |= _methods(meant, depth - 1)
    return frozenset(found)


def _is_class(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == name


def _own_methods(node: ast.stmt) -> set[str]:
    body = node.body if isinstance(node, ast.ClassDef) else ()
    return {one.name for one in _statements(body) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or class, those under a condition, too."""
    todo = list(body)
    while todo:
        node = todo.pop(0)
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            handlers = [one for handler in getattr(node, "handlers", ()) for one in handler.body]
            todo += [*node.body, *node.orelse, *handlers, *getattr(node, "finalbody", ())]


def _meant(tree: ast.Module, module: str, dotted: str) -> Iterator[str]:
    """The full names that a dotted name in a module may stand for."""
    head, dot, rest = dotted.partition(".")
    imported = [f"{meant}{dot}{rest}" for meant in _imported(tree, module, head)]
    yield from imported or [f"{module}.{dotted}"]


def _imported(tree: ast.Module, module: str, name: str) -> Iterator[str]:
    """What a name at the top level of a module is imported as."""
    package = module if _is_package(module) else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    yield alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (above, node.module) if part)
            for alias in node.names:
                if (alias.asname or alias.name) == name and base:
                    yield f"{base}.{alias.name}"


def _is_package(module: str) -> bool:
    path = _path(module)
    return path is not None and path.stem == "__init__"


@functools.lru_cache(maxsize=64)
def _tree(module: str) -> ast.Module | None:
    try:
        return ast.parse(_text(module))
    except (SyntaxError, ValueError, RecursionError):
        return None


@functools.lru_cache(maxsize=64)
def _text(module: str) -> str:
    """The source of a module; empty where there is none."""
    path = _path(module)
    try:
        return decode(path.read_bytes()).text if path is not None else ""
    except (OSError, Unreadable):
        return ""


@functools.cache
def _path(module: str) -> Path | None:
    """The file of a module in the environment that runs porter; asking for it runs nothing."""
    folders: list[str] | None = None
    parts = module.split(".")
    for number, part in enumerate(parts):
        spec = PathFinder.find_spec(part, folders) if part.isidentifier() else None
        if spec is None:
            return None
        folders = list(spec.submodule_search_locations or ())
        if number < len(parts) - 1 and not folders:
            return None
    path = Path(spec.origin) if spec is not None and spec.origin is not None else None
    return path if path is not None and path.suffix == ".py" else None
