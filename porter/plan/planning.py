"""From settled decisions to the plan that is shown and carried out."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from porter.catalogue import Catalogue
from porter.catalogue.entry import USER
from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Idiom, Refusal, View
from porter.idioms.scripts import script_functions
from porter.inference.agreeing import method_names
from porter.inference.blocking import Blocking, find_lookalikes
from porter.inference.colours import Cause
from porter.inference.factories import Names, factory_names
from porter.inference.opening import Openings
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.state import Site, caller_of
from porter.plan.copies import with_shared_copies
from porter.plan.model import NOTHING_WITHHELD, BlockingCall, Plan, Resolution, Step, Uncertain, Verdict, Withheld
from porter.plan.settle import Settled, root_of, settle
from porter.project.model import Project
from porter.project.support import support_needs


def make_plan(
    project: Project,
    inference: Inference,
    catalogue: Catalogue,
    idioms: Sequence[Idiom],
    withheld: Withheld = NOTHING_WITHHELD,
) -> Plan:
    """Settle, then write everything down in a fixed order."""
    settled = settle(project, inference, catalogue, idioms, withheld)
    view = settled.view
    edits = with_shared_copies(_ordered(settled, project), inference.program)
    calls = sorted(_calls(view), key=lambda call: (call.path, call.span, call.callee))
    verdicts = sorted(_verdicts(view), key=lambda verdict: (verdict.path, verdict.span))
    known = {root_of(refusal.reason) for refusal in settled.refusals}
    others = [refusal for refusal in _refused_calls(calls) if root_of(refusal.reason) not in known]
    refusals = sorted([*settled.refusals, *others], key=lambda r: (r.path, r.span, r.reason))
    return Plan(
        calls=tuple(calls),
        verdicts=tuple(verdicts),
        edits=tuple(edits),
        refusals=tuple(_without_repeats(refusals)),
        uncertain=tuple(_uncertain(view)),
        resolution=_resolution(view),
        renames=tuple(sorted((qualified(view, scope), name) for scope, name in {**script_functions(view), **view.names}.items())),
        support=tuple(sorted(_support(edits))),
        dependencies=tuple(sorted({row.needs for b in view.blocking if (row := b.row).needs and _ported(view, b)})),
    )


def _ported(view: View, b: Blocking) -> bool:
    decision = view.decisions.get(b)
    return decision is not None and decision.outcome == "ported"


def _ordered(settled: Settled, project: Project) -> list[Edit]:
    """File by file; within a file in the idioms' order, which is that of carrying out."""
    paths = [source.shown for source in project.files]
    rank = {path: position for position, path in enumerate(paths)}
    edits = [edit for _, proposal in settled.proposals for edit in proposal.edits]
    unique = list({(e.path, e.span, e.target, e.idiom, e.action, e.where, repr(e.data)): e for e in edits}.values())
    return sorted(unique, key=lambda edit: rank[edit.path])


def qualified(view: View, scope: Scope) -> str:
    """``module.Class.method``."""
    module = view.module(scope)
    return f"{module.name}.{scope.qualname}" if scope.qualname else module.name


# --- the account ---------------------------------------------------------------------------------------------------


def _calls(view: View) -> list[BlockingCall]:
    by_site: dict[tuple[ast.AST, str], BlockingCall] = {}
    rank = {"refused": 3, "offloaded": 2, "ported": 1, "kept": 0}
    for b, decision in view.decisions.items():
        if not b.row.blocks and not (b.row.library == USER and decision.awaited):
            continue
        module = view.module(b.site.caller)
        call = BlockingCall(
            module.source.shown,
            module.facts.span(b.site.node),
            b.row.name,
            qualified(view, b.site.caller),
            decision.outcome,
            decision.reason,
            decision.remedy,
        )
        key = (b.site.node, b.site.role)
        known = by_site.get(key)
        if known is None or rank[call.outcome] > rank[known.outcome]:
            by_site[key] = call
    return list(by_site.values())


def _refused_calls(calls: Sequence[BlockingCall]) -> list[Refusal]:
    return [
        Refusal(call.path, call.span, f"`{call.callee}` stays blocking: {call.reason}", call.remedy)
        for call in calls
        if call.outcome == "refused"
    ]


def _without_repeats(refusals: Sequence[Refusal]) -> list[Refusal]:
    return list({(r.path, r.span, r.reason): r for r in refusals}.values())


def _uncertain(view: View) -> list[Uncertain]:
    found = []
    for alike in find_lookalikes(view.inference, view.catalogue, _coroutine_methods(view)):
        module = view.module(alike.site.caller)
        if module.source.is_target and alike.site.node not in view.colours.named:
            span = module.facts.span(alike.site.node)
            found.append(Uncertain(module.source.shown, span, alike.name, alike.candidates))
    return sorted(found, key=lambda item: (item.path, item.span))


def _coroutine_methods(view: View) -> dict[str, tuple[str, ...]]:
    """Methods that become coroutines, by their bare names; those are left out that common objects have, too."""
    found = {
        name: tuple(qualified(view, scope) for scope in scopes if scope in view.colours.causes)
        for name, scopes in method_names(view.inference).items()
    }
    return {name: coroutines for name, coroutines in found.items() if coroutines}


