"""Sentinels: ``for item in iter(function, end)`` where the function became a coroutine.

Rewrites
    ``for line in iter(file.readline, b"")`` → ``while (line := await file.readline()) != b"":``; a lambda's body stands in
    the place of its call.

Why it means the same
    ``iter`` calls the function before each turn and stops at the end marker, and so does ``while``. The loop's variable
    holds the marker afterwards, which is why it must not be read behind the loop.

Declines when
    The loop takes each item apart, or its variable is read behind it, or the ``iter`` object is not what a ``for`` statement
    loops over: it becomes an asynchronous iterator then, by the idiom ``lazies``.

Source
    https://docs.python.org/3/library/functions.html#iter
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.draining import drained
from porter.syntax.shapes import Statements, awaited, expression

NAME = "sentinels"

EXAMPLES = (
    Example(
        "own_function",
        "import time\n\n\ndef read():\n    time.sleep(1)\n    return ''\n\n\ndef main():\n    for line in iter(read, ''):\n"
        "        print(line)\n",
        "import asyncio\n\n\nasync def read():\n    await asyncio.sleep(1)\n    return ''\n\n\nasync def main():\n"
        "    while (line := await read()) != '':\n        print(line)\n",
        "iter cannot await what it calls",
    ),
)
REFUSALS = (
    Example(
        "plain_function",
        "def main(words):\n    for word in iter(words.pop, ''):\n        print(word)\n",
        "def main(words):\n    for word in iter(words.pop, ''):\n        print(word)\n",
        "pop does not block",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each loop whose function is awaited."""
    edits = []
    for (node, role), site in view.colours.awaited.items():
        if role != "callback" or not view.in_coroutine(site.caller):
            continue
        module = view.module(site.caller)
        loop = drained(module, node)
        if loop is None or not isinstance(node, ast.Call) or not isinstance(loop.target, ast.Name):
            continue
        if any(b.site is site and b.row.idiom == "queues" for b in view.decisions):
            continue
        function, end = node.args
        body = function.body if isinstance(function, ast.Lambda) else function
        test = "is not None" if isinstance(end, ast.Constant) and end.value is None else "!= {1}"
        edits.append(
            view.edit(
                NAME,
                module,
                loop,
                "drain",
                whole=True,
                name=loop.target.id,
                test=test,
                called=not isinstance(function, (ast.Lambda, ast.Call)),
                partial=isinstance(function, ast.Call),
                parts=(module.facts.span(body), module.facts.span(end)),
            )
        )
    return Proposal(tuple(edits))


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``drain``: the ``for`` as a ``while``."""
    loop = cst.ensure_type(node, cst.For)
    parts = edit.data["parts"]
    assert isinstance(parts, tuple)
    function, end = parts
    if isinstance(function, cst.Call) and edit.data["partial"]:
        function = function.with_changes(func=function.args[0].value, args=function.args[1:])
    value = awaited(cst.Call(function)) if edit.data["called"] else function
    if not isinstance(value, cst.Await):
        value = awaited(value)
    test = str(edit.data["test"]).replace("{1}", "{end}")
    pieces = {"end": end} if "{end}" in test else {}
    whole = expression(f"({edit.data['name']} := value) {test}", **pieces)
    return cst.While(_with_value(whole, value), loop.body, loop.orelse)


def _with_value(node: cst.BaseExpression, value: cst.BaseExpression) -> cst.BaseExpression:
    """The comparison with the real value in the place of ``value``."""
    comparison = cst.ensure_type(node, cst.Comparison)
    named = cst.ensure_type(comparison.left, cst.NamedExpr)
    bare = value.with_changes(lpar=(), rpar=())
    return comparison.with_changes(left=named.with_changes(value=bare))
