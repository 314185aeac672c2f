"""Threads: what ran in a thread of its own runs in a task.

Rewrites
    ``thread = Thread(target=work, args=(1,))`` and ``thread.start()`` → ``task = asyncio.create_task(work(1))``; ``join()``
    → ``await asyncio.wait([task])``; a subclass with ``run`` loses its base and starts its own task. A daemon that the main
    function starts is cancelled, and waited for, at its end; any other thread is waited for. Whoever starts a server
    waits until it listens.

Why it means the same
    The same functions run beside each other. ``asyncio.wait`` raises nothing, as ``join`` does, and cancels nothing at a
    timeout. What differs: a task begins at the next await, not at once; tasks change places only at awaits; an exception
    that nobody asks for is reported when the task is forgotten, not when it happens.

Declines when
    The target only computes: then it stays a thread. A thread is made in one function and started in another, or asked for
    what a task has not (``ident``, ``native_id``).

Source
    https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Decision, Edit, Example, Pin, Proposal, View
from porter.idioms.lasting import Lasting, with_sets_above
from porter.inference.blocking import Blocking
from porter.inference.pairs import PairNames, pair_names
from porter.inference.program import Module
from porter.inference.serving import keyword as keyword_argument
from porter.inference.spawning import Spawn, ThreadClass, Threads, becomes_task, find_threads, kept_in, thread_holders
from porter.inference.values import External, ExternalInstance, Instance
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements, argument, awaited, body_of, call, keyword, statements
from porter.syntax.templates import fill

NAME = "threads"

EXAMPLES = (
    Example(
        "start_and_join",
        "import time\nfrom threading import Thread\n\n\ndef work(n):\n    time.sleep(n)\n\n\ndef main():\n"
        "    thread = Thread(target=work, args=(1,))\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "import asyncio\n\n\nasync def work(n):\n    await asyncio.sleep(n)\n\n\nasync def main():\n"
        "    task = asyncio.create_task(work(1))\n    await asyncio.wait([task])\n\n\nasyncio.run(main())\n",
        "asyncio.wait neither raises nor cancels, and so does join",
    ),
)
REFUSALS = (
    Example(
        "computing_target",
        "from threading import Thread\n\n\ndef work(n):\n    print(sum(range(n)))\n\n\ndef main():\n"
        "    thread = Thread(target=work, args=(10,))\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "from threading import Thread\n\n\ndef work(n):\n    print(sum(range(n)))\n\n\ndef main():\n"
        "    thread = Thread(target=work, args=(10,))\n    thread.start()\n    thread.join()\n\n\nmain()\n",
        "a target that only computes stays a thread",
    ),
)

_ASYNCIO = ("import asyncio",)
_REMEDY = "start the thread where it is made, and keep it in a variable or a list"


def decide(view: View, b: Blocking) -> Decision | None:
    """``join`` and ``start``: by what became of the thread's target."""
    if b.row.idiom != NAME:
        return None
    tail = b.row.tail
    if tail not in ("join", "start"):
        return Decision("kept") if not b.row.blocks else None
    classes = [r.cls.scope for r in b.receivers if isinstance(r, Instance)]
    functions = _functions(view, b)
    asynchronous = [f for f in functions if view.colours.is_async(f)]
    if tail == "start":
        return Decision("kept", awaited=bool(asynchronous) and _needs_loop(view, b))
    if not asynchronous:
        if view.colours.is_async(b.site.caller) and not classes:
            return Decision("offloaded", awaited=True, reason="the thread only computes, and stays one")
        return Decision("kept", reason="the thread only computes, and stays one")
    return Decision("ported", awaited=True)


def _functions(view: View, b: Blocking) -> list[Scope]:
    """What the threads that a call works on run."""
    found: list[Scope] = []
    for receiver in b.receivers:
        if isinstance(receiver, Instance):
            found.extend(c for c in receiver.cls.scope.children if c.name == "run")
        elif isinstance(receiver, ExternalInstance) and receiver.origin is not None:
            site = view.inference.site(receiver.origin, "spawn")
            found.extend(site.functions if site is not None else ())
    return found


