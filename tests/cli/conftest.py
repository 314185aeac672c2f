"""The command line over a pipeline of one rule, so that these tests hold whatever idioms there are.

The rule: `BLOCK()` blocks and becomes `await BLOCK()`; `REFUSE()` blocks and is refused. A line `FAULTY` makes a fault,
a line `UNSTABLE` grows with each port. Reading, reporting and writing are the real ones.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

import porter
from porter.idioms.idiom import Edit, Refusal
from porter.plan.model import BlockingCall, Fault, FileChange, Patch, Plan, Port, Resolution, Step, Verdict
from porter.project.files import read_project
from porter.project.settings import settings_for
from porter.syntax.places import Span

_CALL = re.compile(r"(?<!await )(BLOCK|REFUSE)\(\)")
_UNSTABLE = re.compile(r"^UNSTABLE", re.MULTILINE)


def _read(paths, *, config=None, naming=None):
    return read_project(paths, settings_for([Path(path) for path in paths], config, naming))


def _plan(project, *, only=(), skip=(), jobs=1):
    calls, edits, refusals, verdicts = [], [], [], []
    for file in project.files:
        for match in _CALL.finditer(file.text):
            span = Span(*match.span())
            refused = match[1] == "REFUSE"
            calls.append(
                BlockingCall(file.shown, span, match[1], f"{file.module}.f", "refused" if refused else "ported",
                             *(("it cannot wait", "let it") if refused else ()))
            )  # fmt: skip
            if refused:
                refusals.append(Refusal(file.shown, span, "it cannot wait", "let it"))
            else:
                edits.append(Edit("block", file.shown, span, "Call", "await"))
                chain = (Step(file.shown, span, f"{file.module}.f", "BLOCK"),)
                verdicts.append(Verdict(file.shown, span, f"{file.module}.f", True, "calls BLOCK", chain))
        edits += [Edit("unstable", file.shown, Span(*m.span()), "Name", "grow") for m in _UNSTABLE.finditer(file.text)]
    return Plan(tuple(calls), tuple(verdicts), tuple(edits), tuple(refusals), (), Resolution(len(calls), 0, 0))


def _port_project(project, *, only=(), skip=(), jobs=1):
    plan = _plan(project)
    changes, faults = [], []
    for file in project.files:
        new, patches = file.text, []
        for edit in sorted((edit for edit in plan.edits if edit.path == file.shown), key=lambda edit: -edit.span.start):
            text = ("await " if edit.idiom == "block" else "UNSTABLE\n") + edit.span.cut(file.text)
            new = new[: edit.span.start] + text + new[edit.span.end :]
            patches.append(Patch(edit.span, edit.span, (edit.idiom,), False))
        changes.append(FileChange(file.shown, file.text, new, tuple(patches)))
        if "FAULTY" in file.text:
            faults.append(Fault(file.shown, 1, "compiles", "it does not"))
    return Port(plan, tuple(changes), tuple(faults))


@dataclass(frozen=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run ``porter`` with arguments."""
    pipeline = ModuleType("porter.pipeline")
    pipeline.read, pipeline.plan, pipeline.port_project = _read, _plan, _port_project  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "porter.pipeline", pipeline)
    monkeypatch.setattr(porter, "pipeline", pipeline, raising=False)
    from porter.cli.main import run

    def ran(*arguments: object) -> Ran:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        return Ran(code, *capfd.readouterr())

    return ran


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Write files below an empty folder, which becomes the working folder; the folder."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return write
