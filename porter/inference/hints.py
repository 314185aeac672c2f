"""Annotations as hints: they speak of parameters, fields, results and casts of which nothing else is known.

What the program itself passes and assigns comes first: annotations are hints, not truth.
"""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference import generics, members
from porter.inference.expressions import evaluate
from porter.inference.graph import Node
from porter.inference.program import assigned
from porter.inference.state import Frame, State
from porter.inference.stubs_types import Named
from porter.inference.values import ClassValue, Container, External, ExternalInstance, Instance, ModuleValue, Unknown, Value

_DEPTH = 8
_NONE = "types.NoneType"
_TEXTS = frozenset(("builtins.str", "builtins.bytes", "builtins.bytearray", "builtins.memoryview"))
_CONCRETE = ("builtins.", "collections.OrderedDict", "collections.deque", "collections.defaultdict", "collections.Counter")
_WRAPPERS = frozenset(("Optional", "Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly"))


def apply(state: State) -> bool:
    """Let every annotation speak whose object is unknown; whether any had something to say."""
    changed = False
    for frames in list(state.frames.values()):
        for frame in list(frames):
            changed |= _signature(state, frame)
    for cls, frame in list(state.class_frames.items()):
        assert isinstance(cls.scope.node, ast.ClassDef)
        outer = frame.outer.scope if frame.outer is not None else frame.scope
        for statement in cls.scope.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                for descendant in state.program.descendants(cls):
                    field = state.field(state.instance(descendant), members.mangled(statement.target.id, frame))
                    changed |= seed(state, field, statement.annotation, outer, statement)
    for node, annotation, scope in list(state.hints):
        changed |= seed(state, node, annotation, scope, annotation)
    for target, annotation, frame in list(state.declared):
        for owner in tuple(evaluate(state, target.value, frame).values):
            if isinstance(owner, Instance):
                field = state.field(owner, members.mangled(target.attr, frame))
                changed |= seed(state, field, annotation, frame.scope, annotation)
    return changed


def _signature(state: State, frame: Frame) -> bool:
    """The annotations of a function's parameters and result."""
    function = frame.scope.node
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    changed = False
    outer = frame.outer.scope if frame.outer is not None else frame.scope
    for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        if arg.annotation is not None:
            changed |= seed(state, frame.given(arg.arg), arg.annotation, outer, arg)
    if function.returns is not None and not frame.scope.is_generator:
        changed |= seed(state, frame.result, function.returns, outer, function.returns)
    return changed


def seed(state: State, node: Node, annotation: ast.expr, scope: Scope, origin: ast.AST) -> bool:
    """Let ``node`` have what its annotation says if nothing is known of it; a known container gets its elements."""
    known, found = False, False
    for value in tuple(node.values):
        if value.__class__ is Container:
            known = True
            found |= _elements(state, value, annotation, scope)
        elif not known:
            known = not _says_nothing(value)
    if not known:
        before = len(node.values)
        _put(state, annotation, node, scope, origin, _DEPTH)
        return len(node.values) > before
    return found


def _says_nothing(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, ExternalInstance) and value.cls == _NONE)


def _elements(state: State, container: Container, annotation: ast.expr, scope: Scope) -> bool:
    """What an annotation says of the elements of a container that has none so far."""
    if isinstance(annotation, (ast.Name, ast.Attribute)):
        return False
    for part in _parts(annotation):
        match part:
            case ast.Subscript(slice=inner):
                found = state.program.resolve(part.value, scope)
                if isinstance(found, External) and found.name == container.cls != "builtins.tuple":
                    arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                    if not generics.all_slots(state, container).values:
                        return _fill(state, container, arguments, scope, _DEPTH)
    return False


def _fill(state: State, container: Value, arguments: list[ast.expr], scope: Scope, depth: int) -> bool:
    """The last argument of a generic class is of its elements, an earlier one of its keys."""
    found = False
    for position, argument in enumerate(arguments):
        slot = state.slot(container, None if position == len(arguments) - 1 else generics.KEYS)
        before = len(slot.values)
        _put(state, argument, slot, scope, argument, depth)
        found |= len(slot.values) > before
    return found


