"""Settling: colours, lowerings and refusals that agree with each other.

Each round decides every blocking call, colours the program and lets the idioms propose their edits. What cannot be done is
taken back together with its whole group, and the next round starts without it. Refusals only grow, so it ends.
"""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from porter.catalogue import Catalogue
from porter.facts.model import Scope
from porter.idioms.idiom import Decision, Idiom, Pin, Proposal, Refusal, View
from porter.inference.blocking import Blocking, find_blocking
from porter.inference.colour import colour, foreign_override
from porter.inference.colours import Cause, Colours
from porter.inference.finalizers import quiet_finalizers
from porter.inference.flags import synchronous_only
from porter.inference.frontiers import is_unused
from porter.inference.handled import is_served
from porter.inference.io_classes import file_method, own_files, regular_files
from porter.inference.lending import borrowers
from porter.inference.named import find_named
from porter.inference.request_servers import GROUP, RequestServers, request_servers, starts_server
from porter.inference.result import Inference
from porter.inference.row_names import overrides_of_rows, replaced_names
from porter.inference.serving import ready_functions
from porter.inference.sockets import Sockets, find_sockets
from porter.inference.spawning import becomes_task, find_threads, handed_to_threads
from porter.inference.spinning import spinning_loops, thread_targets
from porter.inference.state import Site
from porter.inference.toplevel import wrapped_modules
from porter.plan.lowering import lower
from porter.plan.model import NOTHING_WITHHELD, Withheld
from porter.plan.names import new_names
from porter.plan.transactions import waits_inside
from porter.project.model import Project
from porter.syntax.places import Span

_ROUNDS = 200
_COMMENT = "kept by a comment"
_NO_NAMES: Mapping[Scope, str] = {}


@dataclass(slots=True, eq=False)
class Settled:
    """The outcome: a view whose parts agree, and each idiom's proposal."""

    view: View
    proposals: list[tuple[Idiom, Proposal]]
    refusals: list[Refusal]


@dataclass(slots=True, eq=False)
class _Taken:
    """What has been taken back so far."""

    groups: dict[str, Refusal] = field(default_factory=dict)
    calls: dict[Blocking, Refusal] = field(default_factory=dict)
    pinned: dict[Scope, str] = field(default_factory=dict)
    kept: set[Scope] = field(default_factory=set)
    contained: set[Scope] = field(default_factory=set)
    """Pinned functions that nobody is seen to run: what they call changes all the same, and they get holes. Finalizers, too."""
    left: set[ast.AST] = field(default_factory=set)
    """Places with a refusal that nobody is seen to run, and that keep nothing else back."""
    hopping: dict[Blocking, str] = field(default_factory=dict)
    """Calls on objects that stay blocking ones, in coroutines; and why the objects stay."""
    refusals: dict[tuple[str, int, str], Refusal] = field(default_factory=dict)

    def size(self) -> int:
        return len(self.groups) + len(self.calls) + len(self.pinned) + len(self.hopping) + len(self.left)


def settle(
    project: Project,
    inference: Inference,
    catalogue: Catalogue,
    idioms: Sequence[Idiom],
    withheld: Withheld = NOTHING_WITHHELD,
) -> Settled:
    """Decide everything. ``idioms`` are asked in order; the first that has an answer for a call decides it."""
    targets = {module.facts.module for module in inference.program.modules.values() if module.source.is_target}
    named = find_named(inference, catalogue)
    places = {(b.site.node, b.site.role) for b in named}  # a user's row wins over a built-in one
    built_in = [b for b in find_blocking(inference, catalogue) if (b.site.node, b.site.role) not in places]
    blocking = tuple(b for b in (*named, *built_in) if b.site.caller.module in targets)
    taken = _Taken()
    servers = request_servers(inference, catalogue)
    _initial_pins(project, inference, taken, {*overrides_of_rows(inference, catalogue), *servers.coroutines, *servers.looked_up})
    _withhold(inference, taken, withheld)
    _withhold_servers(servers, blocking, taken)
    view = View(project, inference, catalogue, blocking, {}, Colours(), Sockets(), _NO_NAMES, taken.groups, taken.pinned)
    if _leaves_holes(view):
        view = replace(view, quiet=frozenset(node for module in view.targets for node in synchronous_only(module)))
    finalizers = quiet_finalizers(inference, blocking)
    taken.contained.update(finalizers.methods - taken.pinned.keys())
    view = replace(view, finalizers=finalizers)
    sockets = find_sockets(inference)
    for _ in range(_ROUNDS):
        lower(inference, sockets, taken.groups, targets, finalizers.run)
        view = replace(view, sockets=sockets)
        _pin_served(inference, taken, servers)
        view = _coloured(view, idioms, taken)
        before = taken.size()
        _take_groups(view, taken)
        _take_conflicts(view, taken)
        _take_subscripts(view, taken)
        if taken.size() != before:
            continue
        view = _with_forms(view)
        proposals = [(idiom, idiom.propose(view)) for idiom in idioms]
        for _, proposal in proposals:
            for pin in proposal.pins:
                if not _leave(view, taken, pin):
                    _pin(view, taken, pin)
            for group, refusal in proposal.refused:
                _refuse_group(view, taken, group, refusal)
        _take_blocking_coroutines(view, taken)
        if taken.size() == before:
            _note_finalizers(view, taken)
            return Settled(view, proposals, list(taken.refusals.values()))
    raise RuntimeError("settling does not end")  # each round takes something back, so this is porter's own fault


