"""Keys: ``sorted``, ``min``, ``max`` and ``list.sort`` with a key function that became a coroutine function.

Rewrites
    ``sorted(names, key=size)`` → ``[name for _, name in sorted([(await size(name), name) for name in names],
    key=operator.itemgetter(0))]``; ``max(names, key=size)`` → ``max([(await size(name), name) ...],
    key=operator.itemgetter(0))[1]``; ``names.sort(key=size)`` → ``names[:] = ...`` of the same.

Why it means the same
    ``sorted`` calls the key function once for each element, in their order, before it compares the keys, and so does the list.
    Elements are never compared, and those with equal keys keep their order, ``reverse`` or not. What differs: while
    ``list.sort`` runs, the list looks empty to others; here it changes at the end.

Declines when
    The key is neither a named function nor a plain lambda, or what is sorted may be an asynchronous iterable or a plain one.

Source
    https://docs.python.org/3/howto/sorting.html#decorate-sort-undecorate
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.inference.frontiers import callee, key_of, parameter_of
from porter.inference.iterables import culprit, kinds
from porter.inference.program import Module
from porter.inference.state import Site
from porter.syntax.collecting import decorated
from porter.syntax.names import element_name
from porter.syntax.shapes import Statements, expression
from porter.syntax.templates import fill

NAME = "keys"

_SLOW = "import time\n\n\ndef size(name):\n    time.sleep(1)\n    return len(name)\n\n\n"
_ASYNC = "import asyncio\nimport operator\n\n\nasync def size(name):\n    await asyncio.sleep(1)\n    return len(name)\n\n\n"
EXAMPLES = (
    Example(
        "sorted",
        _SLOW + "def main(names):\n    return sorted(names, key=size)\n",
        _ASYNC + "async def main(names):\n    return [name for _, name in "
        "sorted([(await size(name), name) for name in names], key=operator.itemgetter(0))]\n",
        "sorted cannot await its key function, so the keys are there before it starts",
    ),
    Example(
        "max",
        _SLOW + "def main(names):\n    return max(names, key=lambda name: -size(name))\n",
        _ASYNC + "async def main(names):\n"
        "    return max([(-await size(name), name) for name in names], key=operator.itemgetter(0))[1]\n",
        "the lambda's body stands where it was called",
    ),
)
REFUSALS = (
    Example(
        "comparison",
        "import functools\nimport time\n\n\ndef compare(a, b):\n    time.sleep(1)\n    return a - b\n\n\n"
        "def main(numbers):\n    return sorted(numbers, key=functools.cmp_to_key(compare))\n",
        "import functools\nimport time\n\n\ndef compare(a, b):\n    time.sleep(1)\n    return a - b\n\n\n"
        "def main(numbers):\n    return sorted(numbers, key=functools.cmp_to_key(compare))\n",
        "which pairs are compared is for sorted to choose; remedy: a key function in its place",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each call whose keys must be awaited."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for (node, role), site in view.colours.awaited.items():
        if role != "callback" or not isinstance(node, ast.Call) or not view.in_coroutine(site.caller):
            continue
        key = key_of(view.inference, node)
        if key is not None:
            made = _keyed(view, view.module(site.caller), site, node, key)
            (edits if isinstance(made, Edit) else pins).append(made)  # type: ignore[arg-type]
    return Proposal(tuple(edits), tuple(pins))


def _keyed(view: View, module: Module, site: Site, node: ast.Call, key: ast.expr) -> Edit | Pin:
    kind = callee(view.inference, node).rpartition(".")[2]
    sorts = kind == "sort"
    statement = module.facts.parents[node]
    scope = culprit(view.colours, site) or site.caller
    if site.caller.kind == "lambda":
        return Pin(scope, node, "a lambda cannot await", "make the lambda a named function")
    if sorts and not (isinstance(statement, ast.Expr) and isinstance(node.func, ast.Attribute)):
        return Pin(scope, node, "the result of `sort` is used", "sort on a line of its own")
    several = len(node.args) > 1
    assert not sorts or isinstance(node.func, ast.Attribute)
    iterable = node.func.value if sorts and isinstance(node.func, ast.Attribute) else node.args[0]
    ways = set() if several else kinds(view.inference, view.colours, module, iterable)
    if len(ways) > 1:
        reason = f"`{kind}` may be given a plain iterable here as well"
        return Pin(scope, node, reason, "collect the elements in a list first")
    taken = {one.id for one in ast.walk(key) if isinstance(one, ast.Name)}
    name = parameter_of(key) or element_name(iterable if not several else ast.Name("_"), taken)
    target, action = (statement, "sorted_in_place") if sorts else (node, "keyed")
    imports = ("import operator",)
    return view.edit(NAME, module, target, action, imports=imports, kind=kind, name=name, loops=ways == {True})


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``keyed``: a call of ``sorted``, ``min`` or ``max``; ``sorted_in_place``: a statement that is a call of ``sort``."""
    name, kind, loops = str(edit.data["name"]), str(edit.data.get("kind", "")), bool(edit.data.get("loops"))
    match edit.action, node:
        case "keyed", cst.Call():
            return _picked(node, name, kind, loops)
        case "sorted_in_place", cst.Expr(value=cst.Call(func=cst.Attribute(value=owner)) as call):
            made = decorated(call.with_changes(func=cst.Name("sorted")), name, loops=False, iterable=owner)
            target = expression("{owner}[:]", owner=owner)
            assert isinstance(target, cst.Subscript)
            return cst.Assign([cst.AssignTarget(target)], _undecorated(made, name))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled


def _picked(node: cst.Call, name: str, kind: str, loops: bool) -> cst.BaseExpression:
    made = decorated(node.with_changes(lpar=(), rpar=()), name, loops=loops)
    picked = _undecorated(made, name) if kind == "sorted" else expression("{made}[1]", made=made)
    return picked.with_changes(lpar=node.lpar, rpar=node.rpar)


def _undecorated(made: cst.Call, name: str) -> cst.BaseExpression:
    return expression(f"[{name} for _, {name} in {{made}}]", made=made)
