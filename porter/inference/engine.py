"""Running the inference: seed every module, solve, then let annotations speak where nothing else did."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterable, Sequence

from porter.facts.model import FileFacts
from porter.inference import bodies, generics
from porter.inference.graph import Node
from porter.inference.outside import Outside
from porter.inference.program import Module, Program
from porter.inference.result import Inference
from porter.inference.state import Frame, State
from porter.inference.stubs_types import Named
from porter.inference.typeshed import Typeshed
from porter.inference.values import ClassValue, External
from porter.project.model import SourceFile


def infer(files: Sequence[tuple[SourceFile, FileFacts]], tracked: Iterable[str], typeshed: Typeshed) -> Inference:
    """What every expression of the program may be.

    ``tracked`` names the outside classes whose objects are told apart by where they were made.
    """
    modules = {source.module: Module(source, facts) for source, facts in files}
    outside = Outside(typeshed, tracked)
    enabled = gc.isenabled()
    gc.disable()  # the graph is cyclic and long-lived: collecting it halves the speed
    try:
        program = Program(modules, outside.entity)
        state = State(program, outside)
        _run(state)
    finally:
        if enabled:
            gc.enable()
    return Inference(program, state)


def _run(state: State) -> None:
    for module in state.program.modules.values():
        frame = Frame(module.facts.module, module, None)
        state.module_frames[module.name] = frame
        state.frames[module.facts.module] = [frame]
    for frame in list(state.module_frames.values()):
        bodies.run_module(state, frame)
    _solve(state)
    for _ in range(4):
        if not _annotations(state):
            break
        _solve(state)


def _solve(state: State) -> None:
    while True:
        while state.todo:
            state.todo.popleft()()
        state.graph.solve()
        if not state.todo:
            return


def _annotations(state: State) -> bool:
    """Parameters and annotated variables that got no value take what their annotation says."""
    changed = False
    for frames in list(state.frames.values()):
        for frame in list(frames):
            node = frame.scope.node
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                    if arg.annotation is not None:
                        changed |= _seed(state, frame.var(arg.arg), arg.annotation, frame, arg)
    for cls, frame in list(state.class_frames.items()):
        assert isinstance(cls.scope.node, ast.ClassDef)
        for statement in cls.scope.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                for descendant in state.program.descendants(cls):
                    field = state.field(state.instance(descendant), statement.target.id)
                    changed |= _seed(state, field, statement.annotation, frame, statement)
    return changed


def _seed(state: State, node: Node, annotation: ast.expr, frame: Frame, origin: ast.AST) -> bool:
    known = [value for value in node.values if value is not state.unknown]
    if known:
        return False
    before = len(node.values)
    for item in _annotated_types(annotation):
        found = state.program.resolve(item, frame.outer.scope if frame.outer is not None else frame.scope)
        match found:
            case ClassValue():
                for cls in state.program.descendants(found):
                    state.graph.add(node, state.instance(cls))
            case External(kind="class", name=name):
                generics.out_values(state, Named(name), node, None, origin, "annotation")
    return len(node.values) > before


def _annotated_types(annotation: ast.expr) -> list[ast.expr]:
    """The classes that an annotation names: the parts of a union, an optional, a string."""
    match annotation:
        case ast.Constant(value=str() as text):
            try:
                return _annotated_types(ast.parse(text.strip(), mode="eval").body)
            except (SyntaxError, ValueError):
                return []
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return [*_annotated_types(left), *_annotated_types(right)]
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=inner):
            return _annotated_types(inner)
        case ast.Subscript(value=ast.Name(id="Union") | ast.Attribute(attr="Union"), slice=ast.Tuple(elts=items)):
            return [part for item in items for part in _annotated_types(item)]
        case ast.Subscript(value=ast.Name() | ast.Attribute() as origin):
            return [origin]
        case ast.Name() | ast.Attribute():
            return [annotation]
    return []