def _note_finalizers(view: View, taken: _Taken) -> None:
    """What a finalizer may leave undone in the port."""
    running = {site.caller for site in view.colours.holes.values()}
    for scope in view.finalizers.asking:
        if scope in running or (scope in view.finalizers.aliased and view.colours.is_async(scope)):
            module = view.module(scope)
            span = module.facts.span(view.finalizers.aliased.get(scope, scope.node))
            reason = "where it would wait for an answer, it ends with an error: nobody can await what the garbage collector calls"
            _note(taken, Refusal(module.source.shown, span, reason, "close the object before the last reference to it goes"))


def _with_forms(view: View) -> View:
    """What follows from the colours: new names, servers to wait for, modules whose top level becomes a coroutine."""
    threads = find_threads(view.inference, view.sockets)
    started = [s.scope for s in threads.spawns if becomes_task(s, view.colours)]
    started += [site.caller for cls in threads.classes if view.colours.is_async(cls.run) for site in cls.starts]
    spawned = {scope for scope in started if scope.kind == "module"}
    view = replace(view, ready=ready_functions(view.inference, view.sockets, view.colours))
    wrapped = wrapped_modules(view.inference, view.colours, spawned)
    return replace(view, names=new_names(view), wrapped=wrapped)


def _withhold_servers(servers: RequestServers, blocking: Sequence[Blocking], taken: _Taken) -> None:
    """Request servers of which one cannot be ported; and handlers that wait for nothing, where no server is run."""
    known = servers.problem
    if known is not None:
        span = known.module.facts.span(known.node)
        taken.groups.setdefault(GROUP, Refusal(known.module.source.shown, span, known.reason, known.remedy, group=GROUP))
    elif not any(b.row.blocks and b.row.idiom == "request_servers" or any(map(is_served, b.receivers)) for b in blocking):
        taken.groups.setdefault(GROUP, Refusal("", Span(0, 0), "no server is run", _keep_remedy(), group=GROUP))


def _pin_served(inference: Inference, taken: _Taken, servers: RequestServers) -> None:
    """The methods of handlers and servers, once those stay as they are."""
    if GROUP in taken.groups:
        for scope in (*servers.coroutines, *servers.looked_up):
            base = foreign_override(inference, scope)
            caller = f"`{base}`" if base else "a handler"
            taken.pinned.setdefault(scope, f"{caller} calls it, without `await`, in the thread that serves a request")
            taken.kept.add(scope)


