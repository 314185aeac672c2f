"""Tidying up in constructors: ``except: self.close(); raise``, where ``close`` waits in subclasses only.

A constructor that waits opens in a factory, and all who derive from its class have to know. It need not where it would wait only
to give back what it holds, and its own class's method gives that back without waiting.
"""

from __future__ import annotations

import ast
from collections.abc import Container

from porter.facts.model import Scope
from porter.inference.construction import class_of
from porter.inference.init import is_constructor
from porter.inference.result import Inference
from porter.inference.state import Site
from porter.inference.values import ClassValue

_MOST = 3


def tidies(inference: Inference, site: Site, waiting: Container[ast.AST]) -> tuple[ast.stmt, ...]:
    """The statements that stand for a constructor's call of such a method, none if it is no such call."""
    if site.role != "call" or not is_constructor(site.caller) or not _stands_last(inference, site):
        return ()
    method = _own(inference, site)
    if method is None or method.is_generator or not isinstance(method.node, ast.FunctionDef):
        return ()
    body = tuple(method.node.body[0 if ast.get_docstring(method.node, clean=False) is None else 1 :])
    plain = all(_is_plain(inference, statement, waiting) for statement in body)
    cls = class_of(inference.program, site.caller)
    objects = inference.program.descendants(cls)
    bases = {base for one in objects for base in one.mro[: one.mro.index(cls) + 1] if isinstance(base, ClassValue)}
    extended = all(_extends(child, method) for base in bases for child in base.scope.children)
    return body if 0 < len(body) <= _MOST and plain and extended and _self(method) == _self(site.caller) else ()


def _stands_last(inference: Inference, site: Site) -> bool:
    """Whether a call without arguments is a statement of a handler that raises what it caught."""
    parents = inference.program.module_for(site.caller).facts.parents
    statement = parents.get(site.node)
    handler = parents.get(statement) if isinstance(statement, ast.Expr) else None
    match site.node, handler:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name)), args=[], keywords=[]), ast.ExceptHandler(body=[*_, last]):
            return name == _self(site.caller) and isinstance(last, ast.Raise) and last.exc is None
    return False


def _own(inference: Inference, site: Site) -> Scope | None:
    """The method of the constructor's class, or of one that it derives from."""
    assert isinstance(site.node, ast.Call) and isinstance(site.node.func, ast.Attribute)
    name = site.node.func.attr
    bases = (base for base in class_of(inference.program, site.caller).mro if isinstance(base, ClassValue))
    return next((child for base in bases for child in base.scope.children if child.name == name), None)


def _is_plain(inference: Inference, statement: ast.stmt, waiting: Container[ast.AST]) -> bool:
    """Whether a statement calls a method of something that the object holds, outside the program and without waiting."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name())), args=[], keywords=[]) as call):
            site = inference.site(call)
            return site is not None and bool(site.externals) and not site.functions and call not in waiting
    return False


def _extends(child: Scope, method: Scope) -> bool:
    """Whether a method is another one's, the method itself, or an override that calls it."""
    if child.name != method.name or child is method:
        return True
    calls = (node for node in ast.walk(child.node) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Attribute) and call.func.attr == method.name for call in calls)


def _self(scope: Scope) -> str:
    args = getattr(scope.node, "args", None)
    names = [arg.arg for arg in (*args.posonlyargs, *args.args)] if args is not None else []
    return names[0] if names else ""
