"""What idioms of objects share: a class by its twin wherever it is named, and why a group cannot change."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from porter.idioms.idiom import Decision, Edit, Refusal, View
from porter.inference.blocking import Blocking
from porter.inference.objects import ObjectGroup, Objects, Use, in_threads, started_directly
from porter.inference.program import Module
from porter.inference.values import External, Value

_CARRIERS = ("builtins.", "collections.", "dataclasses.", "functools.", "itertools.", "threading.", "typing.", "queue.")
"""What may be handed an object: it keeps it, or hands it back, and does nothing to it."""
_EXECUTORS = "concurrent.futures."
_READS = frozenset(
    {"is_set", "isSet", "locked", "qsize", "empty", "full", "maxsize", "parties", "n_waiting", "broken"}
)
"""What any thread may ask of an object of asyncio."""
KEEP = "mark the calls with `# porter: keep`"


@dataclass(frozen=True, slots=True, eq=False)
class Fate:
    """What becomes of a group."""

    outcome: Literal["ported", "kept", "refused"]
    calls: tuple[Blocking, ...]
    """What is called on its objects."""
    reason: str = ""
    remedy: str = ""
    reenters: bool = False
    """Whether the holder of a lock takes it again."""


def calls_by_group(view: View, objects: Objects, idiom: str) -> dict[str, tuple[Blocking, ...]]:
    """The calls of each group's objects."""
    calls: dict[str, list[Blocking]] = {group.name: [] for group in objects.groups}
    for b in view.blocking:
        group = objects.group(b.receivers) if b.row.idiom == idiom else None
        if group is not None:
            calls[group.name].append(b)
    return {name: tuple(found) for name, found in calls.items()}


def decide_by_fate(fate: Fate | None, b: Blocking, group: str, awaits: Callable[[], bool]) -> Decision:
    """The decision for one call of a group; ``None``: it belongs to none."""
    if fate is None:
        reason = "its object is of a subclass, or made where porter cannot see it"
        return refused(reason) if b.row.blocks else Decision("kept")
    match fate.outcome:
        case "refused":
            return refused(fate.reason, group, fate.remedy)
        case "kept":
            return Decision("kept", reason=fate.reason)
    return Decision("ported", awaited=awaits(), group=group)


def follows(view: View, group: ObjectGroup, calls: Collection[Blocking], attributes: Collection[str]) -> bool:
    """Whether a group that nobody waits for is used by coroutines, and by nothing that keeps it back."""
    if not any(use.caller in view.colours.causes for use in group.uses if use.touches):
        return False
    return not use_problem(view, group, attributes) and not thread_problem(view, group, calls)


# --- why a group cannot change ----------------------------------------------------------------------------------------


def use_problem(view: View, group: ObjectGroup, attributes: Collection[str]) -> tuple[Module, ast.AST, str] | None:
    """The first use that the asynchronous class cannot take, and why; ``None`` if it can take all."""
    for use in group.uses:
        reason = _use_problem(view, use, attributes)
        if reason:
            return use.module, use.expr, reason
    return None


def _use_problem(view: View, use: Use, attributes: Collection[str]) -> str:
    if not use.module.source.is_target:
        return "it is used in a file that is not among the targets"
    if use.touches and use.others:
        return f"it may also be {_in_words(use.others[0])}"
    match use.kind:
        case "method" | "attribute" if use.attr not in attributes:
            return f"its attribute `{use.attr}` has no counterpart in asyncio"
        case "argument" if isinstance(use.parent, ast.Call):
            return _argument_problem(view, use.parent)
    return ""


def _argument_problem(view: View, call: ast.Call) -> str:
    site = view.inference.site(call) or view.inference.site(call, "spawn")
    if site is None or (site.unknown and not site.functions and not site.externals):
        return f"it is passed to `{ast.unparse(call.func)}`, of which nothing is known"
    for name in site.externals:
        public = view.inference.state.outside.public(name)
        if not public.startswith(_CARRIERS) and not name.startswith((*_CARRIERS, _EXECUTORS)):
            return f"it is passed to `{public}`, which is outside the program"
    return ""


def _in_words(value: Value) -> str:
    name = getattr(value, "cls", None) or getattr(value, "name", None)
    name = getattr(name, "name", name)
    return f"a `{name}`" if isinstance(name, str) else "something else"


def other_callees(b: Blocking) -> str:
    """What a call may reach besides the object's method, ``""`` if nothing."""
    if b.site.functions:
        return f"the call may also reach `{next(iter(b.site.functions)).qualname}`"
    others = [name for name in b.others if not name.startswith("types.NoneType.")]
    return f"the call may also reach `{others[0]}`" if others else ""


