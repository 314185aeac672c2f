"""Each trap: porter avoids it, and the port runs as the program did, or it refuses and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.check.comparison import Comparison
from porter.check.sides import compare_runs
from porter.check.trees import ported_tree, write_tree
from porter.pipeline import port
from tests.traps.table import LIMITS, SOURCES, Program, traps, with_table

PROGRAMS = [
    pytest.param(program, id=f"{program.file}{'-twin' * (program.naming == 'twin')}")
    for trap in traps()
    for program in trap.programs
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_trap(program: Program, tmp_path: Path) -> None:
    before, after = tmp_path / "threaded" / "program.py", tmp_path / "ported" / "program.py"
    before.parent.mkdir()
    before.write_text((SOURCES / f"{program.file}.py").read_text("utf-8"), "utf-8")
    found = port([before], naming=program.naming)  # type: ignore[arg-type]
    assert not found.faults
    tree = ported_tree(before, found)
    new = tree["program.py"].decode()
    assert [said for said in program.has if said not in new] == [], new
    assert [said for said in program.lacks if said in new] == [], new
    assert [said for said in program.once if new.count(said) != 1] == [], new
    reasons = [refusal.reason for refusal in found.plan.refusals]
    assert any(program.refused in reason for reason in reasons) or not program.refused, reasons
    account = found.plan.account
    assert account.found == account.ported + account.offloaded + account.kept + account.refused
    assert account.kept >= program.kept and all(reasons) and (reasons or not account.refused)
    if new != before.read_text("utf-8") and not program.text:
        write_tree(after.parent, tree)
        assert compare_runs(before, after, Comparison(seeds=1, timeout=30)) == ()


def test_every_trap_is_shown_and_every_program_is_used() -> None:
    assert [trap.number for trap in traps()] == list(range(1, 84))
    assert all(trap.programs and trap.name and trap.does for trap in traps())
    used = {program.file for trap in traps() for program in trap.programs}
    assert used == {path.stem for path in SOURCES.glob("*.py")}


def test_the_page_on_limits_has_the_table() -> None:
    text = LIMITS.read_text("utf-8")
    assert with_table(text) == text, "run `python -m tests.traps.table`"
