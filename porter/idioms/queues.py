"""Queues: ``queue``'s queues as those of asyncio.

Rewrites
    ``queue.Queue(9)`` → ``asyncio.Queue(9)``, ``q.get()`` → ``await q.get()``, ``q.put(x)`` → ``await q.put(x)``, or
    ``q.put_nowait(x)`` in a plain function where the queue has no bound; ``q.get(block=False)`` → ``q.get_nowait()``,
    ``q.get(timeout=t)`` → the same inside ``async with asyncio.timeout(t)``; ``for item in iter(q.get, None):`` →
    ``while (item := await q.get()) is not None:``; in the handlers that these calls reach, ``queue.Empty`` →
    ``asyncio.QueueEmpty`` or ``TimeoutError``; ``with q.mutex: q.queue.clear()`` → a loop of ``get_nowait``. A class that
    derives from ``queue.Queue`` and has ``_init``, ``_put``, ``_get`` of its own derives from ``asyncio.Queue``.

Why it means the same
    All users run on one loop then, and wait for each other as the threads did; items come out in the order in which
    they were put in. What differs: waiting tasks are served first come, first served; cancellation may arrive at
    each wait. Without a bound, nothing ever waits to put, so who puts may stay a plain function.

Declines when
    A thread that stays one uses the queue; code outside the program gets it; whether a call waits is computed; its
    ``mutex`` or its ``queue`` is touched otherwise; a subclass overrides ``put`` or ``get``.

Source
    https://docs.python.org/3/library/asyncio-queue.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from porter.idioms.class_names import class_edits
from porter.idioms.groups import Fate, decide_by_fate, left_behind, needs_parens, refusal
from porter.idioms.idiom import Decision, Edit, Example, Proposal, Refusal, View
from porter.idioms.queueing import (
    HOOKS,
    TWINS,
    awaits,
    catchers,
    clearings,
    fates,
    handed_put,
    how,
    is_bounded,
    objects_of,
    puts_by_name,
)
from porter.idioms.timing import Waiting, in_timeout, is_zero, statement_of
from porter.inference.blocking import Blocking
from porter.inference.lazies import is_lazy
from porter.inference.objects import ObjectGroup
from porter.inference.program import Module
from porter.inference.raising import Catcher
from porter.inference.values import ClassValue
from porter.syntax.shapes import Statements, awaited, expression, statements
from porter.syntax.templates import fill

NAME = "queues"
_What = tuple[str, tuple[ast.expr, ...]]
"""A method and the items it is given."""

EXAMPLES = (
    Example(
        "worker",
        "import queue\n\njobs = queue.Queue()\n\n\ndef add(job):\n    jobs.put(job)\n\n\ndef work():\n"
        "    while True:\n        print(jobs.get())\n        jobs.task_done()\n",
        "import asyncio\n\njobs = asyncio.Queue()\n\n\ndef add(job):\n    jobs.put_nowait(job)\n\n\nasync def work():\n"
        "    while True:\n        print(await jobs.get())\n        jobs.task_done()\n",
        "the queue has no bound, so putting never waits and add may stay as it is",
    ),
    Example(
        "timeout",
        "import queue\n\njobs = queue.Queue()\n\n\ndef work():\n    try:\n        job = jobs.get(timeout=5)\n"
        "    except queue.Empty:\n        return\n    print(job)\n",
        "import asyncio\n\njobs = asyncio.Queue()\n\n\nasync def work():\n    try:\n"
        "        async with asyncio.timeout(5):\n            job = await jobs.get()\n    except TimeoutError:\n"
        "        return\n    print(job)\n",
        "the handler that the call reaches catches what the port raises",
    ),
    Example(
        "until_a_marker",
        "import queue\n\njobs = queue.Queue()\n\n\ndef work():\n    for job in iter(jobs.get, None):\n        print(job)\n",
        "import asyncio\n\njobs = asyncio.Queue()\n\n\nasync def work():\n"
        "    while (job := await jobs.get()) is not None:\n        print(job)\n",
        "iter cannot await what it calls",
    ),
)
REFUSALS = (
    Example(
        "looks_inside",
        "import queue\n\njobs = queue.Queue()\n\n\ndef work():\n    print(jobs.get())\n    with jobs.mutex:\n"
        "        print(list(jobs.queue))\n",
        "import queue\n\njobs = queue.Queue()\n\n\ndef work():\n    print(jobs.get())\n    with jobs.mutex:\n"
        "        print(list(jobs.queue))\n",
        "asyncio's queue has no mutex, and shows its items to nobody; remedy: keep a list of your own",
    ),
    Example(
        "computed_wait",
        "import queue\n\njobs = queue.Queue()\n\n\ndef work(wait):\n    return jobs.get(wait)\n",
        "import queue\n\njobs = queue.Queue()\n\n\ndef work(wait):\n    return jobs.get(wait)\n",
        "get and get_nowait are two methods; remedy: decide with an if",
    ),
)


# --- deciding ---------------------------------------------------------------------------------------------------------


def decide(view: View, b: Blocking) -> Decision | None:
    """All calls of one queue's group have its fate."""
    if b.row.idiom != NAME:
        return None
    group = objects_of(view).group(b.receivers)
    if group is None:
        return decide_by_fate(None, b, "", bool)
    return decide_by_fate(fates(view)[group.name], b, group.name, lambda: awaits(view, group, b))


