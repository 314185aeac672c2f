"""Tasks that outlive the function that starts them: a set that keeps them, and how the program's entry ends them.

asyncio itself refers to a task weakly, and a loop that closes cancels what still runs. So a task for a thread that
nobody joins lies in a set of its module; before the entry returns it waits for those that were no daemons, as the
interpreter did for their threads, and cancels the daemons.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.idioms.idiom import Edit, View
from porter.idioms.importing import import_of
from porter.idioms.scripts import entry_functions
from porter.inference.objects import reached
from porter.inference.program import Module
from porter.inference.unshared import returns
from porter.syntax.names import empty_set
from porter.syntax.shapes import Statements, statements

_EXITS = frozenset({"sys.exit", "builtins.exit", "builtins.quit"})


@dataclass(slots=True, eq=False)
class _Block:
    """Statements of one block, and what has to be done behind them."""

    module: Module
    owner: ast.AST
    body: Sequence[ast.stmt]
    start: int = 0
    """How many of them come before the last task is made."""
    waits: list[str] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    last: Sequence[str] = ()
    """What comes between."""
    forever: bool = False
    """Whether all this must be done however the block ends."""
    imports: list[str] = field(default_factory=lambda: ["import asyncio"])


class Lasting:
    """The tasks of a program that nobody joins, gathered while edits are proposed."""

    def __init__(self, view: View, idiom: str) -> None:
        self._view = view
        self._idiom = idiom
        self._sets: dict[tuple[Module, bool], str] = {}
        self._blocks: dict[ast.stmt, _Block] = {}
        self._held: list[Callable[[list[ast.stmt]], int | None]] = []
        self._last: list[str] = []
        self._starts: set[ast.stmt | None] = set()

    def keep(self, module: Module, task: str, *, daemon: bool) -> str:
        """Statements that put the task ``task`` into the module's set."""
        name = self.name(module, daemon=daemon)
        return f"{name}.add({task})\n{task}.add_done_callback({name}.discard)"

    def name(self, module: Module, *, daemon: bool) -> str:
        """The name of the module's set."""
        name = self._sets.get((module, daemon), "")
        if not name:
            name = "daemon_tasks" if daemon else "background_tasks"
            if name in self._sets.values():
                name = f"{module.name.rpartition('.')[2]}_{name}"
            while any(name in other.facts.module.bound for other in self._view.targets):
                name += "_"
            self._sets[module, daemon] = name
        return name

    def hold(self, part: Callable[[list[ast.stmt]], int | None]) -> None:
        """What ``part`` finds of a block runs until somebody ends it: the waiting comes behind it however it ends."""
        self._held.append(part)

    def before_daemons_end(self, code: str, start: ast.stmt | None) -> None:
        """Have the entry run ``code``, however it ends from ``start`` on, when all but daemons are done."""
        self._last.append(code)
        self._starts.add(start)

    def end(
        self,
        module: Module,
        owner: ast.AST,
        body: Sequence[ast.stmt],
        start: int,
        code: str,
        *,
        daemon: bool,
        imports: Sequence[str] = (),
        forever: bool = False,
    ) -> None:
        """Have ``code`` run behind a block, whose statements from ``start`` on may return; ``forever``: or raise."""
        block = self._blocks.setdefault(body[0], _Block(module, owner, body))
        block.start = max(block.start, start)
        block.forever |= forever
        (block.cancels if daemon else block.waits).append(code)
        block.imports.extend(imports)

    def edits(self) -> Iterator[Edit]:
        """The sets, and the ends of the blocks."""
        for module in {module: None for module, _ in self._sets}:
            names = [name for (other, _), name in self._sets.items() if other is module]
            empty = empty_set(module.facts.module.bound)
            yield above_definitions(self._view, self._idiom, module, "\n".join(f"{name} = {empty}" for name in names))
        if self._sets or self._last:
            for module, owner, body in self.entries():
                self._at_end(module, owner, body)
        for block in self._blocks.values():
            yield from self._ended(block)

    def entries(self) -> Iterator[tuple[Module, ast.AST, Sequence[ast.stmt]]]:
        """The blocks that the program's loops run from start to end."""
        for scope, run in self._view.wrapped.items():
            yield self._view.module(scope), run.guard or scope.node, run.guard.body if run.guard else run.statements
        for function in entry_functions(self._view):
            node = function.node
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and function in self._view.colours.causes:
                yield self._view.module(function), node, node.body

    def _at_end(self, module: Module, owner: ast.AST, body: Sequence[ast.stmt]) -> None:
        may_say = isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module))
        documented = may_say and ast.get_docstring(owner) is not None  # type: ignore[arg-type]
        start = 1 if documented and len(body) > 1 else 0
        held = [position for part in self._held if (position := part(list(body))) is not None]
        for (home, daemon), name in self._sets.items():
            imported = () if home is module else (import_of(self._view.inference.program, home, module, name),)
            if daemon:
                code = f"for task in {name}:\n    task.cancel()\nif {name}:\n    await asyncio.wait({name}, timeout=1)"
            else:
                code = f"while {name}:\n    await asyncio.wait({name})"
            self.end(module, owner, body, start, code, daemon=daemon)
            self._blocks[body[0]].imports.extend(imported)
        if held and self._sets:
            self._blocks[body[0]].start = min(held)
            self._blocks[body[0]].forever = True
        if self._last:
            block = self._blocks.setdefault(body[0], _Block(module, owner, body))
            first = next((n for n, statement in enumerate(body) if statement in self._starts), start)
            block.start, block.forever, block.last = first, True, self._last

    def _ended(self, block: _Block) -> Iterator[Edit]:
        code = "\n".join((*block.waits, *block.last, *block.cancels))
        imports = tuple(block.imports)
        tail = _lines(block.body[block.start :])
        may_leave = any(returns(statement) for statement in block.body)
        may_fail = block.forever or may_leave or self._exits(block.module, block.body[block.start :])
        if may_fail and tail and isinstance(block.owner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.With)):
            yield self._view.edit(
                self._idiom, block.module, block.owner, "finally", whole=True, imports=imports, code=code, tail=tail
            )
        elif not may_leave:
            last = block.body[-1]
            yield self._view.edit(self._idiom, block.module, last, "insert", where="after", imports=imports, code=code)

    def _exits(self, module: Module, tail: Sequence[ast.stmt]) -> bool:
        """Whether the end of a block plainly leaves by an exception, or ends the program: threads were waited for then."""
        inference = self._view.inference
        exits = {site.caller for site in inference.sites if not _EXITS.isdisjoint(site.externals)}
        for node in (node for statement in tail for node in ast.walk(statement)):
            site = inference.site(node) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Raise) and isinstance(module.facts.parents[node], (ast.FunctionDef, ast.If)):
                return True
            if site is not None and not _EXITS.isdisjoint(site.externals):
                return True
            if site is not None and not exits.isdisjoint(reached(inference, site.functions)):
                return True
        return False


