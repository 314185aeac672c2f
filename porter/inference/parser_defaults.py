"""What ``argparse`` hands on: ``parser.set_defaults(func=run)`` comes back as ``args.func``."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from porter.inference.state import State
from porter.inference.values import ExternalInstance, Value

if TYPE_CHECKING:
    from porter.inference.calls import Call

_NAMESPACE = "argparse.Namespace"


def is_namespace(value: Value) -> bool:
    """Whether a value holds the arguments of a command line."""
    return isinstance(value, ExternalInstance) and value.cls == _NAMESPACE


def namespace(state: State) -> Value:
    """The arguments of any command line: a parser does not tell which of them will be its own."""
    return state.external_instance(_NAMESPACE)


@functools.lru_cache(maxsize=2)
def defaults(state: State) -> frozenset[str]:
    """The names for which parsers of the program set defaults, so that it is known what the attributes hold."""
    modules = [module for module in state.program.modules.values() if "set_defaults(" in module.facts.text]
    calls = (call for module in modules for call in module.facts.by_type.get(ast.Call, ()))
    return frozenset(name for call in calls for name in _given(call))


def _given(call: ast.AST) -> Iterator[str]:
    match call:
        case ast.Call(func=ast.Attribute(attr="set_defaults"), keywords=keywords):
            yield from (keyword.arg for keyword in keywords if keyword.arg is not None)


def set_defaults(site: Call, receiver: Value | None) -> None:
    """``parser.set_defaults(func=run)``."""
    for name, value in site.arguments.keywords.items():
        site.state.graph.flow(value, site.state.field(namespace(site.state), name))