def _resolution(view: View) -> Resolution:
    inference = view.inference
    by_type = by_name = unresolved = capped = 0
    for module in inference.program.modules.values():
        if not module.source.is_target:
            continue
        for node in module.facts.nodes:
            if isinstance(node, ast.Call):
                site = inference.site(node)
                if node in view.colours.named:
                    by_name += 1
                elif site is not None and (site.functions or site.externals or site.plain):
                    by_type += 1
                    capped += _is_capped(inference, node.func, module)
                else:
                    unresolved += 1
    return Resolution(by_type, by_name, unresolved, capped)


def _is_capped(inference: Inference, callee: ast.expr, module: Module) -> bool:
    receiver = callee.value if isinstance(callee, ast.Attribute) else callee
    return inference.is_capped(callee, module) or inference.is_capped(receiver, module)


def _support(edits: Sequence[Edit]) -> set[tuple[str, str]]:
    """Support modules that edits import, and where their copies go."""
    found = set()
    for edit in edits:
        support = edit.data.get("support")
        if isinstance(support, tuple):
            name, copy = support
            found.add((name, copy))
            beside = PurePosixPath(copy).parent
            found.update((other, str(beside / f"_{other.removeprefix('.')}.py")) for other in support_needs(name))
    return found


# --- verdicts ------------------------------------------------------------------------------------------------------


def _verdicts(view: View) -> list[Verdict]:
    found = []
    factories = factory_names(view.inference, Openings(view.inference, view.colours))
    unresolved = _unresolved_calls(view)
    for module in view.targets:
        for scope in module.facts.scopes.values():
            if scope.kind == "function":
                found.append(_verdict(view, scope, factories, unresolved))
    return found


def _verdict(view: View, scope: Scope, factories: Mapping[Scope, Names], unresolved: Mapping[Scope, list[ast.Call]]) -> Verdict:
    module = view.module(scope)
    span = module.facts.span(scope.node)
    name = qualified(view, scope)
    chain = _chain(view, scope)
    cause = view.colours.causes.get(scope)
    if cause is None:
        reason = view.pinned.get(scope) or _why_not(view, scope, unresolved)
        return Verdict(module.source.shown, span, name, False, reason)
    top = view.names.get(scope, "")
    opens = f"; its class opens in `{factories[scope].factory}`" if scope in factories else ""
    return Verdict(module.source.shown, span, name, True, _reason(view, cause) + opens, chain, top)


def _why_not(view: View, scope: Scope, unresolved: Mapping[Scope, list[ast.Call]]) -> str:
    left = [d for b, d in view.decisions.items() if b.site.caller is scope]
    if any(d.outcome == "refused" for d in left):
        return "its blocking calls were refused"
    if any(d.outcome == "kept" for d in left):
        return "its blocking calls are kept"
    open_ = unresolved.get(scope, [])
    if not open_:
        return "no call of it blocks"
    places = ", ".join(f"`{ast.unparse(call.func)}` on line {call.lineno}" for call in open_[:3])
    more = f" and {len(open_) - 3} more" if len(open_) > 3 else ""
    return f"no call of it is known to block; nothing is known of {places}{more}"


def _unresolved_calls(view: View) -> dict[Scope, list[ast.Call]]:
    """The calls of each function of which nothing is known."""
    found: dict[Scope, list[ast.Call]] = {}
    for module in view.targets:
        for node in module.facts.nodes:
            if isinstance(node, ast.Call) and node not in view.colours.named:
                site = view.inference.site(node)
                if site is None or not (site.functions or site.externals or site.plain):
                    found.setdefault(caller_of(module.facts.scope_of(node)), []).append(node)
    return {scope: sorted(calls, key=lambda call: (call.lineno, call.col_offset)) for scope, calls in found.items()}


def _reason(view: View, cause: Cause) -> str:
    if cause.blocking is not None:
        return f"calls {cause.blocking.row.name}"
    if cause.row:
        return f"{cause.family} {cause.row}"
    callee = qualified(view, cause.callee) if cause.callee is not None else "?"
    if cause.family:
        return f"{cause.family} {callee}"
    assert cause.site is not None
    known = ", as its name alone says" if cause.site.node in view.colours.named else ""
    return f"{_VERBS.get(cause.site.role, 'calls')} {callee}{known}"


_VERBS = {"enter": "enters", "exit": "leaves", "iterate": "iterates over", "next": "takes the next of", "property": "reads"}


def _chain(view: View, scope: Scope) -> tuple[Step, ...]:
    """Down to the catalogue row: causes were found breadth first, so the chain is a shortest one."""
    steps: list[Step] = []
    at: Scope | None = scope
    seen: set[Scope] = set()
    while at is not None and at not in seen and at in view.colours.causes:
        seen.add(at)
        cause = view.colours.causes[at]
        steps.append(_step(view, at, cause))
        at = cause.callee
    return tuple(steps)


def _step(view: View, scope: Scope, cause: Cause) -> Step:
    site: Site | None = cause.site if not cause.family else None
    module = view.module(scope)
    node = site.node if site is not None and site.caller is scope else scope.node
    if site is not None and site.caller is not scope:
        module = view.module(site.caller)
        node = site.node
    callee = cause.blocking.row.name if cause.blocking is not None else cause.row
    if not callee and cause.callee is not None:
        callee = qualified(view, cause.callee)
    return Step(module.source.shown, module.facts.span(node), qualified(view, scope), callee)
