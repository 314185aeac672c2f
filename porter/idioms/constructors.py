"""Constructors: a class whose ``__init__`` blocks opens in a factory, ``create``.

Rewrites
    ``Client(address)`` → ``await Client.create(address)``, also through ``cls(...)``, ``self.__class__(...)``, a variable or
    a ``functools.partial``. ``__init__`` keeps the statements before the first one that awaits; the others move, in order,
    into a coroutine method ``_open`` with those of its parameters that they use; ``create``, a class method with the
    parameters of the constructor, makes the object and awaits ``_open``. A subclass's ``super().__init__(...)`` stays in its
    ``__init__``, and ``await super()._open(...)`` comes first in its ``_open``. What a subclass would only repeat, it inherits.
    Where ``__init__`` has a docstring, which stays, ``create`` gets one.

    Where ``__init__`` would keep nothing, it goes: ``create`` says ``cls()``, or ``cls.__new__(cls)`` where that would run
    another class's ``__init__`` without its arguments.

Why it means the same
    The same statements run in the same order before anyone has the object. What differs: ``Client(address)`` still makes
    an object where only ``__init__`` was split, but one that is not open; default values are evaluated once for each of
    the methods that have them; a subclass outside the program must override ``_open``, not ``__init__``, to do something
    afterwards; what a subclass sets without looking at its base class is set before the base class opens.

Declines when
    Somebody else makes the objects: a class with a ``__new__``, a metaclass or a decorator of its own, an exception, a class
    given to foreign code. A call that may make an object or call a function. The base class's constructor gets arguments
    that cannot be evaluated twice, and has something to do at once as well as something to await.

Source
    https://docs.python.org/3/reference/datamodel.html#object.__init__ (it must return None), and the factories of
    libraries of both colours: ``asyncpg.create_pool``, ``aioredis.create_connection``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.inference.construction import construction
from porter.inference.factories import Names, factory_names
from porter.inference.init import constructor_of, is_constructor, overloads
from porter.inference.opening import Opening, Openings
from porter.inference.pairs import pair_names
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.values import ClassValue, PartialValue
from porter.syntax.methods import Factory, factory_of, on_one_line, overload_of, realigned, split_constructor
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited, line, primary, statements

NAME = "constructors"

_HEAD = "import time\n\n\nclass Clock:\n"
_NAP = "import asyncio\n\n\nclass Clock:\n"
_MAIN = "\n\ndef main():\n    return Clock(3)\n"
EXAMPLES = (
    Example(
        "split",
        _HEAD + "    def __init__(self, delay):\n        self.delay = delay\n        time.sleep(delay)\n" + _MAIN,
        _NAP + "    def __init__(self, delay):\n        self.delay = delay\n\n"
        "    @classmethod\n    async def create(cls, delay):\n        self = cls(delay)\n"
        "        await self._open(delay)\n        return self\n\n"
        "    async def _open(self, delay):\n        await asyncio.sleep(delay)\n"
        "\n\nasync def main():\n    return await Clock.create(3)\n",
        "__init__ keeps what does not block",
    ),
    Example(
        "nothing_left",
        _HEAD + "    def __init__(self, delay):\n        time.sleep(delay)\n        self.delay = delay\n" + _MAIN,
        _NAP + "    @classmethod\n    async def create(cls, delay):\n        self = cls()\n"
        "        await self._open(delay)\n        return self\n\n"
        "    async def _open(self, delay):\n        await asyncio.sleep(delay)\n        self.delay = delay\n"
        "\n\nasync def main():\n    return await Clock.create(3)\n",
        "an __init__ that would do nothing goes",
    ),
)
_WAITS = "    def __init__(self, delay):\n        time.sleep(delay)\n"
_RAISED = _HEAD.replace("Clock", "Late(Exception)") + _WAITS + "\n\ndef main():\n    raise Late(1)\n"
_KEPT = (
    "import collections\n"
    + _HEAD
    + _WAITS.replace("delay):", "delay=1):")
    + ("\n\ndef clocks():\n    return collections.defaultdict(Clock)\n")
)
REFUSALS = (
    Example("exception", _RAISED, _RAISED, "raise makes the object; remedy: an ordinary method that waits"),
    Example("factory", _KEPT, _KEPT, "defaultdict makes the objects, and awaits nothing; remedy: make them before"),
)


def propose(view: View) -> Proposal:
    """Edits for each class that opens asynchronously, and for each place that makes an object of one."""
    if not any(map(is_constructor, view.colours.causes)):
        return Proposal()
    paired = {scope for scope, _ in pair_names(view.inference, view.sockets).variables}
    openings = Openings(view.inference, view.colours, paired)  # of a pair's parameter two are made
    names = factory_names(view.inference, openings)
    edits: dict[ast.AST, Edit] = {}
    pins: list[Pin] = []
    own = [opening.inner for opening in openings.all]
    for opening in openings.all:
        edits.update(_definition(view, openings, opening, names[opening.scope]))
    for (node, _), site in view.colours.awaited.items():
        scope = next((f for f in site.functions if f in names), None)
        if scope is None:
            continue
        module = view.module(site.caller)
        statement = module.facts.statement(node)
        if site.role == "callback" and isinstance(node, ast.Call):
            edits.update(_given(view, module, (*node.args, *(k.value for k in node.keywords)), names))
        match construction(view.inference, site):
            case "class":
                edits[node] = _made(view, module, site, names[scope])
            case "partial":
                edits.update(_partials(view, module, node, names))
            case "inner" if statement not in own and openings.waits(site):
                if openings.keeps(site) and not openings.divides(site.caller, statement):
                    pins.append(_evaluated_twice(site))
                name = names[scope].opener
                keeps, kept = openings.keeps(site), openings.handed(site)
                edits[node] = view.edit(NAME, module, statement, "inner", open=name, keeps=keeps, kept=kept)
    return Proposal(tuple(edits.values()), tuple(pins))


def _evaluated_twice(site: Site) -> Pin:
    assert isinstance(site.node, ast.Call)
    reason = f"the arguments of `{ast.unparse(site.node.func)}` would be evaluated twice"
    return Pin(site.caller, site.node, reason, "compute them before, in variables")


# --- definitions ---------------------------------------------------------------------------------------------------

_SPLIT, _INNER = "porter_split", "porter_inner"


def _definition(view: View, openings: Openings, opening: Opening, names: Names) -> Iterator[tuple[ast.AST, Edit]]:
    """The constructor taken apart; two marks show the rewriter where."""
    if opening.has_init and not (opening.moved or opening.has_open or opening.has_factory):
        return
    module = view.module(opening.scope)
    if opening.moved:
        yield opening.moved[0], view.edit(NAME, module, opening.moved[0], "mark", where="before", name=_SPLIT)
    halves, kept = True, None
    if opening.inner is not None:
        site = openings.inner_site(opening.inner)
        assert site is not None
        halves, kept = openings.keeps(site), openings.handed(site)
        yield opening.inner, view.edit(NAME, module, opening.inner, "mark", where="after", name=_INNER)
    returns = _self_type(view, opening)
    for stub in overloads(opening.scope) if not opening.has_init else ():
        factory = names.factory if opening.has_factory else ""
        yield stub, view.edit(NAME, module, stub, "overload", whole=True, factory=factory, returns=returns or "Self")
    yield (
        opening.scope.node,
        view.edit(
            NAME,
            module,
            opening.scope.node,
            "open",
            whole=True,
            imports=("from typing import Self",) if returns == "Self" else (),
            factory=names.factory if opening.has_factory else "",
            opener=names.opener,
            has_init=opening.has_init,
            has_open=opening.has_open,
            waits=opening.waits,
            made=opening.made,
            halves=halves,
            kept=kept,
            takes=opening.takes,
            defaults=tuple(sorted(opening.defaults)),
            returns=returns,
        ),
    )


def _self_type(view: View, opening: Opening) -> str:
    """What the factory is annotated to return: nothing where the constructor has no annotations."""
    node = opening.scope.node
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg)
    if node.returns is None and not any(arg is not None and arg.annotation is not None for arg in arguments):
        return ""
    name = f'"{view.names.get(opening.cls.scope, opening.cls.scope.name)}"'
    if any(stub.args.args and stub.args.args[0].annotation is not None for stub in overloads(opening.scope)):
        return name  # an overload says of which kind the object is
    if view.settings.target_version >= (3, 11) and "Self" not in opening.scope.module.bound - _imported(view, opening):
        return "Self"
    return name


def _imported(view: View, opening: Opening) -> set[str]:
    """Whether ``Self`` is that of ``typing`` already."""
    found = view.inference.program.resolve_name("Self", opening.scope.module)
    return {"Self"} if getattr(found, "name", "") in ("typing.Self", "typing_extensions.Self") else set()


# --- places --------------------------------------------------------------------------------------------------------


def _made(view: View, module: Module, site: Site, names: Names) -> Edit:
    node, caller = site.node, site.caller
    assert isinstance(node, ast.Call)
    parent = module.facts.parents.get(node)
    handed_on = isinstance(caller.node, ast.Lambda) and caller.node.body is node
    waits = not handed_on and (caller.kind != "module" or caller in view.wrapped)
    parens = needs_parentheses(parent, node)
    return view.edit(NAME, module, node, "create", factory=names.factory, awaited=waits, parens=parens)


def _given(
    view: View, module: Module, values: Iterable[ast.expr], names: Mapping[Scope, Names]
) -> Iterator[tuple[ast.AST, Edit]]:
    """The class, where it is given to something that makes the object: its factory instead."""
    for value in values:
        for found in view.values(value, module):
            scope = constructor_of(found) if isinstance(found, ClassValue) else None
            if scope is not None and scope in names:
                yield value, view.edit(NAME, module, value, "factory", factory=names[scope].factory)


def _partials(view: View, module: Module, node: ast.AST, names: Mapping[Scope, Names]) -> Iterator[tuple[ast.AST, Edit]]:
    assert isinstance(node, ast.Call)
    for value in view.values(node.func, module):
        if isinstance(value, PartialValue):
            yield from _given(view, value.frame.module, value.site.args[:1], names)


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``create``: the class's factory, called; ``factory``: uncalled; ``inner``: the other half of a base class's
    constructor; ``open``: the constructor, taken apart at its marks."""
    data = edit.data
    match edit.action, node:
        case "mark", _:
            return statements(f"if {data['name']}: pass")
        case "create", cst.Call():
            made = node.with_changes(func=cst.Attribute(primary(node.func), cst.Name(str(data["factory"]))))
            return awaited(made, parens=bool(data["parens"])) if data["awaited"] else made
        case "factory", cst.BaseExpression():
            return cst.Attribute(primary(node), cst.Name(str(data["factory"])))
        case "inner", cst.Expr(value=cst.Call() as call):
            half = line(awaited(_opener(call, str(data["open"]), data["kept"])))
            return (line(node), half) if data["keeps"] else (half,)
        case "open", cst.FunctionDef():
            return _opened(node, edit)
        case "overload", cst.FunctionDef():
            return overload_of(node, str(data["factory"]), str(data["returns"])) if data["factory"] else ()
    raise ValueError(f"constructors has no action {edit.action!r} for {type(node).__name__}")


