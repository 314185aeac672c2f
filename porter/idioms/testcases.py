"""Test cases: tests of what became asynchronous, of ``unittest`` and of ``pytest``.

Rewrites
    ``unittest.TestCase`` → ``unittest.IsolatedAsyncioTestCase``, if one of its tests awaits; ``setUp`` and ``tearDown`` that
    await → ``asyncSetUp``, ``asyncTearDown``; ``addCleanup(f)`` of a coroutine function → ``addAsyncCleanup``;
    ``assertRaises(Error, f, x)`` → ``with assertRaises(Error): await f(x)``. A ``pytest`` test function that awaits gets a
    plain one around it, which runs it with ``asyncio.run``.

Why it means the same
    Each test runs in an event loop of its own, with the same fixtures in the same order. Left as a coroutine, a test of
    ``unittest.TestCase`` would pass without being run.

Declines when
    What would await is called by the test framework without an asynchronous form: ``setUpClass``, a ``pytest`` fixture.

Source
    https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.plain_forms import run_by, run_by_plain
from porter.inference.frontiers import callee, is_cleanup
from porter.inference.program import Module
from porter.inference.values import ClassValue, External
from porter.syntax.shapes import Statements, awaited, with_block
from porter.syntax.templates import fill

NAME = "testcases"

_BEFORE = "import time\nimport unittest\n\n\ndef nap():\n    time.sleep(1)\n\n\n"
_AFTER = "import asyncio\nimport unittest\n\n\nasync def nap():\n    await asyncio.sleep(1)\n\n\n"
EXAMPLES = (
    Example(
        "unittest",
        _BEFORE + "class NapTest(unittest.TestCase):\n    def test_nap(self):\n        self.assertIsNone(nap())\n",
        _AFTER + "class NapTest(unittest.IsolatedAsyncioTestCase):\n    async def test_nap(self):\n"
        "        self.assertIsNone(await nap())\n",
        "a coroutine that TestCase calls would pass without being run",
    ),
)
REFUSALS = (
    Example(
        "set_up_class",
        _BEFORE + "class NapTest(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        nap()\n",
        _BEFORE + "class NapTest(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        nap()\n",
        "it has no asynchronous form; remedy: do it in setUp",
    ),
)

_CASE = "unittest.case.TestCase"
_TWINS = {"setUp": "asyncSetUp", "tearDown": "asyncTearDown"}
_CLEANUPS = {"addCleanup": "addAsyncCleanup"}
_GIVEN_FIRST = {"assertRaises": 1, "assertWarns": 1, "assertRaisesRegex": 2, "assertWarnsRegex": 2}
"""How many arguments stand before the function."""
_FIXTURES = frozenset(("setUpModule", "tearDownModule")) | {
    f"{when}_{what}" for when in ("setup", "teardown") for what in ("module", "class", "method", "function")
}


def propose(view: View) -> Proposal:
    """Edits for test classes, fixtures, and test functions that became coroutines."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for cls in view.inference.program.classes.values():
        if _is_case(view, cls):
            _test_case(view, cls, edits, pins)
    edits += [*_calls(view), *_cleanups(view)]
    for scope in view.colours.causes:
        module = view.module(scope)
        if scope.kind == "function" and _in_test_file(module):
            _pytest(view, module, scope, edits, pins)
    return Proposal(tuple(edits), tuple(pins))


# --- unittest ------------------------------------------------------------------------------------------------------


def _is_case(view: View, cls: ClassValue) -> bool:
    outside = view.inference.state.outside
    return any(isinstance(base, External) and outside.is_subclass(base.name, _CASE) for base in cls.mro)


def _test_case(view: View, cls: ClassValue, edits: list[Edit], pins: list[Pin]) -> None:
    module = view.module(cls.scope)
    outside = view.inference.state.outside
    for scope in cls.scope.children:
        if scope.kind != "function" or scope not in view.colours.causes:
            continue
        if scope.name in _TWINS:
            edits.append(view.edit(NAME, module, scope.node, "rename_def", name=_TWINS[scope.name]))
            edits += _calls_by_name(view, scope)
            edits += _inherited(view, module, scope)
        elif outside.has_member(_CASE, scope.name) or scope.name in _FIXTURES:
            reason = f"`unittest` calls `{scope.name}` without awaiting it"
            pins.append(Pin(scope, scope.node, reason, "do it in `setUp`"))
    if _awaits(view, cls):
        for base in getattr(cls.scope.node, "bases", ()):
            found = view.inference.program.resolve(base, cls.scope.parent or cls.scope)
            if isinstance(found, External) and outside.public(found.name).endswith("TestCase"):
                edits += _isolated(view, module, base, found)


def _awaits(view: View, cls: ClassValue) -> bool:
    """Whether the class, or a subclass in the program, has a coroutine that the framework must await."""
    for one in view.inference.program.descendants(cls):
        for scope in one.scope.children:
            if scope in view.colours.causes:
                return True
    return any(
        role == "callback" and site.caller.parent in {one.scope for one in view.inference.program.descendants(cls)}
        for (_, role), site in view.colours.awaited.items()
    )


def _isolated(view: View, module: Module, base: ast.expr, found: External) -> Iterator[Edit]:
    if view.inference.state.outside.is_subclass(found.name, "unittest.async_case.IsolatedAsyncioTestCase"):
        return
    if found.name != _CASE and not found.name.endswith("unittest.TestCase"):
        return
    if isinstance(base, ast.Attribute):
        yield view.edit(NAME, module, base, "attribute", name="IsolatedAsyncioTestCase")
    else:
        imports = ("from unittest import IsolatedAsyncioTestCase",)
        yield view.edit(NAME, module, base, "replace_expression", imports=imports, code="IsolatedAsyncioTestCase")


