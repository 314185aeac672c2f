"""Which catalogue rows the fixtures' programs meet, from the programs' own accounts, and which of those calls were run."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from porter.catalogue import load
from porter.check.cases import prepared, read_case
from porter.check.fixture import Fixture
from porter.check.programs import read_program
from porter.inference.blocking import Blocking, find_blocking
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.values import External, ExternalInstance
from porter.pipeline import plan, read, understand

FIXTURES = Path(__file__).parents[2] / "fixtures"
PROGRAMS = ("rows_*", "request_handlers", "web_service")
"""The programs whose calls are looked at, by their folders' names."""
_TRIES = 3
"""How often a program is run: on a busy machine its own time limits may be too short."""
_TRACER = Path(__file__).with_name("lines_run.py")


@dataclass(frozen=True, slots=True)
class Met:
    """Rows by what the programs show of them."""

    run: set[str] = field(default_factory=set)
    """Rows of calls that are ported, hop, or do not block, and that the threaded side executes."""
    refused: set[str] = field(default_factory=set)
    """Rows of calls that are refused, with a reason and a remedy."""
    changed: set[str] = field(default_factory=set)
    """Rows of calls that are ported or hop."""


@functools.cache
def rows_met() -> Met:
    """What these fixtures meet; the programs among them run on both sides by ``porter check``."""
    met = Met()
    for program in sorted(found for name in PROGRAMS for found in (FIXTURES / "programs").glob(name)):
        _look(read_program(program), met, is_run=True)
    with tempfile.TemporaryDirectory() as folder:
        for case in sorted((FIXTURES / "cases").glob("rows_*.py")):
            _look(prepared(read_case(case), Path(folder, case.stem)), met, is_run=False)
    return met


def _look(fixture: Fixture, met: Met, *, is_run: bool) -> None:
    project = read([fixture.before], settings=fixture.settings)
    catalogue = load(project.settings.catalogue)
    inference = understand(project, catalogue)
    decided = plan(project)
    outcomes = {(call.path, call.span.start, call.span.end, call.callee): call for call in decided.calls}
    lines = lines_run(fixture.before) if is_run else frozenset()
    for b in find_blocking(inference, catalogue):
        module = inference.program.module_for(b.site.caller)
        span = module.facts.span(b.site.node)
        call = outcomes.get((module.source.shown, span.start, span.end, b.row.name))
        if call is not None and call.outcome in ("ported", "offloaded"):
            met.changed.add(b.row.name)
        if call is not None and call.outcome == "refused":
            if call.reason and call.remedy:
                met.refused.add(b.row.name)
                if ast.unparse(b.site.node) == "sys.stdin":
                    met.refused.add(f"sys.stdin.{b.row.tail}")
        elif not lines.isdisjoint(_lines_of(module, b.site.node)):
            met.run.update(_names(b))
    for module in inference.program.modules.values():
        for node in module.facts.nodes:
            if not lines.isdisjoint(_lines_of(module, node)):
                named = {row.name: row for name in _named(inference, module, node) if (row := catalogue.row(name))}
                overrides = isinstance(node, ast.FunctionDef)
                told = (name for name, row in named.items() if overrides or not row.blocks or name.startswith("sys.stdin"))
                met.run.update(told)
    for site in inference.sites:
        if site.role == "spawn" and not lines.isdisjoint(_lines_of(inference.program.module_for(site.caller), site.node)):
            met.run.update(name for one in site.externals for name in inference.state.outside.method_names(one))


def _names(b: Blocking) -> Iterator[str]:
    """The row; who enters a context leaves it, too."""
    yield b.row.name
    if b.row.tail == "__enter__":
        yield b.row.name.removesuffix("__enter__") + "__exit__"


def _named(inference: Inference, module: Module, node: ast.AST) -> Iterator[str]:
    """Classes that are named, attributes that are asked for, methods that are overridden; what is done with sys.stdin."""
    outside, program = inference.state.outside, inference.program
    match node:
        case ast.Name() | ast.Attribute() if (found := program.resolve(node, module.facts.scope_of(node))) is not None:
            if isinstance(found, External):
                yield outside.public(found.name)
        case ast.Attribute(value=held, attr=attribute):
            yield ast.unparse(node)
            for value in inference.values(held, module):
                cls = value.cls if isinstance(value, ExternalInstance) else ""
                yield from outside.method_names(f"{cls}.{attribute}") if cls else ()
                yield from (f"{outside.public(cls)}.{attribute}",) if cls else ()
        case ast.FunctionDef(name=name) if isinstance(cls := module.facts.parents[node], ast.ClassDef):
            mro = program.classes[module.facts.scopes[cls]].mro
            for outer in [base.name for base in mro if isinstance(base, External) and outside.has_member(base.name, name)]:
                yield from outside.method_names(f"{outer}.{name}")


def _lines_of(module: Module, node: ast.AST) -> range:
    """The lines of the innermost statement, or of its header; of a function, those of its body."""
    try:
        statement = module.facts.statement(node)
    except (KeyError, AttributeError):
        return range(0)
    if isinstance(node, ast.FunctionDef):
        return range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
    last = statement.end_lineno or statement.lineno
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        last = max(statement.lineno, body[0].lineno - 1)
    return range(statement.lineno, last + 1)


def lines_run(path: Path) -> frozenset[int]:
    """The lines of a program that are executed when it runs, in whichever of its threads."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "lines.json")
        command = [sys.executable, str(_TRACER), str(found), path.name]
        for _ in range(_TRIES):
            ended = subprocess.run(
                command, cwd=path.parent, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True
            )
            if not ended.returncode:
                break
        assert not ended.returncode, ended.stderr.decode()
        return frozenset(json.loads(found.read_text("utf-8")))
