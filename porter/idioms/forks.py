"""Forks: a child process is no place to go on with the loop of its parent.

Rewrites
    ``os.dup2(connection.fileno(), 0)`` in a child that ends by itself → the same, and ``os.set_blocking(0, True)``, since the
    program that it starts expects that. Once the parent has waited for the child, its own is set back.

    What such a child waits for itself, ``serve(connection)`` → ``asyncio.run(serve(connection))``.

Why it means the same
    What would fork in a coroutine stays synchronous, and with it what it calls. Beside a loop that runs, the child would have
    a copy of it that asyncio does not let it use, and the descriptor by which the parent waits. A child that runs another
    program, or ends, whatever happens, does not use it; and may have a loop of its own, since asyncio asks for the process.

Declines when
    A coroutine would call ``os.fork``, ``os.forkpty`` or ``pty.fork``, and the child may run on, or waits otherwise than by a
    call, or is given an async connection in another way. A plain function that forks stays as it is; it may not be called by
    a coroutine if its child comes back to the caller.

Source
    https://docs.python.org/3/library/os.html#os.fork
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.fork_children import Fork, calls, fork_at, runs_on, uses_streams
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.values import ExternalInstance
from porter.syntax.shapes import Statements, call
from porter.syntax.templates import fill

NAME = "forks"
_FORKS = frozenset(("os.fork", "os.forkpty", "pty.fork"))
_REAPS = frozenset(("os.wait",))
_REMEDY = "fork before the loop runs, or start the child with subprocess"

_PLAIN = (
    "import os\n\n\ndef start(command):\n    if os.fork() == 0:\n        os.execvp(command[0], command)\n\n\n"
    "def main():\n    start(['true'])\n"
)
_WAITS = (
    "import os\nimport time\n\n\ndef main():\n    if os.fork() == 0:\n        time.sleep(1)\n        os._exit(0)\n"
    "    time.sleep(2)\n\n\nmain()\n"
)
_OWN = """\
import os


async def main():
    if os.fork() == 0:
        try:
            asyncio.run(asyncio.sleep(1))
        finally:
            os._exit(0)
    await asyncio.sleep(2)


