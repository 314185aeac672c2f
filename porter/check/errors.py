"""What goes wrong with a fixture itself, as opposed to the port that it tests."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from porter.project.faults import UsageFault


class FixtureError(UsageFault):
    """A fixture, or a request to check it, makes no sense; the message says where and what to do."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """``unknown KIND `name```, with the known name that comes nearest, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(names)}"
    return f"unknown {kind} `{name}`; {hint}"