def _needs_loop(view: View, b: Blocking) -> bool:
    """Whether the task would be made where no loop runs: then the function around must be a coroutine, too."""
    before = view.decisions.get(b)
    if before is not None and before.awaited:
        return True
    scope = b.site.caller
    if scope.kind != "function" or scope.name.startswith("__"):
        return False
    callers = view.inference.callers(scope)
    return not callers or any(not view.colours.is_async(site.caller) for site in callers)


def propose(view: View) -> Proposal:
    """Tasks for threads whose targets became coroutines."""
    threads = find_threads(view.inference, view.sockets)
    names = pair_names(view.inference, view.sockets)
    edits: list[Edit] = []
    pins: list[Pin] = []
    lasting = Lasting(view, NAME)
    tasks = [spawn for spawn in threads.spawns if becomes_task(spawn, view.colours)]
    for spawn in tasks:
        problem = _problem(view, spawn)
        if problem:
            pins.extend(_pins(view, spawn, problem))
        else:
            edits.extend(_Making(view, names, spawn, lasting).edits())
    for cls in threads.classes:
        if view.colours.is_async(cls.run) and (user := _plain_user(view, cls)) is not None:
            reason = f"`{user.qualname or 'the module'}`, which starts or joins its thread, stays synchronous"
            pins.append(Pin(cls.run, cls.run.node, reason, _REMEDY))
        elif view.colours.is_async(cls.run):
            edits.extend(_class(view, cls, lasting))
    pins.extend(_foreign(view, threads))
    edits.extend(_names(view, tasks))
    edits.extend(_computing_joins(view))
    edits.extend(lasting.edits())
    return Proposal(tuple(edits), tuple(pins))


def _plain_user(view: View, cls: ThreadClass) -> Scope | None:
    """A function that waits for the class's thread, or starts it, and cannot await."""
    for site in cls.joins:
        if not view.in_coroutine(site.caller):
            return site.caller
    return next((site.caller for site in cls.starts if site.caller in view.pinned), None)


def _pins(view: View, spawn: Spawn, problem: str) -> Iterator[Pin]:
    for function in spawn.functions:
        if view.colours.is_async(function):
            yield Pin(function, spawn.call, f"the thread that runs it cannot become a task: {problem}", _REMEDY)


def _foreign(view: View, threads: Threads) -> Iterator[Pin]:
    for site in threads.foreign:
        for function in site.functions:
            if view.colours.is_async(function):
                yield Pin(
                    function,
                    site.node,
                    "it runs in a thread of a timer or an executor, which porter does not port yet",
                    "use threading.Thread, or keep the function with `# porter: keep`",
                )


def _computing_joins(view: View) -> Iterator[Edit]:
    """``join`` of a thread that stays one, inside a coroutine: waited for off the loop."""
    for b, decision in view.decisions.items():
        if b.row.idiom == NAME and decision.outcome == "offloaded":
            yield view.edit(NAME, view.module(b.site.caller), b.site.node, "hop", imports=_ASYNCIO)


# --- one thread ----------------------------------------------------------------------------------------------------


def _problem(view: View, spawn: Spawn) -> str:
    """Why a thread cannot become a task."""
    if not all(view.colours.is_async(f) for f in spawn.functions):
        return "it may also run a function that only computes"
    if spawn.scope in view.pinned:
        root = view.pinned[spawn.scope].rpartition(": ")[2]
        return f"`{spawn.scope.qualname}`, which starts it, stays synchronous: {root}"
    for join in spawn.joins:
        waiter = _scope_of(view, join)
        if not view.in_coroutine(waiter):
            root = view.pinned.get(waiter, "").rpartition(": ")[2]
            return f"`{waiter.qualname}`, which waits for it, stays synchronous: {root}"
    if spawn.others:
        return "it is asked for something that a task has not"
    if spawn.scope.kind != "function" and spawn.scope not in view.wrapped:
        return "it is made at module level"
    parents = spawn.module.facts.parents
    for start in spawn.starts:
        if not isinstance(parents.get(start), ast.Expr):
            return "its start is part of an expression"
        if not spawn.module.facts.parents.get(start):
            return "it is started in another module"
        if _owner(spawn.module, start) is not _owner(spawn.module, spawn.call):
            if _movable(spawn):
                continue
            return "it is made in one function and started in another"
        if _awaits_between(view, spawn, start):
            return "something is waited for between making and starting it"
    if not spawn.starts:
        return "it is never seen to start"
    if isinstance(parents[spawn.call], ast.Attribute) and spawn.starts[0] is not parents[parents[spawn.call]]:
        return "it is used before it is kept"
    if any(isinstance(keyword_.value, ast.Starred) for keyword_ in spawn.call.keywords):
        return "its arguments are unpacked"
    return ""


