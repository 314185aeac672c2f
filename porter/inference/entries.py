"""Entries: what a program runs by itself, beginning with the top level of its modules.

A library runs next to nothing by itself: its functions wait for callers that are not there yet.
"""

from __future__ import annotations

import functools

from porter.facts.model import Scope
from porter.inference.result import Inference
from porter.inference.state import Site


@functools.lru_cache(maxsize=2)
def run_by_program(inference: Inference) -> frozenset[Scope]:
    """All functions that the top level of a module to be ported may run, directly or not, in whatever thread.

    With a method, all special methods of its class count: Python calls them without a word in the source.
    """
    calls: dict[Scope, list[Scope]] = {}
    for site in inference.sites:
        if site.role != "callback" or not _keeps(inference, site):
            calls.setdefault(site.caller, []).extend(site.functions)
    work = [module.facts.module for module in inference.program.modules.values() if module.source.is_target]
    seen = set(work)
    while work:
        scope = work.pop()
        found = [*calls.get(scope, ()), *_special(scope)]
        fresh = [function for function in dict.fromkeys(found) if function not in seen]
        seen.update(fresh)
        work.extend(fresh)
    return frozenset(seen)


_KEEPERS = ("functools.", "typing.", "contextlib.", "abc.", "dataclasses.", "inspect.")


def _keeps(inference: Inference, site: Site) -> bool:
    """Whether what gets a function at a place hands it back, or wraps it, and does not run it."""
    call = inference.site(site.node)
    return call is not None and bool(call.externals) and all(name.startswith(_KEEPERS) for name in call.externals)


def _special(scope: Scope) -> list[Scope]:
    """Special methods of the class whose method this is."""
    owner = scope.parent
    if owner is None or owner.kind != "class":
        return []
    return [child for child in owner.children if child.name.startswith("__") and child.name.endswith("__")]
