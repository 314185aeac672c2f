"""What a call gives before it is awaited: a coroutine, a future, or a plain value."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal

from porter.facts import Scope
from porter.inference.program import Module
from porter.inference.state import Role, Site
from porter.inference.values import ClassValue, External, PartialValue
from porter.verify.view import View

Kind = Literal["coroutine", "future", "plain", "mixed", "unknown"]
_KEEPS_COLOUR = frozenset(
    (
        "abc.abstractmethod",
        "builtins.classmethod",
        "builtins.property",
        "builtins.staticmethod",
        "functools.wraps",
        "typing.final",
        "typing.no_type_check",
        "typing.overload",
        "typing.override",
    )
)
"""Decorators that leave a coroutine function a coroutine function."""

_TWIN_MARK = re.compile("Async|Aio|AIO|Sync")


@dataclass(frozen=True, slots=True)
class Given:
    """What a place that calls something gives."""

    kind: Kind
    name: str = ""
    """The callee, for messages."""
    cause: ast.AST | None = None
    """The ``async def`` of the program behind it."""


_WAITING = ("coroutine", "future", "mixed")
_UNKNOWN = Given("unknown")


def given(view: View, node: ast.AST, role: Role = "call") -> Given:
    """What calling (or reading, for a property) at ``node`` gives. What is unknown there does not count against it."""
    site = view.site(node, role)
    if site is None:
        return Given("unknown")
    kinds: dict[Kind, Given] = {}
    for scope in site.functions:
        fits = not isinstance(node, ast.Call) or _takes(scope, node) and _fits_receiver(view, site, scope, node)
        if isinstance(node, ast.Call) and not fits and not _is_partial(view, site, node):
            continue  # values of several callees met in one variable
        if role == "call" and scope.name == "__init__":
            kinds["plain"] = Given("plain", scope.qualname)
            continue
        kind = of_function(view, scope)
        kinds.setdefault(kind, Given(kind, scope.qualname, scope.node if kind == "coroutine" else None))
    for name in site.externals:
        kind = _of_outside(view, name)
        kinds.setdefault(kind, Given(kind, view.public(name)))
    if site.plain:
        kinds.setdefault("plain", Given("plain"))
    kinds.pop("unknown", None)
    if not kinds:
        return Given("unknown")
    if len(kinds) == 1:
        return next(iter(kinds.values()))
    awaitable = kinds.get("coroutine") or kinds.get("future")
    return Given("mixed", awaitable.name, awaitable.cause) if awaitable else Given("plain")


def _is_partial(view: View, site: Site, call: ast.Call) -> bool:
    module = view.module_of(site.caller)
    return any(isinstance(value, PartialValue) for value in view.values(call.func, module))


def _takes(scope: Scope, call: ast.Call) -> bool:
    """Whether a function can be called with as many positional arguments as stand there."""
    node = scope.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return True
    if any(isinstance(argument, ast.Starred) for argument in call.args) or not isinstance(call.func, (ast.Name, ast.Attribute)):
        return True
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    given = len(call.args)
    most = len(names) if node.args.vararg is None else given
    keywords = {keyword.arg for keyword in call.keywords}
    needed = [name for name in names[: len(names) - len(node.args.defaults)] if name not in keywords]
    receiver = scope.parent is not None and scope.parent.kind == "class"
    least = 0 if None in keywords else len(needed) - receiver
    return least <= given <= most or scope.name == "__init__"


def _fits_receiver(view: View, site: Site, scope: Scope, call: ast.Call) -> bool:
    """Whether ``self.method()``, in a method of a class, may mean that definition: ``self`` is an object of the class."""
    method = site.caller
    owner = method.parent
    classes = view.inference.program.classes
    if not isinstance(call.func, ast.Attribute) or owner not in classes or scope.parent not in classes:
        return True
    arguments = getattr(method.node, "args", None)
    first = [arg.arg for arg in (*arguments.posonlyargs, *arguments.args)][:1] if arguments is not None else []
    if getattr(method.node, "decorator_list", True) or [getattr(call.func.value, "id", "")] != first:
        return True
    is_kept = call.func.attr != scope.name or scope.name in view.stored_attributes  # a function that an attribute holds
    if is_kept or view.stores(view.module_of(method), method, first[0]):
        return True
    mine, theirs = classes[owner], classes[scope.parent]
    return any(mine in cls.mro and theirs in cls.mro for cls in classes.values())


def of_function(view: View, scope: Scope) -> Kind:
    """What calling a function of the program gives; a plain one may return the coroutine that another gives."""
    known = view.once(_kinds)
    if scope not in known:
        known[scope] = _of_function(view, scope, frozenset())
    return known[scope]


def _kinds(view: View) -> dict[Scope, Kind]:
    """What calling each function gives, as far as that was asked."""
    return {}


def _of_function(view: View, scope: Scope, seen: frozenset[Scope]) -> Kind:
    if scope.is_generator or scope in seen or not isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return "plain"
    if isinstance(scope.node, ast.AsyncFunctionDef):
        return "coroutine" if keeps_colour(view, scope) else "unknown"
    values = [scope.node.body] if isinstance(scope.node, ast.Lambda) else [node.value for node in scope.returns]
    kinds = {_of_result(view, value, seen | {scope}) for value in values}
    if len(kinds) != 1 or not keeps_colour(view, scope):
        return "plain"
    return kinds.pop()


def _of_result(view: View, value: ast.expr | None, seen: frozenset[Scope]) -> Kind:
    """A coroutine or future, where what is returned is a call that gives one and nothing else."""
    if not isinstance(value, ast.Call):
        return "plain"
    site = view.site(value)
    if site is None or site.unknown or site.plain:
        return "plain"
    kinds = {_of_function(view, scope, seen) for scope in site.functions}
    kinds |= {_of_outside(view, name) for name in site.externals}
    return kinds.pop() if len(kinds) == 1 and kinds <= {"coroutine", "future"} else "plain"


def keeps_colour(view: View, scope: Scope) -> bool:
    """Whether the decorators of a ``def`` leave what calling it gives as it is, as far as they are known."""
    node = scope.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return True
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "getter", "deleter"):
            continue
        found = view.inference.program.resolve(target, scope.parent or scope)
        if isinstance(found, Scope):
            continue  # of the program: the inference has applied it
        if not isinstance(found, External) or view.public(found.name) not in _KEEPS_COLOUR:
            return False
    return True


def _of_outside(view: View, name: str) -> Kind:
    known = view.once(_kinds_outside)
    if name not in known:
        known[name] = _asked_outside(view, name)
    return known[name]


def _kinds_outside(view: View) -> dict[str, Kind]:
    """The same of outside functions."""
    return {}


def _asked_outside(view: View, name: str) -> Kind:
    if view.public(name) == "builtins.next":
        return "unknown"
    match view.stubs.gives(name):
        case "coroutine":
            return "coroutine"
        case "future":
            return "future"
        case "value" | "none":
            return "plain"
        case "unknown":
            return "plain" if view.stubs.lookup(name) is not None else "unknown"


def family(view: View, site: Site | None) -> bool:
    """Whether all that is reached at a place are methods of one name, as overrides are, and none the other's twin.

    A program that holds both colours (``Pool`` and ``AsyncPool``) keeps them apart by means that no inference follows.
    So does one that awaits what is reached in one place and not in another, unless a class says that both are the same.
    """
    if site is None or site.externals or len({scope.name for scope in site.functions}) != 1:
        return False
    owners = [scope.parent for scope in site.functions]
    names = [_TWIN_MARK.sub("", owner.name) for owner in owners if owner is not None and owner.kind == "class"]
    if not len(names) == len(owners) == len(set(names)):
        return False
    return _has_overrides(view, list(site.functions)) or not _is_used_both_ways(view, frozenset(site.functions))


def _has_overrides(view: View, functions: list[Scope]) -> bool:
    """Whether a coroutine function among them and a plain one override each other, or something above them both."""
    classes = view.inference.program.classes
    above = {
        scope: {cls for cls in classes[scope.parent].mro if isinstance(cls, ClassValue) and scope.name in cls.scope.bound}
        for scope in functions
        if scope.parent in classes
    }
    asynchronous = [scope for scope in above if isinstance(scope.node, ast.AsyncFunctionDef)]
    return any(above[one] & above[other] for one in asynchronous for other in above if other not in asynchronous)


def _is_used_both_ways(view: View, functions: frozenset[Scope]) -> bool:
    """Whether the program awaits what some place gives that reaches two of these functions, and elsewhere does not."""
    places = view.once(_places_of_several)
    return {awaited for reached, awaited in places if len(reached & functions) > 1} == {True, False}


def _places_of_several(view: View) -> frozenset[tuple[frozenset[Scope], bool]]:
    return frozenset(
        (frozenset(site.functions), isinstance(view.parent(view.module_of(site.caller), site.node), ast.Await))
        for site in view.inference.sites
        if site.role == "call" and len(site.functions) > 1
    )


def is_asynchronous_next(view: View, node: ast.AST) -> bool:
    """Whether ``node`` is a call of the builtin ``anext``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and view.original(node.func) == "anext"
        and (node.func.id == "next")
    )


