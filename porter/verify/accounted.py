"""Closed, against the source: what the account calls ported waits in the new text, and what waits there has a cause.

Two directions. A call of a user's own row, of which no type tells that it is asynchronous, is awaited, entered or looped
over as the row says. And where the source waited for nothing, the new text awaits nothing of which nobody knows that it
can be awaited: neither a coroutine function of the program, nor a stub, nor a blocking call that the plan ported there.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from porter.catalogue import Catalogue
from porter.inference.program import Module
from porter.inference.values import Instance, Value
from porter.plan.model import FileChange, Plan
from porter.project.settings import Settings
from porter.syntax.places import Span
from porter.verify.changed import ChangedFile
from porter.verify.dead import is_dead
from porter.verify.finding import Finding
from porter.verify.gives import given, is_asynchronous_next
from porter.verify.handed import function_of
from porter.verify.names import defined_colours
from porter.verify.values import iteration
from porter.verify.view import View

ACCOUNT = "account"
AWAIT = "await"
_WAITING = ("await", "async with", "async for")
_LOWERED = ("streams", "split", "factory", "helper")
"""What becomes something else that waits; closing apart, which a lowering may leave to others."""
_AT_ONCE = frozenset(("close", "put"))
"""Calls that a lowering may carry out without waiting: a queue without a limit takes what it is given at once."""
_ASKS_ONLY = re.compile(r"\bFalse\b|[(=] ?0(\.0*)?\)")
"""``acquire(False)``, ``wait(0)``: calls that do not wait."""
_SUPPORT = re.compile(r"_aio_\w+")
"""What a copied module is given it awaits: ``until(queue.get, None)``, ``scheduler(time.monotonic, asyncio.sleep)``."""
_AWAITS = re.compile(r"\b(await|async)\b")
_OF_GENERATORS = ("aclose", "asend", "athrow")
_ASYNCHRONOUS = ("coroutine", "future", "mixed")


def check(view: View, plan: Plan, files: Mapping[str, ChangedFile], settings: Settings, rows: Catalogue) -> Iterator[Finding]:
    """Ported calls that do not wait, and awaits without a cause, in the files that change."""
    own = {str(row.get("blocking")) for row in settings.catalogue}
    for module in view.modules:
        file = files.get(module.source.shown)
        if file is None or not file.change.old:
            continue
        change = file.change
        calls = [call for call in plan.calls if call.path == change.path]
        ported: dict[Span, bool] = {}
        for call in calls:
            row = rows.row(call.callee)
            if call.outcome != "ported" or row is None:
                continue
            if row.becomes in (*_WAITING, *_LOWERED) and row.tail not in _AT_ONCE:
                ported[call.span] = call.callee in own
        yield from _unwaited(view, module, change, ported)
        yield from _without_cause(view, module, change, [call.span for call in calls])
        yield from _unsaid(view, module, file, plan)


# --- what is ported waits ----------------------------------------------------------------------------------------------


def _unwaited(view: View, module: Module, change: FileChange, ported: Mapping[Span, bool]) -> Iterator[Finding]:
    """Stretches of the new text with fewer waits than ported calls of the user's rows, or none for others."""
    calls: dict[Span, list[Span]] = defaultdict(list)
    for span in sorted(ported):
        if ported[span] or not _ASKS_ONLY.search(span.cut(change.old)):
            calls[_new_place(span, change)].append(span)
    waits = [(module.facts.span(node), is_call) for node, is_call in _waits(view, module)] if calls else []
    for place, spans in calls.items():
        least = sum(ported[span] for span in spans)
        found = [is_call for one, is_call in waits if place.start <= one.start and one.end <= place.end]
        if sum(found) < least or not found:
            text = " ".join(spans[0].cut(change.old).split())
            node = _node_at(module, place)
            yield Finding(module, node, ACCOUNT, f"`{text[:60]}` of the source is counted as ported, and nothing waits here")


def _waits(view: View, module: Module) -> Iterator[tuple[ast.expr, bool]]:
    """What is awaited, entered or looped over asynchronously, or handed on or to asyncio; and whether a call may be meant.

    A future that is kept may be awaited by its name; a user's row is a call.
    """
    for node in view.nodes(module, ast.Await):
        yield node.value, isinstance(node.value, ast.Call)
    for statement in view.nodes(module, ast.AsyncWith):
        yield from ((item.context_expr, True) for item in statement.items)
    for loop in view.nodes(module, ast.AsyncFor):
        yield loop.iter, True
    for generator in view.nodes(module, ast.comprehension):
        if generator.is_async:
            yield generator.iter, True
    for function in view.nodes(module, ast.Lambda):
        if isinstance(function.body, ast.Call) and given(view, function.body).kind in _ASYNCHRONOUS:
            yield function.body, True  # whoever calls it awaits what it hands on
    for call in view.nodes(module, ast.Call):
        if _is_of_support(call.func) or any(_takes_what_waits(name) for name in view.callees(call)):
            yield from ((argument, True) for argument in call.args)


def _takes_what_waits(name: str) -> bool:
    """Whether an outside callable awaits what it is given."""
    return name.startswith("asyncio.") or name.endswith("TestCase.addAsyncCleanup")


