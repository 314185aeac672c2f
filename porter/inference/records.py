"""Records: classes whose fields have an order, by which they are made, unpacked and matched."""

from __future__ import annotations

import ast

from porter.inference.state import Frame, State
from porter.inference.values import ClassValue, External


def field_names(cls: ClassValue) -> list[str]:
    """The fields of a dataclass or named tuple, those of its ancestors first."""
    names: dict[str, None] = {}
    for base in reversed(cls.mro):
        if isinstance(base, ClassValue) and isinstance(base.scope.node, ast.ClassDef):
            for expr in base.scope.node.bases:
                names.update(dict.fromkeys(tuple_names(expr)))
            for statement in base.scope.node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    if not _of_the_class(statement.annotation):
                        names[statement.target.id] = None
    return list(names)


def _of_the_class(annotation: ast.expr) -> bool:
    target = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return (target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")) == "ClassVar"


def is_record(state: State, cls: ClassValue) -> bool:
    """Whether objects of a class are tuples with named items."""
    for base in cls.mro:
        if isinstance(base, External) and base.name in ("typing.NamedTuple", "typing_extensions.NamedTuple"):
            return True
        if isinstance(base, ClassValue) and any(tuple_names(expr) for expr in getattr(base.scope.node, "bases", ())):
            return True
    return False


def tuple_names(call: ast.expr) -> list[str]:
    """The fields that ``namedtuple("Name", "a b")`` is given."""
    match call:
        case ast.Call(func=ast.Name(id="namedtuple") | ast.Attribute(attr="namedtuple"), args=[_, fields, *_]):
            match fields:
                case ast.Constant(value=str() as text):
                    return text.replace(",", " ").split()
                case ast.List(elts=items) | ast.Tuple(elts=items):
                    return [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return []


def match_names(state: State, expr: ast.expr, frame: Frame) -> list[str]:
    """The attributes that the positional parts of a class pattern stand for."""
    cls = state.program.resolve(expr, frame.scope)
    if not isinstance(cls, ClassValue):
        return []
    for base in cls.mro:
        for statement in getattr(base.scope.node, "body", ()) if isinstance(base, ClassValue) else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id="__match_args__")], value=ast.Tuple(elts=items)):
                    return [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return field_names(cls)