def _movable(spawn: Spawn) -> bool:
    """Made in a constructor of attributes only, kept in an attribute, started once elsewhere in the class."""
    statement = spawn.module.facts.parents[spawn.call]
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"))]):
            pass
        case _:
            return False
    if any(k.arg not in ("target", "args", "daemon", "name") for k in spawn.call.keywords) or spawn.call.args:
        return False
    names = {node.id for node in ast.walk(spawn.call) if isinstance(node, ast.Name)}
    local = names & spawn.scope.bound - {"self"}
    starter = _owner(spawn.module, spawn.starts[0])
    same_class = starter.parent is not None and starter.parent is spawn.scope.parent
    return not local and same_class and len(spawn.starts) == 1


def _owner(module: Module, node: ast.AST) -> Scope:
    scope = module.facts.scope_of(node)
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return scope


def _awaits_between(view: View, spawn: Spawn, start: ast.Call) -> bool:
    first, last = spawn.call.end_lineno or 0, start.lineno
    return any(
        site.caller is spawn.scope and first < getattr(site.node, "lineno", 0) < last
        for site in view.colours.awaited.values()
        if "threading.Thread.start" not in site.externals
    )


class _Making:
    """The edits for one thread."""

    def __init__(self, view: View, names: PairNames, spawn: Spawn, lasting: Lasting) -> None:
        self.lasting = lasting
        self.view = view
        self.names = names
        self.spawn = spawn
        self.module = spawn.module
        self.parents = spawn.module.facts.parents
        self.statement = spawn.module.facts.statement(spawn.call)
        self.attribute = kept_in(spawn.module, spawn.call)
        self.ready = next((view.ready[f] for f in spawn.functions if f in view.ready), "")

    def edits(self) -> Iterator[Edit]:
        """Making, starting, joining, and what happens at the end."""
        at_once = isinstance(self.statement, ast.Expr) and self.parents[self.spawn.call] in [
            start.func for start in self.spawn.starts
        ]
        start = self.spawn.starts[0]
        if _owner(self.module, start) is not _owner(self.module, self.spawn.call):
            yield from self.moved(start)
        elif at_once:
            yield from self.made_and_started()
        else:
            yield self.edit(self.spawn.call, "task", **self.task_data())
            yield from self.starts()
            variable = self.variable()
            if variable:
                yield from self.lasts(self.task_name(variable), kept=self.is_kept(variable))
            elif self.attribute:
                yield from self.lasts(self.attribute, kept=True)
            if self.ready:
                yield self.insert(self.statement, f"{self.ready} = asyncio.Event()", where="before")
        yield from self.joins()
        for closer in self.closers(apart=True):
            yield self.edit(closer, "replace_statement", code=f"{self.attribute}.cancel()")
        for statement in self.spawn.daemon_statements:
            yield self.edit(statement, "remove")

    def moved(self, start: ast.Call) -> Iterator[Edit]:
        """Made in the constructor, started in a method: the task is made where it starts."""
        assert isinstance(self.statement, ast.Assign)
        arguments = self.spawn.call.keywords
        given = {k.arg: k.value for k in arguments}
        args = given.get("args")
        passed = ", ".join(ast.unparse(a) for a in args.elts) if isinstance(args, (ast.Tuple, ast.List)) else ""
        if args is not None and not passed and not (isinstance(args, (ast.Tuple, ast.List)) and not args.elts):
            passed = f"*{ast.unparse(args)}"
        target = ast.unparse(given["target"]) if "target" in given else ""
        ready = f"{', ' if passed else ''}{self.ready}" if self.ready else ""
        name = ast.unparse(self.statement.targets[0])
        lines = [f"{self.ready} = asyncio.Event()" if self.ready else ""]
        lines.append(f"{name} = asyncio.create_task({target}({passed}{ready}))")
        lines.append(self.keeping(self.attribute, kept=True))
        lines.append(self.waiting())
        yield self.edit(self.statement, "remove")
        code = "\n".join(line for line in lines if line)
        yield self.edit(self.module.facts.statement(start), "replace_statement", code=code)

    def edit(self, node: ast.AST, action: str, *, whole: bool = False, **data: object) -> Edit:
        """An edit that needs asyncio."""
        return self.view.edit(NAME, self.module, node, action, whole=whole, imports=_ASYNCIO, extra=data)

    def insert(self, node: ast.AST, code: str, where: str) -> Edit:
        """Statements beside another."""
        return self.view.edit(NAME, self.module, node, "insert", where=where, imports=_ASYNCIO, code=code)  # type: ignore[arg-type]

    def task_data(self) -> dict[str, Any]:
        """What the call of ``create_task`` needs to know."""
        replaced = []
        for use in self.view.sockets.uses.values():
            if use.kind == "spawned" and use.parent is self.spawn.call:
                pair = self.names.of(use.expr, use.module, use.scope)
                if pair is not None and isinstance(use.expr, ast.Name):
                    replaced.append((use.expr.id, pair.names))
        return {"pairs": tuple(replaced), "ready": self.ready}

    def made_and_started(self) -> Iterator[Edit]:
        """``Thread(...).start()`` in one expression."""
        name = self.free("task")
        data = self.task_data()
        before = f"{self.ready} = asyncio.Event()" if self.ready else ""
        after = self.waiting()
        keeping = self.keeping(name, kept=False)
        if keeping.startswith("tasks."):
            yield self.holder()
        lines = [line for line in (keeping, after) if line]
        yield self.edit(self.statement, "task_statement", name=name, before=before, after="\n".join(lines), **data)
        if not keeping:
            yield from self.at_end(name)

    def waiting(self) -> str:
        """How the starter waits for a server to listen."""
        if self.ready:
            return f"await {self.ready}.wait()"
        return "await asyncio.sleep(0)" if self.binds() else ""

    def binds(self) -> bool:
        """Whether the target binds a listening socket itself, at once, and tells nobody."""
        functions = set(self.spawn.functions)
        sets = binds = False
        for site in self.view.inference.sites:
            if site.caller in functions:
                binds = binds or any(name.endswith("socket.listen") or name == "socket.create_server" for name in site.externals)
                sets = sets or any(name.endswith("Event.set") for name in site.externals)
        return binds and not sets

    def starts(self) -> Iterator[Edit]:
        """Start statements go, or become the wait for a server."""
        for start in self.spawn.starts:
            statement = self.module.facts.statement(start)
            loop = self.parents.get(statement)
            waiting = self.waiting()
            if waiting:
                yield self.edit(statement, "replace_statement", code=waiting)
            elif isinstance(loop, ast.For) and loop.body == [statement] and not loop.orelse:
                yield self.edit(loop, "remove_whole", whole=True)
            else:
                yield self.edit(statement, "remove")

    def joins(self) -> Iterator[Edit]:
        """``join`` and ``is_alive``."""
        for join in self.spawn.joins:
            yield self.view.edit(
                NAME, self.view.module(_scope_of(self.view, join)), join, "join", imports=_ASYNCIO,
                parens=needs_parentheses(self.parents.get(join), join),
            )
        for alive in self.spawn.alive:
            module = self.view.module(_scope_of(self.view, alive))
            yield self.view.edit(NAME, module, alive, "alive", parens=isinstance(module.facts.parents[alive], ast.Compare))

    # names and places

    def variable(self) -> str:
        """The local name that the thread is assigned to."""
        match self.statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is self.spawn.call:
                return name
        return ""

    def task_name(self, variable: str) -> str:
        """The variable's new name."""
        return renamed(self.view, self.spawn.scope, variable)

    def free(self, name: str) -> str:
        """A name that the function does not use."""
        while name in self.spawn.scope.bound or name in self.module.facts.module.bound:
            name += "_"
        return name

    def in_loop(self) -> bool:
        """Whether the thread is made in a loop of its function."""
        at: ast.AST = self.statement
        while at is not self.spawn.scope.node:
            at = self.parents[at]
            if isinstance(at, (ast.For, ast.While)):
                return True
        return False

    def is_entry(self) -> bool:
        """Whether the function is one that the program's loop runs from start to end."""
        scope = self.spawn.scope
        return scope in self.view.wrapped or any(scope in site.functions for site in self.view.colours.entries)

    def is_kept(self, variable: str) -> bool:
        """Whether something besides the variable refers to the thread."""
        uses = [
            node
            for node in ast.walk(self.spawn.scope.node)
            if isinstance(node, ast.Name) and node.id == variable and isinstance(node.ctx, ast.Load)
        ]
        return any(not isinstance(self.parents[use], ast.Attribute) for use in uses)

    def is_joined(self) -> bool:
        """Whether somebody waits for it; not, if a caller drops the thread that the function gives."""
        dropped = any(
            isinstance(self.view.module(site.caller).facts.parents.get(site.node), ast.Expr)
            for site in self.view.inference.callers(self.spawn.scope)
            if site.role == "call"
        )
        return bool(self.spawn.joins) and not (dropped and self.is_returned())

    def is_returned(self) -> bool:
        """Whether the function that makes it gives it to its caller."""
        frames = self.view.inference.state.frames.get(self.spawn.scope, [])
        return any(self.spawn.value in frame.result.values for frame in frames)

    def lasts(self, name: str, *, kept: bool) -> Iterator[Edit]:
        """A task in a variable that nobody joins: kept, and ended with the program."""
        keeping = self.keeping(name, kept=kept)
        if keeping:
            if keeping.startswith("tasks."):
                yield self.holder()
            yield self.insert(self.statement, keeping, where="after")
        else:
            yield from self.at_end(name)

    def keeping(self, name: str, *, kept: bool) -> str:
        """Statements that keep the task in a set: one of the function, or one that the program's end looks at."""
        closers = self.closers()
        if self.is_joined() or closers:
            return ""
        daemon = self.spawn.daemon
        if self.is_entry() and not self.in_loop():
            return ""
        if not self.is_entry() and (not daemon or self.serves() or not (kept or self.in_loop())):
            return self.lasting.keep(self.module, name, daemon=daemon)
        return "" if kept else f"tasks.add({name})\n{name}.add_done_callback(tasks.discard)"

    def holder(self) -> Edit:
        """The function's set of tasks, made before the loop."""
        at: ast.AST = self.statement
        outer = self.statement
        while at is not self.spawn.scope.node:
            at = self.parents[at]
            if isinstance(at, (ast.For, ast.While)):
                outer = at
        if not self.spawn.daemon and self.is_entry():
            block = _block_of(self.parents[outer], outer)
            code = "while tasks:\n    await asyncio.wait(tasks)"
            self.lasting.end(self.module, self.parents[outer], block, block.index(outer) + 1, code, daemon=False)
        return self.insert(outer, "tasks = set()", where="before")

    def at_end(self, name: str) -> Iterator[Edit]:
        """A thread that is never joined ends with the program: a daemon at once, any other when it is done."""
        if self.is_joined() or self.in_loop():
            return
        daemon = self.spawn.daemon
        limit = ", timeout=1" if self.serves() and daemon else ""
        wait = f"await asyncio.wait([{name}]{limit})"
        code = f"{name}.cancel()\n{wait}" if daemon else wait
        closers = self.closers()
        for closer in closers:
            yield self.edit(closer, "replace_statement", code=code)
        if closers or not self.is_entry():
            return
        owner = self.parents[self.statement]
        block = _block_of(owner, self.statement)
        start = max(block.index(self._top(start, block)) for start in self.spawn.starts)
        self.lasting.end(self.module, owner, block, start + 1, code, daemon=daemon)

    def closers(self, *, apart: bool = False) -> list[ast.stmt]:
        """Statements beside the start that close the socket which the task serves: a server closes its sockets itself.

        ``apart``: those in the other methods of its class.
        """
        loops = [loop for loop in self.view.sockets.accept_loops.values() if loop.scope in self.spawn.functions]
        groups = [self.view.sockets.listener(loop) for loop in loops] if self.spawn.daemon else []
        closes = [
            use
            for group in groups
            if group is not None and group.lowering == "plain"
            for use in group.uses
            if use.kind == "method" and use.attr == "close" and self.is_near(use.scope, apart)
        ]
        given = keyword_argument(self.spawn.call, "args", 3)
        names = {ast.unparse(item) for item in given.elts} if isinstance(given, (ast.Tuple, ast.List)) else set()
        own = [use for use in closes if ast.unparse(use.expr) in names]
        return [self.module.facts.statement(use.expr) for use in own or closes]

    def is_near(self, scope: Scope, apart: bool) -> bool:
        """Whether a scope is the one that makes the thread, or another method of its class."""
        if not apart:
            return scope is self.spawn.scope
        return bool(self.attribute) and scope is not self.spawn.scope and scope.parent is self.spawn.scope.parent

    def serves(self) -> bool:
        """Whether the task is a server: cancelled, it waits for open connections from Python 3.12.1 on, maybe for ever."""
        loops = self.view.sockets.accept_loops.values()
        return any(loop.scope in self.spawn.functions for loop in loops)

    def _top(self, node: ast.AST, block: list[ast.stmt]) -> ast.stmt:
        while not (isinstance(node, ast.stmt) and node in block):
            node = self.parents[node]
        return node