def _coloured(view: View, idioms: Sequence[Idiom], taken: _Taken) -> View:
    """Decisions and colours; repeated while colours bring new decisions (a lock becomes async when its section awaits)."""
    replaced = replaced_names(view.inference, view.catalogue).keys()
    overrides = {scope: row.name for scope, row in overrides_of_rows(view.inference, view.catalogue).items()}
    servers = request_servers(view.inference, view.catalogue)
    ported = GROUP not in taken.groups
    overrides |= {scope: GROUP for scope in servers.coroutines if ported}
    outside = servers.waiting if ported else frozenset()
    view = replace(view, agreed=False)
    for _ in range(20):
        decisions = _decisions(view, idioms, taken)
        seeds = [b for b, decision in decisions.items() if decision.awaited]
        spinning = _spinning(view)
        lending = [lent.scope for _, _, lent in borrowers(view.inference, view.sockets)]
        given = (
            taken.pinned,
            taken.contained,
            view.quiet,
            replaced,
            overrides,
            spinning,
            outside,
            lending,
            view.finalizers.aliased,
        )
        colours = colour(view.inference, seeds, *given)
        colours.async_values = {f for group in view.sockets.groups if group.lowering == "object" for f in group.files}
        same = colours.causes.keys() == view.colours.causes.keys() and decisions == view.decisions
        agreed = view.agreed
        view = replace(view, decisions=decisions, colours=colours, agreed=same)
        if same and agreed:
            break
    return view


def _spinning(view: View) -> list[Scope]:
    """The functions that wait in a loop for what others change, if others became tasks."""
    if not any(map(view.colours.is_async, thread_targets(view.inference))):
        return []
    return list(dict.fromkeys(spinning_loops(view.inference).values()))


def _decisions(view: View, idioms: Sequence[Idiom], taken: _Taken) -> dict[Blocking, Decision]:
    """A decision for each blocking call; and for calls that do not block but whose equivalent must be awaited."""
    decided = {}
    for b in view.blocking:
        decision = _decide(view, b, idioms, taken)
        if b.row.blocks or decision.awaited:
            decided[b] = decision
    return decided


def _decide(view: View, b: Blocking, idioms: Sequence[Idiom], taken: _Taken) -> Decision:
    site = b.site
    module = view.module(site.caller)
    if b.site.node in view.quiet:
        return Decision("kept", reason="it stands in a branch for the synchronous colour")
    if b in taken.hopping:
        return Decision("offloaded", awaited=True, reason=taken.hopping[b], hop=True)
    refusal = taken.calls.get(b)
    if refusal is not None:
        return Decision("refused", reason=refusal.reason, remedy=refusal.remedy)
    if b.row.blocks and (getattr(site.node, "lineno", 0) in module.facts.kept or site.caller in taken.kept):
        reason = taken.pinned.get(site.caller, "") if site.caller in taken.kept else ""
        return Decision("kept", reason=reason or _COMMENT, group=_group(view, b, idioms))
    if view.settings.files == "keep" and regular_files(view.inference, b) and not own_files(view.inference, b):
        if b.row.remedy and waits_inside(view, b):
            return Decision("refused", reason="a task would wait inside of its transaction", remedy=b.row.remedy)
        return Decision("kept", reason='regular files are left as they are (files = "keep")')
    if site.caller in taken.pinned:
        decided = _asked(view, b, idioms)
        if decided is None and b.row.blocks and b.row.remedy:
            return Decision("refused", reason=f"porter has no idiom for `{b.row.name}`", remedy=b.row.remedy)
        if decided is None or decided.awaited or b.row.blocks:
            group = decided.group if decided is not None else ""
            return Decision("refused", reason=taken.pinned[site.caller], remedy=_keep_remedy(), group=group)
        return decided
    decision = _asked(view, b, idioms)
    if decision is not None:
        known = taken.groups.get(decision.group) if decision.group else None
        if known is not None:
            return Decision("refused", reason=known.reason, remedy=known.remedy, group=decision.group)
        return decision
    return Decision("refused", reason=f"porter has no idiom for `{b.row.name}`", remedy=b.row.remedy or _keep_remedy())


def _asked(view: View, b: Blocking, idioms: Sequence[Idiom]) -> Decision | None:
    """The answer of the first idiom that has one."""
    for idiom in idioms:
        decision = idiom.decide(view, b) if idiom.decide is not None else None
        if decision is not None:
            return decision
    return None


def _group(view: View, b: Blocking, idioms: Sequence[Idiom]) -> str:
    decision = _asked(view, b, idioms)
    return decision.group if decision is not None else ""


def _keep_remedy() -> str:
    return "mark the call with `# porter: keep`, or give a [[catalogue]] row for it"


# --- taking back ---------------------------------------------------------------------------------------------------


