"""Methods of outside objects under other names: ``read = sock.recv``, ``self._write = sock.sendall``, ``retry(sock.connect)``.

Such a name may stand for a coroutine function where it is only ever called, as each call is then seen, and awaited.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from porter.facts.model import Scope
from porter.inference.pairs import parameters
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.values import BoundExternal, Value

_DEPTH = 4
"""A method that was handed on more often is not followed."""


def is_only_called(inference: Inference, module: Module, method: ast.expr, depth: int = _DEPTH) -> bool:
    """Whether what keeps or takes the method ``method``, an attribute that is not called itself, does nothing but call it."""
    parent = module.facts.parents[method]
    match parent:
        case ast.Tuple() if (target := _paired(module, parent, method)) is not None:
            return _is_local(inference, module, parent, target, depth)
        case ast.Assign(targets=[ast.Name(id=name)]):
            return _is_local(inference, module, parent, name, depth)
        case ast.Assign(targets=[ast.Attribute(attr=name)]):
            return _attribute_is_called(inference, name, depth)
        case ast.Call() if method in parent.args:
            return _is_called_by(inference, parent, inference.values(method, module), depth)
    return False


def _paired(module: Module, values: ast.Tuple, method: ast.expr) -> str | None:
    """The variable that gets the method in ``send, receive = sock.sendall, sock.recv``."""
    match module.facts.parents[values]:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value) if value is values and len(targets) == len(values.elts):
            target = targets[values.elts.index(method)]
            return target.id if isinstance(target, ast.Name) else None
    return None


def _is_local(inference: Inference, module: Module, place: ast.AST, name: str, depth: int) -> bool:
    """Whether a function's variable is only called, and stands for nothing that cannot be awaited."""
    owner = module.facts.scope_of(place).binding(name)
    if owner is None or owner.kind != "function" or not _name_is_called(inference, owner, name, depth):
        return False
    return all(isinstance(value, BoundExternal) for value in inference.variable(owner, name))


def _is_called_by(inference: Inference, call: ast.Call, given: Collection[Value], depth: int) -> bool:
    site = inference.site(call)
    if site is None or site.unknown or site.externals or site.plain or not site.functions:
        return False
    return all(_parameter_is_called(inference, function, given, depth) for function in site.functions)


def _parameter_is_called(inference: Inference, function: Scope, given: Collection[Value], depth: int) -> bool:
    taking = [name for name in parameters(function) if any(v in given for v in inference.variable(function, name))]
    return bool(taking) and all(_name_is_called(inference, function, name, depth) for name in taking)


def _name_is_called(inference: Inference, owner: Scope, name: str, depth: int) -> bool:
    module = inference.program.module_for(owner)
    names = (node for node in module.facts.by_type.get(ast.Name, ()) if isinstance(node, ast.Name) and node.id == name)
    mine = [node for node in names if module.facts.scope_of(node).binding(name) is owner]
    return all(_is_called(inference, module, node, depth) for node in mine if isinstance(node.ctx, ast.Load))


def _attribute_is_called(inference: Inference, name: str, depth: int) -> bool:
    """Whether all attributes of that name, of whatever object, are called where they are read."""
    for module in inference.program.modules.values():
        for node in module.facts.by_type.get(ast.Attribute, ()):
            if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Load):
                if not _is_called(inference, module, node, depth):
                    return False
    return True


def _is_called(inference: Inference, module: Module, node: ast.expr, depth: int) -> bool:
    parent = module.facts.parents[node]
    if isinstance(parent, ast.Call) and parent.func is node:
        return True
    return depth > 0 and is_only_called(inference, module, node, depth - 1)
