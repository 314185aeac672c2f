"""Consumers: what takes the elements of an iterable that has become asynchronous, and is no loop.

Rewrites
    ``list(lines())`` → ``[line async for line in lines()]``; ``set``, ``dict`` → their comprehensions; ``sum(x.n for x in
    xs())`` → ``sum([x.n async for x in xs()])``, and ``sorted``, ``str.join``, ``list.extend`` and their like; ``f(*xs())``,
    ``a, b = xs()``; ``list(map(f, xs()))`` → ``[f(x) async for x in xs()]``, and, where ``f`` became a
    coroutine function, ``[await f(x) for x in xs]``; ``return any(...)`` → a loop; ``any(...)``,
    ``all(...)``, ``x in xs()`` elsewhere → ``await anext((True async for ... if ...), False)``.

Why it means the same
    They take all elements before they give their result, so a list of them does as well; a key function or an operator runs
    after all elements were made, where it ran between them. ``any``, ``all`` and ``in`` stop at the first element that
    decides, and so does ``anext``.

Declines when
    The elements are taken bit by bit by code that does not await: ``csv.reader``, an unknown function. Or when stopping
    early would put off a ``finally`` of the generator. (``zip`` and ``itertools`` are the idiom ``lazies``.)

Source
    https://docs.python.org/3/library/functions.html#anext and https://peps.python.org/pep-0530/
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.inference.frontiers import callee, is_eager, key_of, parameter_of
from porter.inference.iterables import cleans_up, culprit, kinds, names_in, sources
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.values import Constant, ExternalInstance
from porter.syntax.collecting import collected, first_equal, first_found, loop_and_return, mapped, unwrapped
from porter.syntax.names import element_name
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "consumers"

_SLOW = "import time\n\n\ndef words():\n    time.sleep(1)\n    yield 'a'\n\n\n"
_ASYNC = "import asyncio\n\n\nasync def words():\n    await asyncio.sleep(1)\n    yield 'a'\n\n\n"
EXAMPLES = (
    Example(
        "list",
        _SLOW + "def main():\n    return list(words())\n",
        _ASYNC + "async def main():\n    return [word async for word in words()]\n",
        "list cannot take an asynchronous generator",
    ),
    Example(
        "generator_expression",
        _SLOW + "def main():\n    return ', '.join(word.upper() for word in words())\n",
        _ASYNC + "async def main():\n    return ', '.join([word.upper() async for word in words()])\n",
        "join takes all elements anyway",
    ),
    Example(
        "any",
        _SLOW + "def main():\n    return any(word == 'a' for word in words())\n",
        _ASYNC + "async def main():\n    async for word in words():\n        if word == 'a':\n            return True\n"
        "    return False\n",
        "any stops at the first element that decides; a list would not",
    ),
)
_READER = "import csv\n" + _SLOW + "def main():\n    return list(csv.reader(words()))\n"
REFUSALS = (
    Example(
        "csv",
        _READER,
        _READER,
        "a reader asks for a line when it is asked for a row; remedy: collect the lines in a list first",
    ),
)

_ROLES = ("iterate", "next", "callback")
_TRUTH = {"builtins.any": "any", "builtins.all": "all"}
_KINDS = {"builtins.list": "list", "builtins.set": "set", "builtins.dict": "dict"}
_OTHERS = ("builtins.iter", "builtins.next")
"""Calls that other idioms look after."""
_DRIVERS = (".send", ".throw", ".close", ".__next__")


def propose(view: View) -> Proposal:
    """An edit for each such place, or the reason why it cannot be one."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    for (node, role), site in view.colours.awaited.items():
        if role not in _ROLES or _is_outside(view, site) or not (site.functions or site.generators or site.lazies):
            continue
        module = view.module(site.caller)
        if node in view.colours.lazies and not (role == "iterate" and isinstance(module.facts.parents[node], ast.Compare)):
            continue
        made = _called_back(view, module, node) if role == "callback" else _at(view, module, site, node)
        if isinstance(made, str):
            scope = culprit(view.colours, site)
            if scope is not None:
                remedy = "collect the elements in a list first, or loop over them with `for`"
                pins.append(Pin(scope, node, made, remedy, fails=True))
        else:
            edits += made
    return Proposal(tuple(edits), tuple(pins))


def _is_outside(view: View, site: Site) -> bool:
    """Whether a place is module-level code that no coroutine runs."""
    return site.caller.kind == "module" and site.caller not in view.wrapped


def _called_back(view: View, module: Module, node: ast.AST) -> list[Edit] | str:
    """``list(map(f, xs))`` of a coroutine function ``f``."""
    name = callee(view.inference, node)
    if isinstance(node, ast.Call) and name in ("builtins.map", "builtins.filter"):
        return _mapping(view, module, node, name.rpartition(".")[2])
    return []


