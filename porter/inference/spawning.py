"""Threads of the program: where each is made, started, joined, and what it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from porter.facts.model import Scope
from porter.inference.colours import Colours
from porter.inference.lifetimes import inherit
from porter.inference.objects import reached
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.serving import keyword
from porter.inference.sockets import AcceptLoop, Sockets
from porter.inference.starting import certain_start
from porter.inference.state import Site, caller_of
from porter.inference.values import ClassValue, Container, External, ExternalInstance, Instance, Value

THREAD = "threading.Thread"


@dataclass(slots=True, eq=False)
class Spawn:
    """One ``Thread(...)`` call."""

    call: ast.Call
    module: Module
    scope: Scope
    """The function whose running makes it."""
    value: ExternalInstance
    functions: tuple[Scope, ...]
    """What it may run."""
    starts: list[ast.Call] = field(default_factory=list)
    joins: list[ast.Call] = field(default_factory=list)
    others: list[ast.AST] = field(default_factory=list)
    """Uses that a task has no counterpart for."""
    outside: frozenset[str] = frozenset()
    """The methods of outside classes that it may run, by all their names."""
    daemon: bool = False
    stated: bool = False
    """Whether the program says what it is; a thread is what the one that starts it is, else."""
    daemon_statements: list[ast.stmt] = field(default_factory=list)
    alive: list[ast.Call] = field(default_factory=list)

    @property
    def group(self) -> str:
        """The name of its group of calls."""
        return f"thread:{self.module.source.shown}:{self.call.lineno}:{self.call.col_offset}"


@dataclass(slots=True, eq=False)
class ThreadClass:
    """A subclass of ``Thread`` with a ``run`` of its own."""

    scope: Scope
    module: Module
    run: Scope
    starts: list[Site] = field(default_factory=list)
    joins: list[Site] = field(default_factory=list)
    daemon: bool = False
    daemon_statements: list[tuple[Module, ast.stmt]] = field(default_factory=list)
    """``self.daemon = True`` and its kin, which a task needs not."""


@dataclass(slots=True, eq=False)
class Threads:
    """All threads of a program."""

    spawns: list[Spawn] = field(default_factory=list)
    classes: list[ThreadClass] = field(default_factory=list)
    foreign: list[Site] = field(default_factory=list)
    """Places that run functions in threads of another kind: timers, executors."""

    def of(self, values: tuple[Value, ...]) -> list[Spawn]:
        """The threads among ``values``."""
        return [spawn for spawn in self.spawns if spawn.value in values]


def find_threads(inference: Inference, sockets: Sockets) -> Threads:
    """Every thread that is not the one of an accept loop which ``asyncio.start_server`` stands for."""
    found = Threads()
    taken = _taken(inference, sockets)
    by_value: dict[Value, Spawn] = {}
    for site in list(inference.sites):
        if site.role != "call" or not isinstance(site.node, ast.Call) or site.node in taken:
            continue
        if THREAD in site.externals and not site.externals[THREAD]:
            spawn = _spawn(inference, site)
            if spawn is not None:
                found.spawns.append(spawn)
                by_value[spawn.value] = spawn
    _classes(inference, found, taken)
    for site in inference.sites:
        if isinstance(site.node, ast.Call) and site.node not in taken:
            _method(inference, site, by_value, found)
    for spawn in found.spawns:
        certain = certain_start(spawn) if len(spawn.starts) > 1 else None
        spawn.starts = [certain] if certain is not None else spawn.starts
    _attributes(inference, by_value)
    for cls in found.classes:
        _daemon_class(inference, cls)
    inherit(inference, found)
    made = {spawn.call for spawn in found.spawns}
    for site in inference.sites:
        is_target = inference.program.module_for(site.caller).source.is_target
        if site.role == "spawn" and is_target and site.node not in made and site.node not in taken:
            if not any(site in cls.starts for cls in found.classes) and not _started(inference, site):
                found.foreign.append(site)
    return found


def _taken(inference: Inference, sockets: Sockets) -> set[ast.AST]:
    """Threads and starts that belong to accept loops."""
    taken: set[ast.AST] = set()
    for loop in sockets.accept_loops.values():
        if _is_plain(inference, sockets, loop):
            taken.add(loop.thread)
            for statement in loop.statements:
                taken.update(ast.walk(statement))
    return taken


def _is_plain(inference: Inference, sockets: Sockets, loop: AcceptLoop) -> bool:
    assert isinstance(loop.accept.func, ast.Attribute)
    group = sockets.group(inference.values(loop.accept.func.value, loop.module, loop.scope))
    return group is not None and group.lowering == "plain"


def _spawn(inference: Inference, site: Site) -> Spawn | None:
    call = site.node
    assert isinstance(call, ast.Call)
    module = inference.program.module_for(site.caller)
    value = next((v for v in inference.values(call, module) if isinstance(v, ExternalInstance)), None)
    if value is None:
        return None
    run = inference.site(call, "spawn")
    functions = tuple(run.functions) if run is not None else ()
    if not module.source.is_target:
        return None  # who makes threads in a file that stays as it is makes threads in the port, too
    made = Spawn(call, module, site.caller, value, functions, outside=outside_methods(inference, run))
    daemon = keyword(call, "daemon", 5)
    made.daemon = isinstance(daemon, ast.Constant) and bool(daemon.value)
    made.stated = daemon is not None
    return made


def _classes(inference: Inference, found: Threads, taken: set[ast.AST]) -> None:
    for cls in inference.program.classes.values():
        if any(isinstance(base, External) and base.name == THREAD for base in cls.mro):
            run = next((c for c in cls.scope.children if c.kind == "function" and c.name == "run"), None)
            if run is not None:
                made = ThreadClass(cls.scope, inference.program.module_for(cls.scope), run)
                found.classes.append(made)
                for site in inference.sites:
                    _class_site(made, site, taken)


def run_of(cls: ClassValue) -> Scope | None:
    """What the thread of an object of a class runs."""
    above = (base.scope for base in cls.mro if isinstance(base, ClassValue))
    return next((child for scope in above for child in scope.children if child.kind == "function" and child.name == "run"), None)


def _class_site(made: ThreadClass, site: Site, taken: set[ast.AST]) -> None:
    for name, receivers in site.externals.items():
        if any(isinstance(r, Instance) and run_of(r.cls) is made.run for r in receivers):
            if name.endswith(".join"):
                made.joins.append(site)
    if site.role == "spawn" and made.run in site.functions and site.node not in taken:
        made.starts.append(site)


def _method(inference: Inference, site: Site, by_value: dict[Value, Spawn], found: Threads) -> None:
    """Methods called on threads."""
    assert isinstance(site.node, ast.Call)
    for name, receivers in site.externals.items():
        owner, _, attr = name.rpartition(".")
        if owner != THREAD:
            continue
        for receiver in receivers:
            spawn = by_value.get(receiver)
            if spawn is None:
                continue
            if attr == "setDaemon" and isinstance(site.node.args[0], ast.Constant):
                statement = inference.program.module_for(site.caller).facts.statement(site.node)
                spawn.daemon, spawn.stated = bool(site.node.args[0].value), True
                spawn.daemon_statements.append(statement)
                continue
            known = {"start": spawn.starts, "join": spawn.joins, "is_alive": spawn.alive}.get(attr)
            (known if known is not None else spawn.others).append(site.node)


def _started(inference: Inference, site: Site) -> bool:
    """Whether a spawn site is ``start()`` of a subclass."""
    call = inference.site(site.node)
    return call is not None and any(name.endswith(".start") for name in call.externals)


def _attributes(inference: Inference, by_value: dict[Value, Spawn]) -> None:
    """Attributes read or set on threads."""
    if not by_value:
        return
    for module in inference.program.modules.values():
        for node in module.facts.nodes:
            if not isinstance(node, ast.Attribute):
                continue
            above = module.facts.parents[node]
            if isinstance(above, ast.Call) and above.func is node:
                continue
            for value in inference.values(node.value, module):
                spawn = by_value.get(value)
                if spawn is None:
                    continue
                statement = above if isinstance(above, ast.Assign) else None
                if node.attr == "daemon" and statement is not None and isinstance(statement.value, ast.Constant):
                    spawn.daemon, spawn.stated = bool(statement.value.value), True
                    if statement not in spawn.daemon_statements:
                        spawn.daemon_statements.append(statement)
                else:
                    spawn.others.append(node)


def _daemon_class(inference: Inference, cls: ThreadClass) -> None:
    """Where a subclass is made a daemon: in its constructor, its body, or from outside."""
    for module in inference.program.modules.values():
        for node in module.facts.nodes:
            match node:
                case ast.Assign(targets=[ast.Attribute(value=holder, attr="daemon")], value=ast.Constant(value=daemon)):
                    held = inference.values(holder, module)
                    if any(isinstance(v, Instance) and v.cls.scope is cls.scope for v in held):
                        cls.daemon = bool(daemon)
                        cls.daemon_statements.append((module, node))
                case ast.Call(func=ast.Attribute(attr="__init__"), keywords=keywords) if _inside(module, node, cls):
                    cls.daemon = cls.daemon or any(
                        k.arg == "daemon" and isinstance(k.value, ast.Constant) and bool(k.value.value) for k in keywords
                    )
    for statement in getattr(cls.scope.node, "body", []):
        match statement:
            case ast.Assign(targets=[ast.Name(id="daemon")], value=ast.Constant(value=daemon)):
                cls.daemon = bool(daemon)
                cls.daemon_statements.append((cls.module, statement))


def _inside(module: Module, node: ast.AST, cls: ThreadClass) -> bool:
    owner = module.facts.scope_of(node)
    return owner.parent is cls.scope and owner.name == "__init__"


_OFFLOADS = frozenset({"to_thread", "run_in_executor"})


def handed_to_threads(inference: Inference) -> dict[Scope, str]:
    """Functions that the source itself has asyncio run in a thread, or that run in another process; and why they stay.

    What only they call is among them: ``asyncio.to_thread(load)`` keeps ``load`` and all that it alone calls.
    """
    found: dict[Scope, str] = {}
    for site in inference.sites:
        taker = _offloader(inference, site)
        if taker:
            found.update(dict.fromkeys(site.functions, taker))
    work = list(found)
    while work:
        taker = found[(function := work.pop())]
        for callee in reached(inference, [function]):
            if callee not in found and all(caller_of(site.caller) in found for site in inference.callers(callee)):
                found[callee] = taker
                work.append(callee)
    return found


def _offloader(inference: Inference, site: Site) -> str:
    """How ``asyncio.to_thread`` or its kin, or a process, runs the site's functions, if that is what calls them."""
    call = inference.site(site.node) if site.role == "callback" else None
    for name in call.externals if call is not None else ():
        tail = name.rpartition(".")[2]
        if tail in _OFFLOADS:
            return f"it runs in a thread, by `{tail}`"
        if name.startswith("multiprocessing."):
            return "it runs in another process"
    return ""