def _block_of(parent: ast.AST, statement: ast.stmt) -> list[ast.stmt]:
    """The block that a statement stands in."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and statement in block:
            return block
    raise AssertionError("a statement stands in a block")


def _scope_of(view: View, node: ast.AST) -> Scope:
    site = view.inference.site(node)
    assert site is not None
    return site.caller


# --- names ---------------------------------------------------------------------------------------------------------


def renamed(view: View, scope: Scope, name: str) -> str:
    """``server_thread`` → ``server_task``, where the new name is free."""
    new = name.replace("threads", "tasks").replace("thread", "task").replace("Thread", "Task")
    return name if new == name or new in scope.bound or new in scope.module.bound else new


def _names(view: View, spawns: list[Spawn]) -> Iterator[Edit]:
    """Local variables named after threads are named after tasks."""
    fine = [spawn for spawn in spawns if not _problem(view, spawn)]
    for scope, name in thread_holders(view.inference, fine):
        owner = scope
        while owner.kind == "comprehension" and name not in owner.bound and owner.parent is not None:
            owner = owner.parent
        new = renamed(view, owner, name)
        module = view.module(scope)
        if new == name or not module.source.is_target or _is_parameter(owner, name):
            continue
        for node in ast.walk(owner.node):
            if isinstance(node, ast.Name) and node.id == name and module.facts.scope_of(node).binding(name) is owner:
                yield view.edit(NAME, module, node, "rename", name=new)


def _is_parameter(scope: Scope, name: str) -> bool:
    args = getattr(scope.node, "args", None)
    if not isinstance(args, ast.arguments):
        return False
    return any(arg.arg == name for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs))


# --- subclasses ----------------------------------------------------------------------------------------------------


def _class(view: View, cls: ThreadClass, lasting: Lasting) -> Iterator[Edit]:
    """A subclass of Thread: a plain class with a task of its own."""
    node = cls.scope.node
    assert isinstance(node, ast.ClassDef)
    base = next((b for b in node.bases if _is_thread(view, cls, b)), None)
    if base is not None:
        yield view.edit(NAME, cls.module, node, "drop_base", base=ast.unparse(base))
    methods = []
    if cls.starts:
        start = "def start(self):\n    self._task = asyncio.create_task(self.run())"
        if not cls.joins:
            keeping = lasting.keep(cls.module, "self._task", daemon=cls.daemon)
            start += "".join(f"\n    {line}" for line in keeping.splitlines())
        methods.append(start)
    if cls.joins:
        methods.append("async def join(self, timeout=None):\n    await asyncio.wait([self._task], timeout=timeout)")
    if methods:
        yield view.edit(
            NAME, cls.module, cls.run.node, "add_methods", where="after", imports=_ASYNCIO, methods=tuple(methods)
        )
    yield from _constructor(cls, view)
    for site in cls.joins:
        yield view.edit(NAME, view.module(site.caller), site.node, "await")


def _is_thread(view: View, cls: ThreadClass, base: ast.expr) -> bool:
    found = view.inference.program.resolve(base, cls.scope.parent or cls.scope)
    return isinstance(found, External) and found.name == "threading.Thread"


def _constructor(cls: ThreadClass, view: View) -> Iterator[Edit]:
    """``super().__init__(...)`` and ``Thread.__init__(self, ...)`` have nothing to do any more."""
    for child in cls.scope.children:
        if child.name == "__init__":
            for node in ast.walk(child.node):
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                    text = ast.unparse(node.value.func)
                    if text in ("super().__init__", "Thread.__init__", "threading.Thread.__init__") or (
                        text.startswith("super(") and text.endswith(").__init__")
                    ):
                        yield view.edit(NAME, cls.module, node, "remove")
    for module, statement in cls.daemon_statements:
        yield view.edit(NAME, module, statement, "remove")


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Carry out one edit."""
    data = edit.data
    match edit.action:
        case "task":
            return _task(cst.ensure_type(node, cst.Call), edit)
        case "task_statement":
            return _task_statement(cst.ensure_type(node, cst.Expr), edit)
        case "join":
            return _join(cst.ensure_type(node, cst.Call), bool(data["parens"]))
        case "alive":
            receiver = cst.ensure_type(cst.ensure_type(node, cst.Call).func, cst.Attribute).value
            made = cst.UnaryOperation(cst.Not(), call(cst.Attribute(receiver, cst.Name("done"))))
            return made.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]) if data["parens"] else made
        case "hop":
            old = cst.ensure_type(node, cst.Call)
            return awaited(call("asyncio.to_thread", old.func, *old.args))
        case "await":
            assert isinstance(node, cst.BaseExpression)
            return awaited(node)
        case "rename":
            return cst.ensure_type(node, cst.Name).with_changes(value=str(data["name"]))
        case "remove_whole":
            return ()
        case "drop_base":
            return _without_base(cst.ensure_type(node, cst.ClassDef), str(data["base"]))
        case "sets_above":
            assert isinstance(node, cst.BaseStatement)
            return with_sets_above(edit, node)
        case "add_methods":
            return _methods(data["methods"])
        case "finally":
            assert isinstance(node, cst.FunctionDef | cst.With)
            return _finally(node, edit)
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return filled


