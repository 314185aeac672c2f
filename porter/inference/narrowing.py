"""Narrowing: what a variable may still be once a test of its class has come out one way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

from porter.facts.model import Scope
from porter.inference.graph import Node
from porter.inference.program import Named
from porter.inference.state import Frame, State
from porter.inference.values import (
    ClassValue,
    Constant,
    Container,
    External,
    ExternalInstance,
    Instance,
    Unknown,
    Value,
)

Narrowed = dict[str, Node]
_NOTHING: Narrowed = {}
_STRUCTURAL = ("typing.", "collections.abc.", "_collections_abc.", "numbers.")
"""Modules of classes that other classes need not descend from to pass for them."""


def outcomes(state: State, test: ast.expr, frame: Frame) -> tuple[Narrowed, Narrowed]:
    """The variables that are narrowed where ``test`` holds, and where it does not."""
    match test:
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), classes]):
            return _by_class(state, name, classes, frame)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yes, no = outcomes(state, operand, frame)
            return no, yes
        case ast.BoolOp(op=op, values=values):
            sides = [outcomes(state, value, frame)[isinstance(op, ast.Or)] for value in values]
            merged = {name: node for side in sides for name, node in side.items()}
            return (_NOTHING, merged) if isinstance(op, ast.Or) else (merged, _NOTHING)
    return _NOTHING, _NOTHING


def under(frame: Frame, narrowed: Narrowed) -> Mapping[str, Node] | None:
    """What was narrowed before and what is now, together."""
    return {**(frame.narrowed or {}), **narrowed} if narrowed else frame.narrowed


def _by_class(state: State, name: str, classes: ast.expr, frame: Frame) -> tuple[Narrowed, Narrowed]:
    if not _is_steady(frame, name):
        return _NOTHING, _NOTHING
    node = frame.narrowed[name] if frame.narrowed and name in frame.narrowed else frame.var(name)
    found = meant(state, classes, frame)
    if found is None:
        return _NOTHING, _NOTHING
    inside = matching(state, node, found)
    state.hints.append((inside, classes, frame.scope))
    outside = Node()
    state.graph.watch(node, lambda value: None if fits(state, value, found) else state.graph.add(outside, value))
    return {name: inside}, {name: outside}


def by_pattern(state: State, subject: ast.expr, matched: Node, before: Node, frame: Frame) -> Narrowed:
    """The variable that a ``match`` looks at, narrowed in one of its cases."""
    if matched is before or not isinstance(subject, ast.Name) or not _is_steady(frame, subject.id):
        return _NOTHING
    return {subject.id: matched}


def matching(state: State, node: Node, classes: Sequence[Named]) -> Node:
    """A node with those values of ``node`` that may be objects of ``classes``."""
    result = Node()

    def take(value: Value) -> None:
        if not isinstance(value, Unknown) and fits(state, value, classes) is not False:
            state.graph.add(result, value)

    state.graph.watch(node, take)
    return result


def fits(state: State, value: Value, classes: Iterable[Named]) -> bool | None:
    """Whether a value is an object of one of the classes; None when that cannot be told."""
    answers = [_fits(state, value, cls) for cls in classes]
    if True in answers:
        return True
    return None if None in answers else False


def _fits(state: State, value: Value, cls: Named) -> bool | None:
    outside = state.outside
    if isinstance(cls, External) and (cls.kind != "class" or cls.name.startswith(_STRUCTURAL)):
        return None
    match value, cls:
        case Instance(), ClassValue():
            return cls in value.cls.mro
        case Instance(), External(name=name):
            return any(isinstance(base, External) and outside.is_subclass(base.name, name) for base in value.cls.mro)
        case (ExternalInstance(cls=name) | Container(cls=name)), External(name=wanted):
            return outside.is_subclass(name, wanted) or (None if outside.is_subclass(wanted, name) else False)
        case (ExternalInstance(cls=name) | Container(cls=name)), ClassValue():
            above = any(isinstance(base, External) and outside.is_subclass(base.name, name) for base in cls.mro)
            return None if above else False
        case Constant(), External(name=wanted):
            return wanted in ("builtins.str", "builtins.object")
        case Constant(), ClassValue():
            return False
    return None


def meant(state: State, classes: ast.expr, frame: Frame) -> list[Named] | None:
    """The classes that the second argument of ``isinstance`` names; None unless all are known."""
    parts: list[ast.expr] = list(classes.elts) if isinstance(classes, ast.Tuple) else [classes]
    if isinstance(classes, ast.BinOp):
        parts = [classes.left, classes.right]
    found = [state.program.resolve(part, frame.scope) for part in parts]
    known = [one for one in found if isinstance(one, ClassValue) or (isinstance(one, External) and one.kind == "class")]
    return list(known) if len(known) == len(found) else None


def _is_steady(frame: Frame, name: str) -> bool:
    """Whether a variable is the function's own and is bound in one place, so that a test stays true until it is over."""
    scope = frame.scope
    if name not in scope.bound or name in scope.nonlocals or name in scope.outer:
        return False
    arguments = getattr(scope.node, "args", None)
    named = isinstance(arguments, ast.arguments) and any(
        arg.arg == name for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    )
    return _stores(scope, name) + named <= 1


def _stores(scope: Scope, name: str) -> int:
    """How often a name is assigned to in a scope and those in it, whose it may be; many times where one says so."""
    stores = scope.stores.get(name, 0)
    for child in scope.children:
        stores += 2 if name in child.nonlocals or name in child.outer else _stores(child, name)
    return stores


def always_leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether what follows a suite is never reached from its end."""
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


Evaluate = Callable[[State, ast.expr, Frame], Node]


def in_turn(state: State, node: ast.BoolOp, frame: Frame, evaluate: Evaluate) -> list[Node]:
    """The operands of ``and`` and ``or``, each evaluated with what those before it have narrowed."""
    before = frame.narrowed
    found = []
    for value in node.values:
        found.append(evaluate(state, value, frame))
        frame.narrowed = under(frame, outcomes(state, value, frame)[isinstance(node.op, ast.Or)])
    frame.narrowed = before
    return found
