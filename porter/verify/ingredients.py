"""Nothing is lost where an idiom replaces code: what the old text said there, the new text says there, too.

``erasure`` compares what stands outside of the replacements. Inside, the shape changes, but the ingredients stay:
constants, functions and methods of the program, builtins, variables. They may move from one replacement to another of
the same file. Free to go is the vocabulary of what is replaced, threads, sockets, queues, files, locks and the builtins
that loop, and the variables that hold such objects; in exchange a thread must be started as a task, and what was
closed must be closed.
"""

from __future__ import annotations

import _thread
import ast
import atexit
import bisect
import builtins
import collections
import concurrent.futures
import contextlib
import functools
import io
import itertools
import queue
import re
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from porter.facts import FileFacts
from porter.facts.fields import FIELDS
from porter.plan.model import Fault, FileChange, Patch
from porter.syntax.places import Lines, Span
from porter.verify.changed import ChangedFile
from porter.verify.erased import Eraser
from porter.verify.erasure import replaces
from porter.verify.tidied import stands_for_method

CHECK = "ingredients"

_APIS: Final[tuple[object, ...]] = (
    *(_thread, atexit, threading, socket, ssl, queue, time, concurrent.futures, contextlib, functools, subprocess, socketserver),
    *(threading.Thread, threading.Timer, threading.Event, threading.Condition, threading.Barrier, threading.Semaphore),
    *(socket.socket, queue.Queue, concurrent.futures.Future, concurrent.futures.ThreadPoolExecutor, subprocess.Popen),
    *(io.BufferedRWPair, io.TextIOWrapper, io.BytesIO, contextlib.ExitStack, types.GeneratorType, threading.local),
    *(itertools, itertools.chain),
)
_CONTAINERS: Final = frozenset(name for cls in (list, dict, set, str, bytes, collections.deque) for name in dir(cls))
_LOOPING: Final = frozenset(
    ("all", "any", "dict", "enumerate", "filter", "frozenset", "iter", "list", "map", "max", "min", "next", "range")
    + ("set", "sorted", "sum", "super", "tuple", "zip", "open", "type", "object", "reversed")
)
"""Builtins that an asynchronous form may do without."""
_SETTINGS: Final = frozenset(
    ("Thread", "Timer", "start_new_thread", "acquire", "join", "listen", "makefile", "setblocking", "setsockopt", "settimeout")
    + ("shutdown", "socket", "wait", "select", "exit", "SystemExit")
)
"""Calls whose arguments say how to block, or how a thread ends, and may go with them."""
_UNASKED: Final = frozenset(("annotation", "returns", "type_params", "bases"))
"""Fields of which nothing is an ingredient."""
_MODE: Final = re.compile(r"[rwabtx+U]{0,4}\Z")
_KEPT: Final[tuple[tuple[frozenset[str], frozenset[str]], ...]] = (
    (
        frozenset(("Thread", "Timer", "start_new_thread")),
        frozenset(("create_task", "ensure_future", "to_thread", "start_server", "run_in_executor", "gather"))
        | frozenset(("start_unix_server", "call_later", "Thread", "Timer")),
    ),
    (
        frozenset(("join",)),
        frozenset(("join", "wait", "wait_for", "gather", "TaskGroup", "as_completed", "shield")),
    ),
    (
        frozenset(("close", "shutdown", "closing", "server_close")),
        frozenset(("close", "aclose", "closing", "aclosing", "wait_closed", "shutdown", "server_close"))
        | frozenset(("write_eof", "start_server")),
    ),
    (
        frozenset(("sendall", "send", "sendto", "flush")),
        frozenset(("write", "sendall", "send", "sendto", "writelines", "flush", "drain")),
    ),
    (frozenset(("BaseException",)), frozenset(("BaseException", "Exception"))),
)
"""What may go only where something else does its work."""
_TWINS: Final = {
    "name": ("get_name", "set_name"),
    "getName": ("get_name",),
    "setName": ("set_name",),
    "KeyboardInterrupt": ("CancelledError",),
    "exit": ("return",),
    "sort": ("sorted",),
    "queue": ("_queue", "get_nowait"),
    "mutex": ("get_nowait",),
    "clear": ("get_nowait",),
    "_qsize": ("qsize",),
}
"""What a thread says, and what a task says in its place."""


_NAMED: Final = ("attribute", "name")
_REFUSED: Final = frozenset(("frontiers", "accelerators"))
"""Idioms that leave out what the plan's refusals say."""
_TOLD: Final = _REFUSED | {"library"}
"""Idioms that leave out what the user's rows, or the plan's refusals, say."""
_LIMITS: Final = frozenset(("timeout", "block", "blocking", "daemon"))
"""Arguments that say how to block, whatever the call."""


