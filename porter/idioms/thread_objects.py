"""Threads that are objects: made here, started there, kept in lists, asked for what a task has not.

A task runs from the moment it is made, so a plain one takes the place of a thread only where the thread starts where it
is made. All other threads become objects of a support module, which make their tasks when they are started.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator

import libcst as cst

from porter.idioms.groups import copy_import, support_import
from porter.idioms.idiom import Edit, View
from porter.idioms.lasting import Lasting
from porter.idioms.thread_classes import dropped
from porter.idioms.thread_problems import problem_of, why_no_task
from porter.inference.program import Module
from porter.inference.spawning import Spawn, ThreadClass, Threads, becomes_task, find_threads
from porter.inference.values import ClassValue, External, Value
from porter.syntax.shapes import argument, keyword

SUPPORT = "aio_threads"
OBJECT = f"_{SUPPORT}.Thread"
_LISTENS = "what it runs tells nobody when it listens"


@functools.lru_cache(maxsize=2)
def thread_objects(view: View) -> frozenset[Value]:
    """The threads that become objects; those that meet where one starts or is waited for share its form."""
    threads = find_threads(view.inference, view.sockets)
    spawns = [s for s in threads.spawns if becomes_task(s, view.colours) and not problem_of(view, s)]
    joined = {site.node for cls in threads.classes for site in cls.joins}
    found = [s for s in spawns if why_no_task(view, s) or not joined.isdisjoint(s.joins)]
    for one in found:  # which grows meanwhile
        places = _places(one)
        found += [other for other in spawns if other not in found and not places.isdisjoint(_places(other))]
    return frozenset(spawn.value for spawn in found)


def _places(spawn: Spawn) -> set[ast.AST]:
    return {*spawn.starts, *spawn.joins, *spawn.alive, *spawn.others}


def object_problem(view: View, spawn: Spawn) -> str:
    """Why a thread cannot become such an object either."""
    return _LISTENS if any(function in view.ready for function in spawn.functions) else ""


def spawn_edits(view: View, idiom: str, spawn: Spawn, data: dict[str, object]) -> Iterator[Edit]:
    """``threading.Thread(...)`` → ``_aio_threads.Thread(...)``, and ``await`` where it is joined."""
    statement, copy = support_import(spawn.module, SUPPORT)
    yield view.edit(idiom, spawn.module, spawn.call, "object", imports=(statement,), extra={**data, "support": (SUPPORT, copy)})
    for join in spawn.joins:
        if view.inference.site(join, "callback") is None:  # else it is handed to what awaits it
            yield _awaited(view, idiom, join)


def root_of(view: View, cls: ThreadClass) -> tuple[Module, ast.ClassDef, ast.expr] | None:
    """The class of the program that names Thread among its bases, for a subclass of Thread; and that base."""
    program = view.inference.program
    for above in program.classes[cls.scope].mro:
        node = above.scope.node if isinstance(above, ClassValue) else None
        if isinstance(above, ClassValue) and isinstance(node, ast.ClassDef):
            for base in node.bases:
                found = program.resolve(base, above.scope.parent or above.scope)
                if isinstance(found, External) and found.name == "threading.Thread":
                    return program.module_for(above.scope), node, base
    return None


def class_object_edits(view: View, idiom: str, cls: ThreadClass) -> Iterator[Edit]:
    """A subclass of Thread has the stand-in as its base; where it calls its constructor by name, that changes too."""
    found = root_of(view, cls)
    assert found is not None
    module, node, base = found
    named = [base, *_constructors_named(view, module, node)]
    statement, copy = support_import(module, SUPPORT)
    for place in named:
        yield view.edit(idiom, module, place, "replace_expression", imports=(statement,), code=OBJECT, support=(SUPPORT, copy))
    for site in cls.joins:
        if site.role != "callback":
            yield _awaited(view, idiom, site.node)


def _constructors_named(view: View, module: Module, node: ast.ClassDef) -> Iterator[ast.expr]:
    """``threading.Thread`` in ``threading.Thread.__init__(self)``."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr == "__init__" and isinstance(part.value, (ast.Name, ast.Attribute)):
            found = view.inference.program.resolve(part.value, module.facts.scope_of(part))
            if isinstance(found, External) and found.name == "threading.Thread":
                yield part.value


def _awaited(view: View, idiom: str, join: ast.AST) -> Edit:
    site = view.inference.site(join)
    assert site is not None
    return view.edit(idiom, view.module(site.caller), join, "await")


def finish_edits(view: View, lasting: Lasting, threads: Threads, classes: Iterable[ThreadClass]) -> None:
    """The program's entry waits for those that nobody joins, and that are no daemons."""
    objects = thread_objects(view)
    homes = [s.module for s in threads.spawns if s.value in objects and not s.joins and not s.daemon]
    for cls in classes:
        root = root_of(view, cls)
        if root is not None and cls.starts and not cls.daemon and (not cls.joins or dropped(cls)):
            homes.append(root[0])
    if not homes:
        return
    for module, owner, body in lasting.entries():
        start = 1 if isinstance(owner, ast.FunctionDef) and ast.get_docstring(owner) is not None and len(body) > 1 else 0
        statement = copy_import(module, homes[0], SUPPORT)
        lasting.end(module, owner, body, start, f"await _{SUPPORT}.finish()", daemon=False, imports=(statement,))


def object_made(node: cst.Call, edit: Edit) -> cst.Call:
    """The call that makes the thread, with the stand-in's name; sockets that became pairs are passed as two."""
    made = node.with_changes(func=cst.parse_expression(OBJECT))
    pairs = dict(edit.data["pairs"])  # type: ignore[call-overload]
    given = argument(node, 3, "args")
    if pairs and isinstance(given, (cst.Tuple, cst.List)):
        made = cst.ensure_type(made.deep_replace(given, _as_two(given, pairs)), cst.Call)
    if edit.data["coroutine"]:
        target = argument(node, 1, "target")
        changed = [keyword("target", cst.Name(str(edit.data["coroutine"]))) if arg.value is target else arg for arg in made.args]
        made = made.with_changes(args=changed)
    return made


def _as_two(given: cst.Tuple | cst.List, pairs: dict[str, tuple[str, ...]]) -> cst.Tuple | cst.List:
    elements: list[cst.BaseElement] = []
    for element in given.elements:
        value = element.value
        names = pairs.get(value.value) if isinstance(value, cst.Name) else None
        elements += [cst.Element(cst.Name(name)) for name in names] if names is not None else [element]
    return given.with_changes(elements=elements)
