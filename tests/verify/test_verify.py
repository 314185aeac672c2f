"""verify on a run of porter: text, colour, blocking calls, groups. Changes are made by hand here, mistakes included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from porter.idioms.idiom import Edit
from porter.plan.model import BlockingCall, FileChange, Outcome, Patch, Plan, Resolution
from porter.project.model import Project, SourceFile
from porter.project.settings import Settings
from porter.syntax.places import Span
from porter.verify import verify

OLD = """\
import time
import asyncio


class Peer:
    def receive(self):
        time.sleep(1)
        return "x"  # a text

    def talk(self):
        for _ in range(3):
            print(self.receive())


def main():
    Peer().talk()
"""
STEPS = (
    ("def receive", "async def receive", "colour", False),
    ("time.sleep(1)", "await asyncio.sleep(1)", "sleep", False),
    ("def talk", "async def talk", "colour", False),
    ("print(self.receive())", "print(await self.receive())", "colour", False),
    ("def main():\n    Peer().talk()", "async def main_async():\n    await Peer().talk()", "colour", False),
)
USES_NOTE = ("import time\n", "import time\nfrom _aio_note import note\n", "note", True)
PLAN = Plan((), (), (), (), (), Resolution(0, 0, 0), renames=(("game.main", "main_async"),))


def _source(text: str, encoding: str = "utf-8", name: str = "game") -> SourceFile:
    path = Path(f"/src/{name}.py")
    return SourceFile(path, f"{name}.py", Path(path.name), name, False, text, encoding, False)


def _project(*files: SourceFile) -> Project:
    return Project(Settings(), files)


def _change(old: str, steps: tuple[tuple[str, str, str, bool], ...], path: str = "game.py") -> FileChange:
    """The text after each replacement, and the patches that say so."""
    new, patches, at, shift = old, [], 0, 0
    for before, after, idiom, structural in steps:
        start = old.index(before, at)
        at = start + len(before)
        new = new[: start + shift] + after + new[at + shift :]
        here = Span(start + shift, start + shift + len(after))
        patches.append(Patch(Span(start, at), here, (idiom,), structural, (f"group of {before.split()[-1]}",)))
        shift += len(after) - len(before)
    return FileChange(path, old, new, tuple(patches))


def _checks(change: FileChange, plan: Plan = PLAN, *others: SourceFile) -> list[str]:
    return [fault.check for fault in verify(_project(_source(change.old), *others), plan, (change,))]


def _with(old: str, new: str) -> FileChange:
    """The good change with one of its replacements changed: the writer's mistake, patches in step."""
    return _change(OLD, tuple((a, b.replace(old, new), *rest) for a, b, *rest in STEPS))  # type: ignore[misc]


def test_a_good_port_has_no_fault() -> None:
    assert verify(_project(_source(OLD)), PLAN, (_change(OLD, STEPS),)) == ()


def test_no_change_has_no_fault() -> None:
    assert verify(_project(_source(OLD)), PLAN, (FileChange("game.py", OLD, OLD, ()),)) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a text", "# a  text"),
        ("import time", "import time "),
        ("range(3)", "range(4)"),
        ('"x"', "'x'"),
        ("    Peer", "\tPeer"),
    ],
)
def test_text_outside_the_patches_may_not_change(old: str, new: str) -> None:
    change = _change(OLD, STEPS[:-1])
    assert "text" in _checks(replace(change, new=change.new.replace(old, new)), replace(PLAN, renames=()))


def test_text_lost_at_the_end() -> None:
    change = _change(OLD, STEPS)
    assert "text" in _checks(replace(change, new=change.new.rstrip("\n")))


def test_patches_that_overlap_or_are_out_of_order() -> None:
    change = _change(OLD, STEPS)
    assert "text" in _checks(replace(change, patches=change.patches[::-1]))
    wide = replace(change.patches[0], old=Span(0, len(OLD)), new=Span(0, len(change.new)))
    assert "text" in _checks(replace(change, patches=(wide, *change.patches[1:])))


def test_the_change_must_start_from_the_file() -> None:
    faults = verify(_project(_source(OLD + "# more\n")), PLAN, (_change(OLD, STEPS),))
    assert "text" in {fault.check for fault in faults}


def test_new_text_that_the_files_encoding_cannot_store() -> None:
    change = _change(OLD, (*STEPS[:2], ("# a text", "# 글", "comment", True), *STEPS[2:]))
    faults = verify(_project(_source(OLD, "latin-1")), PLAN, (change,))
    assert [fault.check for fault in faults] == ["text"]


def test_a_file_that_does_not_compile_stops_there() -> None:
    assert _checks(_with("async def talk", "def talk")) == ["compiles"]


def test_a_call_that_was_left_behind_is_a_fault_of_its_callees_group() -> None:
    change = _change(OLD, tuple(step for step in STEPS if step[0] != "print(self.receive())"))
    (fault,) = verify(_project(_source(OLD)), PLAN, (change,))
    assert (fault.check, fault.line, fault.group) == ("awaited", 12, "group of receive")