def _at(view: View, module: Module, site: Site, node: ast.AST) -> list[Edit] | str:
    """The edits at one place; a text is the reason for which there are none."""
    parent = module.facts.parents[node]
    name = callee(view.inference, node)
    if isinstance(node, ast.Call) and node not in view.colours.lazies and (name or _consumes(view, node)):
        return _call(view, module, site, node, name)
    match parent:
        case ast.For(iter=iterable) | ast.comprehension(iter=iterable) if iterable is node:
            return []
        case ast.Assign(value=value) if isinstance(node, (ast.Tuple, ast.List)):
            return [_collect(view, module, value)] if _surely(view, module, value) else "it is unpacked beside other values"
        case ast.Compare() if isinstance(node, ast.expr):
            return _membership(view, module, site, parent, node)
    if isinstance(node, ast.Starred):
        return _starred(view, module, node, parent)
    if isinstance(node, (ast.YieldFrom, ast.Call)):
        return []  # delegation; a call of the program's own with a starred argument, which is a place of its own
    return "its elements are taken where nothing can await"


def _consumes(view: View, node: ast.Call) -> bool:
    """Whether a call outside the program, one of several, takes the elements."""
    called = view.inference.site(node)
    return called is not None and bool(called.externals)


def _surely(view: View, module: Module, expr: ast.expr) -> bool:
    return kinds(view.inference, view.colours, module, expr) == {True}


def _collect(view: View, module: Module, expr: ast.expr, pairs: bool = False) -> Edit:
    """The expression becomes a list of its elements."""
    if isinstance(expr, ast.GeneratorExp):
        return view.edit(NAME, module, expr, "collect")
    name = "key, value" if pairs else element_name(expr)
    return view.edit(NAME, module, expr, "collect", name=name)


# --- calls ---------------------------------------------------------------------------------------------------------


def _call(view: View, module: Module, site: Site, node: ast.Call, name: str) -> list[Edit] | str:
    if name in _OTHERS or name.endswith(_DRIVERS):
        return []
    if site.caller.kind == "lambda":
        return "a lambda cannot await"
    if view.colours.awaits(node, "callback") and (name == "functools.reduce" or key_of(view.inference, node) is not None):
        return []  # `lazies` and `keys` look after the elements, too
    if name in _TRUTH:
        return _truth(view, module, site, node, _TRUTH[name])
    if name in ("builtins.map", "builtins.filter"):
        return _mapping(view, module, node, name.rpartition(".")[2])
    if name == "builtins.enumerate":
        return _enumeration(view, module, node)
    if not is_eager(name):
        return f"`{_shown(name) or ast.unparse(node.func)}` takes its elements bit by bit and does not await them"
    return _eager(view, module, node, name)


def _shown(name: str) -> str:
    return name.removeprefix("builtins.")


def _eager(view: View, module: Module, node: ast.Call, name: str) -> list[Edit] | str:
    edits = []
    alone = len(node.args) == 1 and not node.keywords
    for argument in node.args:
        ways = kinds(view.inference, view.colours, module, argument)
        if isinstance(argument, ast.Starred) or True not in ways:
            continue
        if False in ways:
            return f"`{_shown(name)}` may be given a plain iterable here as well"
        edits.append(_collect(view, module, argument, pairs=alone and name == "builtins.dict"))
    if not edits:
        return "its elements reach this call in a way that porter cannot follow"
    if alone and name in _KINDS:
        edits.append(view.edit(NAME, module, node, "unwrap", kind=_KINDS[name]))
    return edits


def _mapping(view: View, module: Module, node: ast.Call, kind: str) -> list[Edit] | str:
    """``map`` and ``filter`` of one iterable, handed straight to what takes all elements."""
    parent = module.facts.parents[node]
    outer = callee(view.inference, parent)
    if not (isinstance(parent, ast.Call) and node in parent.args and is_eager(outer)):
        return f"`{kind}` takes its elements bit by bit and does not await them"
    parameter = parameter_of(node.args[0]) if node.args else ""
    named = bool(parameter) or (bool(node.args) and isinstance(node.args[0], (ast.Name, ast.Attribute, ast.Constant)))
    if len(node.args) != 2 or node.keywords or not named:
        return f"`{kind}` is given more than a named function and one iterable"
    ways = kinds(view.inference, view.colours, module, node.args[1])
    if len(ways) > 1:
        return f"`{kind}` may be given a plain iterable here as well"
    taken = {name.id for name in ast.walk(node.args[0]) if isinstance(name, ast.Name)}
    name = parameter or element_name(node.args[1], taken)
    waits = view.colours.awaits(node, "callback")
    edits = [view.edit(NAME, module, node, "mapped", kind=kind, name=name, waits=waits, loops=ways == {True})]
    if len(parent.args) == 1 and not parent.keywords and outer in _KINDS:
        edits.append(view.edit(NAME, module, parent, "unwrap", kind=_KINDS[outer]))
    return edits


