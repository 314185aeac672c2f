"""Lambdas that must wait: functions with names.

Rewrites
    ``on("news", lambda item: print(fetch(item)))`` → ``async def callback(item): return print(await fetch(item))`` above the
    statement, and ``on("news", callback)``; ``double = lambda n: 2 * fetch(n)`` → ``async def double(n): ...``. So does a lambda
    that waits for nothing itself, where its place is taken by functions that do: whoever calls it awaits it. One that only
    calls hands the coroutine on: ``lambda: time.sleep(1)`` → ``lambda: asyncio.sleep(1)``.

Why it means the same
    Both see the same variables, as they are when they are called. What differs: the function's ``__name__``, and that default
    values are worked out before the rest of the statement.

Declines when
    The lambda stands in a comprehension, another lambda, a class body, an ``elif``, a decorator or a default value: a function
    above the statement would not see the same variables, or not be made at the same time.

Source
    https://docs.python.org/3/reference/expressions.html#lambda
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.lambda_names import Names, hands_on_a_call, needs_name, own_name, why_nameless
from porter.inference.program import Module
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "lambdas"

EXAMPLES = (
    Example(
        "named",
        "import time\n\n\ndef fetch(n):\n    time.sleep(1)\n    return n\n\n\ndef main():\n"
        "    double = lambda n: 2 * fetch(n)\n    print(double(2))\n\n\nmain()\n",
        "import asyncio\n\n\nasync def fetch(n):\n    await asyncio.sleep(1)\n    return n\n\n\nasync def main():\n"
        "    async def double(n):\n        return 2 * await fetch(n)\n\n    print(await double(2))\n\n\nasyncio.run(main())\n",
        "there is no asynchronous lambda",
    ),
)
REFUSALS = (
    Example(
        "in_a_comprehension",
        "import time\n\n\ndef fetch(n):\n    time.sleep(1)\n    return n\n\n\ndef main():\n"
        "    later = [lambda: n + fetch(n) for n in range(2)]\n    print(later[0]())\n\n\nmain()\n",
        "import time\n\n\ndef fetch(n):\n    time.sleep(1)\n    return n\n\n\ndef main():\n"
        "    later = [lambda: n + fetch(n) for n in range(2)]\n    print(later[0]())\n\n\nmain()\n",
        "a function outside of the comprehension would not see its variable",
    ),
)
_REMEDY = "make the lambda a named function"


def propose(view: View) -> Proposal:
    """A function for each lambda that became a coroutine function and does more than call another."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    names = Names()
    above: dict[ast.stmt, list[tuple[Scope, str]]] = {}
    for scope in sorted(view.colours.causes, key=lambda scope: getattr(scope.node, "lineno", 0)):
        module = view.module(scope)
        if not needs_name(view, scope):
            if hands_on_a_call(view, scope):
                edits.append(view.edit(NAME, module, scope.node, "hand_on"))
            continue
        why = why_nameless(module, scope)
        if why:
            pins.append(Pin(scope, scope.node, why, _REMEDY))
            continue
        name = own_name(module, scope)
        above.setdefault(module.facts.statement(scope.node), []).append((scope, name or names.free(view, scope)))
        if not name:
            edits.append(view.edit(NAME, module, scope.node, "named", name=above[module.facts.statement(scope.node)][-1][1]))
    for statement, lambdas in above.items():
        edits.append(_defined(view, statement, lambdas))
    return Proposal(tuple(edits), tuple(pins))


def _defined(view: View, statement: ast.stmt, lambdas: list[tuple[Scope, str]]) -> Edit:
    """The functions, above a statement or in its place."""
    module = view.module(lambdas[0][0])
    code, parts = [], []
    for number, (scope, name) in enumerate(lambdas):
        node = scope.node
        assert isinstance(node, ast.Lambda)
        dropped = "" if _is_dropped(view, scope) else "return "
        code.append(f"async def {name}({_taken(module, node)}):\n    {dropped}{{{number}}}")
        parts.append(module.facts.span(node.body))
    above = module.facts.parents[statement]
    blank = 2 if isinstance(above, ast.Module) else 1
    first = not isinstance(above, ast.Module) and getattr(above, "body", [])[:1] == [statement]
    data: dict[str, object] = {"code": "\n".join(code), "parts": tuple(parts), "blank": blank, "first": first}
    if own_name(module, lambdas[0][0]):
        last = getattr(above, "body", [])[-1:] == [statement]
        return view.edit(NAME, module, statement, "replace_statement", extra=data, last=last)
    return view.edit(NAME, module, statement, "insert", where="before", extra=data, last=False)


def _taken(module: Module, node: ast.Lambda) -> str:
    """The parameters, as the source spells them."""
    text, whole, body = module.facts.text, module.facts.span(node), module.facts.span(node.body)
    head = text[whole.start + len("lambda") : body.start].rstrip().rstrip("(").rstrip()
    return head.removesuffix(":").strip()


def _is_dropped(view: View, scope: Scope) -> bool:
    """Whether nobody asks for the lambda's result."""
    callers = view.inference.callers(scope)
    return bool(callers) and all(isinstance(view.module(site.caller).facts.parents.get(site.node), ast.Expr) for site in callers)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``named``: the function's name; ``hand_on``: no ``await``; else templates, with blank lines around the functions."""
    if edit.action == "named":
        return cst.Name(str(edit.data["name"]))
    if edit.action == "hand_on":
        whole = cst.ensure_type(node, cst.Lambda)
        return whole.with_changes(body=whole.body.expression) if isinstance(whole.body, cst.Await) else whole
    filled = fill(edit.action, edit.data, node)
    assert isinstance(filled, tuple), edit.action
    blank = [cst.EmptyLine(indent=False)] * (2 if edit.data["blank"] == 2 else 1)
    spaced = [cst.ensure_type(one, cst.FunctionDef).with_changes(leading_lines=blank) for one in filled]
    if edit.data["first"]:
        spaced[0] = spaced[0].with_changes(leading_lines=[])
    if not edit.data["last"]:
        body = cst.ensure_type(spaced[-1].body, cst.IndentedBlock)
        spaced[-1] = spaced[-1].with_changes(body=body.with_changes(footer=blank))
    return tuple(spaced)
