"""Signals: a handler that sets what tasks wait for is called by the loop.

Rewrites
    ``signal.signal(signal.SIGTERM, stop)`` → ``asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop,
    signal.SIGTERM, None)``, where ``stop`` sets an event, or puts into a queue, that became asyncio's, or exits.

Why it means the same
    The interpreter would call the handler in the midst of the loop's own work, and the loop, asleep in its selector, would
    not see that an event was set; an exit would end whichever task runs, and asyncio would tell of it. What differs: the
    handler runs between two steps of the program, and its frame is None; Windows has no such handlers.

Declines when
    The result is used, no loop runs there, or the handler itself would have to wait. A handler that touches nothing of the
    loop's stays the interpreter's. One that raises what the main task catches keeps that function synchronous: the exception
    would leave the loop, and not come to where the task waits.

Source
    https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.add_signal_handler
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.handlers import movable_handlers
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.idioms.raising_handlers import raising_handlers
from porter.inference.exits import exits
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "signals"
_OBJECTS = frozenset({"locks", "queues", "timers", "pools"})

EXAMPLES = (
    Example(
        "stop_event",
        "import signal\nimport threading\n\nstopped = threading.Event()\n\n\ndef stop(number, frame):\n    stopped.set()\n\n\n"
        "def main():\n    signal.signal(signal.SIGTERM, stop)\n    stopped.wait()\n\n\nmain()\n",
        "import asyncio\nimport signal\n\nstopped = asyncio.Event()\n\n\ndef stop(number, frame):\n    stopped.set()\n\n\n"
        "async def main():\n    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop, signal.SIGTERM, None)\n"
        "    await stopped.wait()\n\n\nasyncio.run(main())\n",
        "only a handler of the loop's wakes the loop",
    ),
)
REFUSALS = (
    Example(
        "plain_flag",
        "import signal\n\nrunning = True\n\n\ndef stop(number, frame):\n    global running\n    running = False\n\n\n"
        "def main():\n    signal.signal(signal.SIGTERM, stop)\n",
        "import signal\n\nrunning = True\n\n\ndef stop(number, frame):\n    global running\n    running = False\n\n\n"
        "def main():\n    signal.signal(signal.SIGTERM, stop)\n",
        "a variable needs no loop",
    ),
    Example(
        "handler_that_raises",
        "import signal\nimport time\n\n\ndef ring(number, frame):\n    raise TimeoutError\n\n\ndef main():\n"
        "    signal.signal(signal.SIGALRM, ring)\n    signal.alarm(1)\n    try:\n        time.sleep(9)\n"
        "    except TimeoutError:\n        print('late')\n\n\nmain()\n",
        "import signal\nimport time\n\n\ndef ring(number, frame):\n    raise TimeoutError\n\n\ndef main():\n"
        "    signal.signal(signal.SIGALRM, ring)\n    signal.alarm(1)\n    try:\n        time.sleep(9)\n"
        "    except TimeoutError:\n        print('late')\n\n\nmain()\n",
        "it would be raised in the loop, not in the task; remedy: async with asyncio.timeout(1)",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each handler that touches the loop's objects; pins where one raises what the main task would catch."""
    if not any("signal" in module.facts.text for module in view.targets):
        return Proposal()
    touching = {b.site.caller for b in view.blocking if b.row.idiom in _OBJECTS}
    touching |= {scope for _, scope, _ in exits(view.inference)}
    edits = []
    for site, functions in movable_handlers(view).items():
        if touching.isdisjoint(functions):
            continue
        module, node = view.module(site.caller), site.node
        assert isinstance(node, ast.Call)
        edits.append(
            view.edit(
                NAME,
                module,
                node,
                "replace_expression",
                imports=("import asyncio",),
                code="asyncio.get_running_loop().add_signal_handler({0}, {1}, {0}, None)",
                parts=tuple(module.facts.span(argument) for argument in node.args),
            )
        )
    return Proposal(tuple(edits), tuple(raising_handlers(view)))


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Templates all."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
