"""Annotations: types that say what something was before it became asynchronous.

Rewrites
    ``Iterator[T]``, ``Iterable[T]``, ``Generator[Y, S, R]`` → ``AsyncIterator[T]``, ``AsyncIterable[T]``,
    ``AsyncGenerator[Y, S]``; ``ContextManager[T]``, ``AbstractContextManager[T]`` → their twins; ``Callable[..., T]`` that
    holds a coroutine function → ``Callable[..., Awaitable[T]]``; ``socket.socket``, ``BinaryIO`` and their kin → the types of
    what the sockets became. In strings, containers, callables, aliases, unions, base classes and stubs as well, from
    ``typing`` and from ``collections.abc``, however they were imported.

Why it means the same
    Annotations do nothing when the program runs; they are kept true. A base class does: the abstract ``Iterator`` wants a
    ``__next__``, which is ``__anext__`` now.

Declines when
    Never: where nothing is known of what a name holds, its annotation stays.

Source
    https://docs.python.org/3/library/typing.html and https://github.com/python/mypy/issues/5385 (a stub of an
    asynchronous generator is a plain ``def``)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.annotated import Annotated, annotated, places
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.idioms.new_types import NewTypes, Objects
from porter.inference.program import Module
from porter.inference.structural import Protocols
from porter.inference.type_names import ITERATORS, MANAGERS, TWINS, TypeName, type_names
from porter.inference.values import (
    BoundMethod,
    ClassValue,
    Container,
    FunctionValue,
    Instance,
    ManagerValue,
    PartialValue,
    Value,
)
from porter.syntax.templates import fill
from porter.syntax.type_forms import Forms, asynchronous

NAME = "annotations"

EXAMPLES = (
    Example(
        "generator",
        "import time\nfrom collections.abc import Iterator\n\n\ndef ticks() -> Iterator[int]:\n    time.sleep(1)\n    yield 1\n",
        "import asyncio\nfrom collections.abc import AsyncIterator\n\n\n"
        "async def ticks() -> AsyncIterator[int]:\n    await asyncio.sleep(1)\n    yield 1\n",
        "the type of what an asynchronous generator gives",
    ),
    Example(
        "callback",
        "import time\nfrom typing import Callable\n\n\ndef nap() -> None:\n    time.sleep(1)\n\n\n"
        "def call(f: Callable[[], None]) -> None:\n    f()\n\n\ndef main() -> None:\n    call(nap)\n",
        "import asyncio\nfrom typing import Awaitable, Callable\n\n\nasync def nap() -> None:\n    await asyncio.sleep(1)\n\n\n"
        "async def call(f: Callable[[], Awaitable[None]]) -> None:\n    await f()\n\n\n"
        "async def main() -> None:\n    await call(nap)\n",
        "f is given a coroutine function",
    ),
)
REFUSALS = (
    Example(
        "plain_generator",
        "from collections.abc import Iterator\n\n\ndef ticks() -> Iterator[int]:\n    yield 1\n",
        "from collections.abc import Iterator\n\n\ndef ticks() -> Iterator[int]:\n    yield 1\n",
        "nothing in it blocks",
    ),
)

_DEPTH = 3


@dataclass(frozen=True, slots=True)
class _Held:
    """What a name holds, as far as its type changes."""

    iterators: bool = False
    managers: bool = False
    coroutines: bool = False
    """Functions that became coroutine functions."""
    generators: bool = False
    """Functions that became asynchronous generator functions, or that give asynchronous managers."""

    @property
    def anything(self) -> bool:
        """Whether the type changes at all."""
        return self.iterators or self.managers or self.coroutines or self.generators


def propose(view: View) -> Proposal:
    """An edit for each annotation, alias and base class that would be wrong."""
    edits: dict[ast.expr, Edit] = {}
    stubs = _stubs(view)
    objects = Objects(view)
    for module in view.targets:
        for item in annotated(view, module):
            found = places(view, module, item.expr)
            held = _returned(view, item, stubs) if _depends(found) else _Held()
            for place, expr in found:
                edit = _edit(view, place, expr, held, objects.new_types(place, expr, item.values))
                if edit is not None:
                    edits.setdefault(expr, edit)
        for base, held in _bases(view, module):
            edit = _edit(view, module, base, held, NewTypes())
            if edit is not None:
                edits.setdefault(base, edit)
    return Proposal(tuple(edits.values()))


def _depends(found: Iterable[tuple[Module, ast.expr]]) -> bool:
    """Whether a type names what changes with what is held: to find that out takes long where much is held."""
    return any(one.name in TWINS or one.name == "Callable" for place, expr in found for one in type_names(place, expr))


# --- what it holds -------------------------------------------------------------------------------------------------


def _returned(view: View, item: Annotated, stubs: set[Scope]) -> _Held:
    """What a function gives; a generator function's annotation speaks of the generator itself."""
    scope = item.function
    if scope is None or not (scope in stubs or scope.is_generator):
        return _held(view, item.values)
    return _Held(iterators=scope in stubs or scope in view.colours.causes)