def _is_generator_method(view: View, call: ast.Call) -> bool:
    """``aclose``, ``asend`` and ``athrow`` give awaitables wherever they are known."""
    site = view.site(call)
    known = site is not None and (site.functions or site.externals)
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("aclose", "asend", "athrow") and not known


def _may_wait(view: View, site: Site | None) -> bool:
    """Whether anything that is reached at a place gives, or may give, an awaitable."""
    if site is None:
        return False
    return any(of_function(view, scope) in _WAITING for scope in site.functions) or any(
        _of_outside(view, name) in _WAITING for name in site.externals
    )


def producers(view: View, module: Module) -> list[tuple[ast.expr, Given]]:
    """The expressions of a module that give a coroutine or future, or sometimes do."""
    found: list[tuple[ast.expr, Given]] = []
    for call in view.nodes(module, ast.Call):
        made = given(view, call) if _may_wait(view, view.site(call)) else _UNKNOWN
        if is_asynchronous_next(view, call):
            made = Given("coroutine", "anext")
        elif _is_generator_method(view, call):
            made = Given("coroutine", ast.unparse(call.func))
        if made.kind in ("coroutine", "future", "mixed"):
            found.append((call, made))
    for attribute in view.nodes(module, ast.Attribute):
        if view.site(attribute, "property") is not None:
            made = given(view, attribute, "property")
            if made.kind in ("coroutine", "mixed"):
                found.append((attribute, made))
    return found
