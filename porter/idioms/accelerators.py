"""Accelerators: a C version of a class whose Python version became asynchronous.

Rewrites
    ``try: from _spam import Queue`` with ``except ImportError:`` and a fallback → the fallback, where the class of that name
    that the module writes in Python has coroutines now.

Why it means the same
    The C version does what the Python version does, by blocking; the Python version is the one that was ported.

Declines when
    The ``try`` does anything else, or nothing of the Python version waits.

Source
    https://peps.python.org/pep-0399/
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.program import Module
from porter.inference.values import ClassValue
from porter.syntax.shapes import Statements, body_of, leading_lines

NAME = "accelerators"

_PYTHON = (
    "class _PyGate:\n    def __init__(self):\n        self._free = threading.Semaphore(0)\n\n"
    "    def open(self):\n        self._free.release()\n\n    def wait(self):\n        self._free.acquire()\n\n\n"
    "if Gate is None:\n    Gate = _PyGate\n"
)
EXAMPLES = (
    Example(
        "fallback",
        "import threading\n\ntry:\n    from _gate import Gate\nexcept ImportError:\n    Gate = None\n\n\n" + _PYTHON,
        "import asyncio\n\nGate = None\n\n\n"
        + _PYTHON.replace("threading", "asyncio")
        .replace("def wait", "async def wait")
        .replace("self._free.a", "await self._free.a"),
        "the C class would block the loop",
    ),
)
REFUSALS: tuple[Example, ...] = ()


def propose(view: View) -> Proposal:
    """An edit for each such ``try``."""
    edits: list[Edit] = []
    for module in view.targets:
        for statement in module.facts.tree.body:
            names = _accelerated(statement)
            if names and any(_waits(view, module, name) for name in names):
                edits.append(view.edit(NAME, module, statement, "fallback", whole=True))
    return Proposal(tuple(edits))


def _accelerated(statement: ast.stmt) -> list[str]:
    """The names that a ``try`` imports from a private module, if it can do without."""
    match statement:
        case ast.Try(
            body=[ast.ImportFrom(module=str(source), level=0, names=names)],
            handlers=[ast.ExceptHandler(type=ast.Name(id="ImportError" | "ModuleNotFoundError"), name=None)],
            orelse=[],
            finalbody=[],
        ) if source.startswith("_"):
            return [alias.asname or alias.name for alias in names]
    return []


def _waits(view: View, module: Module, name: str) -> bool:
    """Whether the module binds the name to a class of its own that has coroutines."""
    program = view.inference.program
    for node in module.facts.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                found = program.resolve(value, module.facts.scope_of(node))
            case ast.ClassDef(name=target) if target == name and module.facts.scope_of(node) is module.facts.module:
                found = program.classes.get(module.facts.scopes[node])
            case _:
                continue
        if isinstance(found, ClassValue) and any(child in view.colours.causes for child in found.scope.children):
            return True
    return False


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``fallback``: what the handler does, without the ``try``."""
    statement = cst.ensure_type(node, cst.Try)
    body = [one for one in body_of(statement.handlers[0].body) if not _is_pass(one)]
    if body:
        body[0] = body[0].with_changes(leading_lines=leading_lines(statement))
    return tuple(body)


def _is_pass(statement: cst.BaseStatement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Pass()]):
            return True
    return False