# --- proposing --------------------------------------------------------------------------------------------------------


def propose(view: View) -> Proposal:
    """Edits for the groups that become asyncio's, unless something of them stays behind."""
    objects = objects_of(view)
    ported: dict[str, Fate] = {}
    gone: list[tuple[str, Refusal]] = []
    for group in objects.groups:
        fate = fates(view)[group.name]
        if fate.outcome != "ported" or group.name in view.refused:
            continue
        left = left_behind(view, group, fate.calls)
        if left is None:
            ported[group.name] = fate
        else:
            gone.append((group.name, left))
    edits = [edit for group in objects.groups if group.name in ported for edit in _group_edits(view, group, ported)]
    edits += class_edits(view, NAME, objects, lambda group: group.name in ported, lambda name, _: TWINS[name])
    caught, mistaken = catchers(view, ported)
    for catcher, error in caught:
        edits += _catching(view, catcher, error)
    for one in mistaken:
        module = view.module(one.caller)
        reason = "its timeout would be caught by the handler of another exception, which stands before that of `queue.Empty`"
        left = refusal(view, module, one.node, reason, "put the handler of the queue's exception first")
        gone += [(name, left) for name, fate in ported.items() if any(b.site.node is one.node for b in fate.calls)]
    return Proposal(tuple(edits), refused=tuple(gone))


def _group_edits(view: View, group: ObjectGroup, ported: Mapping[str, Fate]) -> Iterator[Edit]:
    for b in ported[group.name].calls:
        node = b.site.node
        if isinstance(node, ast.Call):
            yield from _call_edits(view, b, node, group)
    yield from _class_edits(view, group)
    yield from _handed_puts(view, group, ported[group.name].calls)
    for module, statement, owner in clearings(group):
        code = "while not {0}.empty():\n    {0}.get_nowait()\n"
        parts = (module.facts.span(owner),)
        yield view.edit(NAME, module, statement, "replace_statement", whole=True, group=group.name, code=code, parts=parts)


def _handed_puts(view: View, group: ObjectGroup, calls: Sequence[Blocking]) -> Iterator[Edit]:
    """``on_message=queue.put`` → ``queue.put_nowait``: what is handed on is called by another name, and not awaited."""
    if is_bounded(view, group):
        return
    handed = {handed_put(b.site.node) for b in calls if b.site.role == "callback" and isinstance(b.site.node, ast.Call)}
    for use in group.uses:
        if use.kind == "attribute" and use.attr == "put" and isinstance(use.parent, ast.Attribute) and use.parent not in handed:
            yield _replace(view, use.module, use.parent, "{0}.put_nowait", (use.expr,), group)


def _class_edits(view: View, group: ObjectGroup) -> Iterator[Edit]:
    """What the program's own queues call their parts: ``_qsize`` is ``qsize``, ``self.queue`` is ``self._queue``."""
    for use in group.uses:
        attribute = use.module.facts.parents[use.expr]
        if use.attr in HOOKS and isinstance(attribute, ast.Attribute) and use.kind in ("attribute", "method"):
            yield _replace(view, use.module, attribute, f"{{0}}.{HOOKS[use.attr]}", (use.expr,), group)
    for cls in {base: None for one in group.subclasses for base in one.mro if isinstance(base, ClassValue)}:
        for child in cls.scope.children:
            if child.name == "_qsize" and child.kind == "function":
                module = view.module(child)
                yield view.edit(NAME, module, child.node, "rename_def", group=group.name, name="qsize")
                empty = "def empty(self):\n    return not self.qsize()\n"
                yield view.edit(NAME, module, child.node, "method", where="after", group=group.name, code=empty)


def _call_edits(view: View, b: Blocking, node: ast.Call, group: ObjectGroup) -> Iterator[Edit]:
    """What becomes of one call."""
    module, found = view.module(b.site.caller), how(b)
    assert isinstance(found, Waiting)
    match b.row.tail:
        case "put" if puts_by_name(view, group, b):
            pass  # the name holds a method that does not wait
        case "get" if b.site.role == "callback" and is_lazy(view.inference, module, node):
            pass  # `lazies` makes an asynchronous iterator of it
        case "get" if b.site.role == "callback":
            yield _drained(view, module, node, group)
        case "put" if b.site.role == "callback" and (method := handed_put(node)) is not None:
            yield _replace(view, module, method, "{0}.put_nowait", (method.value,), group)
        case "get" if found.given:
            yield from _limited(view, module, node, found, ("get", ()), group)
        case "put" if found.given or not awaits(view, group, b):
            item = node.args[:1] or [keyword.value for keyword in node.keywords if keyword.arg == "item"]
            if not (b.row.blocks and is_bounded(view, group)) and not awaits(view, group, b):
                found = Waiting(blocking=False, given=True)
            yield from _limited(view, module, node, found, ("put", tuple(item)), group)
        case "get" | "put" | "join":
            yield view.edit(NAME, module, node, "await", group=group.name, parens=needs_parens(module, node))