def check(file: ChangedFile, renames: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """What the replacing patches lose. Both texts must parse."""
    change = file.change
    replacing = [patch for patch in change.patches if replaces(patch) and _TOLD.isdisjoint(patch.idioms)]
    replacing = [patch for patch in replacing if not stands_for_method(file, patch)]
    yield from check_constants(file)
    back = {new: old.rpartition(".")[2] for old, new in renames}
    if not replacing:
        return
    old = _Region(file.old, [patch.old for patch in replacing], {})
    new = _Region(file.new, [patch.new for patch in replacing], back)
    for atom, places in old.atoms.items():
        if atom[0] == "flag" or len(places) <= len(new.atoms.get(atom, ())) + _instead(atom, old, new):
            continue
        if not _may_go(atom, old):
            yield _fault(change, replacing, places, f"`{atom[1][:60]}` of the source is lost")
    yield from _undecided(change, replacing, old, new)
    for goes, keeps in _KEPT:
        gone = [word for word in goes if old.count(word) > new.count(word)]
        if gone and sum(map(old.count, goes)) > sum(map(new.count, keeps)):
            places = [place for word in gone for kind in _NAMED for place in old.atoms.get((kind, word), ())]
            yield _fault(change, replacing, places, f"nothing does the work of `{gone[0]}` any more")


def _undecided(change: FileChange, replacing: Sequence[Patch], old: _Region, new: _Region) -> Iterator[Fault]:
    """``any`` and ``all`` that went without the answer that they give when nothing decides."""
    for word, answer in (("any", "False"), ("all", "True")):
        answers = len(new.atoms.get(("flag", answer), ())) - len(old.atoms.get(("flag", answer), ()))
        if old.count(word) - new.count(word) > max(answers, 0):
            places = old.atoms.get(("name", word), ())
            yield _fault(change, replacing, places, f"nothing does the work of `{word}` any more")


def check_constants(file: ChangedFile) -> Iterator[Fault]:
    """Texts and numbers that replacing patches lose: what a user's rows put in the place of a name keeps these, too."""
    change = file.change
    replacing = [patch for patch in change.patches if replaces(patch) and _REFUSED.isdisjoint(patch.idioms)]
    old = _constants(file.old, [patch.old for patch in replacing])
    new = _constants(file.new, [patch.new for patch in replacing])
    for said, places in old.items():
        if len(places) > len(new.get(said, ())):
            yield _fault(change, replacing, places, f"`{said[:60]}` of the source is lost")


def _constants(facts: FileFacts, spans: Sequence[Span]) -> dict[str, list[int]]:
    """The texts and numbers that some spans of a text say, and where they end."""
    found: dict[str, list[int]] = {}
    within, places = Within(spans), [(facts.lines.place(span.start).line, facts.lines.place(span.end).line) for span in spans]
    touched = {line for first, last in places for line in range(first, last + 1)}
    for node in facts.by_type.get(ast.Constant, ()) if spans else ():
        assert isinstance(node, ast.Constant)
        if node.end_lineno in touched and _is_said(node.value):
            end = facts.lines.end_of(node)
            if within.ends(end) and not _is_setting(facts, node):
                found.setdefault(repr(node.value), []).append(end)
    return found


def _is_setting(facts: FileFacts, node: ast.AST) -> bool:
    """Whether a constant is a docstring, part of an annotation or of a class's bases, or says how to block."""
    parent = facts.parents.get(node)
    if isinstance(parent, ast.Expr):
        return True
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.keyword) and parent.arg == "name":
            return False
        if isinstance(parent, ast.keyword) and parent.arg in _LIMITS:
            return True
        if isinstance(parent, ast.Call) and _last(parent.func) in _SETTINGS:
            return True
        if getattr(parent, "annotation", None) is node:
            return True
        node, parent = parent, facts.parents.get(parent)
    named = (getattr(parent, field, None) for field in ("annotation", "returns"))
    return any(one is node for one in named) or isinstance(parent, ast.ClassDef) and node in parent.bases


class _Region:
    """What stands in some spans of a text: each ingredient with its kind, and its places."""

    def __init__(self, facts: FileFacts, spans: Sequence[Span], renames: Mapping[str, str]) -> None:
        self.atoms: dict[tuple[str, str], list[int]] = {}
        self._facts = facts
        self._within = Within(spans)
        self._eraser = Eraser(renames)
        self._gather(facts.tree)

    @functools.cached_property
    def defined(self) -> frozenset[str]:
        """The names of the functions of the whole text."""
        return frozenset(scope.name for scope in self._facts.scopes.values() if scope.kind == "function")

    @functools.cached_property
    def free(self) -> frozenset[str]:
        """The names that may go."""
        return _free(self._facts.nodes)

    def count(self, word: str) -> int:
        """How often an attribute is named."""
        return sum(len(self.atoms.get((kind, word), ())) for kind in (*_NAMED, "statement"))

    def _gather(self, tree: ast.AST) -> None:
        pending: list[tuple[ast.AST, bool]] = [(tree, False)]
        while pending:
            node, is_setting = pending.pop()
            if isinstance(node, ast.stmt) and not self._is_touched(node):
                continue
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            if isinstance(node, ast.Call) and _last(node.func) == "super":
                continue
            is_setting |= isinstance(node, ast.Call) and _last(node.func) in _SETTINGS
            is_setting |= isinstance(node, ast.keyword) and node.arg in _LIMITS
            is_setting &= not (isinstance(node, ast.keyword) and node.arg == "name")
            self._add(node, is_setting)
            for field in FIELDS[node.__class__]:
                if field not in _UNASKED:
                    value = getattr(node, field, None)
                    children = value if isinstance(value, list) else (value,)
                    pending += [(child, is_setting) for child in children if isinstance(child, ast.AST)]

    def _is_touched(self, node: ast.stmt) -> bool:
        """Whether anything in a statement may end in one of the spans."""
        decorators = getattr(node, "decorator_list", None)
        start = self._facts.lines.start(decorators[0].lineno if decorators else node.lineno)
        return self._within.meets(start, self._facts.lines.end_of(node))

    def _add(self, node: ast.AST, is_setting: bool) -> None:
        match node:
            case ast.Constant(value=bool() as value) if not is_setting:
                atom = "flag", repr(value)
            case ast.Name(id=name):
                atom = "name", self._eraser.plain(name)
            case ast.Attribute(attr=name):
                atom = "attribute", self._eraser.plain(name)
            case ast.Return(value=None):
                atom = "statement", "return"
            case _:
                return
        end = self._facts.lines.end_of(node)
        if self._within.ends(end):
            self.atoms.setdefault(atom, []).append(end)


