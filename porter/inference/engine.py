"""Running the inference: seed every module, solve, then let annotations speak where nothing else did."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence

from porter.facts.model import FileFacts
from porter.inference import bodies, class_hints, dynamic, hints
from porter.inference.outside import Outside
from porter.inference.program import Module, Program
from porter.inference.result import Inference
from porter.inference.state import Frame, State
from porter.inference.typeshed import Typeshed
from porter.inference.wrappers import look_through
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
        if not hints.apply(state):
            break
        _solve(state)
    if class_hints.apply(state):
        _solve(state)
    while dynamic.widen(state):
        _solve(state)
    look_through(state)


def _solve(state: State) -> None:
    while True:
        while state.todo:
            state.todo.popleft()()
        state.graph.solve()
        if not state.todo:
            return
