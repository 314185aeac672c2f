"""What ``functools.partial`` was given, kept in the slots of what it made."""

from __future__ import annotations

from porter.inference.state import State
from porter.inference.values import Arguments, PartialValue, Value

_FUNCTION = "function"
"""The slot of the function; the others are positions and names of arguments."""


def keep_partial(state: State, value: Value, arguments: Arguments) -> None:
    """Remember what ``functools.partial`` was given."""
    for position, node in enumerate(arguments.positional[1:]):
        state.graph.flow(node, state.slot(value, position))
    for name, node in arguments.keywords.items():
        state.graph.flow(node, state.slot(value, name))


def partial_arguments(state: State, value: PartialValue) -> Arguments:
    """What ``functools.partial`` was given, as arguments."""
    slots = state.slots.get(value, {})
    positions = sorted(key for key in slots if isinstance(key, int))
    names = [key for key in slots if isinstance(key, str) and key != _FUNCTION]
    return Arguments([slots[key] for key in positions], [], {name: slots[name] for name in names})
