"""An awaitable that is given to a call: who awaits it, who keeps it, who wanted its result."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace

from porter.inference.values import Unknown
from porter.verify.flow import Fate, Item, Step, ends
from porter.verify.gives import is_asynchronous_next
from porter.verify.variables import contained, parameter
from porter.verify.view import View

_RESULT = frozenset(("run", "run_until_complete", "wait_for"))
"""asyncio's callables that give what the coroutine gives."""
_FUTURE = frozenset(("create_task", "ensure_future", "shield", "run_coroutine_threadsafe"))
_MANY = frozenset(("wait", "as_completed"))
_SINKS = _RESULT | _FUTURE | _MANY | {"gather"}

_KEEPERS = frozenset(
    (
        "_thread",
        "asyncio",
        "collections",
        "concurrent",
        "contextlib",
        "contextvars",
        "copy",
        "functools",
        "gc",
        "inspect",
    )
    + ("itertools", "multiprocessing", "operator", "queue", "threading", "types", "typing", "weakref")
)
"""Modules of the standard library whose callables may rightly take a coroutine."""
_NEUTRAL = frozenset(("callable", "hasattr", "hash", "id", "isinstance", "issubclass", "type", "len"))
_KEPT = frozenset(("getattr", "setattr", "object", "super"))
_SAME = frozenset(("list", "tuple", "set", "frozenset", "reversed", "iter"))
_CONSUMERS = frozenset(("sum", "min", "max", "any", "all", "sorted", "str", "print", "repr", "format", "bytes", "bytearray"))
_CONTAINERS = frozenset(("list", "dict", "set", "frozenset", "tuple"))
_ADDERS = frozenset(("append", "add", "insert", "appendleft"))


def argument(view: View, item: Item, call: ast.Call, given: ast.expr) -> Step:
    """What becomes of ``item``, an argument of ``call`` (there it may stand behind a star, as ``given``)."""
    site = view.site(call)
    if isinstance(call.func, ast.Attribute) and call.func.attr in _ADDERS:
        return contained(view, item, call.func.value)
    if (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "join"
        and isinstance(call.func.value, (ast.Constant, ast.JoinedStr))
    ):
        return ends(item, "misused", "joined as text")
    if site is None:
        return ends(item, "escapes")
    found: list[Item | Fate] = []
    for name in site.externals:
        found += _outside(view, item, call, view.public(name))
    if site.functions or site.plain:
        known = (callee for callee in view.values(call.func, item.module) if not isinstance(callee, Unknown))
        for callee in known:
            found += parameter(view, item, callee, call, given)
    misuses = all(isinstance(one, Fate) and one.end == "misused" for one in found)
    if site.unknown and not misuses:
        found += ends(item, "escapes")
    return found if site.functions or site.externals else ends(item, "escapes")


def _outside(view: View, item: Item, call: ast.Call, name: str) -> Step:
    module, _, tail = name.rpartition(".")
    head = name.partition(".")[0]
    if head == "asyncio":
        return _asyncio(item, call, tail)
    if module == "builtins":
        return _builtin(view, item, call, tail)
    if head == "builtins":
        return _builtin_method(item, module.rpartition(".")[2])
    if name.startswith("unittest.mock."):
        return ends(item, "escapes")
    if head in sys.stdlib_module_names and head not in _KEEPERS and item.bare:
        return ends(item, "misused", f"given to `{name}`")
    return ends(item, "escapes")


def _asyncio(item: Item, call: ast.Call, tail: str) -> Step:
    if tail not in _SINKS:
        return ends(item, "escapes")
    if item.bare:
        return ends(item, "awaited")
    if item.held and tail == "wait" and not item.is_future:
        return ends(item, "misused", "given to `asyncio.wait`, which takes tasks")
    if item.held:
        return ends(item, "awaited") if tail in _MANY else ends(item, "misused", f"in a container given to `{tail}`")
    if tail in _RESULT:
        return [item.out(call) if tail != "wait_for" else item.at(call)]
    return [replace(item.at(call), is_future=True)] if tail in _FUTURE else ends(item, "escapes")


def _builtin(view: View, item: Item, call: ast.Call, tail: str) -> Step:
    if tail in _NEUTRAL:
        return [] if tail != "len" or item.held else ends(item, "misused", "given to `len`")
    if tail in _KEPT:
        return ends(item, "escapes")
    if item.held:
        if tail in _SAME:
            return [item.at(call)]
        if tail in ("enumerate", "zip"):
            return [item.inside(call)]
        if tail == "next" and not is_asynchronous_next(view, call):
            return [item.out(call)]
        return ends(item, "misused", f"given to `{tail}`") if tail in _CONSUMERS else ends(item, "escapes")
    if not item.bare:
        return ends(replace(item, sure=False), "misused", f"given to `{tail}`")
    return ends(item, "misused", f"given to `{tail}`")


def _builtin_method(item: Item, cls: str) -> Step:
    """Containers keep what they are given; texts and numbers do not."""
    if cls in _CONTAINERS or not item.bare:
        return ends(item, "escapes")
    return ends(item, "misused", f"given to a method of `{cls}`")