asyncio.run(main())
"""
_WAITS_AND_ENDS = (
    _OWN.replace("asyncio.run(asyncio.sleep(1))", "time.sleep(1)")
    .replace("import os\n", "import os\nimport time\n")
    .replace("await asyncio", "time")
    .replace("asyncio.run(main())", "main()")
    .replace("async ", "")
)
_ENDS = (
    "import os\n{0}\n\n{1}def run(command):\n    child = os.fork()\n    if child == 0:\n        try:\n"
    "            os.execvp(command[0], command)\n        except BaseException:\n            os._exit(127)\n    {2}(1)\n"
)
EXAMPLES = (
    Example(
        "child_runs_another_program",
        _ENDS.format("import time\n", "", "time.sleep"),
        _ENDS.format("", "async ", "await asyncio.sleep").replace("import os\n", "import asyncio\nimport os\n", 1),
        "the child leaves the loop alone, whatever happens",
    ),
    Example("child_with_a_loop_of_its_own", _WAITS_AND_ENDS, "import asyncio\n" + _OWN, "the child never comes back"),
)
REFUSALS = (
    Example("forks_and_waits", _WAITS, _WAITS, "the child has no loop to wait by; remedy: " + _REMEDY),
    Example("forks_only", _PLAIN, _PLAIN, "nothing here waits"),
)


def propose(view: View) -> Proposal:
    """Pins for the coroutines that would fork; descriptors of connections that a child takes along."""
    outside = view.inference.state.outside
    pins: list[Pin] = []
    edits: list[Edit] = []
    for site in view.inference.sites:
        name = next((outside.public(one) for one in site.externals if outside.public(one) in _FORKS), "")
        if not name or site.role != "call" or not isinstance(site.node, ast.Call):
            continue
        module = view.module(site.caller)
        problem = f"`{name}` would copy a running event loop, which the child cannot use"
        if not view.in_coroutine(site.caller):
            kept = module.facts.kept.intersection((site.node.lineno, getattr(site.caller.node, "lineno", 0)))
            if not kept and runs_on(view, module, site.node):
                pins.extend(Pin(one.caller, one.node, problem, _REMEDY) for one in _coroutines_above(view, site.caller))
            continue
        fork = fork_at(view, module, site.node)
        if fork is not None:
            problem = _problem(view, module, fork)
            edits.extend(_handed_over(view, module, fork))
            edits.extend(view.edit(NAME, module, node, "run", imports=("import asyncio",)) for node, _ in _waits(view, fork))
        if problem:
            pins.append(Pin(site.caller, site.node, problem, _REMEDY))
    return Proposal(tuple(edits), tuple(pins))


def _coroutines_above(view: View, scope: Scope) -> Iterator[Site]:
    """Where coroutines call a plain function, or what calls it in turn: its child would come back to them."""
    seen, work = {scope}, [scope]
    while work:
        for site in view.inference.callers(work.pop()):
            if site.role != "call" or site.caller in seen:
                continue
            if view.in_coroutine(site.caller):
                yield site
            else:
                seen.add(site.caller)
                work.append(site.caller)


def _problem(view: View, module: Module, fork: Fork) -> str:
    """Why a child that ends by itself is in the way all the same, or ``""``."""
    if any(role != "call" or not isinstance(node, ast.Call) for node, role in _waits(view, fork)):
        return "the child waits for something, and cannot use the event loop that it has a copy of"
    if _uses_streams(view, fork):
        return "the child uses streams, which belong to the event loop of its parent"
    lent = list(_lent(view, module, fork))
    if any(one.statement is None for one in lent):
        return "the child takes along the descriptor of an async connection, which does not wait"
    if lent and _reaping(view, fork) is None:
        return "the child shares an async connection with its parent, which does not wait for the child"
    return ""


def _waits(view: View, fork: Fork) -> list[tuple[ast.AST, str]]:
    """What the child waits for."""
    nodes = {node for statement in fork.child for node in ast.walk(statement)}
    awaited = [(b.site.node, b.site.role) for b, decision in view.decisions.items() if decision.awaited]
    return list(dict.fromkeys(one for one in (*view.colours.awaited, *awaited) if one[0] in nodes))


def _uses_streams(view: View, fork: Fork) -> bool:
    """Whether what the child runs uses connections that it did not make, and that become pairs of streams."""
    nodes = {node for statement in fork.child for node in ast.walk(statement)}
    sites = (view.inference.site(node) for node in nodes)
    return uses_streams(view, nodes, [function for site in sites if site is not None for function in site.functions])


@dataclass(frozen=True, slots=True, eq=False)
class _Lent:
    """A connection whose descriptor a child uses; the ``os.dup2`` by which, if it is that."""

    connection: ast.expr
    statement: ast.Expr | None


def _lent(view: View, module: Module, fork: Fork) -> Iterator[_Lent]:
    for outer in fork.child:
        for node in ast.walk(outer):
            match node:
                case ast.Call(func=ast.Attribute(value=connection, attr="fileno")):
                    group = view.sockets.group(view.values(connection, module))
                    if group is not None and group.lowering != "refused":
                        yield _Lent(connection, _copying(view, module, node) if group.lowering == "object" else None)


def _copying(view: View, module: Module, descriptor: ast.Call) -> ast.Expr | None:
    """The statement ``os.dup2(descriptor, 0)``, or with a name in the place of the number."""
    statement = module.facts.statement(descriptor)
    match statement:
        case ast.Expr(value=ast.Call(args=[given, ast.Constant() | ast.Name()], keywords=[])) if given is descriptor:
            return statement if calls(view, statement, frozenset(("os.dup2",))) else None
    return None


def _reaping(view: View, fork: Fork) -> ast.stmt | None:
    """The statement of the parent that waits for a child."""
    return next((statement for statement in fork.parent if calls(view, statement, _REAPS)), None)


def _handed_over(view: View, module: Module, fork: Fork) -> Iterator[Edit]:
    """The child's copies wait; the parent's connections do not, once the child is done with them."""
    reaping = _reaping(view, fork)
    seen: set[object] = set()
    for lent in _lent(view, module, fork):
        if lent.statement is None or reaping is None:
            return
        copied = lent.statement.value
        assert isinstance(copied, ast.Call)
        code = f"os.set_blocking({ast.unparse(copied.args[1])}, True)"
        imports = ("import os",)
        yield view.edit(NAME, module, lent.statement, "insert", where="after", imports=imports, code=code)
        shared = {_socket(value) for value in view.values(lent.connection, module)}
        if not seen & shared:
            code = f"os.set_blocking({ast.unparse(lent.connection)}.fileno(), False)  # the child let it block"
            yield view.edit(NAME, module, reaping, "insert", where="after", imports=imports, code=code)
        seen |= shared


def _socket(value: object) -> object:
    """The socket of a file, or the socket itself."""
    return value.maker if isinstance(value, ExternalInstance) and value.maker is not None else value


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``run``: in a loop of its own, what the child awaited; ``insert``: a descriptor's flag."""
    if edit.action == "run":
        waiting = cst.ensure_type(node, cst.Await)
        return call("asyncio.run", waiting.expression.with_changes(lpar=(), rpar=()))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
