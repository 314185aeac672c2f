"""Pools: what ran in the threads of a pool runs in tasks, as many at a time.

Rewrites
    ``with ThreadPoolExecutor(4) as pool`` → ``async with _aio_pools.TaskPool(4) as pool`` (a module copied beside the
    port); ``future.result()`` → ``await future``; ``for ... in pool.map(f, xs)`` and ``in as_completed(futures)`` →
    ``async for``. ``submit`` stays: it takes a coroutine function as well as any other. A ``Future()`` that the program
    makes itself, as readers of replies do, becomes one of the event loop's, which complains of no exception that nobody asks for.

Why it means the same
    As many calls as the pool had workers run beside each other, in the order in which they were submitted; the others
    wait. The block is left when all are done; a failure stops none of the others, and nobody need ask for it. A function
    that only computes still runs in a thread. What differs: work begins at the next await, not at once; tasks change
    places only at awaits; a cancelled wait for a future also cancels the work.

Declines when
    Nothing in the pool waits and no coroutine waits for it; a pool's futures are cancelled, kept iterators of results passed
    on, workers initialised; the program has pools of processes, too; futures are made or completed in threads that stay
    threads, or come from outside. A pool changes with all others of the program.

Source
    https://docs.python.org/3/library/asyncio-task.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.class_names import annotates, class_edits, in_string
from porter.idioms.groups import needs_parens, support_import
from porter.idioms.idiom import Decision, Edit, Example, Proposal, View
from porter.idioms.made_futures import FUTURE, is_cancelled, made_futures
from porter.idioms.pooling import POOLS, iteration_of, objects_of, pools_of, reads_when_done
from porter.inference.blocking import Blocking
from porter.inference.program import Module
from porter.inference.values import External
from porter.syntax.shapes import Statements, awaited
from porter.syntax.templates import fill, in_parens_of

NAME = POOLS
_SUPPORT = "aio_pools"

_SLOW = "def fetch(n):\n    time.sleep(n)\n    return n\n\n\n"
_ASYNC = "async def fetch(n):\n    await asyncio.sleep(n)\n    return n\n\n\n"
EXAMPLES = (
    Example(
        "map",
        "import time\nfrom concurrent.futures import ThreadPoolExecutor\n\n\n" + _SLOW + "def main():\n"
        "    with ThreadPoolExecutor(4) as pool:\n        for n in pool.map(fetch, range(9)):\n            print(n)\n",
        "import asyncio\n\nimport _aio_pools\n\n\n" + _ASYNC + "async def main():\n"
        "    async with _aio_pools.TaskPool(4) as pool:\n        async for n in pool.map(fetch, range(9)):\n"
        "            print(n)\n",
        "four at a time, results in the order of the arguments",
    ),
    Example(
        "result",
        "import time\nfrom concurrent.futures import ThreadPoolExecutor\n\n\n" + _SLOW + "def main():\n"
        "    with ThreadPoolExecutor() as pool:\n        future = pool.submit(fetch, 1)\n        print(future.result())\n",
        "import asyncio\n\nimport _aio_pools\n\n\n" + _ASYNC + "async def main():\n"
        "    async with _aio_pools.TaskPool() as pool:\n        future = pool.submit(fetch, 1)\n        print(await future)\n",
        "a future is a task, and is awaited itself",
    ),
)
REFUSALS = (
    Example(
        "computing",
        "from concurrent.futures import ThreadPoolExecutor\n\n\ndef main():\n    with ThreadPoolExecutor() as pool:\n"
        "        print(list(pool.map(sum, [[1], [2]])))\n",
        "from concurrent.futures import ThreadPoolExecutor\n\n\ndef main():\n    with ThreadPoolExecutor() as pool:\n"
        "        print(list(pool.map(sum, [[1], [2]])))\n",
        "what only computes stays in threads",
    ),
)


def decide(view: View, b: Blocking) -> Decision | None:
    """All calls of pools and futures have one fate."""
    if b.row.idiom != NAME:
        return None
    pools = pools_of(view)
    if pools.problem:
        return Decision("refused", reason=pools.problem, remedy=pools.remedy, group=NAME)
    if not pools.ported:
        return Decision("kept", reason="the pool stays one of threads, and nothing asynchronous waits for it")
    if not b.row.blocks or reads_when_done(view, b):
        return Decision("kept", reason="the future is done when this is called") if b.row.blocks else Decision("kept")
    dropped = b.row.tail == "map" and isinstance(b.site.node, ast.Call) and _is_dropped(view, b)
    return Decision("ported", awaited=not dropped, group=NAME)


def _is_dropped(view: View, b: Blocking) -> bool:
    assert isinstance(b.site.node, ast.Call)
    return iteration_of(view, view.module(b.site.caller), b.site.node) == "dropped"


def propose(view: View) -> Proposal:
    """Edits for all pools, and the futures that they give."""
    pools = pools_of(view)
    if not pools.ported or NAME in view.refused:
        return Proposal()
    edits: list[Edit] = []
    for b in pools.calls:
        if b.site.role == "call" and isinstance(b.site.node, ast.Call) and not reads_when_done(view, b):
            edits.extend(_call(view, view.module(b.site.caller), b, b.site.node))
    twin = f"_{_SUPPORT}.TaskPool"
    edits.extend(class_edits(view, NAME, objects_of(view), lambda group: True, lambda name, group: twin))
    edits.extend(_names(view))
    return Proposal(tuple(edits))


def _names(view: View) -> Iterator[Edit]:
    """The class of futures: where the program makes them, in annotations, in tests."""
    twin = _future_class(view)
    for module in view.targets:
        for node in module.facts.nodes if "concurrent" in module.facts.text else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and annotates(module, node) is not None:
                yield from _quoted(view, module, node, twin)
            if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
                continue
            found = view.inference.program.resolve(node, module.facts.scope_of(node))
            if isinstance(found, External) and view.inference.state.outside.public(found.name) == FUTURE:
                yield _replace(view, module, node, twin, ())


def _future_class(view: View) -> str:
    """Futures that the program makes complete quietly, as before; what a pool gives is a task."""
    return f"_{_SUPPORT}.Future" if made_futures(view) else "asyncio.Task"


def _quoted(view: View, module: Module, node: ast.Constant, twin: str) -> Iterator[Edit]:
    """Annotations that are strings."""
    code = before = module.facts.span(node).cut(module.facts.text)
    for part, _ in in_string(view, module, node, {FUTURE}):
        code = code.replace(ast.unparse(part), twin)
    if code != before:
        yield _replace(view, module, node, code, ())


def _call(view: View, module: Module, b: Blocking, node: ast.Call) -> Iterator[Edit]:
    tail = b.row.tail
    given = bool(node.args or node.keywords)
    match tail:
        case "result" if not given and not is_cancelled(view) and isinstance(node.func, ast.Attribute):
            yield _replace(view, module, node, "await {0}", (node.func.value,))
        case "result" | "exception" if isinstance(node.func, ast.Attribute):
            limit = [*node.args, *(keyword.value for keyword in node.keywords)]
            named = ", timeout={1}" if node.keywords else ", {1}" if limit else ""
            yield _replace(view, module, node, f"await _{_SUPPORT}.{tail}({{0}}{named})", (node.func.value, *limit))
        case "shutdown":
            yield view.edit(NAME, module, node, "await", group=NAME, parens=needs_parens(module, node))
        case "wait":
            yield _replace(view, module, node.func, f"_{_SUPPORT}.wait", ())
            yield view.edit(NAME, module, node, "await", group=NAME, parens=needs_parens(module, node))
        case "map" | "as_completed":
            if tail == "as_completed":
                yield _replace(view, module, node.func, f"_{_SUPPORT}.as_completed", ())
            yield from _looped(view, module, node)


def _looped(view: View, module: Module, node: ast.Call) -> Iterator[Edit]:
    """The place that takes the results one by one."""
    parent = module.facts.parents[node]
    match iteration_of(view, module, node):
        case "for":
            yield view.edit(NAME, module, parent, "async_for", group=NAME)
        case "comprehension":
            yield view.edit(NAME, module, parent, "async_comprehension", group=NAME)
        case "eager":
            at = parent if _is_list(module, node) else node
            name = "future" if isinstance(node.func, ast.Name) or node.func.attr == "as_completed" else "result"  # type: ignore[attr-defined]
            yield view.edit(NAME, module, at, "collect", target="Call", group=NAME, name=name, alone=at is parent)


def _is_list(module: Module, node: ast.Call) -> bool:
    """Whether a list of all results is what is wanted."""
    parent = module.facts.parents[node]
    return isinstance(parent, ast.Call) and ast.unparse(parent.func) == "list" and len(parent.args) == 1


def _replace(view: View, module: Module, node: ast.expr, code: str, parts: tuple[ast.expr, ...]) -> Edit:
    imports: tuple[str, ...] = ()
    support: tuple[str, str] | None = None
    if f"_{_SUPPORT}." in code:
        statement, copy = support_import(module, _SUPPORT)
        imports, support = (statement,), (_SUPPORT, copy)
    elif "asyncio." in code:
        imports = ("import asyncio",)
    return view.edit(
        NAME,
        module,
        node,
        "replace_expression",
        imports=imports,
        group=NAME,
        code=code,
        parts=tuple(module.facts.span(part) for part in parts),
        parens=code.startswith("await") and needs_parens(module, node),
        support=support,
    )


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``await``; ``async_for``, ``async_comprehension``: loops; ``collect``: a list of all results."""
    match edit.action:
        case "await":
            assert isinstance(node, cst.BaseExpression)
            return awaited(node, parens=bool(edit.data.get("parens")))
        case "async_for":
            return cst.ensure_type(node, cst.For).with_changes(asynchronous=cst.Asynchronous())
        case "async_comprehension":
            return cst.ensure_type(node, cst.CompFor).with_changes(asynchronous=cst.Asynchronous())
        case "collect":
            assert isinstance(node, cst.BaseExpression)
            name = cst.Name(str(edit.data["name"]))
            given = cst.ensure_type(node, cst.Call).args[0].value if edit.data["alone"] else node
            loop = cst.CompFor(target=name, iter=given, asynchronous=cst.Asynchronous())
            return in_parens_of(node, cst.ListComp(elt=name, for_in=loop))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
