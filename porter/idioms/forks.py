"""Forks: a child process is no place to go on with the loop of its parent.

Rewrites
    Nothing.

Why it means the same
    What would fork in a coroutine stays synchronous, and with it what it calls. Beside a loop that runs, the child would have
    a copy of it that asyncio does not let it use, and the descriptor by which the parent waits.

Declines when
    A coroutine would call ``os.fork``, ``os.forkpty`` or ``pty.fork``. A plain function that forks, and starts or leaves the
    child without waiting for anything that became asynchronous, stays as it is.

Source
    https://docs.python.org/3/library/os.html#os.fork
"""

from __future__ import annotations

import libcst as cst

from porter.idioms.idiom import Edit, Example, Pin, Proposal, View
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "forks"
_FORKS = frozenset(("os.fork", "os.forkpty", "pty.fork"))
_REMEDY = "fork before the loop runs, or start the child with subprocess"

_PLAIN = (
    "import os\n\n\ndef start(command):\n    if os.fork() == 0:\n        os.execvp(command[0], command)\n\n\n"
    "def main():\n    start(['true'])\n"
)
_WAITS = (
    "import os\nimport time\n\n\ndef main():\n    if os.fork() == 0:\n        time.sleep(1)\n        os._exit(0)\n"
    "    time.sleep(2)\n\n\nmain()\n"
)
EXAMPLES: tuple[Example, ...] = ()
REFUSALS = (
    Example("forks_and_waits", _WAITS, _WAITS, "the child has no loop to wait by; remedy: " + _REMEDY),
    Example("forks_only", _PLAIN, _PLAIN, "nothing here waits"),
)


def propose(view: View) -> Proposal:
    """Pins for the coroutines that would fork."""
    outside = view.inference.state.outside
    pins = []
    for site in view.inference.sites:
        name = next((outside.public(one) for one in site.externals if outside.public(one) in _FORKS), "")
        if name and site.role == "call" and view.in_coroutine(site.caller):
            reason = f"`{name}` would copy a running event loop, which the child cannot use"
            pins.append(Pin(site.caller, site.node, reason, _REMEDY))
    return Proposal(pins=tuple(pins))


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """There is nothing to rewrite."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
