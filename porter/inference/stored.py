"""Functions of outside libraries that the program keeps in variables: called there by another name than their own.

``self.connect = socket.create_connection`` and, elsewhere, ``self.connect(address)``: the call keeps its name, and what
changes is the place at which the function is named.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from porter.facts.model import Scope
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.values import External


def is_stored(inference: Inference, caller: Scope, call: ast.AST) -> bool:
    """Whether a call names a variable that holds the function, rather than the function, or one that holds its module."""
    if not isinstance(call, ast.Call):
        return False
    module = inference.program.module_for(caller)
    if isinstance(inference.program.resolve(call.func, module.facts.scope_of(call)), External):
        return False
    owners = inference.values(call.func.value, module) if isinstance(call.func, ast.Attribute) else ()
    return not any(isinstance(owner, External) and owner.kind == "module" for owner in owners)


@functools.lru_cache(maxsize=64)
def references(inference: Inference, name: str) -> tuple[tuple[Module, ast.expr], ...]:
    """The places that name an outside function without calling it; ``name`` is its public name."""
    return tuple(_references(inference, name))


def _references(inference: Inference, name: str) -> Iterator[tuple[Module, ast.expr]]:
    tail = name.rpartition(".")[2]
    for module in inference.program.modules.values():
        for node in module.facts.nodes:
            if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
                continue
            parent = module.facts.parents.get(node)
            if isinstance(parent, ast.Attribute) or (isinstance(parent, ast.Call) and parent.func is node):
                continue
            if isinstance(node, ast.Attribute) and node.attr != tail:
                continue
            found = inference.program.resolve(node, module.facts.scope_of(node))
            if isinstance(found, External) and inference.state.outside.public(found.name) == name:
                yield module, node


def handed_on(inference: Inference, name: str) -> str:
    """The outside callable that is given the function and may call it, ``""`` if there is none."""
    for module, node in references(inference, name):
        parent = module.facts.parents.get(node)
        call = module.facts.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        site = inference.site(call) if isinstance(call, ast.Call) else None
        if site is not None and (site.externals or not site.functions):
            return next(iter(site.externals), "unknown code")
        if not module.source.is_target:
            return f"code in `{module.name}`, which stays as it is,"
    return ""