def test_a_caller_in_another_module() -> None:
    user = _source("import game\n\n\ndef run():\n    game.main_async()\n", name="user")
    faults = verify(_project(_source(OLD), user), PLAN, (_change(OLD, STEPS),))
    assert [(fault.path, fault.line, fault.check) for fault in faults] == [("user.py", 5, "awaited")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("await self.receive()", "await self.receive(1)"),
        ("print(await", "repr(await"),
        ("await Peer()", "await Peer.talk(Peer()); await Peer()"),
        ("main_async", "main_other"),
        ("async def talk", "@staticmethod\n    async def talk"),
    ],
)
def test_an_edit_of_colour_may_change_nothing_else(old: str, new: str) -> None:
    assert "erasure" in _checks(_with(old, new))


LOOP = "for _ in range(3):\n            print(self.receive())"


def test_structural_patches_excuse_another_shape() -> None:
    steps = (*STEPS[:3], (LOOP, "print(*[await self.receive() for _ in range(3)])", "loops", True))
    assert _checks(_change(OLD, (*steps, STEPS[-1]))) == []


@pytest.mark.parametrize("new", ["print(await self.receive())", "print(*[await self.receive() for _ in range(4)])", "pass"])
def test_structural_patches_lose_no_ingredient(new: str) -> None:
    steps = (*STEPS[:3], (LOOP, new, "loops", True))
    assert "ingredients" in _checks(_change(OLD, (*steps, STEPS[-1])))


def test_a_generator_expression_may_become_a_list_for_its_consumer() -> None:
    old = "class A:\n    def f(self):\n        return 1\n\n    def g(self, n):\n        return sum(self.f() for _ in range(n))\n"
    steps = (
        ("def f", "async def f", "colour", False),
        ("def g", "async def g", "colour", False),
        ("sum(self.f() for _ in range(n))", "sum([await self.f() for _ in range(n)])", "colour", False),
    )
    assert _checks(_change(old, steps), replace(PLAN, renames=())) == []


def test_protocol_names_are_colour() -> None:
    old = (
        "from collections.abc import Iterator\n\n\n"
        "class A:\n    def __iter__(self) -> Iterator[int]:\n        yield 1\n\n\n"
        "def f(a: A):\n    it = iter(a)\n"
        "    try:\n        return next(it)\n    except StopIteration:\n        return None\n"
    )
    steps = (
        ("import Iterator", "import AsyncIterator", "colour", False),
        ("def __iter__(self) -> Iterator[int]", "async def __aiter__(self) -> AsyncIterator[int]", "colour", False),
        ("def f", "async def f", "colour", False),
        ("iter(a)", "aiter(a)", "colour", False),
        ("next(it)", "await anext(it)", "colour", False),
        ("StopIteration", "StopAsyncIteration", "colour", False),
    )
    assert _checks(_change(old, steps), replace(PLAN, renames=())) == []


def _sleeping() -> FileChange:
    return _change(OLD, tuple(step for step in STEPS if step[2] != "sleep"))


def test_a_blocking_call_that_the_plan_does_not_name() -> None:
    (fault,) = verify(_project(_source(OLD)), PLAN, (_sleeping(),))
    assert (fault.check, fault.line) == ("blocking", 7)


@pytest.mark.parametrize(("outcome", "checks"), [("kept", []), ("refused", []), ("ported", ["account", "blocking"])])
def test_a_blocking_call_that_the_plan_names(outcome: Outcome, checks: list[str]) -> None:
    at = OLD.index("time.sleep")
    call = BlockingCall("game.py", Span(at, at + len("time.sleep(1)")), "time.sleep", "game.Peer.receive", outcome)
    assert _checks(_sleeping(), replace(PLAN, calls=(call,))) == checks


def test_the_plans_edits_are_not_trusted() -> None:
    edit = Edit("colour", "game.py", Span(0, 4), "Call", "await")
    change = _change(OLD, tuple(step for step in STEPS if step[0] != "print(self.receive())"))
    assert _checks(change, replace(PLAN, edits=(edit,))) == ["awaited"]


def test_a_support_module_is_part_of_the_new_program() -> None:
    change = _change(OLD, (USES_NOTE, *STEPS))
    beside = FileChange("_aio_note.py", "", "async def note():\n    return 1\n", ())
    call = ("await Peer().talk()", "note() and await Peer().talk()")
    bad = _change(OLD, tuple((a, b.replace(*call), *rest) for a, b, *rest in (USES_NOTE, *STEPS)))  # type: ignore[misc]
    project = _project(_source(OLD))
    assert verify(project, PLAN, (change, beside)) == ()
    assert "awaited" in {fault.check for fault in verify(project, PLAN, (bad, beside))}


def test_an_error_of_the_checker_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise KeyError("lost")

    monkeypatch.setattr("porter.verify.view.infer", fail)
    (fault,) = verify(_project(_source(OLD)), PLAN, (_change(OLD, STEPS),))
    assert fault.check == "inference" and "KeyError" in fault.message
