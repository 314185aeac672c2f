"""Subclasses of ``Thread``: plain classes with a task of their own."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from porter.idioms.idiom import Edit, View
from porter.idioms.lasting import Lasting
from porter.inference.spawning import ThreadClass
from porter.inference.values import ClassValue, External, Instance

_ASKED = frozenset({"name", "ident", "native_id", "daemon", "getName", "isDaemon"})
"""What a thread can be asked for, and an object without one cannot."""
_TASKS = frozenset({"start", "join", "is_alive"})
"""What is written for an object that has a task."""


def why_thread(view: View, cls: ThreadClass) -> str:
    """Why a class must go on being a Thread; empty if it need not."""
    own = next(_own_methods(view, cls), "")
    if own:
        return f"its `{own}` is the program's own"
    if _base(view, cls) is None:
        return "" if _runs_above(view, cls) else "what it runs is not its base's"  # else that says what it must be
    if _has_constructor_above(view, cls):
        return "its constructor is not the only one between it and Thread"
    named = _is_named(cls) or any(map(_name_given, _constructor_calls(view, cls)))
    missing = _ASKED - cls.scope.bound - ({"name"} if named else set())
    asked = next(_asked(view, cls, missing), "")
    return f"its `{asked}` is asked for, which a task has not" if asked else ""


def _own_methods(view: View, cls: ThreadClass) -> Iterator[str]:
    """The methods of Thread that a class of the family has itself, besides what it runs."""
    value = view.inference.program.classes[cls.scope]
    above = [base for base in value.mro if isinstance(base, ClassValue)]
    for one in (*above, *view.inference.program.descendants(value)):
        yield from sorted(_TASKS & one.scope.bound)


def _runs_above(view: View, cls: ThreadClass) -> bool:
    """Whether a class above it is a thread by itself, with something to run."""
    above = view.inference.program.classes[cls.scope].mro[1:]
    return any(isinstance(base, ClassValue) and "run" in base.scope.bound for base in above)


def _asked(view: View, cls: ThreadClass, names: Collection[str]) -> Iterator[str]:
    """Which of these attributes the program reads of objects of the class."""
    value = view.inference.program.classes[cls.scope]
    family = {id(one) for one in view.inference.program.descendants(value)}
    for module in view.inference.program.modules.values():
        if not any(name in module.facts.text for name in names):
            continue
        for node in module.facts.nodes:
            if isinstance(node, ast.Attribute) and node.attr in names and isinstance(node.ctx, ast.Load):
                owners = view.values(node.value, module)
                if any(isinstance(owner, Instance) and id(owner.cls) in family for owner in owners):
                    yield node.attr


def class_edits(view: View, idiom: str, cls: ThreadClass, lasting: Lasting) -> Iterator[Edit]:
    """A subclass of Thread: a plain class with a task of its own."""
    node = cls.scope.node
    assert isinstance(node, ast.ClassDef)
    base = _base(view, cls)
    if base is not None:
        yield view.edit(idiom, cls.module, node, "drop_base", base=ast.unparse(base))
    calls = _constructor_calls(view, cls)
    alive = "is_alive" not in cls.scope.bound and any(_asked(view, cls, ["is_alive"]))
    methods = _methods(cls, lasting, named=_is_named(cls) or any(map(_name_given, calls)), alive=alive)
    if methods:
        imports = ("import asyncio",)
        yield view.edit(idiom, cls.module, cls.run.node, "add_methods", where="after", imports=imports, methods=methods)
    for call in calls:
        yield _without_thread(view, idiom, cls, call)
    for module, statement in cls.daemon_statements:
        yield view.edit(idiom, module, statement, "remove")
    for site in cls.joins:
        if site.role != "callback":  # else it is handed to what awaits it
            yield view.edit(idiom, view.module(site.caller), site.node, "await")


def _methods(cls: ThreadClass, lasting: Lasting, *, named: bool, alive: bool) -> tuple[str, ...]:
    """``start``, ``join`` and ``is_alive``, as far as they are called."""
    methods = []
    typed = getattr(cls.run.node, "returns", None) is not None
    nothing = " -> None" if typed else ""
    if cls.starts:
        name = ", name=self.name" if named else ""
        start = f"def start(self){nothing}:\n    self._task = asyncio.create_task(self.run(){name})"
        if not cls.joins or dropped(cls):
            keeping = lasting.keep(cls.module, "self._task", daemon=cls.daemon)
            start += "".join(f"\n    {line}" for line in keeping.splitlines())
        methods.append(start)
    if cls.joins:
        timeout = "timeout: float | None = None" if typed else "timeout=None"
        methods.append(f"async def join(self, {timeout}){nothing}:\n    await asyncio.wait([self._task], timeout=timeout)")
    if alive:
        gives = " -> bool" if typed else ""
        methods.append(f'def is_alive(self){gives}:\n    return hasattr(self, "_task") and not self._task.done()')
    return tuple(methods)


def dropped(cls: ThreadClass) -> bool:
    """Whether an object is started where it is made, and nobody has it then to wait for it."""
    called = (site.node.func for site in cls.starts if isinstance(site.node, ast.Call))
    return any(isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call) for func in called)


def _base(view: View, cls: ThreadClass) -> ast.expr | None:
    """Thread among the bases of the class itself."""
    node = cls.scope.node
    assert isinstance(node, ast.ClassDef)
    return next((base for base in node.bases if _is_thread(view, cls, base)), None)


def _is_thread(view: View, cls: ThreadClass, base: ast.expr) -> bool:
    found = view.inference.program.resolve(base, cls.scope.parent or cls.scope)
    return isinstance(found, External) and found.name == "threading.Thread"


# --- the constructor -----------------------------------------------------------------------------------------------


def _constructors(cls: ThreadClass) -> list[ast.FunctionDef]:
    found = [child.node for child in cls.scope.children if child.name == "__init__"]
    return [node for node in found if isinstance(node, ast.FunctionDef)]


def _constructor_calls(view: View, cls: ThreadClass) -> list[ast.Expr]:
    """Where the constructor calls Thread's: by name, or by ``super()`` where no other constructor is between."""
    direct = _base(view, cls) is not None and not _has_constructor_above(view, cls)
    found = []
    for node in (node for constructor in _constructors(cls) for node in ast.walk(constructor)):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"))):
                found += [node] if direct else []
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr="__init__"))) if _is_thread(view, cls, owner):
                found.append(node)
    return found


