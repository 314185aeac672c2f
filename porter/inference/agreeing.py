"""Deciding by name: a call of an unknown object, by a method name that only the program's own coroutines have.

Types decide first. Where they say nothing, the name may, if every method of that name in the program is asynchronous and
no object of everyday use has one.
"""

from __future__ import annotations

import ast
import asyncio
import functools
import io
import logging
import pathlib
import re
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping

from porter.facts.model import Scope
from porter.inference.init import is_overload
from porter.inference.leaving import never_returns
from porter.inference.result import Inference
from porter.inference.state import Site, caller_of
from porter.inference.values import BoundMethod, FunctionValue

_COMMON = (
    *(object, int, float, str, bytes, bytearray, list, dict, set, frozenset, tuple, memoryview, BaseException, type),
    *(io.TextIOWrapper, io.BufferedRWPair, io.BytesIO, io.StringIO, socket.socket, subprocess.Popen, logging.Logger),
    *(threading.Thread, threading.Event, threading.Condition, threading.Timer, pathlib.Path, re.Pattern, re.Match),
    *(asyncio.Task, asyncio.Event, asyncio.Queue, asyncio.Condition, asyncio.StreamReader, asyncio.StreamWriter),
    *(asyncio.AbstractEventLoop, asyncio.AbstractServer, asyncio.Transport, asyncio.DatagramTransport, asyncio.Protocol),
)


@functools.cache
def common_names() -> frozenset[str]:
    """Names of methods that tell nothing of the object."""
    return frozenset(name for cls in _COMMON for name in dir(cls))


@functools.lru_cache(maxsize=2)
def method_names(inference: Inference) -> Mapping[str, tuple[Scope, ...]]:
    """The program's methods by names that tell something: public and private ones, no special ones."""
    found: dict[str, list[Scope]] = {}
    for cls in inference.program.classes.values():
        for child in cls.scope.children:
            if child.kind != "function" or child.name in common_names() or child.name.startswith("__"):
                continue
            if not is_overload(child):
                found.setdefault(child.name, []).append(child)
    for name, scopes in _kept(inference).items():
        methods = found.setdefault(name, [])
        methods += [scope for scope in scopes if scope not in methods]
    return {name: tuple(scopes) for name, scopes in found.items()}


def _kept(inference: Inference) -> Mapping[str, dict[Scope, None]]:
    """Functions that objects keep in attributes, by names that tell something and hold nothing else."""
    found: dict[str, dict[Scope, None]] = {}
    others: set[str] = set(common_names())
    for (_, name), node in inference.state.fields.items():
        functions = [value.function if isinstance(value, BoundMethod) else value for value in node.values]
        if name in others or name.startswith("__") or not all(isinstance(one, FunctionValue) for one in functions):
            others.add(name)
            continue
        kept = found.setdefault(name, {})
        kept.update((one.scope, None) for one in functions if isinstance(one, FunctionValue))
    return {name: kept for name, kept in found.items() if kept and name not in others}


@functools.lru_cache(maxsize=2)
def unresolved(inference: Inference) -> tuple[tuple[Site, tuple[Scope, ...]], ...]:
    """Calls of methods on objects of which nothing certain is known, each with the methods of that name."""
    names = method_names(inference)
    found = []
    for site in inference.sites:
        node = site.node
        if site.role != "call" or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if any(inference.state.outside.is_known(name) for name in site.externals):
            continue
        candidates = names.get(node.func.attr, ())
        known = [function for function in site.functions if not never_returns(function)]
        if candidates and not known:
            found.append((site, candidates))
    return (*found, *_without_values(inference, names))


def _without_values(inference: Inference, names: Mapping[str, tuple[Scope, ...]]) -> Iterator[tuple[Site, tuple[Scope, ...]]]:
    """Such calls where no value at all arrives: on a parameter of a function that nobody in the program calls."""
    for module in inference.program.modules.values():
        for node in module.facts.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                scope = module.facts.scope_of(node)
                if inference.site(node) is None and not inference.values(node.func.value, module, scope):
                    yield Site(node, "call", caller_of(scope)), names[node.func.attr]
