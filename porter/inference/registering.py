"""Selectors: what is registered comes back, with its data, as a key of what ``select`` gives.

Each call of ``register`` or ``modify`` makes a key of its own, so that files of different kinds stay apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from porter.inference.generics import KEYS
from porter.inference.graph import Node
from porter.inference.state import State
from porter.inference.values import Value

if TYPE_CHECKING:
    from porter.inference.calls import Call

_CLASSES = ("Base", "Default", "Select", "Poll", "Epoll", "Devpoll", "Kqueue")
_FIELDS = ("fileobj", "fd", "events", "data")


def _keys(state: State, selector: Value) -> Node:
    """The keys of a selector."""
    return state.slot(selector, "\0keys")


def _register(site: Call, selector: Value | None) -> None:
    """``selector.register(fileobj, events, data)``: the key, a tuple whose items have names."""
    state = site.state
    key = state.container("builtins.tuple", (site.node, "key"))
    positional = dict(zip(("fileobj", "events", "data"), site.arguments.positional, strict=False))
    given = {**positional, **site.arguments.keywords}
    nothing = {"data": state.typed("types.NoneType")}
    for position, name in enumerate(_FIELDS):
        value = given.get(name) or nothing.get(name) or state.typed("builtins.int")
        state.graph.flow(value, state.slot(key, position))
        state.graph.flow(value, state.slot(key, name))
    if selector is not None:
        state.graph.add(_keys(state, selector), key)
    state.graph.add(site.result, key)


def _key(site: Call, selector: Value | None) -> None:
    """``selector.get_key(fileobj)`` and ``selector.unregister(fileobj)``: one of the keys."""
    if selector is not None:
        site.state.graph.flow(_keys(site.state, selector), site.result)


def _select(site: Call, selector: Value | None) -> None:
    """``selector.select(timeout)``: pairs of a key and what it is ready for."""
    if selector is None:
        return
    state = site.state
    pair = state.container("builtins.tuple", (selector, "ready"))
    state.graph.flow(_keys(state, selector), state.slot(pair, 0))
    state.graph.flow(state.typed("builtins.int"), state.slot(pair, 1))
    ready = state.container("builtins.list", (selector, "ready"))
    state.graph.add(state.slot(ready, None), pair)
    state.graph.add(site.result, ready)


def _map(site: Call, selector: Value | None) -> None:
    """``selector.get_map()``: the keys by their files."""
    if selector is None:
        return
    state = site.state
    found = state.container("builtins.dict", (selector, "map"))
    state.graph.flow(_keys(state, selector), state.slot(found, None))
    state.graph.flow(state.typed("builtins.int"), state.slot(found, KEYS))
    state.graph.add(site.result, found)


_METHODS: dict[str, Callable[[Call, Value | None], None]] = {
    "register": _register,
    "modify": _register,
    "unregister": _key,
    "get_key": _key,
    "select": _select,
    "get_map": _map,
}
MODELS: dict[str, Callable[[Call, Value | None], None]] = {
    f"selectors.{cls}Selector.{name}": model for cls in _CLASSES for name, model in _METHODS.items()
}