def _task(node: cst.Call, edit: Edit) -> cst.Call:
    """``asyncio.create_task(target(*args))`` for ``Thread(target=..., args=...)``."""
    target = argument(node, 1, "target")
    assert target is not None
    given = argument(node, 3, "args")
    kwargs = argument(node, 4, "kwargs")
    arguments = [*_positional(given, dict(edit.data["pairs"])), *_keywords(kwargs)]  # type: ignore[call-overload]
    if edit.data["ready"]:
        arguments.append(cst.Arg(cst.Name(str(edit.data["ready"]))))
    name = argument(node, 2, "name")
    named = [keyword("name", name)] if name is not None else []
    return call("asyncio.create_task", _coroutine(target, arguments), *named).with_changes(lpar=node.lpar, rpar=node.rpar)


def _coroutine(target: cst.BaseExpression, arguments: list[cst.Arg]) -> cst.BaseExpression:
    """The call that the thread would have made; a lambda's body, a partial's call, without the detour."""
    if isinstance(target, cst.Lambda) and not arguments and not target.params.params:
        return target.body
    if isinstance(target, cst.Call) and _is_partial(target.func) and target.args and not target.args[0].star:
        function, *first = target.args
        return call(function.value, *_in_order([*(_plain(arg) for arg in first), *arguments]))
    return call(target, *_in_order(arguments))