def _lines(statements_: Sequence[ast.stmt]) -> int:
    """How many lines of statements these are: ``a; b`` is one."""
    return sum(n == 0 or one.lineno != statements_[n - 1].end_lineno for n, one in enumerate(statements_))


def above_definitions(view: View, idiom: str, module: Module, code: str, imports: tuple[str, ...] = ()) -> Edit:
    """Have ``code`` stand above the module's first function or class of which no comment right above speaks."""
    found = [s for s in module.facts.tree.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
    first = next((s for s in found if not _commented(module, s)), found[0])
    above = module.facts.tree.body[: module.facts.tree.body.index(first)]
    lines = 0 if above and isinstance(above[-1], (ast.Assign, ast.AnnAssign)) else 1
    return view.edit(idiom, module, first, "sets_above", whole=True, imports=imports, code=code, blank_lines=lines)


def _commented(module: Module, definition: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether a comment stands right above, which speaks of the definition."""
    first = min([definition.lineno, *(decorator.lineno for decorator in definition.decorator_list)])
    lines = module.source.text.splitlines()
    return first > 1 and lines[first - 2].lstrip().startswith("#")


def with_sets_above(edit: Edit, node: cst.BaseStatement) -> Statements:
    """``sets_above``: the sets of tasks, and the definition that they stand above."""
    blank = (cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))
    return (*statements(str(edit.data["code"])), node.with_changes(leading_lines=blank))