def is_thread_lambda(inference: Inference, scope: Scope) -> bool:
    """Whether a lambda without parameters is nothing but the target of a thread, made outside of loops."""
    node, module = scope.node, inference.program.module_for(scope)
    if not isinstance(node, ast.Lambda) or any(ast.iter_child_nodes(node.args)):
        return False
    parent = module.facts.parents.get(node)
    call = module.facts.parents.get(parent) if isinstance(parent, ast.keyword) and parent.arg == "target" else None
    site = inference.site(call) if call is not None else None
    if site is None or set(site.externals) != {THREAD} or keyword(site.node, "args", 3) is not None:  # type: ignore[arg-type]
        return False
    at: ast.AST = node
    while at is not site.caller.node and at in module.facts.parents:
        at = module.facts.parents[at]
        if isinstance(at, (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return False  # when its body runs, a loop's variable may be another
    return True


def kept_in(module: Module, call: ast.AST) -> str:
    """The attribute of ``self`` that a thread is assigned to where it is made, as source; empty for none."""
    match module.facts.parents.get(call):
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self")) as target]):
            return ast.unparse(target)
    return ""


def becomes_task(spawn: Spawn, colours: Colours) -> bool:
    """Whether what the thread runs became a coroutine."""
    return any(colours.is_async(function) for function in spawn.functions) or bool(spawn.outside & colours.outside)


def outside_methods(inference: Inference, site: Site | None) -> frozenset[str]:
    """The methods of outside classes that a place may reach, by all their names."""
    names = site.externals if site is not None else ()
    return frozenset(one for name in names for one in inference.state.outside.method_names(name))


def thread_holders(inference: Inference, spawns: list[Spawn]) -> Iterator[tuple[Scope, str]]:
    """Variables that hold these threads, or containers of them."""
    wanted: set[Value] = {spawn.value for spawn in spawns}
    containers = {
        owner
        for owner, slots in inference.state.slots.items()
        if isinstance(owner, Container) and any(v in wanted for node in slots.values() for v in node.values)
    }
    for scope, _frames in inference.state.frames.items():
        if scope.kind not in ("function", "comprehension", "module"):
            continue
        for name in sorted(scope.bound):
            values = inference.variable(scope, name)
            if values and any(v in wanted or v in containers for v in values):
                yield scope, name


__all__ = [
    "Spawn",
    "ThreadClass",
    "Threads",
    "becomes_task",
    "caller_of",
    "find_threads",
    "handed_to_threads",
    "is_thread_lambda",
    "thread_holders",
]
