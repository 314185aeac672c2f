"""Construction: the places that make objects of the program's classes, and the classes that may open asynchronously.

A constructor that blocks cannot become a coroutine function; its class opens in a factory instead (``constructors``, among
the idioms). An ``__init__`` that a colouring marks means just that.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from typing import Literal

from porter.facts.model import Scope
from porter.inference.init import constructor_of, is_constructor, is_overload
from porter.inference.program import Program
from porter.inference.result import Inference
from porter.inference.state import Site
from porter.inference.unknown_makers import unknown_maker
from porter.inference.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    PartialValue,
    SuperValue,
    Unknown,
    Value,
)

Kind = Literal["", "class", "inner", "partial", "other"]
"""How a call reaches a constructor: it calls a class; a constructor itself, as ``super().__init__()`` does; what
``functools.partial`` made of a class; or otherwise. Empty: it reaches none."""

Why = tuple[str, str]
"""A reason and a remedy."""


def class_of(program: Program, scope: Scope) -> ClassValue:
    """The class of a constructor."""
    assert scope.parent is not None
    return program.classes[scope.parent]


def outside_constructor(inference: Inference, call: ast.Call) -> str:
    """The class of the program that a call makes an object of by a constructor from outside; ``""`` if there is none."""
    for value in inference.values(call.func, inference.program.module_for(_scope(inference, call))):
        if isinstance(value, ClassValue) and constructor_of(value) is None:
            bases = [base for base in value.mro if isinstance(base, External)]
            if any(not base.name.startswith(_SILENT) for base in bases) or len(value.bases) < _bases(value):
                return value.scope.name
    return ""


_SILENT = ("builtins.object", "typing.", "typing_extensions.", "abc.", "enum.")
"""Bases that bring no constructor which does anything with what it is given."""


def _bases(cls: ClassValue) -> int:
    return len(getattr(cls.scope.node, "bases", ()))


def _scope(inference: Inference, call: ast.Call) -> Scope:
    site = inference.site(call)
    assert site is not None
    return site.caller


def construction(inference: Inference, site: Site) -> Kind:
    """How a place reaches constructors."""
    constructors = {scope for scope in site.functions if is_constructor(scope)}
    if not constructors or site.role != "call":
        return ""
    node = site.node
    if not isinstance(node, ast.Call):
        return "other"
    values = inference.values(node.func, inference.program.module_for(site.caller))
    kinds = {_kind(value, constructors) for value in values} - {""}
    match kinds:
        case s if s == {"class"}:
            others = any(scope not in constructors and not is_overload(scope) for scope in site.functions)
            return "other" if others else "class"
        case s if s == {"inner"}:
            return "inner" if _is_inner(inference, site, node) else "other"
        case s if s == {"partial"}:
            return "partial"
    return "other"


def _kind(value: Value, constructors: set[Scope]) -> str:
    match value:
        case ClassValue():
            return "class"
        case PartialValue():
            return "partial"
        case BoundMethod(function=function) | (FunctionValue() as function):
            return "inner" if function.scope in constructors else "other"
        case Unknown() | External():
            return "other"
    return ""


def _is_inner(inference: Inference, site: Site, node: ast.Call) -> bool:
    """``super().__init__(...)``, ``Base.__init__(self, ...)``, ``self.__init__(...)``: a statement of its own."""
    parent = inference.program.module_for(site.caller).facts.parents.get(node)
    return isinstance(parent, ast.Expr) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"


def beyond(inference: Inference, site: Site) -> list[str]:
    """Classes whose objects find no constructor of the program at ``super().__init__()``, but that of ``object``."""
    node = site.node
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return []
    found = []
    for value in inference.values(node.func.value, inference.program.module_for(site.caller)):
        if isinstance(value, SuperValue) and isinstance(value.receiver, Instance):
            mro = value.receiver.cls.mro
            rest = mro[mro.index(value.cls) + 1 :] if value.cls in mro else ()
            if not any(isinstance(base, ClassValue) and "__init__" in base.scope.bound for base in rest):
                found.append(value.receiver.cls.scope.name)
    return found


# --- why a class cannot open in a factory --------------------------------------------------------------------------

_REMEDY = "move what blocks from `__init__` into an ordinary method"
_HARMLESS_DECORATORS = frozenset(
    ("functools.total_ordering", "typing.final", "typing.runtime_checkable", "typing_extensions.final")
)
_MADE_BY_OTHERS = {
    "builtins.BaseException": "it is an exception, which `raise` makes",
    "builtins.tuple": "its objects are made by `__new__`",
    "builtins.type": "it is a metaclass",
    "enum.Enum": "its objects are made with the class",
    "unittest.case.TestCase": "`unittest` makes its objects",
    "socketserver.BaseRequestHandler": "`socketserver` makes its objects",
}
_METACLASSES = frozenset(("abc.ABCMeta",))


def why_not_opened(inference: Inference, scope: Scope) -> Why | None:
    """Why the class of the constructor ``scope`` cannot open in a factory, and what to do about it; None when it can."""
    program = inference.program
    cls = class_of(program, scope)
    node = cls.scope.node
    init = scope.node
    assert isinstance(node, ast.ClassDef) and isinstance(init, ast.FunctionDef | ast.AsyncFunctionDef)
    name = cls.scope.name
    if sum(child.name == "__init__" and not is_overload(child) for child in cls.scope.children) > 1 or init not in node.body:
        return (
            f"`{name}` has several constructors, or one under a condition",
            "write one, without a condition around it",
        )
    if init.decorator_list:
        return f"the constructor of `{name}` is decorated", _REMEDY
    if not (init.args.posonlyargs or init.args.args):
        return f"the constructor of `{name}` has no `self`", "name its first parameter"
    maker = unknown_maker(inference, cls)
    if maker is not None:
        return f"`{ast.unparse(maker.func)}(...)` may make a `{name}`, and nothing is known of it", _REMEDY
    for relative in program.descendants(cls):
        why = _why_class(inference, relative)
        if why:
            return f"`{relative.scope.name}` cannot be made by a factory: {why}", _REMEDY
    return None


def _why_class(inference: Inference, cls: ClassValue) -> str:
    program, outside = inference.program, inference.state.outside
    for base in cls.mro:
        if isinstance(base, External):
            found = next((why for known, why in _MADE_BY_OTHERS.items() if outside.is_subclass(base.name, known)), "")
            if base.kind == "unknown":
                found = f"nothing is known of its base `{base.name}`"
            if found:
                return found
            continue
        if "__new__" in base.scope.bound:
            return "it has a `__new__`"
        node = base.scope.node
        assert isinstance(node, ast.ClassDef)
        if any(_is_unknown(program, expr, base.scope) for expr in node.bases):
            return "not all of its bases are known"
        for keyword in node.keywords:
            found_class = program.resolve(keyword.value, base.scope.parent or base.scope)
            if keyword.arg == "metaclass" and getattr(found_class, "name", "") not in _METACLASSES:
                return "it has a metaclass"
        for decorator in node.decorator_list:
            found_name = _decorator(program, decorator, base.scope.parent or base.scope)
            if found_name not in _HARMLESS_DECORATORS:
                return f"the decorator `{ast.unparse(decorator)}` may replace its constructor"
    return ""


def _is_unknown(program: Program, base: ast.expr, scope: Scope) -> bool:
    """Whether nothing is known of a base class."""
    target = base.value if isinstance(base, ast.Subscript) else base
    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return name not in ("Generic", "Protocol") and None in program.bases_named(base, scope.parent or scope)


def _decorator(program: Program, decorator: ast.expr, scope: Scope) -> str:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    found = program.resolve(target, scope)
    return found.name if isinstance(found, External) else ""


# --- classes in the hands of others --------------------------------------------------------------------------------

_ASKS_ONLY = frozenset(
    f"builtins.{name}"
    for name in (
        "isinstance",
        "issubclass",
        "super",
        "type",
        "print",
        "repr",
        "str",
        "hash",
        "id",
        "getattr",
        "hasattr",
    )
) | {"functools.partial", "functools.wraps", "typing.cast"}
_KEEPS = ("builtins.", "collections.", "typing.", "types.")


def handed_out(inference: Inference, opened: set[ClassValue]) -> Iterator[tuple[ClassValue, ast.expr, str]]:
    """Places that give a class, whose constructor awaits, to code that may make objects of it; with that code's name."""
    for cls, argument, receiver in _handed(inference):
        if cls in opened:
            yield cls, argument, receiver


@functools.lru_cache(maxsize=2)
def _handed(inference: Inference) -> tuple[tuple[ClassValue, ast.expr, str], ...]:
    """The classes that are given to code outside the program, or unknown."""
    found: list[tuple[ClassValue, ast.expr, str]] = []
    for site in list(inference.sites):
        node = site.node
        if site.role != "call" or not isinstance(node, ast.Call) or not (site.unknown or site.externals):
            continue
        name = next((n for n in site.externals if not _only_keeps(inference, n)), "")
        if not name and site.externals:
            continue
        module = inference.program.module_for(site.caller)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            for value in inference.values(argument, module):
                if isinstance(value, ClassValue):
                    found.append((value, argument, name or ast.unparse(node.func)))
    return tuple(found)


def _only_keeps(inference: Inference, name: str) -> bool:
    """Whether an outside callable surely does not call what it is given; those whose stub says so are looked at as calls."""
    public = inference.state.outside.public(name)
    return public in _ASKS_ONLY or public.startswith(_KEEPS) or inference.state.outside.callable_symbol(name) is not None