def _enumeration(view: View, module: Module, node: ast.Call) -> list[Edit] | str:
    parent = module.facts.parents[node]
    if isinstance(parent, ast.For):
        return []
    if not (isinstance(parent, ast.Call) and node in parent.args and is_eager(callee(view.inference, parent))):
        return "`enumerate` takes its elements bit by bit and does not await them"
    if not node.args or not _surely(view, module, node.args[0]):
        return "`enumerate` may be given a plain iterable here as well"
    return [_collect(view, module, node.args[0])]


def _starred(view: View, module: Module, node: ast.Starred, parent: ast.AST) -> list[Edit] | str:
    if not _surely(view, module, node.value):
        return "it may be a plain iterable here as well"
    edits = [_collect(view, module, node.value)]
    if isinstance(parent, (ast.List, ast.Set)) and len(parent.elts) == 1:
        edits.append(view.edit(NAME, module, parent, "unwrap", kind=type(parent).__name__.lower()))
    return edits


# --- stopping early ------------------------------------------------------------------------------------------------


def _truth(view: View, module: Module, site: Site, node: ast.Call, kind: str) -> list[Edit] | str:
    if len(node.args) != 1 or not _surely(view, module, node.args[0]):
        return f"`{kind}` may be given a plain iterable here as well"
    argument = node.args[0]
    reason = _puts_off(view, module, argument, kind)
    if reason:
        return reason
    parent = module.facts.parents[node]
    taken = names_in(site.caller)
    if isinstance(parent, ast.Return) and isinstance(argument, ast.GeneratorExp) and _unfolds(argument, site):
        return [view.edit(NAME, module, parent, "loop_and_return", kind=kind)]
    return [view.edit(NAME, module, node, "first_found", kind=kind, name=element_name(argument, taken))]


def _puts_off(view: View, module: Module, expr: ast.expr, kind: str) -> str:
    for scope in sources(view.inference, view.colours, module, expr):
        if cleans_up(scope):
            return f"`{kind}` stops early, and what `{scope.qualname}` does at its end would come too late"
    return ""


def _unfolds(generator: ast.GeneratorExp, site: Site) -> bool:
    """Whether the generator expression can be written as a loop: one clause, on one line, names that are free around it."""
    if len(generator.generators) != 1 or generator.lineno != generator.end_lineno or site.caller.is_generator:
        return False
    bound = {node.id for node in ast.walk(generator.generators[0].target) if isinstance(node, ast.Name)}
    parts = [generator.elt, *generator.generators[0].ifs]
    return not bound & site.caller.bound and not any(isinstance(part, (ast.IfExp, ast.Lambda, ast.NamedExpr)) for part in parts)


def _membership(view: View, module: Module, site: Site, node: ast.Compare, iterable: ast.expr) -> list[Edit] | str:
    if len(node.ops) != 1 or not _surely(view, module, iterable):
        return "`in` may be asked of a plain iterable here as well"
    left = node.left
    if not _is_plainly_compared(view, module, left):
        return "`in` compares elements by identity as well, which a loop over them might not"
    reason = _puts_off(view, module, iterable, "in")
    if reason:
        return reason
    name = element_name(iterable, names_in(site.caller))
    return [view.edit(NAME, module, node, "membership", name=name, negated=isinstance(node.ops[0], ast.NotIn))]


_PLAIN = ("builtins.str", "builtins.int", "builtins.bytes", "builtins.bool", "types.NoneType")


def _is_plainly_compared(view: View, module: Module, left: ast.expr) -> bool:
    """A constant, or a variable that holds texts or whole numbers: equal to itself, and read as often as one likes."""
    if isinstance(left, ast.Constant):
        return not isinstance(left.value, (float, complex))
    values = view.values(left, module) if isinstance(left, ast.Name) else ()
    return bool(values) and all(
        isinstance(value, Constant) or (isinstance(value, ExternalInstance) and value.cls in _PLAIN) for value in values
    )


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``collect``, ``mapped``, ``unwrap``, ``first_found``, ``membership`` of expressions; ``loop_and_return``."""
    data = edit.data
    kind, name = str(data.get("kind", "")), str(data.get("name", ""))
    match edit.action, node:
        case "collect", cst.BaseExpression():
            return collected(node, name)
        case "mapped", cst.Call():
            return mapped(node, kind, name, waits=bool(data["waits"]), loops=bool(data["loops"]))
        case "unwrap", cst.BaseExpression():
            return unwrapped(node, kind)
        case "first_found", cst.Call():
            return first_found(node, kind, name)
        case "membership", cst.Comparison():
            return _member(node, name, bool(data["negated"]))
        case "loop_and_return", cst.Return(value=cst.Call() as call):
            return loop_and_return(call, kind)
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return filled


def _member(node: cst.Comparison, name: str, negated: bool) -> cst.BaseExpression:
    found = cst.Comparison(cst.Name(name), [cst.ComparisonTarget(cst.Equal(), node.left)])
    made = first_equal(node.comparisons[0].comparator, name, found)
    return (cst.UnaryOperation(cst.Not(), made) if negated else made).with_changes(lpar=node.lpar, rpar=node.rpar)
