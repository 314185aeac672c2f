"""Loops: ``for`` over what became asynchronous, where ``async for`` alone would not do.

Rewrites
    ``for number, line in enumerate(lines(), 1)`` → a counter beside ``async for line in lines()``; a loop that is left by
    ``break`` or ``return``, over a generator with a ``finally`` or ``with`` around its ``yield`` → the same loop inside
    ``async with contextlib.aclosing(lines()) as ...``.

Why it means the same
    A plain generator that a loop drops is closed at once, since nobody refers to it any more; an asynchronous one would be
    closed later, by the event loop, in a task of its own. ``aclosing`` closes it where the loop is left.

Declines when
    The counter of ``enumerate`` is changed in the loop, or is read behind it and held something else before.

Source
    https://docs.python.org/3/library/contextlib.html#contextlib.aclosing
"""

from __future__ import annotations

import ast
from dataclasses import replace

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.inference.frontiers import callee
from porter.inference.iterables import NESTED, cleans_up, culprit, kinds, names_in
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.values import GeneratorValue
from porter.syntax.names import free
from porter.syntax.shapes import Statements, body_of, call, expression, parenthesised, statements, with_block

NAME = "loops"

_SLOW = "import time\n\n\ndef words():\n    time.sleep(1)\n    yield 'a'\n\n\n"
_ASYNC = "import asyncio\n\n\nasync def words():\n    await asyncio.sleep(1)\n    yield 'a'\n\n\n"
EXAMPLES = (
    Example(
        "enumerate",
        _SLOW + "def main():\n    for number, word in enumerate(words(), 1):\n        print(number, word)\n",
        _ASYNC + "async def main():\n    number = 1\n    async for word in words():\n"
        "        print(number, word)\n        number += 1\n",
        "enumerate cannot take an asynchronous generator",
    ),
    Example(
        "enumerate_with_continue",
        _SLOW + "def main():\n    for number, word in enumerate(words()):\n        if not word:\n            continue\n"
        "        print(number, word)\n",
        _ASYNC + "async def main():\n    number = -1\n    async for word in words():\n        number += 1\n"
        "        if not word:\n            continue\n        print(number, word)\n",
        "a counter at the end of the body would be skipped",
    ),
)
REFUSALS = (
    Example(
        "enumerate_with_a_counter_that_is_set",
        _SLOW + "def main():\n    for number, word in enumerate(words()):\n        number *= 2\n        print(number, word)\n",
        _SLOW + "def main():\n    for number, word in enumerate(words()):\n        number *= 2\n        print(number, word)\n",
        "enumerate goes on counting whatever the loop does to its variable; remedy: count by hand",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each such loop."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for (node, role), site in view.colours.awaited.items():
        if role not in ("iterate", "next") or (site.caller.kind == "module" and site.caller not in view.wrapped):
            continue
        module = view.module(site.caller)
        loop = module.facts.parents.get(node)
        if not (isinstance(loop, ast.For) and loop.iter is node and isinstance(node, ast.Call)):
            continue
        if callee(view.inference, node) == "builtins.enumerate":
            made = _counted(view, module, site, loop, node)
            if isinstance(made, Edit) and node.args and _left_early(loop) and _has_cleanup(view, module, node.args[0]):
                name = _holder(site.caller, node.args[0])
                made = replace(made, data={**made.data, "closing": name}, imports=("import contextlib",))
            (edits if isinstance(made, Edit) else pins).append(made)  # type: ignore[arg-type]
        elif _left_early(loop) and _has_cleanup(view, module, node):
            edits.append(_closing(view, module, site.caller, loop, node))
    return Proposal(tuple(edits), tuple(pins))


# --- enumerate -----------------------------------------------------------------------------------------------------


def _counted(view: View, module: Module, site: Site, loop: ast.For, node: ast.Call) -> Edit | Pin:
    reason = _cannot_count(view, module, site.caller, loop, node)
    first = _counts_first(site.caller, module, loop) if not reason else False
    start = _start(node)
    before = start.value - 1 if isinstance(start, ast.Constant) and isinstance(start.value, int) else None
    if first and before is None:
        reason = "the counter of `enumerate` starts at a number that is computed, and is needed before its loop's end"
    elif first and not _may_begin(module, site.caller, loop, before):
        reason = "the counter of `enumerate` holds something else before its loop, and is read behind it"
    if reason:
        return Pin(culprit(view.colours, site) or site.caller, node, reason, "count by hand, in a variable of your own")
    assert isinstance(loop.target, ast.Tuple)
    name = ast.unparse(loop.target.elts[0])
    if first:
        begun = _begun(module, loop, name, before)
        said = f"{before + 1} - 1" if before is not None and before > 0 else str(before)
        return view.edit(NAME, module, loop, "counted_first", whole=True, name=name, before="" if begun else said)
    return view.edit(NAME, module, loop, "counted", whole=True, name=name, start=len(node.args) + len(node.keywords) > 1)


def _start(node: ast.Call) -> ast.expr:
    given = node.args[1] if len(node.args) > 1 else next((k.value for k in node.keywords), None)
    return given if given is not None else ast.Constant(0)


def _counts_first(scope: Scope, module: Module, loop: ast.For) -> bool:
    """Whether the counter must be right throughout: a ``continue`` would skip what counts last, and what follows reads it."""
    assert isinstance(loop.target, ast.Tuple) and isinstance(loop.target.elts[0], ast.Name)
    counter = loop.target.elts[0]
    if any(isinstance(one, ast.Continue) for one in _of_loop(loop)):
        return True
    inside = set(ast.walk(loop))
    named = (other for other in ast.walk(scope.node) if isinstance(other, ast.Name) and other.id == counter.id)
    return any(other not in inside and _reads_what_is_left(module, other) for other in named)


def _may_begin(module: Module, scope: Scope, loop: ast.For, before: int | None) -> bool:
    """Whether the counter may be one less than its start where the loop had nothing to count: it is so, or nothing, anyway."""
    assert isinstance(loop.target, ast.Tuple) and isinstance(loop.target.elts[0], ast.Name)
    counter = loop.target.elts[0]
    for other in ast.walk(scope.node):
        if isinstance(other, ast.Name) and other.id == counter.id and other is not counter and isinstance(other.ctx, ast.Store):
            statement = module.facts.parents.get(other)
            value = statement.value if isinstance(statement, ast.Assign) else None
            if other.lineno < loop.lineno and not (isinstance(value, ast.Constant) and value.value == before):
                return False
    return True


def _begun(module: Module, loop: ast.For, name: str, before: int | None) -> bool:
    """Whether the statement before the loop sets the counter already."""
    block = getattr(module.facts.parents[loop], "body", [])
    position = block.index(loop) if loop in block else 0
    match block[position - 1 : position]:
        case [ast.Assign(targets=[ast.Name(id=other)], value=ast.Constant(value=value))]:
            return other == name and value == before
        case [ast.Assign(targets=[ast.Name(id=other)], value=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))))]:
            return other == name and -value == before
    return False