class Within:
    """Spans of a text that do not overlap, to be asked for what ends in one."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = sorted(spans)
        self._ends = [span.end for span in self._spans]

    def ends(self, end: int) -> bool:
        """Whether what ends there ends in a span."""
        return self.meets(end - 1, end)

    def meets(self, start: int, end: int) -> bool:
        """Whether anything of ``[start, end)`` stands in a span."""
        at = bisect.bisect_right(self._ends, start)
        return at < len(self._spans) and self._spans[at].start < end


def _instead(atom: tuple[str, str], old: _Region, new: _Region) -> int:
    """How often the new text has a task's word for a thread's."""
    named = atom[0] == "name" and atom[1] in new.defined - old.defined  # a lambda in a variable, now a function
    return named + sum(new.count(word) - old.count(word) for word in _TWINS.get(atom[1], ()))


def _may_go(atom: tuple[str, str], old: _Region) -> bool:
    kind, word = atom
    return kind == "statement" or word.startswith("__") or word in old.free


def _is_said(value: object) -> bool:
    """Whether a constant says something of the program, as a text or a number does, and a flag or a mode does not."""
    if isinstance(value, str):
        return not _MODE.match(value)
    return isinstance(value, (bytes, int, float, complex)) and not isinstance(value, bool)


def _free(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Names that may go: of the replaced libraries, of what is imported, of what holds their objects."""
    found = set(_vocabulary()) | {"_", "self", "cls"}
    for node in nodes:
        match node:
            case ast.alias(name=name, asname=asname):
                found.update([asname] if asname else name.split("."))
            case ast.Attribute(value=value, attr=attribute) if attribute in _vocabulary():
                found.update(_chain(value))
            case ast.Call(func=ast.Attribute(value=value, attr="append" | "add"), args=[item]) if _speaks(item):
                found.add(_last(value))
            case ast.Assign(targets=targets, value=value) if _speaks(value):
                found.update(_bound(targets))
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target) if _speaks(value):
                found.update(_bound([target]))
            case ast.For(iter=value, target=target) if _speaks(value):
                found.update(_bound([target]))
    for node in nodes:
        if isinstance(node, (ast.For, ast.comprehension)) and not found.isdisjoint(_bound([node.target])):
            found.add(_last(node.iter))
            if isinstance(node.iter, ast.Call) and not node.iter.args:
                found.add(_last(node.iter.func))  # ``threads.values()``
    return frozenset(found)


def _chain(value: ast.expr) -> Iterator[str]:
    """The names of ``a.b.c``."""
    yield _last(value)
    if isinstance(value, ast.Attribute):
        yield from _chain(value.value)


def _speaks(value: ast.expr) -> bool:
    """Whether an expression is made with the replaced libraries."""
    return any(_last(node) in _vocabulary() for node in ast.walk(value) if isinstance(node, (ast.Name, ast.Attribute)))


def _bound(targets: Sequence[ast.expr]) -> Iterator[str]:
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
                yield _last(node)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@functools.cache
def _vocabulary() -> frozenset[str]:
    words = {name for api in _APIS for name in dir(api)} - _CONTAINERS - set(dir(builtins)) - {"main", "name", "run"}
    handled = {"BaseException", "exit", "SystemExit", "return"}
    return frozenset(words | _LOOPING | handled | {"start", "close", "get", "put", "join", "addCleanup"})


def _fault(change: FileChange, replacing: Sequence[Patch], places: Sequence[int], message: str) -> Fault:
    patch = next((one for one in replacing if any(one.old.start < place <= one.old.end for place in places)), replacing[0])
    line = Lines(change.new).place(patch.new.start).line
    return Fault(change.path, line, CHECK, message, patch.groups[0] if patch.groups else "")
