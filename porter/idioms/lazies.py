"""Lazy iterators: ``zip``, ``map``, ``itertools`` over what became asynchronous, where their elements are taken one by one.

Rewrites
    ``pages = map(fetch, urls)`` → ``pages = (await fetch(url) for url in urls)``, and ``filter``, ``filterfalse``, ``starmap``
    likewise; ``for page in map(fetch, urls):`` → ``for url in urls:`` with ``page = await fetch(url)`` in it; ``for line in
    islice(lines(), 3):`` → ``async for line in _aio_iteration.islice(lines(), 3):`` (a module copied beside the port), and
    ``zip``, ``chain``, ``takewhile``, ``groupby``, ``tee`` and the others likewise, ``iter(read, b"")`` as ``until``.

Why it means the same
    An asynchronous generator expression is as lazy as ``map``: nothing is called before an element is asked for. What the
    support module has takes plain and asynchronous iterables, as many elements as its namesake, in the same order.

Declines when
    No loop over the iterator is in sight; or it may stop early over a generator that cleans up, which would be closed later.

Source
    https://docs.python.org/3/library/itertools.html and https://peps.python.org/pep-0530/
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.groups import support_import
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.lambda_names import gets_name
from porter.inference.frontiers import callee, is_eager, is_plain_mapping, parameter_of
from porter.inference.iterables import cleans_up, culprit, kinds, names_in, sources
from porter.inference.lazies import function_of
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.values import BoundExternal, BoundMethod, External, FunctionValue
from porter.syntax.collecting import generated, mapped, rejected
from porter.syntax.names import element_name
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, awaited, body_of, line, statements
from porter.syntax.templates import fill

NAME = "lazies"
_SUPPORT = "aio_iteration"

_SLOW = "import time\n\n\ndef fetch(url):\n    time.sleep(1)\n    return url\n\n\n"
_ASYNC = "import asyncio\n\n\nasync def fetch(url):\n    await asyncio.sleep(1)\n    return url\n\n\n"
_WORDS = "import itertools\nimport time\n\n\ndef words():\n    time.sleep(1)\n    yield 'a'\n\n\n"
EXAMPLES = (
    Example(
        "map_in_a_loop",
        _SLOW + "def main(urls):\n    for page in map(fetch, urls):\n        print(page)\n",
        _ASYNC + "async def main(urls):\n    for url in urls:\n        page = await fetch(url)\n        print(page)\n",
        "the loop itself can await",
    ),
    Example(
        "map_passed_on",
        _SLOW + "def show(pages):\n    for page in pages:\n        print(page)\n\n\n"
        "def main(urls):\n    show(map(fetch, urls))\n",
        _ASYNC + "async def show(pages):\n    async for page in pages:\n        print(page)\n\n\n"
        "async def main(urls):\n    await show(await fetch(url) for url in urls)\n",
        "an asynchronous generator expression is as lazy as map",
    ),
    Example(
        "islice",
        _WORDS + "def main():\n    for word in itertools.islice(words(), 3):\n        print(word)\n",
        "import asyncio\n\nimport _aio_iteration\n\n\nasync def words():\n    await asyncio.sleep(1)\n    yield 'a'\n\n\n"
        "async def main():\n    async for word in _aio_iteration.islice(words(), 3):\n        print(word)\n",
        "itertools cannot take an asynchronous generator",
    ),
)
REFUSALS = (
    Example(
        "nobody_loops",
        _SLOW + "def pages(urls):\n    return map(fetch, urls)\n",
        _SLOW + "def pages(urls):\n    return map(fetch, urls)\n",
        "who takes the elements may not await them; remedy: make it a list, or a generator function",
    ),
)

_EXPRESSIONS = ("builtins.map", "builtins.filter", "itertools.filterfalse", "itertools.starmap")
"""Those that a generator expression can stand for."""
_STOPPING = ("builtins.zip", "itertools.islice", "itertools.takewhile", "itertools.compress", "builtins.map")
"""Those that may end before all of their iterables have."""
_FUNCTIONS = (BoundExternal, BoundMethod, External, FunctionValue)
_NAMES = {"builtins.iter": "until", "itertools.chain.from_iterable": "chain_from_iterable"}


def propose(view: View) -> Proposal:
    """What becomes of each such iterator, and of the loop that it stands in."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    seen: set[ast.AST] = set()
    for (node, role), site in view.colours.awaited.items():
        if role == "callback" and callee(view.inference, node) == "functools.reduce" and view.in_coroutine(site.caller):
            edits += _reduced(view, view.module(site.caller), node)
        if node not in view.colours.lazies or node in seen or not isinstance(node, ast.Call):
            continue
        seen.add(node)
        if site.caller.kind == "module" and site.caller not in view.wrapped:
            continue
        module = view.module(site.caller)
        reason = _problem(view, module, node)
        if reason:
            scope = culprit(view.colours, site) or view.colours.lazies[node].callee or site.caller
            remedy = "collect the elements in a list first, or loop over them with `for`"
            pins.append(Pin(scope, node, reason, remedy, fails=True))
        else:
            edits += _form(view, module, site, node)
    return Proposal(tuple(edits), tuple(pins))


