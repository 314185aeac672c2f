"""Blocking calls: the places whose callee has a catalogue row, and the look-alikes whose receiver is unknown."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from porter.catalogue import Catalogue, Row
from porter.inference.result import Inference
from porter.inference.state import Site, caller_of
from porter.inference.values import ExternalInstance, Value

_MAKEFILE = "socket.socket.makefile"


@dataclass(frozen=True, slots=True, eq=False)
class Blocking:
    """A place that reaches something the catalogue knows. ``row.blocks`` says whether it holds up the loop."""

    site: Site
    row: Row
    receivers: tuple[Value, ...]
    others: tuple[str, ...] = ()
    """Other outside callables that the same place may reach, and the catalogue does not know."""


def find_blocking(inference: Inference, catalogue: Catalogue) -> list[Blocking]:
    """All places that reach a catalogue row, in order of discovery; a place that reaches several rows gives several."""
    found: list[Blocking] = []
    for site in inference.sites:
        if site.role == "spawn" or _is_awaited(inference, site) or _is_in_thread(inference, site):
            continue
        rows: dict[Row, list[Value]] = {}
        others: list[str] = []
        for name, receivers in inference.external_names(site):
            known = _rows(inference, catalogue, name, receivers) | _left(inference, catalogue, site, name, receivers)
            if known:
                for row, values in known.items():
                    rows.setdefault(row, []).extend(values)
            elif not _is_no_iterator(inference, name) and name != _CLOSING:
                others.append(name)
        for row in _elements(inference, catalogue, site):
            rows.setdefault(row, [])
        found.extend(Blocking(site, row, tuple(values), tuple(others)) for row, values in rows.items())
    return found


_CLOSING = "contextlib.closing.__enter__"
"""What does nothing but hand on what it is given."""


def _left(
    inference: Inference, catalogue: Catalogue, site: Site, name: str, receivers: tuple[Value, ...]
) -> dict[Row, list[Value]]:
    """Who enters a context leaves it, too, which may be what blocks: ``with subprocess.Popen(...)`` waits at its end."""
    if site.role != "enter" or not name.endswith(".__enter__"):
        return {}
    rows = _rows(inference, catalogue, name.removesuffix("__enter__") + "__exit__", receivers)
    return {row: values for row, values in rows.items() if row.blocks and not row.idiom}


def _is_no_iterator(inference: Inference, name: str) -> bool:
    """Whether a loop's callee is but a guess: what an element is, where the stubs do not say what gives the elements."""
    owner, _, tail = name.rpartition(".")
    outside = inference.state.outside
    return tail == "__next__" and outside.is_class(owner) and not outside.has_member(owner, tail)


_THREADED = ("to_thread", "run_in_executor", "submit")


def _is_in_thread(inference: Inference, site: Site) -> bool:
    """Whether what is called back runs in another thread already: ``asyncio.to_thread(f)``."""
    call = inference.site(site.node) if site.role == "callback" else None
    return call is not None and any(name.rpartition(".")[2] in _THREADED for name in call.externals)


def _is_awaited(inference: Inference, site: Site) -> bool:
    """Whether the source awaits already what is reached here."""
    parent = inference.program.module_for(site.caller).facts.parents.get(site.node)
    match parent:
        case ast.Await() | ast.AsyncFor():
            return True
        case ast.comprehension(is_async=flag):
            return bool(flag)
        case ast.withitem():
            return isinstance(inference.program.module_for(site.caller).facts.parents[parent], ast.AsyncWith)
    return False


def _elements(inference: Inference, catalogue: Catalogue, site: Site) -> list[Row]:
    """The rows of what a call outside the program gives, where it is looped over in place: ``for name in ftp.mlsd():``."""
    parent = inference.program.module_for(site.caller).facts.parents.get(site.node)
    if isinstance(parent, (ast.Attribute, ast.Assign, ast.Expr, ast.Return)):
        return []  # nobody takes the elements here: the call goes over what it is given
    called = inference.site(site.node) if site.role in ("iterate", "next") else None
    names = called.externals if called is not None and called.role == "call" else ()
    outside = inference.state.outside
    made = (f"{outside.public(one)}().__next__" for name in names for one in (name, *outside.method_names(name)))
    return list(dict.fromkeys(row for name in made if (row := catalogue.row(name)) is not None))


def _rows(inference: Inference, catalogue: Catalogue, name: str, receivers: tuple[Value, ...]) -> dict[Row, list[Value]]:
    """The rows of one outside callable: what a receiver came from decides before its class does."""
    outside = inference.state.outside
    rows: dict[Row, list[Value]] = {}
    if not receivers:
        names = (name, outside.public(name), *outside.method_names(name))  # ``Base.method(self)`` names an inherited one, too
        row = next((found for one in names if (found := catalogue.row(one)) is not None), None)
        if row is not None:
            rows[row] = []
        return rows
    tail = name.rpartition(".")[2]
    for receiver in receivers:
        source = receiver.source if isinstance(receiver, ExternalInstance) else ""
        row = catalogue.row(f"{source}().{tail}") if source == _MAKEFILE else None
        if row is None and source != _MAKEFILE:
            row = next((r for n in outside.method_names(name) if (r := catalogue.row(n)) is not None), None)
        if row is not None:
            rows.setdefault(row, []).append(receiver)
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class LookAlike:
    """A call of a blocking method's name on a receiver that nothing is known of."""

    site: Site
    name: str
    candidates: tuple[str, ...]


def find_lookalikes(inference: Inference, catalogue: Catalogue, coroutines: Mapping[str, tuple[str, ...]]) -> list[LookAlike]:
    """Calls that may block for all that is known. ``coroutines``: methods that become coroutines, by their bare names."""
    found = []
    for module in inference.program.modules.values():
        for node in module.facts.nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name = node.func.attr
            if name not in catalogue.blocking_tails and name not in coroutines:
                continue
            site = inference.site(node)
            if site is not None and (site.functions or site.externals or not site.unknown):
                continue
            if site is None and inference.values(node.func.value, module):
                continue
            place = site or Site(node, "call", caller_of(module.facts.scope_of(node)))
            rows = catalogue.with_tail(name) if name in catalogue.blocking_tails else ()
            candidates = (*(row.name for row in rows), *coroutines.get(name, ()))
            found.append(LookAlike(place, name, candidates))
    return found
