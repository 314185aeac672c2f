"""Transactions on what lies in files: whether a task would wait while it has one open.

A database in a file is read and written in place, as regular files are. The tasks of one loop share its thread, though: what
another task writes there meanwhile would wait for the end of the transaction, and keep the loop from ever getting to it.
"""

from __future__ import annotations

import ast
import functools

from porter.idioms.idiom import View
from porter.inference.blocking import Blocking
from porter.inference.sections import Sections

_ENDS = frozenset(("commit", "rollback"))


def waits_inside(view: View, b: Blocking) -> bool:
    """Whether something waits in what a call ends: the body of a ``with``, or what stands before it in its function."""
    if b.row.tail == "__exit__":
        return _sections(view).waits_inside(view.module(b.site.caller), b.site.node)
    if b.row.tail not in _ENDS:
        return False
    begun = [
        other.site.node
        for other in view.blocking
        if other.row.library == b.row.library and other.row.tail.startswith("execute") and other.site.caller is b.site.caller
    ]
    return any(
        _sections(view).waits_between(b.site.caller, first, b.site.node) for first in begun if _is_before(first, b.site.node)
    )


def _is_before(first: ast.AST, last: ast.AST) -> bool:
    places = ((getattr(node, "lineno", 0), getattr(node, "col_offset", 0)) for node in (first, last))
    return next(places) < next(places)


@functools.lru_cache(maxsize=2)
def _sections(view: View) -> Sections:
    return Sections(view.inference, view.colours.awaited.values(), view.colours.causes)


__all__ = ["waits_inside"]