def _initial_pins(project: Project, inference: Inference, taken: _Taken, overrides: Collection[Scope]) -> None:
    for module in inference.program.modules.values():
        for scope in module.facts.scopes.values():
            if scope.kind != "function":
                continue
            name = f"{module.name}.{scope.qualname}"
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in project.settings.frozen):
                taken.pinned[scope] = "the setting `frozen` names it"
            elif not module.source.is_target:
                continue
            elif getattr(scope.node, "lineno", 0) in module.facts.kept:
                taken.pinned[scope] = _COMMENT
                taken.kept.add(scope)
            elif starts_server(inference, scope):
                taken.pinned[scope] = "it runs once, in the server's constructor, before anything is served"
                taken.kept.add(scope)
            elif scope not in overrides and (base := _foreign(inference, scope)):
                taken.pinned[scope] = f"it overrides a method of `{base}`, which calls it without `await`"
    for scope, reason in handed_to_threads(inference).items():
        taken.pinned.setdefault(scope, reason)
        taken.kept.add(scope)


def _withhold(inference: Inference, taken: _Taken, withheld: Withheld) -> None:
    """What the checker did not believe is taken back from the start."""
    for group, refusal in withheld.groups.items():
        taken.groups[group] = replace(refusal, group=group)
    for module in inference.program.modules.values():
        whole = withheld.files.get(module.source.shown)
        for scope in module.facts.scopes.values():
            name = f"{module.name}.{scope.qualname}" if scope.qualname else module.name
            found = withheld.functions.get((module.source.shown, name)) or whole
            if found is not None:
                taken.pinned[scope] = found.reason
    for refusal in (*withheld.groups.values(), *withheld.functions.values(), *withheld.files.values()):
        _note(taken, refusal)


_OPEN_BASES = ("unittest.case.TestCase", "unittest.TestCase")


def _foreign(inference: Inference, scope: Scope) -> str:
    base = "" if file_method(inference, scope) is not None else foreign_override(inference, scope)
    outside = inference.state.outside
    is_open = base == "threading.Thread" or any(outside.is_subclass(base, known) for known in _OPEN_BASES)
    return "" if not base or is_open else base


def _take_groups(view: View, taken: _Taken) -> None:
    """A group of which one call stays blocking stays as it is."""
    for b, decision in view.decisions.items():
        stays = decision.outcome == "refused" or (decision.outcome == "kept" and _stays(taken, b, decision))
        if stays and decision.group and b.row.blocks | (decision.outcome == "refused"):
            module = view.module(b.site.caller)
            span = module.facts.span(b.site.node)
            reason, remedy = decision.reason, decision.remedy or _keep_remedy()
            if decision.outcome == "kept":
                reason = f"another use of the same object is kept: {reason}"
                remedy = "let that use change as well, or keep what uses the object together"
            refusal = Refusal(module.source.shown, span, reason, remedy)
            if decision.group not in taken.groups:
                taken.groups[decision.group] = replace(refusal, group=decision.group)


def _stays(taken: _Taken, b: Blocking, decision: Decision) -> bool:
    return decision.reason == _COMMENT or b.site.caller in taken.kept


def _take_conflicts(view: View, taken: _Taken) -> None:
    around = _Around(view)
    for conflict in view.colours.conflicts:
        if conflict.scope in taken.contained:
            continue
        if conflict.scope in taken.pinned:
            _take_callers_reason(view, taken, conflict.node, conflict.scope, around)
        elif conflict.stays and (_leaves_holes(view) or is_unused(view.inference, conflict.scope)):
            _pin(view, taken, Pin(conflict.scope, conflict.node, conflict.reason, conflict.remedy))
            taken.contained.add(conflict.scope)
        else:
            pin = Pin(conflict.scope, conflict.node, conflict.reason, conflict.remedy, conflict.fails)
            if not _leave(view, taken, pin):
                _pin(view, taken, pin)


def _take_subscripts(view: View, taken: _Taken) -> None:
    """``x[i]`` reads badly as ``await x[i]``: only a program that makes all such places awaits there, no library."""
    for scope in view.colours.causes:
        if scope.name == "__getitem__" and scope not in taken.contained and _leaves_holes(view):
            remedy = "move what blocks from `__getitem__` into an ordinary method"
            _pin(view, taken, Pin(scope, scope.node, "Python calls `__getitem__` itself and does not await it", remedy))
            taken.contained.add(scope)


