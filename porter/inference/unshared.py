"""Statements and arguments that may be moved in time, or evaluated twice, without anyone noticing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.facts.model import Scope
from porter.inference.result import Inference
from porter.inference.values import ClassValue

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def names(node: ast.AST) -> set[str]:
    """The names that stand in a statement."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def binds(node: ast.AST) -> set[str]:
    """The names that a statement binds or deletes."""
    found: set[str] = set()
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                found.add(name)
            case ast.MatchMapping(rest=str() as name):
                found.add(name)
            case ast.Global(names=declared) | ast.Nonlocal(names=declared):
                found.update(declared)
    return found


def returns(node: ast.AST) -> bool:
    """Whether a ``return`` of the function that holds the statement stands in it."""
    if isinstance(node, ast.Return):
        return True
    return not isinstance(node, _FUNCTIONS) and any(returns(child) for child in ast.iter_child_nodes(node))


def plain_arguments(call: ast.AST) -> bool:
    """Whether a call's arguments may be evaluated twice: they do nothing, and give the same object each time."""
    assert isinstance(call, ast.Call)
    return all(_is_plain(value) for value in (*call.args, *(keyword.value for keyword in call.keywords)))


def _is_plain(expr: ast.expr) -> bool:
    match expr:
        case ast.Constant() | ast.Name():
            return True
        case ast.Attribute(value=value) | ast.Starred(value=value) | ast.UnaryOp(operand=value):
            return _is_plain(value)
        case ast.Tuple(elts=values) | ast.BoolOp(values=values) | ast.JoinedStr(values=values):
            return all(map(_is_plain, values))
        case ast.FormattedValue(value=value, format_spec=None):
            return _is_plain(value)
        case ast.BinOp(left=left, right=right):
            return _is_plain(left) and _is_plain(right)
        case ast.Compare(left=left, comparators=others):
            return all(map(_is_plain, (left, *others)))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return all(map(_is_plain, (test, body, orelse)))
    return False


def independent(inference: Inference, scope: Scope, statement: ast.stmt) -> bool:
    """Whether a statement of the constructor ``scope`` may run before the base class has opened.

    It sets attributes that the base class's code does not mention, nor a method that overrides one of its, to values that
    are made without doing anything.
    """
    match statement:
        case ast.Assign(targets=targets, value=value):
            pass
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            targets = [target]
        case _:
            return False
    first = next(iter(_parameters(scope)), "")
    attributes = {_own_attribute(target, first) for target in targets}
    if "" in attributes or first in names(value) or not _does_nothing(inference, value):
        return False
    assert scope.parent is not None
    return attributes.isdisjoint(_mentioned(inference, inference.program.classes[scope.parent]))


def _parameters(scope: Scope) -> Iterator[str]:
    node = scope.node
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    yield from (arg.arg for arg in (*node.args.posonlyargs, *node.args.args))


def _own_attribute(target: ast.expr, first: str) -> str:
    match target:
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name == first:
            return attr
    return ""


_MAKERS = ("builtins.", "collections.", "threading.", "queue.")


def _does_nothing(inference: Inference, value: ast.expr) -> bool:
    if _is_plain(value):
        return True
    match value:
        case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
            return all(_does_nothing(inference, one) for one in values)
        case ast.Dict(keys=keys, values=values):
            return all(_does_nothing(inference, one) for one in (*keys, *values) if one is not None)
        case ast.Call(args=values, keywords=keywords):
            site = inference.site(value)
            given = [*values, *(keyword.value for keyword in keywords)]
            if site is None or not site.externals or site.functions or site.unknown:
                return False
            is_class = inference.state.outside.is_class
            makes = all(name.startswith(_MAKERS) and is_class(name) for name in site.externals)
            return makes and all(isinstance(one, ast.Constant) for one in given)
    return False


def _mentioned(inference: Inference, cls: ClassValue) -> set[str]:
    """Attributes that a class's ancestors name, or methods of its family that the ancestors may call."""
    ancestors = [base.scope for base in cls.mro[1:] if isinstance(base, ClassValue)]
    virtual = {name for scope in ancestors for name in scope.bound} - {"__init__"}
    nodes: list[ast.AST] = [scope.node for scope in ancestors]
    for relative in inference.program.descendants(cls):
        nodes += [child.node for child in relative.scope.children if child.name in virtual]
    return {inner.attr for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