def _stubs(view: View) -> set[Scope]:
    """Plain functions that stand for an asynchronous generator: abstract, of a protocol, or an overload."""
    found: set[Scope] = set()
    protocols = Protocols(view.inference.program)
    for scope in view.colours.causes:
        if not scope.is_generator or scope.parent is None:
            continue
        owners = [scope.parent]
        if scope.parent.kind == "class":
            cls = view.inference.program.classes[scope.parent]
            alike_classes = (*cls.mro, *view.inference.program.descendants(cls), *protocols.of(cls))
            owners = [base.scope for base in alike_classes if isinstance(base, ClassValue)]
        alike = [child for owner in owners for child in owner.children if child.name == scope.name]
        alike += [other for site in view.inference.callers(scope) for other in site.functions if other.name == scope.name]
        found.update(child for child in alike if not child.is_generator and child not in view.colours.causes)
    return found


def _held(view: View, values: Iterable[Value], depth: int = 0, seen: set[Value] | None = None) -> _Held:
    """What a name with these values holds; for containers, what their elements are. Each value is looked at once."""
    flags: set[str] = set()
    seen = set() if seen is None else seen
    for value in values:
        if value in seen:
            continue
        seen.add(value)
        if view.colours.iterates(value):
            flags.add("iterators")
        match value:
            case ManagerValue(function=function) if function.scope in view.colours.causes:
                flags.add("managers")
            case Instance(cls=cls) if cls in view.colours.async_managers:
                flags.add("managers")
            case FunctionValue() | BoundMethod() | Instance() | PartialValue():
                flags |= _called(view, value)
            case Container() if depth < _DEPTH:
                slots = view.inference.state.slots.get(value, {}).values()
                inner = _held(view, [item for slot in slots for item in slot.values], depth + 1, seen)
                flags |= {name for name in _FLAGS if getattr(inner, name)}
    return _Held(*(name in flags for name in _FLAGS))


_FLAGS = ("iterators", "managers", "coroutines", "generators")


def _called(view: View, value: Value) -> set[str]:
    function = value.function if isinstance(value, BoundMethod) else value
    scopes: list[Scope] = []
    if isinstance(function, FunctionValue):
        scopes = [function.scope]
    elif isinstance(function, Instance):
        scopes = [child for child in function.cls.scope.children if child.name == "__call__"]
    elif isinstance(function, PartialValue):
        slot = view.inference.state.slots.get(function, {}).get("function")
        return set().union(*(_called(view, inner) for inner in slot.values)) if slot is not None else set()
    changed = [scope for scope in scopes if scope in view.colours.causes]
    return {"generators" if scope.is_generator else "coroutines" for scope in changed}


def _bases(view: View, module: Module) -> Iterator[tuple[ast.expr, _Held]]:
    for scope in module.facts.scopes.values():
        if scope.kind == "class" and isinstance(scope.node, ast.ClassDef):
            cls = view.inference.program.classes[scope]
            held = _Held(cls in view.colours.async_iterables, cls in view.colours.async_managers)
            if held.anything:
                yield from ((base, held) for base in scope.node.bases)


# --- edits ---------------------------------------------------------------------------------------------------------


def _edit(view: View, module: Module, expr: ast.expr, held: _Held, new: NewTypes) -> Edit | None:
    named = list(type_names(module, expr)) if held.anything or new.parameters else []
    changing = [one for one in named if one.name in TWINS and _concerns(one, held)]
    callables = [one for one in named if one.name == "Callable"]
    becomes_awaitable = bool(callables) and held.coroutines
    if not changing and not becomes_awaitable and not new.names and not (callables and new.parameters):
        return None
    imports = list(new.imports)
    names: dict[str, str] = {}
    for one in changing:
        names[one.spelled], needed = one.beside(TWINS[one.name])
        imports += needed
    awaitable = ""
    if becomes_awaitable:
        awaitable, needed = callables[0].beside("Awaitable")
        imports += needed
    data: dict[str, object] = {"support": new.support} if new.support else {}
    return view.edit(
        NAME,
        module,
        expr,
        "asynchronous",
        imports=tuple(dict.fromkeys(imports)),
        extra=data,
        names=tuple(sorted(names.items())),
        generators=tuple(sorted({one.spelled for one in changing if one.name == "Generator"})),
        callables=tuple(sorted({one.spelled for one in callables})),
        awaitable=awaitable,
        types=new.names,
        parameters=new.parameters,
    )


def _concerns(one: TypeName, held: _Held) -> bool:
    if one.name in ITERATORS:
        return held.iterators or held.generators
    return one.name in MANAGERS and (held.managers or held.generators)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode:
    """``asynchronous``: the type in its new form, as ``Forms`` describes it."""
    data = edit.data
    if edit.action == "asynchronous":
        assert isinstance(node, cst.BaseExpression)
        forms = Forms(
            dict(data["names"]),  # type: ignore[call-overload]
            frozenset(data["generators"]),  # type: ignore[call-overload]
            frozenset(data["callables"]),  # type: ignore[call-overload]
            str(data["awaitable"]),
            dict(data["types"]),  # type: ignore[call-overload]
            dict(data["parameters"]),  # type: ignore[call-overload]
        )
        return asynchronous(node, forms)
    filled = fill(edit.action, data, node)
    assert isinstance(filled, cst.CSTNode), edit.action
    return filled