def left_behind(view: View, group: ObjectGroup, calls: Collection[Blocking]) -> Refusal | None:
    """A user of the group that the port leaves in a thread, or as it is."""
    for b in calls:
        decision = view.decisions.get(b)
        if decision is not None and decision.outcome in ("kept", "refused"):
            reason = decision.reason or "one of its calls stays as it is"
            return refusal(view, view.module(b.site.caller), b.site.node, reason, decision.remedy)
    return thread_problem(view, group, calls)


def thread_problem(view: View, group: ObjectGroup, calls: Collection[Blocking]) -> Refusal | None:
    """A thread that stays one and uses the group."""
    start = started_directly(view.inference, group)
    if start is not None:
        for module in view.inference.program.modules.values():
            if start in module.facts.parents:
                reason = "a method of it is what a thread runs, and that thread stays one"
                return refusal(view, module, start, reason, "let the thread run a function that calls the method")
    threads = in_threads(view.inference, view.colours.causes)
    places = [(use.module, use.caller, use.expr) for use in group.uses if use.touches and use.attr not in _READS]
    places += [(view.module(b.site.caller), b.site.caller, b.site.node) for b in calls if b.row.tail not in _READS]
    for module, caller, node in places:
        if caller in threads:
            name = caller.qualname or "the module"
            reason = f"`{name}` uses it in a thread that stays one, and asyncio's are for one thread only"
            return refusal(view, module, node, reason, "port the thread's function too, or keep all users of it")
    return None


def refusal(view: View, module: Module, node: ast.AST, reason: str, remedy: str) -> Refusal:
    """A refusal at a node."""
    return Refusal(module.source.shown, module.facts.span(node), reason, remedy or KEEP)


def refused(reason: str, group: str = "", remedy: str = "") -> Decision:
    """The decision to leave a call as it is."""
    return Decision("refused", reason=reason, remedy=remedy or KEEP, group=group)


def must_run_on_loop(view: View, b: Blocking) -> bool:
    """Whether a call that does not wait makes its function a coroutine all the same.

    A thread's function that only sets an event would stay in its thread, where it must not touch what belongs to the
    loop. So it becomes a coroutine and runs as a task; which holds for as long as this call is the reason.
    """
    caller = b.site.caller
    if b.row.tail in _READS or caller.kind != "function" or b.site.role != "call" or not view.colours.causes:
        return False
    cause = view.colours.causes.get(caller)
    if cause is not None:
        return cause.blocking is b
    return caller in in_threads(view.inference, view.colours.causes)


# --- classes and their twins ------------------------------------------------------------------------------------------


def class_edits(
    view: View,
    idiom: str,
    objects: Objects,
    is_ported: Callable[[ObjectGroup], bool],
    twin: Callable[[str, ObjectGroup | None], str],
    extra: Mapping[str, str] | None = None,
) -> Iterator[Edit]:
    """An edit for each place that names a class of the ported groups: where objects are made, in annotations.

    ``twin`` gives the new name of a class. ``extra``: other names that follow a class, each with the class's name.
    """
    extra = extra or {}
    classes = {name for group in objects.groups if is_ported(group) for name in group.classes}
    if not classes:
        return
    names = _Names(view, objects, is_ported)
    wanted = classes | {name for name, cls in extra.items() if cls in classes}
    for module in view.targets:
        for node, name in _references(view, module, wanted):
            cls = extra.get(name, name)
            group = names.ported_group(module, node, cls)
            if group is not None or (names.all_ported(cls) and not names.is_made_here(node)):
                new = twin(name, group)
                yield from _renamed(view, idiom, module, node, name, new, group)


def _references(view: View, module: Module, classes: Collection[str]) -> Iterator[tuple[ast.expr, str]]:
    """Names, attributes and string annotations that mean one of the classes."""
    outside = view.inference.state.outside
    for node in ast.walk(module.facts.tree):
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            found = view.inference.program.resolve(node, module.facts.scope_of(node))
            if isinstance(found, External) and (name := outside.public(found.name)) in classes:
                yield node, name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _annotates(module, node) is not None:
            for part, name in _in_string(view, module, node, classes):
                del part
                yield node, name


def _in_string(
    view: View, module: Module, node: ast.Constant, classes: Collection[str]
) -> Iterator[tuple[ast.expr, str]]:
    try:
        tree = ast.parse(str(node.value).strip(), mode="eval")
    except (SyntaxError, ValueError):
        return
    for part in ast.walk(tree):
        if isinstance(part, (ast.Name, ast.Attribute)):
            found = view.inference.program.resolve(part, module.facts.scope_of(node))
            if isinstance(found, External) and (name := view.inference.state.outside.public(found.name)) in classes:
                yield part, name


