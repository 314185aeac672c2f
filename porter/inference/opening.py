"""Opening: how a constructor that awaits is taken apart into what stays in ``__init__`` and what awaits.

``__init__`` keeps the statements before the first one that awaits, as long as no local variable and no ``return`` of theirs
reaches into the rest. A call of the base class's constructor is taken apart likewise, where its arguments may be evaluated
twice: what follows it stays in ``__init__`` if the base class cannot tell when it is done.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from porter.facts.model import Scope
from porter.inference.colours import Colours
from porter.inference.construction import class_of, construction
from porter.inference.handing import handing, hands_on
from porter.inference.init import is_constructor
from porter.inference.result import Inference
from porter.inference.state import Site
from porter.inference.unshared import binds, independent, names, plain_arguments, returns
from porter.inference.values import ClassValue, External

Made = Literal["init", "plain", "new"]
"""How the factory makes the object: ``cls(arguments)``, ``cls()``, ``cls.__new__(cls)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """One constructor, taken apart."""

    cls: ClassValue
    scope: Scope
    """Its ``__init__``."""
    kept: tuple[ast.stmt, ...]
    """Statements that stay in ``__init__``, without a docstring."""
    moved: tuple[ast.stmt, ...]
    """Those that move behind what awaits."""
    inner: ast.Expr | None
    """The call of the base class's constructor among ``kept``, of which half moves."""
    made: Made
    has_init: bool
    """Whether the class keeps an ``__init__`` of its own."""
    has_factory: bool
    """Whether it gets a factory of its own, or has its base class's."""
    has_open: bool
    """Whether it gets a coroutine of its own for what awaits."""
    waits: bool
    """Whether anything is awaited when it opens."""
    takes: tuple[str, ...] | None
    """The parameters of that coroutine; None: those of the constructor."""
    defaults: frozenset[str]
    """Those of its parameters that need their default values."""


class Openings:
    """All constructors that await; the colours must be settled."""

    def __init__(self, inference: Inference, colours: Colours, whole: Iterable[Scope] = ()) -> None:
        """``whole``: constructors of which both halves must take the same parameters."""
        self.inference = inference
        self.colours = colours
        self._awaiting: dict[Scope, set[ast.AST]] = {}
        self._by_scope: dict[Scope, Opening] = {}
        self._under_way: set[Scope] = set()
        self._together: set[Scope] = set()
        self._collect()
        self._handing = handing(inference, [scope for scope in colours.causes if is_constructor(scope)], whole)
        self.all = [self.of(scope) for scope in colours.causes if is_constructor(scope)]

    def _collect(self) -> None:
        for (node, _), site in self.colours.awaited.items():
            self._awaiting.setdefault(site.caller, set()).add(node)
            if construction(self.inference, site) == "inner" and len(site.functions) > 1:
                self._together.update(site.functions)
        for site in self.inference.sites:
            if site.role == "spawn" and not self.colours.causes.keys().isdisjoint(site.functions):
                self._awaiting.setdefault(site.caller, set()).add(site.node)  # its task needs a running loop

    def of(self, scope: Scope) -> Opening:
        """How the constructor ``scope`` opens."""
        if scope not in self._by_scope:
            self._under_way.add(scope)
            self._by_scope[scope] = self._take_apart(scope)
            self._under_way.discard(scope)
        return self._by_scope[scope]

    def inner_site(self, statement: ast.stmt) -> Site | None:
        """The place at which a statement calls constructors of base classes that await."""
        if not isinstance(statement, ast.Expr):
            return None
        site = self.inference.site(statement.value)
        if site is None or construction(self.inference, site) != "inner":
            return None
        return site if all(function in self.colours.causes for function in site.functions) else None

    def keeps(self, site: Site) -> bool:
        """Whether the constructors at such a place still do something without waiting."""
        return any(f in self._under_way or self.of(f).made == "init" for f in site.functions)

    def waits(self, site: Site) -> bool:
        """Whether anything is left to await of them."""
        return any(f in self._under_way or self.of(f).waits for f in site.functions)

    def _take_apart(self, scope: Scope) -> Opening:
        node = scope.node
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        at, inner = self._split(scope, body)
        kept, moved = tuple(body[:at]), tuple(body[at:])
        cls = class_of(self.inference.program, scope)
        base = self._base(cls, inner)
        halves = inner is not None and self.keeps(self._site(inner))
        stays = [s for s in kept if not (s is inner and not halves) and not _says_nothing(s)]
        takes = self._takes(scope, moved, inner)
        passes = inner is not None and base is not None and _passes_on(inner, node, base.scope.node)
        inherits = passes and halves and stays == [inner] and base is not None and base.made == "init"
        has_init = bool(stays) and not inherits or scope in self._together
        waits = bool(moved) or inner is not None
        made: Made = "init" if has_init or inherits else self._bare(cls)
        same = base is not None and _same_parameters(node, base.scope.node) and base.made == made and base.waits
        if same and base is not None and takes is not None and base.takes and set(takes) <= set(base.takes):
            takes = base.takes
        same = same and base is not None and takes == base.takes
        hands_on = base is not None and inner is not None and (passes or self._hands_on(scope, takes, inner, base))
        return Opening(
            cls,
            scope,
            kept,
            moved,
            inner,
            made,
            has_init,
            has_factory=not (same and waits),
            has_open=bool(moved) or (inner is not None and not hands_on) or scope in self._together,
            waits=waits,
            takes=takes,
            defaults=self._handing.defaults(scope),
        )

    def _takes(self, scope: Scope, moved: Iterable[ast.stmt], inner: ast.Expr | None) -> tuple[str, ...] | None:
        """The parameters that the second half needs."""
        given: list[ast.expr] = []
        if inner is not None:
            call = inner.value
            assert isinstance(call, ast.Call)
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            kept = self.handed(self._site(inner))
            given = values if kept is None else [values[at] for at in kept]
        return self._handing.takes(scope, moved, given)

    def _hands_on(self, scope: Scope, takes: tuple[str, ...] | None, inner: ast.Expr, base: Opening) -> bool:
        binding = self._handing.binding(inner.value)
        if binding is None or takes is None or base.takes is None or not self._handing.defaults(scope).isdisjoint(takes):
            return False
        return hands_on(binding, takes, base.scope, base.takes, scope)

    def handed(self, site: Site) -> tuple[int, ...] | None:
        """Which arguments of a constructor's call go to the second half, by index, keywords included; None: all."""
        binding = self._handing.binding(site.node)
        base = next(iter(site.functions))
        if binding is None or base in self._under_way:
            return None
        return binding.kept(self.of(base).takes)

    def _site(self, inner: ast.Expr) -> Site:
        site = self.inner_site(inner)
        assert site is not None
        return site

    def _split(self, scope: Scope, body: Sequence[ast.stmt]) -> tuple[int, ast.Expr | None]:
        """How many statements stay, and the base class's constructor call among them."""
        inner: ast.Expr | None = None
        at = 0
        for statement in body:
            site = self.inner_site(statement)
            if site is not None and not self.waits(site):
                pass
            elif site is not None and inner is None and self.divides(scope, statement):
                assert isinstance(statement, ast.Expr)
                inner = statement
            elif self._awaits(scope, statement):
                break
            elif inner is not None and not independent(self.inference, scope, statement):
                break
            at += 1
        at = _before_locals(scope, body, at, inner)
        return at, inner if inner in body[:at] else None

    def divides(self, scope: Scope, statement: ast.stmt) -> bool:
        """Whether a call of a base class's constructor may be made twice, once for each half of it."""
        assert isinstance(statement, ast.Expr)
        mine = self._awaiting.get(scope, set())
        inside = (node for node in ast.walk(statement) if node is not statement.value)
        return plain_arguments(statement.value) and not any(node in mine for node in inside)

    def _awaits(self, scope: Scope, statement: ast.stmt) -> bool:
        mine = self._awaiting.get(scope, set())
        return any(node in mine for node in ast.walk(statement))

    def _base(self, cls: ClassValue, inner: ast.Expr | None) -> Opening | None:
        """How the class opens whose constructor the class would have without one of its own, if it opens."""
        bases = (base for base in cls.mro[1:] if isinstance(base, ClassValue))
        found = next((child for base in bases for child in base.scope.children if child.name == "__init__"), None)
        if found is None or found not in self.colours.causes or found in self._under_way:
            return None
        return self.of(found) if inner is None or list(self._site(inner).functions) == [found] else None

    def _bare(self, cls: ClassValue) -> Made:
        """How to make an object of a class that has no ``__init__`` of its own any more."""
        outside = self.inference.state.outside
        for heir in self.inference.program.descendants(cls):
            for base in heir.mro[heir.mro.index(cls) + 1 :]:
                if isinstance(base, External):
                    symbol = outside.method_symbol(base.name, "__init__")
                    if base.name not in _WITHOUT and (symbol is None or symbol.owner != "builtins.object"):
                        return "new"
                    continue
                for child in base.scope.children:
                    if child.name == "__init__" and self._stays(child):
                        return "new"
        return "plain"

    def _stays(self, scope: Scope) -> bool:
        """Whether a class keeps this ``__init__``."""
        return scope not in self.colours.causes or scope in self._under_way or self.of(scope).has_init