def _leaves_holes(view: View) -> bool:
    """Whether frontiers may stay behind with holes.

    Of a program they may not: what it runs must work. Of a library of which only ``targets`` are ported, the other
    colour stays beside the port, for those who need it; so do its authors when they write the second colour by hand.
    """
    return bool(view.settings.targets)


def _leave(view: View, taken: _Taken, pin: Pin) -> bool:
    """Refuse one place alone, if it raises where it would go wrong and nobody is seen to run it."""
    module = _module_of(view, pin.node, view.module(pin.scope))
    if not pin.fails or not _leaves_holes(view):
        return False
    if pin.node not in taken.left:
        taken.left.add(pin.node)
        _note(taken, Refusal(module.source.shown, module.facts.span(pin.node), pin.reason, pin.remedy))
    return True


def _pin(view: View, taken: _Taken, pin: Pin) -> None:
    """``pin.scope`` stays synchronous: what made it asynchronous is taken back."""
    if pin.scope in taken.pinned:
        return
    taken.pinned[pin.scope] = pin.reason
    module = view.module(pin.scope)
    at = pin.node if hasattr(pin.node, "lineno") else pin.scope.node
    where = module if _inside(module, at) else _module_of(view, at, module)
    _note(taken, Refusal(where.source.shown, where.facts.span(at), pin.reason, pin.remedy))


def _inside(module: object, node: ast.AST) -> bool:
    return node in module.facts.parents or node is module.facts.tree  # type: ignore[attr-defined]


def _module_of(view: View, node: ast.AST, default):  # type: ignore[no-untyped-def]
    return next((m for m in view.inference.program.modules.values() if _inside(m, node)), default)


class _Around:
    """What stands in each function, looked up once for all conflicts of a round."""

    def __init__(self, view: View) -> None:
        self.blocking: dict[tuple[Scope, ast.AST], list[Blocking]] = {}
        self.awaited: dict[Scope, list[Scope]] = {}
        self.coroutines: dict[str, list[Scope]] = {}
        for b in view.blocking:
            self.blocking.setdefault((b.site.caller, b.site.node), []).append(b)
        for site in view.colours.awaited.values():
            found = self.awaited.setdefault(site.caller, [])
            found.extend(callee for callee in site.functions if callee in view.colours.causes)
        for scope in view.colours.causes:
            if scope.parent is not None and scope.parent.kind == "class":
                self.coroutines.setdefault(scope.name, []).append(scope)


def _take_callers_reason(view: View, taken: _Taken, node: ast.AST, scope: Scope, around: _Around) -> None:
    """A pinned function would have had to await at ``node``: what stands there must stay synchronous too."""
    reason = taken.pinned[scope]
    for b in around.blocking.get((scope, node), ()):
        _refuse_call(view, taken, b, reason)
    for callee in around.awaited.pop(scope, ()):  # the same for each conflict of that function
        _pin_quietly(taken, callee, f"`{scope.qualname or 'the module'}` calls it and stays synchronous", reason)
    if node is scope.node:
        _pull_family(view, taken, scope, reason, around)


def _pull_family(view: View, taken: _Taken, scope: Scope, reason: str, around: _Around) -> None:
    """A pinned member of a family keeps the others synchronous."""
    if scope.parent is None or scope.parent.kind != "class":
        return
    mine = view.inference.program.classes[scope.parent]
    for other in around.coroutines.get(scope.name, ()):
        assert other.parent is not None, "a method stands in a class"
        cls = view.inference.program.classes[other.parent]
        if mine in cls.mro or cls in mine.mro:
            _pin_quietly(taken, other, f"`{scope.qualname}` of its family stays synchronous", reason)


def _pin_quietly(taken: _Taken, scope: Scope, via: str, reason: str) -> None:
    """Pin what another pin pulls along; the reason names the last link and the root, not the whole chain."""
    taken.pinned.setdefault(scope, f"{via}: {root_of(reason)}")


def root_of(reason: str) -> str:
    """The last link of a reason that was handed on: what it comes down to."""
    return reason.rpartition(": ")[2]