def _renamed(
    view: View, idiom: str, module: Module, node: ast.expr, name: str, new: str, group: ObjectGroup | None
) -> Iterator[Edit]:
    home, code = new.rpartition(".")[0], new
    imports: tuple[str, ...] = (f"import {home}",)
    data: dict[str, object] = {}
    if home.startswith("_"):
        statement, copy = support_import(module, home.removeprefix("_"))
        imports, data = (statement,), {"support": (home.removeprefix("_"), copy)}
    if isinstance(node, ast.Constant):
        code = module.facts.span(node).cut(module.facts.text)
        for part, known in _in_string(view, module, node, {name}):
            if known == name:
                code = code.replace(ast.unparse(part), new)
    tag = group.name if group is not None else ""
    yield view.edit(idiom, module, node, "replace_expression", imports=imports, group=tag, code=code, **data)


class _Names:
    """To which group a mention of a class belongs."""

    def __init__(self, view: View, objects: Objects, is_ported: Callable[[ObjectGroup], bool]) -> None:
        self._view = view
        self._objects = objects
        self._is_ported = is_ported
        self._made: dict[ast.AST, bool] = {}

    def all_ported(self, cls: str) -> bool:
        """Whether every object of a class is ported."""
        groups = [group for group in self._objects.groups if cls in group.classes]
        return bool(groups) and all(map(self._is_ported, groups))

    def is_made_here(self, node: ast.AST) -> bool:
        """Whether the mention is what a call calls: then only the object made there counts."""
        return self._made.get(node, False)

    def ported_group(self, module: Module, node: ast.expr, cls: str) -> ObjectGroup | None:
        """The ported group of the object that is made or annotated where the class is named."""
        at: ast.AST = node
        parents = module.facts.parents
        while not isinstance(at, ast.Module):
            for group in self._objects.by_origin.get(at, ()):
                if self._is_ported(group) and cls in group.classes:
                    return group
            above = parents[at]
            if isinstance(above, ast.Call) and above.func is at:
                self._made[node] = above in self._objects.by_origin
            if isinstance(at, ast.stmt):
                break
            at = above
        return self._of_holder(module, node)

    def _of_holder(self, module: Module, node: ast.expr) -> ObjectGroup | None:
        """The ported group of the parameter or field that an annotation is of."""
        holder = _annotates(module, node)
        group: ObjectGroup | None = None
        if isinstance(holder, ast.arg):
            function = module.facts.parents[module.facts.parents[holder]]
            scope = module.facts.scopes.get(function)
            if scope is not None:
                group = self._objects.group(self._view.inference.variable(scope, holder.arg))
        elif isinstance(holder, ast.AnnAssign):
            group = self._objects.group(self._held(module, holder))
        return group if group is not None and self._is_ported(group) else None

    def _held(self, module: Module, statement: ast.AnnAssign) -> tuple[Value, ...]:
        scope = module.facts.scope_of(statement)
        if isinstance(statement.target, ast.Name):
            return self._view.inference.values(ast.Name(statement.target.id, ast.Load()), module, scope)
        if statement.value is not None:
            return self._view.inference.values(statement.value, module, scope)
        return ()


def _annotates(module: Module, node: ast.AST) -> ast.AST | None:
    """What an annotation that holds ``node`` is of: a parameter, an annotated assignment, a function's result."""
    child, parent = node, module.facts.parents.get(node)
    while parent is not None:
        match parent:
            case ast.arg():
                return parent
            case ast.AnnAssign():
                return parent if child is parent.annotation else None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return parent if child is parent.returns else None
            case ast.stmt():
                return None
        child, parent = parent, module.facts.parents.get(parent)
    return None


# --- small things -----------------------------------------------------------------------------------------------------


def needs_parens(module: Module, node: ast.expr) -> bool:
    """Whether ``await`` and what it awaits need parentheses where ``node`` stands."""
    match module.facts.parents.get(node):
        case ast.Attribute() | ast.Await():
            return True
        case ast.Subscript(value=value):
            return value is node
        case ast.Call(func=func):
            return func is node
    return False


def support_import(module: Module, name: str) -> tuple[str, str]:
    """How a module imports a support module, and where its copy goes: the top package, or beside the script."""
    shown = PurePosixPath(module.source.shown)
    depth = module.name.count(".") + module.source.is_package
    if depth == 0:
        return f"import _{name}", str(shown.parent / f"_{name}.py")
    return f"from {'.' * depth} import _{name}", str(shown.parents[depth - 1] / f"_{name}.py")

