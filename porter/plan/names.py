"""New names: what ``naming = "twin"`` and ``[rename]`` call the top-level functions and classes that change."""

from __future__ import annotations

import ast
import re

from porter.facts.model import Scope
from porter.idioms.idiom import View
from porter.inference.values import ClassValue
from porter.project.faults import UsageFault


def twin_class(name: str) -> str:
    """``Session`` → ``AsyncSession``; leading underscores stay in front."""
    bare = name.lstrip("_")
    return f"{name[: len(name) - len(bare)]}Async{bare}"


def twin_function(name: str) -> str:
    """``run_server`` → ``run_async_server``; ``main`` → ``main_async``."""
    match = re.fullmatch(r"(_*[^_]+)_(.*[^_].*)", name)
    return f"{match[1]}_async_{match[2]}" if match else f"{name}_async"


def new_names(view: View) -> dict[Scope, str]:
    """The new bare names by scope. Raises ``UsageFault`` when a name is taken already."""
    names: dict[Scope, str] = {}
    wanted = dict(view.settings.rename)
    changed = changed_definitions(view)
    for scope in changed:
        module = view.module(scope)
        explicit = wanted.get(f"{module.name}.{scope.name}", wanted.get(scope.name))
        if explicit is not None:
            names[scope] = explicit
        elif view.settings.naming == "twin" and not _is_protocol(scope):
            names[scope] = twin_class(scope.name) if scope.kind == "class" else twin_function(scope.name)
    for scope, name in names.items():
        module = view.module(scope)
        if name in module.facts.module.bound and name != scope.name:
            line = getattr(scope.node, "lineno", 0)
            raise UsageFault(
                f"{module.source.shown}:{line}: `{scope.name}` would be renamed `{name}`, which exists already; "
                f'choose another name in [rename], or naming = "keep"'
            )
    return names


def _is_protocol(scope: Scope) -> bool:
    return scope.name.startswith("__") or scope.name.startswith("test")


def changed_definitions(view: View) -> list[Scope]:
    """Top-level functions that become asynchronous or change their signature; classes that hold such, and subclasses."""
    changed: dict[Scope, None] = {}
    asynchronous = {scope for scope in view.colours.causes if not isinstance(scope.node, ast.AsyncFunctionDef)}
    marked = asynchronous | set(signature_changes(view))
    for module in view.targets:
        for child in module.facts.module.children:
            if child.kind == "function" and child in marked:
                changed[child] = None
            elif child.kind == "class" and any(inner in marked for inner in child.children):
                changed[child] = None
    program = view.inference.program
    for scope in list(changed):
        if scope.kind == "class":
            for cls in program.descendants(program.classes[scope]):
                _add_class(view, cls, changed)
    return list(changed)


def _add_class(view: View, cls: ClassValue, changed: dict[Scope, None]) -> None:
    top = cls.scope.parent is not None and cls.scope.parent.kind == "module"
    if top and view.module(cls.scope).source.is_target and not is_test_case(view, cls):
        changed[cls.scope] = None


def is_test_case(view: View, cls: ClassValue) -> bool:
    """Whether a class of the program is a ``unittest.TestCase``: its name is what test runners show."""
    return any(getattr(base, "name", "") == "unittest.case.TestCase" for base in cls.mro)


def signature_changes(view: View) -> list[Scope]:
    """Functions with a parameter that becomes two."""
    from porter.inference.pairs import pair_parameters

    return [*pair_parameters(view.inference, view.sockets), *view.ready]
