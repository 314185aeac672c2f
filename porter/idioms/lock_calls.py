"""What becomes of one call on a lock or its like."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from porter.idioms.groups import Fate, needs_parens, support_import
from porter.idioms.idiom import Edit, View
from porter.idioms.locking import LOCKS, PARAMETERS, RENAMED, how, polls
from porter.idioms.timing import condition_of, is_positive, leaves, raises_again, statement_of
from porter.inference.blocking import Blocking
from porter.inference.objects import ObjectGroup
from porter.inference.program import Module

SUPPORT = "aio_threads"


def renamed_methods(view: View, group: ObjectGroup) -> Iterator[Edit]:
    """Methods that asyncio knows by one name only."""
    for use in group.uses:
        attribute = use.module.facts.parents[use.expr]
        if use.attr in RENAMED and isinstance(attribute, ast.Attribute):
            yield _replace(view, use.module, attribute, f"{{0}}.{RENAMED[use.attr]}", (use.expr,), group)


def call_edits(view: View, b: Blocking, group: ObjectGroup, fate: Fate) -> Iterator[Edit]:
    """What becomes of one call."""
    node, module = b.site.node, view.module(b.site.caller)
    if b.site.role != "call" or not isinstance(node, ast.Call):
        return
    tail = b.row.tail
    if tail == "release" and (node.args or node.keywords) and isinstance(node.func, ast.Attribute):
        count = node.args[0] if node.args else node.keywords[0].value
        code = "for _ in range({0}):\n    {1}.release()\n"
        yield _statement(view, module, module.facts.statement(node), code, (count, node.func.value), group)
    elif tail in PARAMETERS:
        yield from _waiting_edits(view, module, b, node, group, fate)
    elif b.row.becomes == "await":
        yield view.edit(LOCKS, module, node, "await", group=group.name, parens=needs_parens(module, node))


def _waiting_edits(view: View, module: Module, b: Blocking, node: ast.Call, group: ObjectGroup, fate: Fate) -> Iterator[Edit]:
    found = how(b)
    if fate.acts:  # a barrier that takes the timeout itself
        yield view.edit(LOCKS, module, node, "await", group=group.name, parens=needs_parens(module, node))
        return
    if isinstance(found, str):
        yield _handed_on(view, module, node, group)
        return
    if not found.given:
        yield view.edit(LOCKS, module, node, "await", group=group.name, parens=needs_parens(module, node))
        return
    assert isinstance(node.func, ast.Attribute)
    tail, owner = b.row.tail, node.func.value
    parts = (owner, node.args[0] if node.args else node.keywords[0].value) if tail == "wait_for" else (owner,)
    plain = f"await {{0}}.{tail}({'{1}' if tail == 'wait_for' else ''})"
    if polls(b):
        yield _replace(view, module, node, "{0}.is_set()", (owner,), group)
    elif found.blocking and found.timeout is None:
        yield _replace(view, module, node, plain, parts, group)
    elif not found.blocking:
        yield from _tried(view, module, node, owner, group, fate)
    else:
        assert found.timeout is not None
        yield from _timed(view, module, node, (tail, plain, parts, found.timeout), group)


def _handed_on(view: View, module: Module, node: ast.Call, group: ObjectGroup) -> Edit:
    """``acquire(block, timeout)``: the arguments say at run time how long it waits."""
    assert isinstance(node.func, ast.Attribute)
    given = (*node.args, *(keyword.value for keyword in node.keywords))
    names = [*("" for _ in node.args), *(f"{keyword.arg}=" for keyword in node.keywords)]
    arguments = "".join(f", {name}{{{at}}}" for at, name in enumerate(names, 1))
    return _supported(view, module, node, f"await _{SUPPORT}.acquire({{0}}{arguments})", (node.func.value, *given), group)


def _timed(
    view: View,
    module: Module,
    node: ast.Call,
    what: tuple[str, str, tuple[ast.expr, ...], ast.expr],
    group: ObjectGroup,
) -> Iterator[Edit]:
    """A wait with a timeout: the statement or the ``if`` that it makes up, else a call of the support module."""
    tail, plain, parts, timeout = what
    statement = statement_of(module, node)
    spans = (module.facts.span(node), module.facts.span(timeout))
    if isinstance(statement, ast.Expr) and tail != "acquire":
        yield _replace(view, module, node, plain, parts, group)
        imports = ("import asyncio", "import contextlib")
        yield view.edit(LOCKS, module, statement, "in_timeout", imports=imports, group=group.name, parts=spans)
        return
    condition = condition_of(module, node)
    if condition is not None and tail != "wait_for" and (tail == "wait" or is_positive(timeout)):
        if_, negated = condition
        if not raises_again(if_.body if negated else if_.orelse):
            yield _replace(view, module, node, plain, parts, group)
            yield view.edit(
                LOCKS,
                module,
                if_,
                "timed_if",
                whole=True,
                imports=("import asyncio",),
                group=group.name,
                negated=negated,
                parts=spans,
            )
            return
    named = "timeout={%d}" if tail == "acquire" else "{%d}"
    arguments = ", ".join([*(f"{{{at}}}" for at in range(len(parts))), named % len(parts)])
    yield _supported(view, module, node, f"await _{SUPPORT}.{tail}({arguments})", (*parts, timeout), group)


def _tried(view: View, module: Module, node: ast.Call, owner: ast.expr, group: ObjectGroup, fate: Fate) -> Iterator[Edit]:
    """``acquire(blocking=False)``: ``locked()`` is asked first."""
    simple = all(isinstance(part, (ast.Name, ast.Attribute, ast.Load)) for part in ast.walk(owner))
    if fate.reenters or not simple:
        yield _supported(view, module, node, f"await _{SUPPORT}.acquire({{0}}, blocking=False)", (owner,), group)
        return
    condition = condition_of(module, node)
    if condition is not None and condition[1] and not condition[0].orelse and leaves(condition[0].body):
        if_ = condition[0]
        yield _replace(view, module, if_.test, "{0}.locked()", (owner,), group)
        code = f"await {ast.unparse(owner)}.acquire()\n"
        yield view.edit(LOCKS, module, if_, "insert", where="after", group=group.name, code=code)
    elif isinstance(statement := statement_of(module, node), ast.Expr):
        code = "if not {0}.locked():\n    await {0}.acquire()\n"
        yield _statement(view, module, statement, code, (owner,), group)
    else:
        parent = module.facts.parents[node]
        bare = isinstance(parent, (ast.If, ast.While, ast.stmt, ast.keyword)) or (
            isinstance(parent, ast.Call) and node in parent.args
        )
        code = "not {0}.locked() and await {0}.acquire()"
        yield _replace(view, module, node, code, (owner,), group, parens=not bare)


def _replace(
    view: View,
    module: Module,
    node: ast.expr,
    code: str,
    parts: Sequence[ast.expr],
    group: ObjectGroup,
    parens: bool | None = None,
) -> Edit:
    spans = tuple(module.facts.span(part) for part in parts)
    if parens is None:
        parens = code.startswith("await") and needs_parens(module, node)
    return view.edit(LOCKS, module, node, "replace_expression", group=group.name, code=code, parts=spans, parens=parens)


def _statement(view: View, module: Module, node: ast.stmt, code: str, parts: Sequence[ast.expr], group: ObjectGroup) -> Edit:
    spans = tuple(module.facts.span(part) for part in parts)
    return view.edit(LOCKS, module, node, "replace_statement", group=group.name, code=code, parts=spans)


def _supported(view: View, module: Module, node: ast.expr, code: str, parts: Sequence[ast.expr], group: ObjectGroup) -> Edit:
    statement, copy = support_import(module, SUPPORT)
    return view.edit(
        LOCKS,
        module,
        node,
        "replace_expression",
        imports=(statement,),
        group=group.name,
        code=code,
        parts=tuple(module.facts.span(part) for part in parts),
        parens=needs_parens(module, node),
        support=(SUPPORT, copy),
    )