def _in_order(arguments: list[cst.Arg]) -> list[cst.Arg]:
    """Positional arguments first."""
    return sorted(arguments, key=lambda arg: arg.keyword is not None or arg.star == "**")


def _is_partial(node: cst.BaseExpression) -> bool:
    match node:
        case cst.Name(value="partial") | cst.Attribute(attr=cst.Name(value="partial")):
            return True
    return False


def _plain(arg: cst.Arg) -> cst.Arg:
    return arg.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace(""))


def _positional(given: cst.BaseExpression | None, pairs: dict[str, tuple[str, ...]]) -> list[cst.Arg]:
    if given is None:
        return []
    if not isinstance(given, (cst.Tuple, cst.List)):
        return [cst.Arg(given, star="*")]
    arguments: list[cst.Arg] = []
    for element in given.elements:
        value = element.value
        if isinstance(value, cst.Name) and value.value in pairs:
            arguments.extend(cst.Arg(cst.Name(name)) for name in pairs[value.value])
        else:
            arguments.append(cst.Arg(value, star="*" if isinstance(element, cst.StarredElement) else ""))
    return arguments


def _keywords(kwargs: cst.BaseExpression | None) -> list[cst.Arg]:
    if kwargs is None:
        return []
    if isinstance(kwargs, cst.Dict):
        found = []
        for element in kwargs.elements:
            match element:
                case cst.DictElement(key=cst.SimpleString() as key, value=value):
                    found.append(keyword(str(key.evaluated_value), value))
                case _:
                    return [cst.Arg(kwargs, star="**")]
        return found
    match kwargs:
        case cst.Call(func=cst.Name(value="dict"), args=args):
            return [_plain(arg) for arg in args]
    return [cst.Arg(kwargs, star="**")]