def _has_constructor_above(view: View, cls: ThreadClass) -> bool:
    value = view.inference.program.classes[cls.scope]
    above = [base.scope for base in value.mro[1:] if isinstance(base, ClassValue)]
    return any(child.name == "__init__" for base in above for child in base.children)


def _name_given(statement: ast.Expr) -> ast.expr | None:
    """The name that Thread's constructor is given."""
    call = statement.value
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    named = next((k.value for k in call.keywords if k.arg == "name"), None)
    place = 2 if isinstance(call.func.value, ast.Call) else 3
    given = named or next(iter(call.args[place : place + 1]), None)
    return None if isinstance(given, ast.Constant) and given.value is None else given


def _is_named(cls: ThreadClass) -> bool:
    """Whether the constructor sets ``self.name``, whatever it is given."""
    for constructor in _constructors(cls):
        for statement in constructor.body:
            match statement:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr="name")]):
                    return True
    return False


def _without_thread(view: View, idiom: str, cls: ThreadClass, statement: ast.Expr) -> Edit:
    """The call goes; the name that it gave stays, since a task has one, too."""
    name = _name_given(statement)
    if name is None:
        return view.edit(idiom, cls.module, statement, "remove")
    parts = (cls.module.facts.span(name),)
    return view.edit(idiom, cls.module, statement, "replace_statement", code="self.name = {0}", parts=parts)
