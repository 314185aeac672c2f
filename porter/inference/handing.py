"""What a constructor's second half, the coroutine that awaits, takes of the constructor's parameters, and is given of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from porter.facts.model import Scope
from porter.inference.construction import construction
from porter.inference.result import Inference
from porter.inference.state import Site
from porter.inference.unshared import names, plain_arguments
from porter.inference.values import FunctionValue

_ALL_LOCALS = frozenset({"locals", "vars", "dir", "eval", "exec"})
"""Functions that see variables which are not named."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A call of a base class's constructor: which parameter each argument is for."""

    first: int
    """How many positional arguments come before the parameters': 1 in ``Base.__init__(self, x)``."""
    given: tuple[tuple[str, ast.expr], ...]
    """Parameters and arguments, in the order of the call, keywords last."""

    def kept(self, takes: Sequence[str] | None) -> tuple[int, ...] | None:
        """Indexes of the arguments, keywords included, that stay for a half that takes so much; None: all."""
        if takes is None:
            return None
        return (*range(self.first), *(self.first + at for at, (name, _) in enumerate(self.given) if name in takes))


@dataclass(slots=True)
class Handing:
    """What is known of the calls of constructors by constructors."""

    whole: set[Scope] = field(default_factory=set)
    """Constructors whose halves take the same parameters: a call hands on what cannot be told apart."""
    omitted: dict[Scope, set[str]] = field(default_factory=dict)
    """Parameters that some call leaves to their default values."""
    _bindings: dict[ast.AST, Binding] = field(default_factory=dict)

    def binding(self, call: ast.AST) -> Binding | None:
        """Which parameter each argument of a call is for, where it reaches one constructor and this can be told."""
        return self._bindings.get(call)

    def takes(self, scope: Scope, moved: Iterable[ast.stmt], given: Iterable[ast.expr]) -> tuple[str, ...] | None:
        """The parameters that statements and arguments name; None: all of them."""
        used = {name for node in (*moved, *given) for name in names(node)}
        if scope in self.whole or used & _ALL_LOCALS:
            return None
        return tuple(name for name in parameters(scope) if name in used)

    def defaults(self, scope: Scope) -> frozenset[str]:
        """The parameters of the second half that keep their default values, since a call relies on them."""
        return frozenset(self.omitted.get(scope, ()))


def handing(inference: Inference, opened: Iterable[Scope], whole: Iterable[Scope]) -> Handing:
    """Look at every call of one of the constructors ``opened`` by another one; ``whole``: those known to be so."""
    found = Handing(set(whole))
    wanted = set(opened)
    for site in inference.sites:
        if not wanted.isdisjoint(site.functions) and construction(inference, site) == "inner":
            assert isinstance(site.node, ast.Call)
            binding = _bound(inference, site, site.node) if len(site.functions) == 1 else None
            for scope in site.functions:
                if binding is None:
                    found.whole.add(scope)
                else:
                    found._bindings[site.node] = binding
                    named = {name for name, _ in binding.given}
                    found.omitted.setdefault(scope, set()).update(set(parameters(scope)) - named)
    return found


def parameters(scope: Scope) -> Iterator[str]:
    """The names of a constructor's parameters, without the first."""
    args = _arguments(scope)
    yield from (arg.arg for arg in (*args.posonlyargs, *args.args)[1:])
    yield from (arg.arg for arg in (args.vararg, *args.kwonlyargs, args.kwarg) if arg is not None)


def hands_on(binding: Binding, takes: Sequence[str], base: Scope, base_takes: Sequence[str], scope: Scope) -> bool:
    """Whether ``_open(takes)`` of a class says just what ``_open`` of its base class would, given the same."""
    own, other = _arguments(scope), _arguments(base)
    given = [(name, value) for name, value in binding.given if name in base_takes]
    if [getattr(value, "id", "") for _, value in given] != list(takes) or len(set(takes)) != len(takes):
        return False
    special = {arg.arg for args in (own, other) for arg in (args.vararg, args.kwarg) if arg is not None}
    keywords = {arg.arg: other for arg in other.kwonlyargs}
    mine = {arg.arg for arg in own.kwonlyargs}
    positional = [name for name in base_takes if name not in keywords]
    for at, (name, value) in enumerate(given):
        said = getattr(value, "id", "")
        if said in special or name in special or (said in mine) != (name in keywords):
            return False
        if name in keywords and name != said or name not in keywords and positional[at] != name:
            return False
    return True


def _arguments(scope: Scope) -> ast.arguments:
    assert isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef)
    return scope.node.args


def _bound(inference: Inference, site: Site, call: ast.Call) -> Binding | None:
    """None where arguments are unpacked, do something, or are for no parameter."""
    if not plain_arguments(call) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    module = inference.program.module_for(site.caller)
    plain = {isinstance(value, FunctionValue) for value in inference.values(call.func, module)}
    if len(plain) != 1:
        return None
    first = int(plain.pop())
    args = _arguments(next(iter(site.functions)))
    positional = [arg.arg for arg in (*args.posonlyargs, *args.args)][1:]
    known = {*positional[max(len(args.posonlyargs) - 1, 0) :], *(arg.arg for arg in args.kwonlyargs)}
    values = call.args[first:]
    if len(call.args) < first or len(values) > len(positional) or any(one.arg not in known for one in call.keywords):
        return None
    given = [*zip(positional, values, strict=False), *((one.arg or "", one.value) for one in call.keywords)]
    return Binding(first, tuple(given))


__all__ = ["Binding", "Handing", "handing", "hands_on", "parameters"]