def _task_statement(node: cst.Expr, edit: Edit) -> Statements:
    """``Thread(...).start()`` as an assignment, with what goes before and after."""
    start = cst.ensure_type(node.value, cst.Call)
    made = cst.ensure_type(cst.ensure_type(start.func, cst.Attribute).value, cst.Call)
    task = _task(made, edit)
    before, after = str(edit.data["before"]), str(edit.data["after"])
    assigned = statements(f"{edit.data['name']} = {{task}}", task=task)
    return (*(statements(before) if before else ()), *assigned, *(statements(after) if after else ()))


def _join(node: cst.Call, parens: bool) -> cst.BaseExpression:
    """``await asyncio.wait([task])``, with the timeout that join had."""
    receiver = cst.ensure_type(node.func, cst.Attribute).value
    timeout = argument(node, 0, "timeout")
    extra = [keyword("timeout", timeout)] if timeout is not None else []
    waiting = call("asyncio.wait", cst.List([cst.Element(receiver)]), *extra)
    return awaited(waiting, parens=parens)


def _without_base(node: cst.ClassDef, base: str) -> cst.ClassDef:
    text = cst.Module([]).code_for_node
    bases = [arg for arg in node.bases if text(arg.value) != base]
    if bases:
        bases[-1] = bases[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return node.with_changes(bases=bases)
    return node.with_changes(bases=(), lpar=cst.MaybeSentinel.DEFAULT, rpar=cst.MaybeSentinel.DEFAULT)


def _methods(methods: object) -> Statements:
    assert isinstance(methods, tuple)
    made: list[cst.BaseStatement] = []
    for method in methods:
        for statement in statements(str(method)):
            made.append(statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)]))
    return tuple(made)


def _finally(node: cst.FunctionDef | cst.With, edit: Edit) -> cst.FunctionDef | cst.With:
    """The last statements of a block inside ``try``, what ends the task in ``finally``."""
    tail = edit.data["tail"]
    assert isinstance(tail, int)
    body = list(body_of(node.body))
    head, rest = body[: len(body) - tail], body[len(body) - tail :]
    tried = cst.Try(cst.IndentedBlock(rest), finalbody=cst.Finally(cst.IndentedBlock(statements(str(edit.data["code"])))))
    return node.with_changes(body=cst.IndentedBlock([*head, tried]))