def _problem(view: View, module: Module, node: ast.Call) -> str:
    """Why the iterator cannot become asynchronous; ``""`` if it can."""
    name = callee(view.inference, node)
    shown = name.removeprefix("builtins.")
    for argument in node.args:
        for scope in sources(view.inference, view.colours, module, argument):
            stops = name in _STOPPING and len(node.args) > 1 and not (name in _EXPRESSIONS and is_plain_mapping(node))
            if cleans_up(scope) and (stops or not _is_exhausted(view, node)):
                return f"`{shown}` stops early, and what `{scope.qualname}` does at its end would come too late"
    function = function_of(view.inference, node)
    if not isinstance(function, ast.Lambda) or _kind(view, module, node) != "supported":
        return ""
    if gets_name(view, module.facts.scopes[function]):
        return ""
    if _waits_inside(view, module, function):
        return f"the lambda that `{shown}` is given cannot await"
    return ""


def _is_exhausted(view: View, node: ast.Call) -> bool:
    """Whether all that take elements of the iterator take them to the end."""
    for site in view.inference.lazy_consumers.get(node, ()):
        parents = view.module(site.caller).facts.parents
        match parents.get(site.node):
            case ast.For(iter=iterable) as loop if iterable is site.node:
                if any(isinstance(one, (ast.Break, ast.Return)) for one in ast.walk(loop)):
                    return False
            case ast.comprehension():
                pass
            case _:
                if not is_eager(callee(view.inference, site.node)):
                    return False
    return True


def _waits_inside(view: View, module: Module, function: ast.Lambda) -> bool:
    """Whether a lambda would have to await, and does not just hand on what its one call gives."""
    inside = [node for node in ast.walk(function.body) if node is not function.body]
    roles = ("call", "property", "operator", "iterate", "next")
    return any(view.colours.awaits(node, role) for node in inside for role in roles)  # type: ignore[arg-type]


def _kind(view: View, module: Module, node: ast.Call) -> str:
    """``expression`` or ``supported``."""
    name = callee(view.inference, node)
    if name not in _EXPRESSIONS or not is_plain_mapping(node) or len(_ways(view, module, node)) > 1:
        return "supported"
    if not view.colours.awaits(node, "callback") and _ways(view, module, node) != {True}:
        return "supported"  # it is asynchronous because another is that the same loop may meet
    if name == "itertools.starmap" and isinstance(node.args[0], ast.Lambda):
        return "supported"
    return "expression" if _is_steady(view, module, node.args[0]) else "supported"


def _ways(view: View, module: Module, node: ast.Call) -> set[bool]:
    return kinds(view.inference, view.colours, module, node.args[1])


def _is_steady(view: View, module: Module, function: ast.expr) -> bool:
    """Whether an expression gives the same function however late it is evaluated."""
    if isinstance(function, (ast.Lambda, ast.Constant)):
        return True
    scope = module.facts.scope_of(function)
    if isinstance(function, ast.Attribute):
        known = all(isinstance(value, _FUNCTIONS) for value in view.values(function, module))
        return known and _is_steady(view, module, function.value)
    if not isinstance(function, ast.Name):
        return False
    owner = scope.binding(function.id)
    if owner is None or owner.kind == "module":
        return True
    stores = (node for node in ast.walk(owner.node) if isinstance(node, ast.Name) and node.id == function.id)
    return all(isinstance(node.ctx, ast.Load) for node in stores)


# --- forms ---------------------------------------------------------------------------------------------------------


