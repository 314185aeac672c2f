"""Closed: no blocking call of the catalogue stands in a coroutine unless the plan says so."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from porter.catalogue import Catalogue
from porter.catalogue.entry import Row
from porter.inference.state import Site
from porter.inference.values import ExternalInstance
from porter.plan.model import FileChange, Plan
from porter.project.settings import Settings
from porter.syntax.places import Span
from porter.verify.finding import Finding
from porter.verify.view import View

CHECK = "blocking"


def check(
    view: View, plan: Plan, changes: Mapping[str, FileChange], settings: Settings, catalogue: Catalogue
) -> Iterator[Finding]:
    """Blocking calls in coroutines of changed files that the plan neither kept, nor refused, nor sent to a thread."""
    named = {path: [call.span for call in plan.calls if call.path == path and call.outcome != "ported"] for path in changes}
    for site in view.inference.sites:
        if site.role != "call" or not isinstance(site.caller.node, ast.AsyncFunctionDef) or not site.externals:
            continue
        module = view.module_of(site.caller)
        change = changes.get(module.source.shown)
        row = _row(view, site, catalogue) if change is not None else None
        if change is None or row is None or (row.files and settings.files == "keep"):
            continue
        place = _old_place(module.facts.span(site.node), change)
        if not any(call.start < place.end and place.start < call.end for call in named[change.path]):
            yield Finding(module, site.node, CHECK, f"`{row.name}` blocks, and it stands in a coroutine", site.caller.node)


def _row(view: View, site: Site, catalogue: Catalogue) -> Row | None:
    """The row of a blocking call, if all that is reached there has one."""
    rows = [_row_of(view, name, receivers, catalogue) for name, receivers in site.externals.items()]
    if site.functions or site.plain or not all(rows):
        return None
    return rows[0]


def _row_of(view: View, name: str, receivers: Iterable[object], catalogue: Catalogue) -> Row | None:
    names = [view.public(name), *view.inference.state.outside.method_names(name)]
    for receiver in receivers:
        if isinstance(receiver, ExternalInstance) and receiver.source:
            names.insert(0, f"{view.public(receiver.source)}().{name.rpartition('.')[2]}")
    row = next((row for row in map(catalogue.row, names) if row is not None), None)
    return row if row is not None and row.blocks and row.kind in ("function", "method") else None


def _old_place(new: Span, change: FileChange) -> Span:
    """Where a call of the new text stood in the old: its own place, or all of the patch that it stands in."""
    shift = 0
    for patch in change.patches:
        if patch.new.start >= new.end:
            break
        if new.start < patch.new.end and patch.new.start < new.end:
            return patch.old
        shift = patch.old.end - patch.new.end
    return Span(new.start + shift, new.end + shift)
