"""The end of the program: what ``atexit`` would call, and must wait, is awaited by the program's entry.

Rewrites
    ``atexit.register(close)`` at module level or in the function with which the program starts, where ``close`` became a
    coroutine function → nothing, and ``await close()`` at that function's end, in ``finally``. Where more than one is
    registered, or elsewhere, a ``contextlib.AsyncExitStack`` of the module keeps them: ``exit_stack.push_async_callback(close)``.

Why it means the same
    Each is called once, the last one first, however the program ends, when threads that are no daemons are done and daemons
    still run. What differs: what fails there ends the program with an exception, which ``atexit`` only prints; what
    ``atexit`` still keeps, since it does not wait, comes afterwards.

Declines when
    The program does not start in one function, in the module that registers. What is registered and does not wait stays.

Source
    https://docs.python.org/3/library/contextlib.html#contextlib.AsyncExitStack
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.exit_calls import decorated, exit_calls
from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.idioms.lasting import above_definitions, with_sets_above
from porter.inference.program import Module
from porter.inference.state import Site
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "at_exit"

_BEFORE = "import atexit\nimport time\n\n\ndef close():\n    time.sleep(1)\n    print('closed')\n\n\n"
_AFTER = "import asyncio\n\n\nasync def close():\n    await asyncio.sleep(1)\n    print('closed')\n\n\n"
EXAMPLES = (
    Example(
        "at_import",
        _BEFORE + "atexit.register(close)\n\n\ndef main():\n    time.sleep(1)\n\n\nmain()\n",
        _AFTER + "async def main():\n    try:\n        await asyncio.sleep(1)\n    finally:\n        await close()\n\n\n"
        "asyncio.run(main())\n",
        "atexit would drop the coroutine",
    ),
)
REFUSALS = (
    Example(
        "nothing_waits",
        "import atexit\n\n\ndef close():\n    print('closed')\n\n\natexit.register(close)\n",
        "import atexit\n\n\ndef close():\n    print('closed')\n\n\natexit.register(close)\n",
        "what does not wait stays atexit's",
    ),
)
_REMEDY = "await it at the end of `main`, in a `finally`"


def propose(view: View) -> Proposal:
    """Edits where coroutine functions are registered; the call at the end is part of the entry's other duties."""
    calls = exit_calls(view)
    if calls.problem:
        reason = f"`atexit` calls it and does not await it: {calls.problem}"
        pins = [
            Pin(function, site.node, reason, _REMEDY)
            for site in calls.sites
            for function in site.functions
            if view.colours.is_async(function)
        ]
        return Proposal(pins=tuple(pins))
    edits: list[Edit] = []
    for site in calls.sites:
        edits.extend(_registered(view, view.module(site.caller), site, calls.stack))
    if calls.stack:
        code = f"{calls.stack} = contextlib.AsyncExitStack()"
        module = view.module(calls.sites[0].caller)
        edits.append(above_definitions(view, NAME, module, code, ("import contextlib",)))
    return Proposal(tuple(edits))


def _registered(view: View, module: Module, site: Site, stack: str) -> Iterator[Edit]:
    function = decorated(module, site)
    if function is not None:
        yield view.edit(NAME, module, function, "undecorated", decorator=ast.unparse(site.node))
        if stack:
            code = f"{stack}.push_async_callback({function.name})"
            yield view.edit(NAME, module, function, "insert", where="after", code=code)
    elif stack:
        assert isinstance(site.node, ast.Call)
        code = f"{stack}.push_async_callback"
        yield view.edit(NAME, module, site.node.func, "replace_expression", code=code)
    else:
        yield view.edit(NAME, module, module.facts.statement(site.node), "remove")


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``undecorated``: a function without one decorator; ``sets_above``: the stack above the first definition."""
    if edit.action == "undecorated":
        function = cst.ensure_type(node, cst.FunctionDef)
        text = cst.Module([]).code_for_node
        kept = [one for one in function.decorators if text(one.decorator) != edit.data["decorator"]]
        return function.with_changes(decorators=kept)
    if edit.action == "sets_above":
        assert isinstance(node, cst.BaseStatement)
        return with_sets_above(edit, node)
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
