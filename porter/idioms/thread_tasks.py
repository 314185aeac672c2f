"""One thread as a task: where it is made and started, what keeps it, who waits for it, and what happens at the end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from porter.facts.model import Scope
from porter.idioms.connections import connections_of
from porter.idioms.idiom import Edit, View
from porter.idioms.lasting import Lasting
from porter.idioms.scripts import entry_functions
from porter.idioms.task_names import TaskNames, renamed
from porter.idioms.thread_problems import owner_of, scope_of
from porter.inference.pairs import PairNames
from porter.inference.serving import keyword as keyword_argument
from porter.inference.sockets import AcceptLoop
from porter.inference.spawning import Spawn, is_thread_lambda, kept_in
from porter.syntax.names import empty_set
from porter.syntax.precedence import needs_parentheses

_ASYNCIO = ("import asyncio",)


class Making:
    """The edits for one thread."""

    def __init__(self, view: View, idiom: str, spawn: Spawn, pairs: PairNames, names: TaskNames, lasting: Lasting) -> None:
        self.view = view
        self.idiom = idiom
        self.pairs = pairs
        self.names = names
        self.lasting = lasting
        self.spawn = spawn
        self.module = spawn.module
        self.parents = spawn.module.facts.parents
        self.statement = spawn.module.facts.statement(spawn.call)
        self.attribute = kept_in(spawn.module, spawn.call)
        self.coroutine = ""
        """The function that stands for a lambda."""
        self.held = ""
        """The function's own set of tasks, if this one lies in it."""
        self.ready = next((view.ready[f] for f in spawn.functions if f in view.ready), "")

    def edits(self) -> Iterator[Edit]:
        """Making, starting, joining, and what happens at the end."""
        at_once = isinstance(self.statement, ast.Expr) and self.parents[self.spawn.call] in [
            start.func for start in self.spawn.starts
        ]
        yield from self.lambda_named()
        start = self.spawn.starts[0]
        if owner_of(self.module, start) is not owner_of(self.module, self.spawn.call):
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

    def lambda_named(self) -> Iterator[Edit]:
        """A lambda that does something with what it waits for becomes a function of its own."""
        target = keyword_argument(self.spawn.call, "target", 1)
        if not isinstance(target, ast.Lambda) or target.body in {node for node, _ in self.view.colours.awaited}:
            return
        if not is_thread_lambda(self.view.inference, self.module.facts.scopes[target]):
            return
        self.coroutine = self.names.free(self.spawn, "work")
        code = f"async def {self.coroutine}():\n    {{0}}"
        parts = (self.module.facts.span(target.body),)
        first = getattr(self.parents[self.statement], "body", [])[:1] == [self.statement]
        extra: dict[str, object] = {"code": code, "parts": parts, "spaced": True, "first": first}
        yield self.view.edit(self.idiom, self.module, self.statement, "insert", where="before", extra=extra)

    def moved(self, start: ast.Call) -> Iterator[Edit]:
        """Made in the constructor, started in a method: the task is made where it starts."""
        assert isinstance(self.statement, ast.Assign)
        arguments = self.spawn.call.keywords
        given = {k.arg: k.value for k in arguments}
        args = given.get("args")
        passed = ", ".join(self.text(a) for a in args.elts) if isinstance(args, (ast.Tuple, ast.List)) else ""
        if args is not None and not passed and not (isinstance(args, (ast.Tuple, ast.List)) and not args.elts):
            passed = f"*{self.text(args)}"
        target = self.text(given["target"]) if "target" in given else ""
        ready = f"{', ' if passed else ''}{self.ready}" if self.ready else ""
        name = ast.unparse(self.statement.targets[0])
        lines = [f"{self.ready} = asyncio.Event()" if self.ready else ""]
        named = f", name={self.text(given['name'])}" if "name" in given else ""
        lines.append(f"{name} = asyncio.create_task({target}({passed}{ready}){named})")
        lines.append(self.keeping(self.attribute, kept=True))
        lines.append(self.waiting())
        yield self.edit(self.statement, "remove")
        code = "\n".join(line for line in lines if line)
        yield self.edit(self.module.facts.statement(start), "replace_statement", code=code)

    def text(self, node: ast.AST) -> str:
        """What the source says there."""
        return self.module.facts.span(node).cut(self.module.facts.text)

    def edit(self, node: ast.AST, action: str, *, whole: bool = False, **data: object) -> Edit:
        """An edit that needs asyncio."""
        return self.view.edit(self.idiom, self.module, node, action, whole=whole, imports=_ASYNCIO, extra=data)

    def insert(self, node: ast.AST, code: str, where: str) -> Edit:
        """Statements beside another."""
        return self.view.edit(self.idiom, self.module, node, "insert", where=where, imports=_ASYNCIO, code=code)  # type: ignore[arg-type]

    def task_data(self) -> dict[str, Any]:
        """What the call of ``create_task`` needs to know."""
        replaced = []
        for use in self.view.sockets.uses.values():
            if use.kind == "spawned" and use.parent is self.spawn.call:
                pair = self.pairs.of(use.expr, use.module, use.scope)
                if pair is not None and isinstance(use.expr, ast.Name):
                    replaced.append((use.expr.id, pair.names))
        return {"pairs": tuple(replaced), "ready": self.ready, "coroutine": self.coroutine}

    def made_and_started(self) -> Iterator[Edit]:
        """``Thread(...).start()`` in one expression."""
        name = self.names.free(self.spawn, "task")
        data = self.task_data()
        before = f"{self.ready} = asyncio.Event()" if self.ready else ""
        after = self.waiting()
        keeping = self.keeping(name, kept=False)
        if self.held:
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
                self.idiom,
                self.view.module(scope_of(self.view, join)),
                join,
                "join",
                imports=_ASYNCIO,
                parens=needs_parentheses(self.parents.get(join), join),
            )
        for alive in self.spawn.alive:
            module = self.view.module(scope_of(self.view, alive))
            yield self.view.edit(self.idiom, module, alive, "alive", parens=isinstance(module.facts.parents[alive], ast.Compare))

    # names and places

    def variable(self) -> str:
        """The local name that the thread is assigned to."""
        match self.statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is self.spawn.call:
                return name
        return ""

    def task_name(self, variable: str) -> str:
        """The variable's new name."""
        return renamed(self.spawn.scope, variable)

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
        return scope in self.view.wrapped or scope in entry_functions(self.view)

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
            if self.held:
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
        if kept:
            return ""
        self.held = self.names.free(self.spawn, "tasks")
        return f"{self.held}.add({name})\n{name}.add_done_callback({self.held}.discard)"

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
            code = f"while {self.held}:\n    await asyncio.wait({self.held})"
            endless = _is_endless(outer)
            start = block.index(outer) + (not endless)
            self.lasting.end(self.module, self.parents[outer], block, start, code, daemon=False, forever=endless)
        empty = empty_set(self.module.facts.module.bound)
        return self.insert(outer, f"{self.held} = {empty}", where="before")

    def at_end(self, name: str) -> Iterator[Edit]:
        """A thread that is never joined ends with the program: a daemon at once, any other when it is done."""
        if self.is_joined() or self.in_loop():
            return
        daemon = self.spawn.daemon
        limit = ", timeout=1" if self.may_linger() and daemon else ""
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
        groups = [self.view.sockets.listener(loop) for loop in self.loops()] if self.spawn.daemon else []
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
        """Whether the task is a server."""
        return bool(self.loops())

    def loops(self) -> list[AcceptLoop]:
        """The accept loops in what it runs."""
        return [loop for loop in self.view.sockets.accept_loops.values() if loop.scope in self.spawn.functions]

    def may_linger(self) -> bool:
        """Whether, cancelled, it waits for open connections, as ``serve_forever`` does from Python 3.12.1 on, maybe for ever."""
        return any(connections_of(self.view, loop).keeper == "library" for loop in self.loops())

    def _top(self, node: ast.AST, block: list[ast.stmt]) -> ast.stmt:
        while not (isinstance(node, ast.stmt) and node in block):
            node = self.parents[node]
        return node


def _is_endless(statement: ast.stmt) -> bool:
    """Whether nothing but an exception ends a loop, or a return."""
    if not isinstance(statement, ast.While) or not isinstance(statement.test, ast.Constant) or not statement.test.value:
        return False
    return not any(isinstance(node, ast.Break) for node in ast.walk(statement))


def _block_of(parent: ast.AST, statement: ast.stmt) -> list[ast.stmt]:
    """The block that a statement stands in."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and statement in block:
            return block
    raise AssertionError("a statement stands in a block")