def _calls_by_name(view: View, scope: Scope) -> Iterator[Edit]:
    """``super().setUp()``."""
    for site in view.inference.callers(scope):
        if site.role == "call" and isinstance(site.node, ast.Call) and isinstance(site.node.func, ast.Attribute):
            yield view.edit(NAME, view.module(site.caller), site.node.func, "attribute", name=_TWINS[scope.name])


def _inherited(view: View, module: Module, scope: Scope) -> Iterator[Edit]:
    """``super().setUp()`` that reaches the framework's own, in what became ``asyncSetUp``."""
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Call) and callee(view.inference, node).endswith(f"TestCase.{scope.name}"):
            yield view.edit(NAME, module, node, "inherited", name=_TWINS[scope.name])


def _calls(view: View) -> Iterator[Edit]:
    """Coroutine functions handed to methods of a test case."""
    for (node, role), site in view.colours.awaited.items():
        name = callee(view.inference, node).rpartition(".")[2]
        if role != "callback" or not isinstance(node, ast.Call):
            continue
        module = view.module(site.caller)
        if name in _CLEANUPS and isinstance(node.func, ast.Attribute):
            yield view.edit(NAME, module, node.func, "attribute", name=_CLEANUPS[name])
        elif name in _GIVEN_FIRST:
            statement = module.facts.statement(node)
            yield view.edit(NAME, module, statement, "assertion", given=_GIVEN_FIRST[name])


def _cleanups(view: View) -> Iterator[Edit]:
    """``addCleanup(thread.join)``, ``addCleanup(time.sleep, 1)``: what blocks outside the program, as a clean-up."""
    for b, decision in view.decisions.items():
        node = b.site.node
        if not decision.awaited or not is_cleanup(view.inference, b.site) or not isinstance(node, ast.Call):
            continue
        module = view.module(b.site.caller)
        if decision.outcome == "offloaded":
            yield view.edit(NAME, module, node, "cleanup", imports=("import asyncio",), func="asyncio.to_thread", hop=True)
        elif decision.outcome == "ported" and b.row.becomes == "await" and not b.row.idiom:
            home = b.row.asyncio.rpartition(".")[0]
            yield view.edit(NAME, module, node, "cleanup", imports=(f"import {home}",), func=b.row.asyncio, hop=False)
        elif decision.outcome == "ported" and isinstance(node.func, ast.Attribute):
            yield view.edit(NAME, module, node.func, "attribute", name=_CLEANUPS["addCleanup"])


# --- pytest --------------------------------------------------------------------------------------------------------


def _in_test_file(module: Module) -> bool:
    name = module.source.path.name
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def _pytest(view: View, module: Module, scope: Scope, edits: list[Edit], pins: list[Pin]) -> None:
    node = scope.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    if _is_fixture(view, scope, node):
        reason = "`pytest` fixtures cannot await, unless a plugin runs them"
        pins.append(Pin(scope, node, reason, "start the event loop in the tests, or use pytest-asyncio"))
    elif _is_test(view, scope):
        if any(site.role != "callback" for site in view.inference.callers(scope)) or scope.is_generator:
            reason = f"`{scope.name}` is a test, and is called by the program as well"
            pins.append(Pin(scope, node, reason, "move what it does into a function of another name"))
        else:
            edits.append(run_by_plain(view, NAME, module, scope))


def _is_fixture(view: View, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if scope.name in _FIXTURES:
        return True
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(target) in ("pytest.fixture", "fixture"):
            return True
    return False


def _is_test(view: View, scope: Scope) -> bool:
    """Whether pytest collects the function."""
    parent = scope.parent
    if not scope.name.startswith("test") or parent is None:
        return False
    if parent.kind == "module":
        return True
    if parent.kind != "class" or not parent.name.startswith("Test"):
        return False
    return not _is_case(view, view.inference.program.classes[parent])


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``rename_def``, ``attribute`` (``name``); ``assertion`` (``given``) of a statement; ``run_by_plain`` of a function."""
    data = edit.data
    match edit.action, node:
        case "rename_def", cst.FunctionDef():
            return node.with_changes(name=cst.Name(str(data["name"])))
        case "attribute", cst.Attribute():
            return node.with_changes(attr=cst.Name(str(data["name"])))
        case "inherited", cst.Call(func=cst.Attribute() as func):
            return awaited(node.with_changes(func=func.with_changes(attr=cst.Name(str(data["name"])))))
        case "cleanup", cst.Call():
            return _cleaned_up(node, str(data["func"]), hop=bool(data["hop"]))
        case "assertion", cst.Expr(value=cst.Call() as call):
            return (_assertion(call, int(str(data["given"]))),)
        case "run_by_plain", cst.FunctionDef():
            return run_by(edit, node)
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return filled


def _cleaned_up(call: cst.Call, func: str, *, hop: bool) -> cst.Call:
    """``self.addAsyncCleanup(func, ...)``: before the function, for a hop by a thread, or in its place."""
    given = cst.ensure_type(call.func, cst.Attribute)
    first = cst.Arg(cst.parse_expression(func))
    space = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    args = (
        [first.with_changes(comma=space), *call.args] if hop else [call.args[0].with_changes(value=first.value), *call.args[1:]]
    )
    return call.with_changes(func=given.with_changes(attr=cst.Name(_CLEANUPS["addCleanup"])), args=args)


def _assertion(call: cst.Call, given: int) -> cst.With:
    """``with self.assertRaises(Error): await f(x)``."""
    *first, last = call.args[:given]
    head = call.with_changes(args=[*first, last.with_changes(comma=cst.MaybeSentinel.DEFAULT)])
    inner = awaited(cst.Call(call.args[given].value, call.args[given + 1 :]))
    return with_block([cst.WithItem(head)], cst.Expr(inner))