def _put(state: State, annotation: ast.expr, target: Node, scope: Scope, origin: ast.AST, depth: int) -> None:
    """Add the objects that an annotation stands for."""
    if depth <= 0:
        return
    found = [(part, state.program.resolve(part, scope)) for part in _parts(annotation)]
    vague = any(isinstance(meant, External) and meant.name.startswith("typing.") for _, meant in found)
    known = any(isinstance(meant, ClassValue) for _, meant in found)
    for part, meant in found:
        if isinstance(part, ast.Subscript) and _tail(part.value) == "Type":
            _classes(state, part.slice, target, scope)
            continue
        match meant:
            case External(name=name) if vague and name in _TEXTS:
                pass  # ``bytes | Iterable[bytes]`` says what callers may pass, not that they do
            case ClassValue():
                for cls in state.program.descendants(meant):
                    state.graph.add(target, state.instance(cls))
            case External(kind="class", name="builtins.type") if isinstance(part, ast.Subscript):
                _classes(state, part.slice, target, scope)
            case External(kind="class", name=name):
                _outside(state, name, part, target, scope, origin, depth)
            case External(kind="unknown", name=name) if "." in name and not known:
                state.graph.add(target, state.external_instance(name, origin, "annotation"))
                state.graph.add(target, state.unknown)
            case None | External() | Scope() | ModuleValue():
                _alias(state, part, target, scope, origin, depth)


def _outside(state: State, name: str, part: ast.expr, target: Node, scope: Scope, origin: ast.AST, depth: int) -> None:
    """An object of an outside class; its type arguments tell of its elements."""
    arguments: list[ast.expr] = []
    if isinstance(part, ast.Subscript):
        arguments = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
    if not arguments or not state.outside.parameters(name):
        generics.out_values(state, Named(name), target, None, origin, "annotation")
        return
    if state.outside.tracked(name):
        made = state.external_instance(name, origin, "annotation")
    elif name.startswith(_CONCRETE):
        made = state.container(name, part)
    else:
        made = state.external_instance(name, key=part)  # a protocol: which class it is, is not known
    if name == "builtins.tuple" and not (len(arguments) == 2 and _is_ellipsis(arguments[1])):
        for position, argument in enumerate(arguments):
            _put(state, argument, state.slot(made, position), scope, argument, depth - 1)
    else:
        _fill(state, made, [argument for argument in arguments if not _is_ellipsis(argument)], scope, depth - 1)
    state.graph.add(target, made)


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _classes(state: State, annotation: ast.expr, target: Node, scope: Scope) -> None:
    """``type[X]``: the class and its subclasses."""
    for part in _parts(annotation):
        found = state.program.resolve(part, scope)
        if isinstance(found, ClassValue):
            for cls in state.program.descendants(found):
                state.graph.add(target, cls)
        elif isinstance(found, External):
            state.graph.add(target, found)


def _alias(state: State, part: ast.expr, target: Node, scope: Scope, origin: ast.AST, depth: int) -> None:
    """A type alias, a ``NewType``, the bound of a type variable."""
    if isinstance(part, ast.Subscript):
        part = part.value
    meant = assigned(state.program, part, scope)
    if meant is None:
        return
    value, where = meant
    match value:
        case ast.Call(func=func, args=args, keywords=keywords) if _tail(func) == "TypeVar":
            bounds = [keyword.value for keyword in keywords if keyword.arg == "bound"]
            for bound in (*bounds, *args[1:]):
                _put(state, bound, target, where, origin, depth - 1)
        case ast.Call(func=func, args=[_, original]) if _tail(func) == "NewType":
            _put(state, original, target, where, origin, depth - 1)
        case ast.Subscript() | ast.BinOp() | ast.Constant():
            _put(state, value, target, where, origin, depth - 1)


def _parts(annotation: ast.expr) -> list[ast.expr]:
    """The types that an annotation names: the parts of a union, an optional, a string."""
    match annotation:
        case ast.Constant(value=str() as text):
            try:
                return _parts(ast.parse(text.strip(), mode="eval").body)
            except (SyntaxError, ValueError):
                return []
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return [*_parts(left), *_parts(right)]
        case ast.Tuple(elts=items):  # as in ``isinstance(x, (A, B))``
            return [part for item in items for part in _parts(item)]
        case ast.Subscript(value=value, slice=inner):
            tail = _tail(value)
            if tail in _WRAPPERS:
                return _parts(inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner)
            if tail == "Union":
                return [part for item in (inner.elts if isinstance(inner, ast.Tuple) else [inner]) for part in _parts(item)]
            return [annotation] if tail else []
        case ast.Name() | ast.Attribute():
            return [annotation]
    return []


def _tail(node: ast.expr) -> str:
    """The last part of a dotted name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