def _refuse_call(view: View, taken: _Taken, b: Blocking, reason: str) -> None:
    module = view.module(b.site.caller)
    refusal = Refusal(module.source.shown, module.facts.span(b.site.node), reason, b.row.remedy or _keep_remedy())
    taken.calls.setdefault(b, refusal)
    decision = view.decisions.get(b)
    if decision is not None and decision.group:
        _refuse_group(view, taken, decision.group, refusal)


def _refuse_group(view: View, taken: _Taken, group: str, refusal: Refusal) -> None:
    if group not in taken.groups:
        taken.groups[group] = replace(refusal, group=group)
        _note(taken, refusal)


def _note(taken: _Taken, refusal: Refusal) -> None:
    """Remember a refusal, unless it only follows from one that is known."""
    root = root_of(refusal.reason)
    if root != refusal.reason and any(root_of(known.reason) == root for known in taken.refusals.values()):
        return
    if not refusal.remedy:
        refusal = replace(refusal, remedy=_keep_remedy())
    taken.refusals.setdefault((refusal.path, refusal.span.start, refusal.reason), refusal)


def _take_blocking_coroutines(view: View, taken: _Taken) -> None:
    """No coroutine may reach a refused blocking call through synchronous code: it stays synchronous as well."""
    blocked: dict[Scope, str] = {}
    work: list[Scope] = []
    for b, decision in view.decisions.items():
        if decision.outcome == "refused" and b.site.role != "callback":
            if _may_hop(view, taken, b, decision):
                taken.hopping[b] = decision.reason
            elif b.site.caller not in blocked:
                blocked[b.site.caller] = f"it calls `{b.row.name}`, which stays blocking: {root_of(decision.reason)}"
                work.append(b.site.caller)
    for scope in _spinning(view):
        if scope in taken.pinned and scope not in blocked:
            blocked[scope] = f"it waits in a loop for what others change: {root_of(taken.pinned[scope])}"
            work.append(scope)
    while work:
        scope = work.pop()
        if scope in view.colours.causes:
            taken.pinned.setdefault(scope, blocked[scope])
            continue
        for site in view.inference.callers(scope):
            if _runs_it(view, site) and site.caller not in blocked:
                blocked[site.caller] = f"it calls `{scope.qualname}`, which blocks: {root_of(blocked[scope])}"
                work.append(site.caller)
    _take_blocking_modules(view, taken, blocked)


def _runs_it(view: View, site: Site) -> bool:
    """Whether what is reached at a place runs there, for all that is known.

    Not in another thread; not where it is handed to a library of which nothing is known; and a wrapper in a file that is
    only read runs what it wraps where it is called itself, which counts apart. Of a library's shared files the rows say
    what blocks.
    """
    if site.role == "spawn":
        return False
    if site.role == "callback":
        call = view.inference.site(site.node)
        return call is None or any(view.inference.state.outside.is_known(name) for name in call.externals)
    if view.module(site.caller).source.is_target:
        return True
    return not _leaves_holes(view) and site.caller not in view.inference.wrappers


def _may_hop(view: View, taken: _Taken, b: Blocking, decision: Decision) -> bool:
    """Whether a call on a socket that stays a blocking one may run in another thread meanwhile.

    Only in what nobody is seen to run: the interpreter waits for such a thread before it ends.
    """
    caller, node = b.site.caller, b.site.node
    if caller not in view.colours.causes or caller in taken.pinned or caller.kind != "function":
        return False
    if not _leaves_holes(view) or b.site.role != "call" or not isinstance(node, ast.Call):
        return False
    ported = any(view.module(function).source.is_target for function in b.site.functions)
    return b.row.idiom == "sockets" and decision.group in taken.groups and not ported


def _take_blocking_modules(view: View, taken: _Taken, blocked: Mapping[Scope, str]) -> None:
    """Top-level code that would become a coroutine, and holds a refused blocking call, stays as it is."""
    for scope in view.wrapped:
        if scope not in blocked:
            continue
        for site in view.colours.entries:
            if site.caller is scope:
                for function in site.functions:
                    if function in view.colours.causes:
                        _pin_quietly(taken, function, "the module calls it and stays synchronous", blocked[scope])
        for b, decision in view.decisions.items():
            if b.site.caller is scope and decision.awaited:
                _refuse_call(view, taken, b, blocked[scope])


def cause_of(colours: Colours, scope: Scope) -> Cause | None:
    """Why a function is asynchronous."""
    return colours.causes.get(scope)
