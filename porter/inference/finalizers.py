"""Finalizers: ``__del__`` cannot await; what closes sockets may run there all the same, as it hardly ever has to wait.

What asks the peer something may have to: it gets as far as it can, and says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from porter.facts.model import Scope
from porter.inference.aliases import aliases
from porter.inference.blocking import Blocking
from porter.inference.io_classes import regular_files
from porter.inference.program import Program
from porter.inference.result import Inference
from porter.inference.state import Site

FINALIZER = "__del__"

_CLOSING = frozenset(("close", "flush", "write", "writelines", "send", "sendall", "shutdown", "__enter__", "__exit__"))
"""What is done with a socket, or with a file of one, to end its use: the kernel takes the last bytes at once."""
_OPENING = frozenset(("connect", "connect_ex", "accept", "create_connection"))
_LOCKS = ("threading.Lock.", "threading.RLock.")
_WAYS = ("call", "property")


@dataclass(frozen=True, slots=True)
class Finalizers:
    """The finalizers of a program that block in nothing but what ends the use of sockets."""

    methods: frozenset[Scope] = frozenset()
    """Each such ``__del__``."""
    aliased: Mapping[Scope, ast.stmt] = field(default_factory=lambda: MappingProxyType({}))
    """Methods that a class has as ``__del__``, too, and the statement that says so: ``__del__ = close``."""
    run: frozenset[Scope] = frozenset()
    """All functions that they may run."""
    asking: frozenset[Scope] = frozenset()
    """Those of them that read, too, so that they may have to wait for an answer."""


def quiet_finalizers(inference: Inference, blocking: Iterable[Blocking]) -> Finalizers:
    """The finalizers that run as far as they need not wait."""
    methods = {child for cls in inference.program.classes for child in cls.children if child.name == FINALIZER}
    aliased = dict(_aliased(inference.program))
    if not methods and not aliased:
        return Finalizers()
    sites: dict[Scope, list[Site]] = {}
    for site in inference.sites:
        sites.setdefault(site.caller, []).append(site)
    waits: dict[Scope, list[Blocking]] = {}
    for b in blocking:
        if b.row.blocks and not regular_files(inference, b):
            waits.setdefault(b.site.caller, []).append(b)
    run = {scope: _run_by(scope, sites) for scope in (*methods, *aliased)}
    run = {scope: found for scope, found in run.items() if _only_ends(found, waits)}
    methods = {scope for scope in methods & run.keys() if _are_calls(sites.get(scope, ()), waits.get(scope, ()))}
    aliased = {scope: statement for scope, statement in aliased.items() if scope in run and _takes_nothing(scope)}
    reached = frozenset(function for scope in (*methods, *aliased) for function in run[scope])
    asking = (scope for scope in (*methods, *aliased) if not all(map(_closes, _waits(run[scope], waits))))
    return Finalizers(frozenset(methods), aliased, reached, frozenset(asking))


def _aliased(program: Program) -> Iterator[tuple[Scope, ast.stmt]]:
    for cls in program.classes:
        for child in cls.children:
            for target in aliases(child):
                statement = program.module_for(cls).facts.parents[target]
                if target.id == FINALIZER and isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                    yield child, statement


def _run_by(scope: Scope, sites: Mapping[Scope, list[Site]]) -> frozenset[Scope]:
    """The functions that a function may run, itself included; none if it may start a thread."""
    seen, work = {scope}, [scope]
    while work:
        for site in sites.get(work.pop(), ()):
            if site.role == "spawn":
                return frozenset()
            new = [function for function in site.functions if function not in seen]
            seen.update(new)
            work.extend(new)
    return frozenset(seen)


def _waits(run: frozenset[Scope], waits: Mapping[Scope, list[Blocking]]) -> list[Blocking]:
    return [b for function in run for b in waits.get(function, ())]


def _only_ends(run: frozenset[Scope], waits: Mapping[Scope, list[Blocking]]) -> bool:
    blocking = _waits(run, waits)
    return bool(blocking) and all(_closes(b) or (b.row.idiom == "sockets" and b.row.tail not in _OPENING) for b in blocking)


def _closes(b: Blocking) -> bool:
    return (b.row.idiom == "sockets" and b.row.tail in _CLOSING) or b.row.name.startswith(_LOCKS)


def _are_calls(sites: Iterable[Site], waits: Iterable[Blocking]) -> bool:
    """Whether a finalizer itself reaches what waits by nothing but calls."""
    return all(site.role in _WAYS for site in sites if site.functions) and all(b.site.role == "call" for b in waits)


def _takes_nothing(scope: Scope) -> bool:
    """Whether a method can be called without arguments."""
    args = scope.node.args if isinstance(scope.node, ast.FunctionDef) else None
    return args is not None and len(args.posonlyargs) + len(args.args) - len(args.defaults) == 1 and None not in args.kw_defaults
