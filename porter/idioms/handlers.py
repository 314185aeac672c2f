"""Signal handlers that the event loop can call in place of the interpreter."""

from __future__ import annotations

import ast
import functools

from porter.facts.model import Scope
from porter.idioms.idiom import View
from porter.inference.objects import foreign_caller, reached
from porter.inference.state import Site

_SIGNAL = "signal.signal"


@functools.lru_cache(maxsize=2)
def movable_handlers(view: View) -> dict[Site, frozenset[Scope]]:
    """``signal.signal(number, function)`` where a loop runs, its result unused; and all that the function runs."""
    if not any("signal" in module.facts.text for module in view.targets):
        return {}
    inside = {*reached(view.inference, view.colours.causes), *view.wrapped}
    found = {}
    for site in view.inference.sites:
        call = view.inference.site(site.node) if site.role == "callback" else None
        if call is None or set(call.externals) != {_SIGNAL} or call.functions or site.caller not in inside:
            continue
        if _is_plain(view, site) and not any(view.colours.is_async(function) for function in site.functions):
            found[site] = frozenset(reached(view.inference, site.functions))
    return found


def _is_plain(view: View, site: Site) -> bool:
    node, module = site.node, view.module(site.caller)
    if not isinstance(node, ast.Call) or len(node.args) != 2 or node.keywords or not module.source.is_target:
        return False
    number, handler = node.args
    simple = isinstance(number, (ast.Name, ast.Attribute)) and isinstance(handler, (ast.Name, ast.Attribute, ast.Lambda))
    return simple and isinstance(module.facts.parents[node], ast.Expr)


def runs_on_loop(view: View, function: Scope) -> bool:
    """Whether all outside code that runs a function is the loop itself, once signal handlers are the loop's."""
    movable = movable_handlers(view)
    for site in view.inference.sites:
        if site.role == "callback" and site not in movable and foreign_caller(view.inference, site.node):
            if function in reached(view.inference, site.functions):
                return False
    return True