def _cannot_count(view: View, module: Module, scope: Scope, loop: ast.For, node: ast.Call) -> str:
    if not node.args or kinds(view.inference, view.colours, module, node.args[0]) != {True}:
        return "`enumerate` may be given a plain iterable here as well"
    if not (isinstance(loop.target, ast.Tuple) and len(loop.target.elts) == 2 and isinstance(loop.target.elts[0], ast.Name)):
        return "`enumerate` takes its elements bit by bit and does not await them"
    counter = loop.target.elts[0]
    for other in ast.walk(scope.node):
        if isinstance(other, ast.Name) and other.id == counter.id and other is not counter:
            if _disturbs(module, loop, other):
                return f"`{counter.id}`, which `enumerate` counts, is set in its loop"
    return ""


def _disturbs(module: Module, loop: ast.For, name: ast.Name) -> bool:
    """Whether a use of the counter's name changes it in the loop."""
    return loop in _around(module, name) and not isinstance(name.ctx, ast.Load)


def _reads_what_is_left(module: Module, name: ast.Name) -> bool:
    """Whether a use of the counter's name outside of the loop reads what the loop has left in it."""
    loops = [at.target for at in _around(module, name) if isinstance(at, ast.For)]
    bound_anew = any(isinstance(n, ast.Name) and n.id == name.id for target in loops for n in ast.walk(target))
    return isinstance(name.ctx, ast.Load) and not bound_anew


def _around(module: Module, name: ast.Name) -> list[ast.AST]:
    around: list[ast.AST] = [name]
    while around[-1] in module.facts.parents:
        around.append(module.facts.parents[around[-1]])
    return around


