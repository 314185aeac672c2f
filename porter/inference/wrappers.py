"""Wrappers: what a decorator puts in a function's place, where the decorator's own file is only read.

Such a wrapper stays as it is, and hands on what the function gives. So a place that calls it reaches the function.
"""

from __future__ import annotations

from porter.facts.model import Scope
from porter.inference.state import State
from porter.inference.values import FunctionValue, Value


def note_wrapper(made: Value, state: State, decorated: Scope) -> None:
    """``made`` stands in the place of the function ``decorated``."""
    if not isinstance(made, FunctionValue) or made.scope is decorated or made.outer.function is None:
        return
    if not state.program.module_for(made.scope).source.is_target:
        state.wrapped.setdefault((made.scope, made.outer), {})[decorated] = None


def look_through(state: State) -> None:
    """Let every place that calls such a wrapper reach what is wrapped."""
    for closure, functions in state.wrapped.items():
        for site in state.wrapper_sites.get(closure, ()):
            site.functions.update(functions)