def _form(view: View, module: Module, site: Site, node: ast.Call) -> list[Edit]:
    parent = module.facts.parents[node]
    direct = isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node
    if _kind(view, module, node) == "supported":
        edits = [_supported(view, module, node)]
        return [*edits, view.edit(NAME, module, parent, "asynchronous")] if direct else edits
    name = callee(view.inference, node).rpartition(".")[2]
    loops = _ways(view, module, node) == {True}
    taken = names_in(site.caller)
    waits = view.colours.awaits(node, "callback")
    given = parameter_of(node.args[0])
    if isinstance(parent, ast.For) and direct and _unfolds(module, parent, node, name, site):
        same = isinstance(parent.target, ast.Name) and parent.target.id == given
        element = given if same or (given and given not in site.caller.bound) else element_name(node.args[1], taken)
        element = "args" if name == "starmap" else element
        if name in ("filter", "filterfalse"):
            element = ast.unparse(parent.target)
        if not given or element == given:
            return [view.edit(NAME, module, parent, "loop", whole=True, kind=name, name=element, waits=waits, loops=loops)]
    inner = {one.id for one in ast.walk(node.args[0]) if isinstance(one, ast.Name)}
    element = given or ("args" if name == "starmap" else element_name(node.args[1], inner))
    bare = isinstance(parent, ast.Call) and len(parent.args) == 1 and not parent.keywords and parent.func is not node
    edit = view.edit(NAME, module, node, "expression", kind=name, name=element, waits=waits, loops=loops, bare=bare)
    return [edit, view.edit(NAME, module, parent, "asynchronous")] if direct else [edit]


def _unfolds(module: Module, loop: ast.For, node: ast.Call, name: str, site: Site) -> bool:
    """Whether the loop itself can call the function for each element."""
    if isinstance(node.args[0], ast.Constant) or loop.lineno == loop.body[0].lineno:
        return False
    if name in ("map", "starmap"):
        return name == "map" or "args" not in names_in(site.caller)
    if not isinstance(loop.target, ast.Name):
        return False
    target = loop.target.id
    if parameter_of(node.args[0]) not in ("", target):
        return False
    inside = set(ast.walk(loop))
    others = (one for one in ast.walk(site.caller.node) if isinstance(one, ast.Name) and one.id == target)
    return target in site.caller.bound and all(one in inside or isinstance(one.ctx, ast.Store) for one in others)


def _supported(view: View, module: Module, node: ast.Call) -> Edit:
    name = callee(view.inference, node)
    statement, copy = support_import(module, _SUPPORT)
    code = f"_{_SUPPORT}.{_NAMES.get(name, name.rpartition('.')[2])}"
    support = (_SUPPORT, copy)
    return view.edit(NAME, module, node.func, "replace_expression", imports=(statement,), code=code, support=support)


def _reduced(view: View, module: Module, node: ast.AST) -> list[Edit]:
    """``functools.reduce`` of a coroutine function is awaited as a whole."""
    assert isinstance(node, ast.Call)
    parens = needs_parentheses(module.facts.parents[node], node)
    return [_supported(view, module, node), view.edit(NAME, module, node, "await", parens=parens)]


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``asynchronous``: a loop or comprehension; ``expression``: the call as a generator expression; ``loop``."""
    data = edit.data
    match edit.action, node:
        case "asynchronous", _:
            return node.with_changes(asynchronous=cst.Asynchronous())
        case "await", cst.Call():
            return awaited(node, parens=bool(data["parens"]))
        case "expression", cst.Call():
            return generated(_comprehension(edit, node), bare=bool(data["bare"]))
        case "loop", cst.For(iter=cst.Call() as call):
            return (_unfolded(edit, node, call),)
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return filled


def _comprehension(edit: Edit, call: cst.Call) -> cst.ListComp:
    kind, name = str(edit.data["kind"]), str(edit.data["name"])
    plain = {"filterfalse": "filter"}.get(kind, kind)
    made = mapped(call, plain, name, waits=bool(edit.data["waits"]), loops=bool(edit.data["loops"]))
    return rejected(made) if kind == "filterfalse" else made


def _unfolded(edit: Edit, loop: cst.For, call: cst.Call) -> cst.For:
    """``for`` over the iterable, with the call of the function at its beginning."""
    made = _comprehension(edit, call)
    if edit.data["kind"] in ("map", "starmap"):
        code = "{target} = {value}\n"
        first = statements(code, target=loop.target, value=made.elt)
        target: cst.BaseAssignTargetExpression = cst.ensure_type(made.for_in.target, cst.Name)
    else:
        test = rejected(made).for_in.ifs[0].test
        first = (cst.If(test, cst.IndentedBlock([line(cst.Continue())])),)
        target = loop.target
    headless = cst.ensure_type(loop.body, cst.IndentedBlock).with_changes(header=cst.TrailingWhitespace())
    body = cst.ensure_type(loop.body, cst.IndentedBlock).with_changes(body=[*first, *body_of(headless)])
    return loop.with_changes(
        target=target,
        iter=made.for_in.iter,
        body=body,
        asynchronous=cst.Asynchronous() if edit.data["loops"] else None,
    )