def _of_loop(loop: ast.For) -> list[ast.AST]:
    """The statements of a loop's body that are no part of an inner loop or function."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = list(loop.body)
    while stack:
        node = stack.pop()
        found.append(node)
        if not isinstance(node, (ast.For, ast.While, ast.AsyncFor, *NESTED)):
            stack.extend(ast.iter_child_nodes(node))
    return found


# --- leaving early -------------------------------------------------------------------------------------------------


def _left_early(loop: ast.For) -> bool:
    if any(isinstance(one, ast.Break) for one in _of_loop(loop)):
        return True
    stack: list[ast.AST] = list(loop.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Return):
            return True
        if not isinstance(node, NESTED):
            stack.extend(ast.iter_child_nodes(node))
    return False


def _has_cleanup(view: View, module: Module, node: ast.expr) -> bool:
    """Whether the call makes a generator, which nobody else holds, that has something to do at its end."""
    values = view.values(node, module)
    made = [value for value in values if isinstance(value, GeneratorValue)]
    called = view.inference.site(node)
    fresh = called is not None and all(value.function.scope in called.functions for value in made)
    return bool(made) and fresh and any(cleans_up(value.function.scope) for value in made)


def _closing(view: View, module: Module, scope: Scope, loop: ast.For, node: ast.Call) -> Edit:
    name = _holder(scope, node)
    return view.edit(NAME, module, loop, "closing", whole=True, imports=("import contextlib",), name=name)


def _holder(scope: Scope, node: ast.expr) -> str:
    """A name for the generator that a call makes."""
    taken = names_in(scope)
    func = node.func if isinstance(node, ast.Call) else node
    called = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    wanted = called.lstrip("_") if called.endswith("s") and called not in taken else "items"
    return free(wanted or "items", taken)


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``counted`` (``name``, ``start``: whether a start is given) and ``closing`` (``name``) of whole loops."""
    loop = cst.ensure_type(node, cst.For)
    name = str(edit.data["name"])
    if edit.action == "closing":
        return _closed((loop,), name)
    if edit.action == "counted":
        counted = _with_counter(loop, name, bool(edit.data["start"]))
    else:
        counted = _counting_first(loop, name, str(edit.data["before"]))
    return _closed(counted, str(edit.data["closing"])) if "closing" in edit.data else counted


def _closed(made: Statements, name: str) -> Statements:
    """The loop, which stands last, inside a block that closes what it loops over."""
    *before, last = made
    loop = cst.ensure_type(last, cst.For)
    item = cst.WithItem(call("contextlib.aclosing", loop.iter), cst.AsName(cst.Name(name)))
    return (*before, with_block([item], [loop.with_changes(iter=cst.Name(name))], asynchronous=True))


def _counting_first(loop: cst.For, name: str, before: str) -> Statements:
    """The counter moves on where an element has come; ``before``: what it is set to, if anything."""
    enumeration = cst.ensure_type(loop.iter, cst.Call)
    target = _bare(cst.ensure_type(loop.target, cst.Tuple).elements[1].value)
    step = statements(f"{name} += 1\n")
    rest = [one for one in body_of(loop.body) if not _says_nothing(one)]
    if isinstance(loop.body, cst.IndentedBlock):
        body = loop.body.with_changes(body=[*step, *loop.body.body] if rest else step)
    else:
        body = cst.IndentedBlock([*step, *rest])
    iterable = enumeration.args[0].value
    if isinstance(iterable, cst.GeneratorExp):
        iterable = parenthesised(iterable)
    counted = loop.with_changes(target=target, iter=iterable, body=body, asynchronous=cst.Asynchronous())
    return (*(statements(f"{name} = {before}\n") if before else ()), counted)


def _bare(target: cst.BaseExpression) -> cst.BaseExpression:
    """``a, b`` of ``number, (a, b)``."""
    return target.with_changes(lpar=(), rpar=()) if isinstance(target, cst.Tuple) and len(target.elements) > 1 else target


def _says_nothing(statement: cst.CSTNode) -> bool:
    """``pass``, without a comment."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Pass()], leading_lines=[], trailing_whitespace=behind):
            return behind.comment is None
    return False


def _with_counter(loop: cst.For, name: str, given: bool) -> Statements:
    enumeration = cst.ensure_type(loop.iter, cst.Call)
    target = _bare(cst.ensure_type(loop.target, cst.Tuple).elements[1].value)
    start = enumeration.args[1].value if given else expression("0")
    iterable = enumeration.args[0].value
    if isinstance(iterable, cst.GeneratorExp):
        iterable = parenthesised(iterable)
    step = statements(f"{name} += 1\n")
    if isinstance(loop.body, cst.IndentedBlock):
        headless = loop.body.with_changes(header=cst.TrailingWhitespace())
        body = loop.body.with_changes(body=[*body_of(headless), *step], footer=())
    else:
        body = cst.IndentedBlock([*body_of(loop.body), *step])
    counted = loop.with_changes(target=target, iter=iterable, body=body, asynchronous=cst.Asynchronous())
    return (*statements(f"{name} = {{start}}\n", start=start), counted)
