"""Names as hints: ``RequestHandlerClass``, given from outside the program, stands for the program's base of request handlers.

Such a parameter, or an attribute that is ``None`` in its class, speaks where nothing else does, where exactly one class that is
no other's subclass has its name's words, and where all that calls it calls it as that class's constructor can be called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.inference.graph import Node
from porter.inference.init import constructor_of
from porter.inference.state import Frame, State
from porter.inference.unknown_makers import holds, named_class
from porter.inference.values import ClassValue, External, ExternalInstance, Unknown


def apply(state: State) -> bool:
    """Let every name speak whose object is unknown; whether any had something to say."""
    changed = False
    makers = _makers(state)
    for name, node in _nodes(state) if makers else ():
        if name in makers and all(_says_nothing(value) for value in node.values):
            base = _base(state, named_class(name))
            if base is not None and all(_fits(base, call) for call in makers[name]):
                state.given[base] = makers[name]
                for cls in state.program.descendants(base):
                    state.graph.add(node, cls)
                changed = True
    return changed


def _says_nothing(value: object) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, ExternalInstance) and value.cls == "types.NoneType")


def _makers(state: State) -> dict[str, list[ast.Call]]:
    """The calls of attributes and variables that are named after a class."""
    found: dict[str, list[ast.Call]] = {}
    for module in state.program.modules.values():
        for node in module.facts.nodes:
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if named_class(name) and (len(named_class(name)) > 1 or not name.lower().endswith("type")):
                    found.setdefault(name, []).append(node)  # ``content_type`` says nothing of a class
    return found


def _nodes(state: State) -> Iterator[tuple[str, Node]]:
    """The parameters without annotations, and the attributes that are ``None`` in their class."""
    for frames in list(state.frames.values()):
        for frame in list(frames):
            for name in _parameters(frame):
                yield name, frame.var(name)
    for cls, frame in list(state.class_frames.items()):
        assert isinstance(cls.scope.node, ast.ClassDef)
        for statement in cls.scope.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=None)):
                    yield name, frame.var(name)


def _parameters(frame: Frame) -> Iterator[str]:
    function = frame.scope.node
    if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
            if arg.annotation is None:
                yield arg.arg


def _base(state: State, words: tuple[str, ...]) -> ClassValue | None:
    """The one class with these words in its name that derives from no other such class, and from none outside."""
    named = [cls for cls in state.program.classes.values() if holds(cls, words)]
    roots = [cls for cls in named if not any(other is not cls and other in cls.mro for other in named)]
    if len(roots) != 1 or any(isinstance(base, External) and base.name != "builtins.object" for base in roots[0].mro):
        return None
    return roots[0]


def _fits(cls: ClassValue, call: ast.Call) -> bool:
    """Whether a call gives a class's constructor what it asks for, as far as that can be seen."""
    constructor = constructor_of(cls)
    init = constructor and constructor.node
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(keyword.arg is None for keyword in call.keywords):
        return True
    if not isinstance(init, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return not (call.args or call.keywords)
    positional = [arg.arg for arg in (*init.args.posonlyargs, *init.args.args)][1:]
    keywords = {keyword.arg for keyword in call.keywords}
    given = {*positional[: len(call.args)], *keywords}
    needed = positional[: len(positional) - len(init.args.defaults)]
    known = {*positional, *(arg.arg for arg in init.args.kwonlyargs)}
    fits_all = len(call.args) <= len(positional) or init.args.vararg is not None
    return fits_all and given.issuperset(needed) and (keywords <= known or init.args.kwarg is not None)