_SUMMARY = "Make an instance and open it; calling the class only makes it."
"""The factory's docstring, where the constructor has one."""


def _opener(call: cst.Call, name: str, kept: object) -> cst.Call:
    """``super().__init__(x)`` → ``super()._open(x)``, with the arguments of the indexes ``kept``, or all of them."""
    func = cst.ensure_type(call.func, cst.Attribute)
    func = func.with_changes(attr=cst.Name(name))
    if not isinstance(kept, tuple) or len(kept) == len(call.args):
        return realigned(call, func, "await ")
    return cst.Call(func, [on_one_line(call.args[at]) for at in kept])


def _opened(node: cst.FunctionDef, edit: Edit) -> Statements:
    data = edit.data
    parts = split_constructor(node, _SPLIT, _INNER)
    kept, moved = list(parts.kept), parts.moved
    if parts.inner is not None:
        call = cst.ensure_type(cst.ensure_type(parts.inner.body[0], cst.Expr).value, cst.Call)
        moved = (line(awaited(_opener(call, str(data["opener"]), data["kept"]))), *moved)
        if not data["halves"]:
            kept.remove(parts.inner)
    opener = str(data["opener"]) if data["waits"] else ""
    taken = data["takes"]
    takes = frozenset(map(str, taken)) if isinstance(taken, tuple) else None
    factory = Factory(str(data["factory"]), opener, str(data["made"]), str(data["returns"]), takes)
    docstring = parts.docstring if not data["has_init"] else parts.summary(_SUMMARY) if opener else ()
    made: list[cst.BaseStatement] = []
    if data["has_init"]:
        made.append(parts.constructor((*parts.docstring, *kept)))
    if factory.name:
        made.append(factory_of(node, factory, docstring))
    if factory.name or data["has_init"]:
        docstring = ()
    if data["has_open"]:
        defaults = frozenset(map(str, data["defaults"])) if isinstance(data["defaults"], tuple) else frozenset()
        made.append(parts.opener(str(data["opener"]), (*docstring, *moved), takes, defaults))
    blank = [cst.EmptyLine(indent=False)]
    return (made[0], *(one.with_changes(leading_lines=blank) for one in made[1:])) if made else ()
