"""``isinstance`` tests of sockets: by the class that they have in the port."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.idioms.idiom import View
from porter.inference.program import Module
from porter.inference.sockets import SocketGroup
from porter.inference.values import External

CLASSES = {"socket.socket": "Socket", "ssl.SSLSocket": "TlsSocket"}


def tested_classes(view: View, groups: set[str]) -> Iterator[tuple[Module, ast.expr, str, str]]:
    """The places that name a class in a test of an async socket: the module, the place, the new class, a group."""
    seen: set[ast.expr] = set()
    for group in view.sockets.groups:
        if group.name not in groups:
            continue
        for module, classes in _tests(view, group):
            for expr in classes.elts if isinstance(classes, ast.Tuple) else [classes]:
                named = _named(view, module, expr)
                if named is not None and named[0] not in seen:
                    seen.add(named[0])
                    yield module, *named, group.name


def _tests(view: View, group: SocketGroup) -> Iterator[tuple[Module, ast.expr]]:
    for use in group.uses:
        call = use.parent
        if use.kind == "argument" and isinstance(call, ast.Call) and len(call.args) == 2 and call.args[0] is use.expr:
            site = view.inference.site(call)
            if site is not None and "builtins.isinstance" in site.externals:
                yield use.module, call.args[1]


def _named(view: View, module: Module, expr: ast.expr) -> tuple[ast.expr, str] | None:
    """Where the class is named by its own name: here, or where an alias of the module is bound to it."""
    scope = module.facts.scope_of(expr)
    found = view.inference.program.resolve(expr, scope)
    name = view.inference.state.outside.public(found.name) if isinstance(found, External) else ""
    if name not in CLASSES:
        return None
    owner = scope.binding(expr.id) if isinstance(expr, ast.Name) else None
    if isinstance(expr, ast.Name) and owner is not None:
        binders = [one for one in view.inference.program.bindings(owner).get(expr.id, ()) if isinstance(one, ast.expr)]
        real = [one for one in binders if isinstance(view.inference.program.resolve(one, owner), External)]
        if real:
            return real[0], CLASSES[name]
    return expr, CLASSES[name]