def _is_of_support(func: ast.expr) -> bool:
    """Whether a callee is written as an attribute of a copied module, or of what it gives."""
    inner: ast.expr | None = None
    while isinstance(func, (ast.Attribute, ast.Call, ast.Subscript)):
        inner, func = func, func.func if isinstance(func, ast.Call) else func.value
    return isinstance(func, ast.Name) and isinstance(inner, ast.Attribute) and _SUPPORT.fullmatch(func.id) is not None


def _node_at(module: Module, place: Span) -> ast.AST:
    """The first statement or expression within a stretch of text."""
    inside = (node for node in module.facts.nodes if isinstance(node, (ast.stmt, ast.expr)))
    return next((node for node in inside if place.start <= module.facts.span(node).start < place.end), module.facts.tree.body[0])


# --- what waits has a cause --------------------------------------------------------------------------------------------


def _without_cause(view: View, module: Module, change: FileChange, blocking: list[Span]) -> Iterator[Finding]:
    for node, how in _uncertain(view, module):
        parent = module.facts.parents[node]
        whole = parent if isinstance(parent, ast.Await) else node
        old = _old_place(module.facts.span(whole), change)
        met = any(call.start < old.end and old.start < call.end for call in blocking)
        if not met and not is_dead(view, module, node) and not _AWAITS.search(old.cut(change.old)):
            yield Finding(module, node, AWAIT, f"nothing says that `{' '.join(ast.unparse(node).split())[:60]}` can be {how}")


def _uncertain(view: View, module: Module) -> Iterator[tuple[ast.expr, str]]:
    """What waits, and neither types nor names tell that it can be waited for."""
    for node in view.nodes(module, ast.Await):
        if isinstance(node.value, ast.Call) and not _may_be_awaited(view, module, node.value):
            yield node.value, "awaited"
    loops: Iterator[ast.AsyncFor | ast.comprehension] = view.nodes(module, ast.AsyncFor, ast.comprehension)
    for loop in loops:
        if (isinstance(loop, ast.AsyncFor) or loop.is_async) and isinstance(loop.iter, (ast.Name, ast.Attribute)):
            values = view.values(loop.iter, module)
            if not any(_may_be_looped_over(view, value) for value in values):
                yield loop.iter, "looped over asynchronously"


def _may_be_looped_over(view: View, value: Value) -> bool:
    """Whether an asynchronous loop may take a value: it can, or it is of a class of which not all is known."""
    ways = iteration(view, value)
    return ways.asynchronously or isinstance(value, Instance) and not ways.plainly


def _may_be_awaited(view: View, module: Module, call: ast.Call) -> bool:
    """Whether a call gives a coroutine or future, as far as types or, without types, names tell."""
    if given(view, call).kind in _ASYNCHRONOUS or is_asynchronous_next(view, call):
        return True
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in _OF_GENERATORS or name in view.once(defined_colours).asynchronous:
        return True
    functions = (function_of(view, value) for value in view.values(call.func, module))
    return any(isinstance(one.scope.node, ast.AsyncFunctionDef) for one in functions if one is not None)


# --- what becomes asynchronous has a verdict --------------------------------------------------------------------------


def _unsaid(view: View, module: Module, file: ChangedFile, plan: Plan) -> Iterator[Finding]:
    """Functions of the source that are coroutine functions now, and no verdict says that they become so."""
    verdicts = [verdict for verdict in plan.verdicts if verdict.path == file.change.path]
    said = {verdict.span.start for verdict in verdicts if verdict.becomes_async}
    back = {new: old.rpartition(".")[2] for old, new in plan.renames}
    plain: dict[str, list[int]] = defaultdict(list)
    for scope in file.old.scopes.values():
        if scope.kind == "function":
            is_async = isinstance(scope.node, ast.AsyncFunctionDef)
            plain[scope.qualname].append(-1 if is_async else file.old.span(scope.node).start)
    for node in view.nodes(module, ast.AsyncFunctionDef):
        qualname = ".".join(back.get(part, part) for part in module.facts.scopes[node].qualname.split("."))
        places = plain.get(qualname, [])
        if verdicts and len(places) == 1 and places[0] >= 0 and places[0] not in said:
            yield Finding(module, node, ACCOUNT, f"`{qualname}` becomes a coroutine function, and no verdict says so", node)


# --- places ------------------------------------------------------------------------------------------------------------


def _old_place(new: Span, change: FileChange) -> Span:
    """Where something of the new text stood in the old: its own place, or all of the patches that it meets."""
    met = [patch.old for patch in change.patches if new.start < patch.new.end and patch.new.start < new.end]
    if met:
        return Span(min(one.start for one in met), max(one.end for one in met))
    before = [patch for patch in change.patches if patch.new.end <= new.start]
    shift = before[-1].old.end - before[-1].new.end if before else 0
    return Span(new.start + shift, new.end + shift)


def _new_place(old: Span, change: FileChange) -> Span:
    """Where something of the old text stands in the new one: its own place, or all of the patches that it meets."""
    met = [patch.new for patch in change.patches if old.start < patch.old.end and patch.old.start < old.end]
    before = [patch for patch in change.patches if patch.old.end <= old.start]
    shift = before[-1].new.end - before[-1].old.end if before else 0
    if not met:
        return Span(old.start + shift, old.end + shift)
    return Span(min(one.start for one in met), max(one.end for one in met))