def _limited(
    view: View,
    module: Module,
    node: ast.Call,
    found: Waiting,
    what: tuple[str, tuple[ast.expr, ...]],
    group: ObjectGroup,
) -> Iterator[Edit]:
    """A call that says how long it waits."""
    assert isinstance(node.func, ast.Attribute)
    method, items = what
    parts: tuple[ast.expr, ...] = (node.func.value, *items)
    given = "{1}" if items else ""
    timeout, statement = found.timeout, statement_of(module, node)
    if not found.blocking or is_zero(timeout):
        yield _replace(view, module, node, f"{{0}}.{method}_nowait({given})", parts, group)
    elif timeout is None:
        yield _replace(view, module, node, f"await {{0}}.{method}({given})", parts, group)
    elif statement is not None:
        yield _replace(view, module, node, f"await {{0}}.{method}({given})", parts, group)
        spans = (module.facts.span(timeout),)
        yield view.edit(NAME, module, statement, "in_timeout", imports=("import asyncio",), group=group.name, parts=spans)
    else:
        code = f"await asyncio.wait_for({{0}}.{method}({given}), {{{len(parts)}}})"
        yield _replace(view, module, node, code, (*parts, timeout), group)


def _replace(view: View, module: Module, node: ast.expr, code: str, parts: Sequence[ast.expr], group: ObjectGroup) -> Edit:
    return view.edit(
        NAME,
        module,
        node,
        "replace_expression",
        imports=("import asyncio",) if "asyncio." in code else (),
        group=group.name,
        code=code,
        parts=tuple(module.facts.span(part) for part in parts),
        parens=code.startswith("await") and needs_parens(module, node),
    )


def _drained(view: View, module: Module, node: ast.Call, group: ObjectGroup) -> Edit:
    """``for item in iter(queue.get, end)``."""
    loop = module.facts.parents[node]
    assert isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and isinstance(node.args[0], ast.Attribute)
    end = node.args[1]
    test = "is not None" if isinstance(end, ast.Constant) and end.value is None else f"!= {ast.unparse(end)}"
    code = f"({loop.target.id} := await {{part0}}.get()) {test}"
    span = module.facts.span(node.args[0].value)
    return view.edit(NAME, module, loop, "drain", group=group.name, code=code, parts=(span,))


def _catching(view: View, catcher: Catcher, error: str) -> Iterator[Edit]:
    """The exceptions of the port in the place of the threaded one."""
    module, kinds = catcher.module, list(catcher.kinds)
    if kinds == [error]:
        return
    named = [ast.unparse(catcher.mentions[0]) if kind == error else kind for kind in kinds]
    imports = ("import asyncio",) if any(name.startswith("asyncio.") for name in named) else ()
    if len(named) == 1:
        for node in catcher.mentions:
            yield view.edit(NAME, module, node, "replace_expression", imports=imports, code=named[0])
        return
    node = catcher.node
    types = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else [node]
    texts = [text for one in types for text in (named if one in catcher.mentions else [ast.unparse(one)])]
    joined = ", ".join(dict.fromkeys(texts))
    code = f"{ast.unparse(node.func)}({joined})" if isinstance(node, ast.Call) else f"({joined})"
    yield view.edit(NAME, module, node, "replace_expression", imports=imports, code=code)


# --- rewriting --------------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``await``; ``in_timeout``: a statement inside ``asyncio.timeout``; ``drain``: a ``for`` as a ``while``."""
    data = edit.data
    match edit.action:
        case "await":
            assert isinstance(node, cst.BaseExpression)
            return awaited(node, parens=bool(data.get("parens")))
        case "in_timeout":
            assert isinstance(node, cst.BaseSmallStatement)
            return in_timeout(node, _part(edit), suppress=False)
        case "rename_def":
            return cst.ensure_type(node, cst.FunctionDef).with_changes(name=cst.Name(str(data["name"])))
        case "method":
            added = statements(str(data["code"]))
            return (added[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)]),)
        case "drain":
            loop = cst.ensure_type(node, cst.For)
            return cst.While(expression(str(data["code"]), part0=_part(edit)), loop.body, loop.orelse)
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return filled


def _part(edit: Edit) -> cst.BaseExpression:
    parts = edit.data["parts"]
    assert isinstance(parts, tuple) and isinstance(parts[0], cst.BaseExpression)
    return parts[0]