_WITHOUT = ("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol")
"""Bases without a constructor that does anything."""


def _before_locals(scope: Scope, body: Sequence[ast.stmt], at: int, inner: ast.Expr | None) -> int:
    """The last place before which a split leaves no local variable and no ``return`` behind that the rest relies on."""
    while at:
        rest = [*body[at:], inner] if inner in body[:at] else body[at:]
        used = {name for statement in rest if statement is not None for name in names(statement)}
        local = used & (scope.bound | scope.outer | scope.nonlocals)
        crossing = [n for n, s in enumerate(body[:at]) if (rest and returns(s)) or binds(s) & local]
        if not crossing:
            break
        at = crossing[0]
    return at


def _says_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))


def _same_parameters(one: ast.AST, other: ast.AST) -> bool:
    return _parameters(one) == _parameters(other)


def _parameters(node: ast.AST) -> str:
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    args = node.args
    first = (args.posonlyargs or args.args)[0].arg
    parts = [[arg.arg for arg in group] for group in (args.posonlyargs, args.args, args.kwonlyargs)]
    defaults = [ast.unparse(value) if value is not None else "" for value in (*args.defaults, *args.kw_defaults)]
    rest = [arg.arg if arg is not None else "" for arg in (args.vararg, args.kwarg)]
    return repr((first, parts, defaults, rest))


def _passes_on(inner: ast.Expr, node: ast.AST, base: ast.AST) -> bool:
    """Whether a constructor calls that of its base class with just its own parameters."""
    call = inner.value
    assert isinstance(call, ast.Call) and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    args = node.args
    given = [ast.unparse(argument) for argument in call.args]
    for keyword in call.keywords:
        given.append(f"{keyword.arg}={ast.unparse(keyword.value)}" if keyword.arg else f"**{ast.unparse(keyword.value)}")
    own = [arg.arg for arg in (*args.posonlyargs, *args.args)][1:]
    own += [f"*{args.vararg.arg}"] if args.vararg else []
    own += [f"{arg.arg}={arg.arg}" for arg in args.kwonlyargs]
    own += [f"**{args.kwarg.arg}"] if args.kwarg else []
    is_super = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call)
    return is_super and given == own and _same_parameters(node, base)
