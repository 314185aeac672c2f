"""What the checker does not believe stays as it was, group by group; the rest is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from porter import pipeline
from porter.plan.model import FileChange, Plan, Port
from porter.project.model import Project
from porter.rewrite.errors import RewriteError
from porter.syntax.places import Span

PROGRAM = """\
import time


class Peer:
    def receive(self):
        time.sleep(1)
        return "x"

    def talk(self):
        print(self.receive())


class Other:
    def nap(self):
        time.sleep(2)

    def talk(self):
        self.nap()


def main():
    Peer().talk()


def other():
    Other().talk()


if __name__ == "__main__":
    main()
"""


def _ported(monkeypatch: pytest.MonkeyPatch, folder: Path, old: str, new: str) -> Port:
    """The port by a writer that makes one mistake: it puts ``new`` where ``old`` should stand."""
    right = pipeline.rewrite

    def wrong(project: Project, decided: Plan, jobs: int = 1) -> tuple[FileChange, ...]:
        return tuple(_with(change, old, new) for change in right(project, decided, jobs))

    monkeypatch.setattr(pipeline, "rewrite", wrong)
    return _port(folder)


def _port(folder: Path) -> Port:
    (folder / "peers.py").write_text(PROGRAM, encoding="utf-8")
    return pipeline.port([folder / "peers.py"])


def _with(change: FileChange, old: str, new: str) -> FileChange:
    at = change.new.find(old)
    if at < 0:
        return change
    shift = len(new) - len(old)
    patches = tuple(
        replace(patch, new=Span(patch.new.start + shift * (patch.new.start > at), patch.new.end + shift * (patch.new.end > at)))
        for patch in change.patches
    )
    return replace(change, new=change.new.replace(old, new, 1), patches=patches)


def _text(port: Port) -> str:
    return port.files[0].new if port.files else PROGRAM


@pytest.mark.parametrize(
    ("old", "new", "check", "plain", "asynchronous"),
    [
        ("await self.receive()", "self.receive()", "awaited", "Peer", "Other"),
        ("await Other().talk()", "Other().talk()", "awaited", "Other", "Peer"),
        ("async def nap", "def nap", "compiles", "Other", "Peer"),
        ("await self.nap()", "await self.nap", "await", "Other", "Peer"),
    ],
)
def test_the_rest_is_ported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, old: str, new: str, check: str, plain: str, asynchronous: str
) -> None:
    port = _ported(monkeypatch, tmp_path, old, new)
    assert port.faults[0].check == check
    _, left, rest = _text(port).partition(f"class {plain}:")
    assert "async" not in rest.partition("\n\n\n")[0]
    assert "async def" in _text(port).partition(f"class {asynchronous}:")[2].partition("\n\n\n")[0]
    assert any("the checker rejected" in refusal.reason for refusal in port.plan.refusals)
    account = port.plan.account
    assert (account.found, account.ported, account.refused) == (2, 1, 1)


def test_text_that_is_broken_everywhere_leaves_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    port = _ported(monkeypatch, tmp_path, 'return "x"', 'return  "x"')
    assert "text" in {fault.check for fault in port.faults}
    assert not any(change.changed for change in port.files)


def test_an_edit_that_cannot_be_carried_out_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    right = pipeline.rewrite
    at = PROGRAM.index("time.sleep(2)")

    def wrong(project: Project, decided: Plan, jobs: int = 1) -> tuple[FileChange, ...]:
        for edit in decided.edits:
            if edit.span.start == at:
                raise RewriteError("no such node", path=edit.path, span=edit.span, idiom=edit.idiom)
        return right(project, decided, jobs)

    monkeypatch.setattr(pipeline, "rewrite", wrong)
    port = _port(tmp_path)
    assert [(fault.check, fault.line) for fault in port.faults] == [("rewrite", 15)]
    assert "async def receive" in _text(port) and "async def nap" not in _text(port)


def test_a_checker_that_never_agrees_leaves_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object) -> object:
        raise KeyError("lost")

    monkeypatch.setattr("porter.verify.view.infer", fail)
    port = _port(tmp_path)
    assert {fault.check for fault in port.faults} == {"inference"}
    assert not any(change.changed for change in port.files)
