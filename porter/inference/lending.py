"""Objects from outside that read and write a connection's file for the program: made, set up and run in one function.

``handler = Handler(self.rfile, self.wfile)`` and ``handler.run()``: such code does not await, but a thread can run it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from porter.facts.model import Scope
from porter.inference.construction import outside_constructor
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.sockets import SocketGroup, Sockets, Use
from porter.inference.values import External


@dataclass(frozen=True, slots=True, eq=False)
class Borrower:
    """An object that is given files: the call that makes it, and the calls of its methods."""

    module: Module
    scope: Scope
    made: ast.Call
    calls: tuple[ast.Call, ...]


def borrower(inference: Inference, call: ast.Call) -> Borrower | None:
    """The object that a call makes; ``None`` if it may get about, or be used in other ways than by its methods."""
    site = inference.site(call)
    if site is None or site.role != "call" or site.caller.kind != "function":
        return None
    module = inference.program.module_for(site.caller)
    if not outside_constructor(inference, call) and not _is_outside(inference, call, module):
        return None
    match module.facts.parents.get(call):
        case ast.Assign(targets=[ast.Name(id=name)]):
            calls = _calls(inference, module, site.caller, name)
            return Borrower(module, site.caller, call, calls) if calls else None
    return None


def borrowers(inference: Inference, sockets: Sockets) -> Iterator[tuple[SocketGroup, Use, Borrower]]:
    """The objects that borrow files of async sockets; one for each file."""
    for group in sockets.groups:
        for use in group.uses if group.lowering == "object" else ():
            if use.kind == "argument" and isinstance(use.parent, ast.Call):
                found = borrower(inference, use.parent)
                if found is not None:
                    yield group, use, found


def _is_outside(inference: Inference, call: ast.Call, module: Module) -> bool:
    """Whether what is called is a class from outside, and nothing else."""
    values = inference.values(call.func, module)
    return bool(values) and all(isinstance(value, External) and value.kind == "class" for value in values)


def _calls(inference: Inference, module: Module, scope: Scope, name: str) -> tuple[ast.Call, ...] | None:
    """The calls of the methods of what a variable holds; ``None`` if something else is done with it."""
    uses = [node for node in ast.walk(scope.node) if isinstance(node, ast.Name) and node.id == name]
    if sum(isinstance(use.ctx, ast.Store) for use in uses) != 1 or any(isinstance(use.ctx, ast.Del) for use in uses):
        return None
    found = []
    for use in uses:
        attribute = module.facts.parents[use]
        if isinstance(use.ctx, ast.Store):
            continue
        if not isinstance(attribute, ast.Attribute) or module.facts.scope_of(use) is not scope:
            return None
        call = module.facts.parents[attribute]
        if isinstance(attribute.ctx, ast.Load):
            if not isinstance(call, ast.Call) or call.func is not attribute:
                return None  # it may hand the file out
            site = inference.site(call)
            if site is not None and site.functions:
                return None  # a method of the program would run in the thread
            found.append(call)
    return tuple(found)
