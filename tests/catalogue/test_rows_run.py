"""Each row of the standard library has a program that runs on both sides, or a refusal that is tested."""

from __future__ import annotations

import pytest

from porter.catalogue import load
from tests.catalogue.rows_met import rows_met

ELSEWHERE = {"httpx", "requests"}
"""Libraries that are not of the standard library, whose rows are met in ``test_every_row``."""
ROWS = [row for row in load().rows if row.library not in ELSEWHERE]


@pytest.mark.parametrize("library", sorted({row.library for row in ROWS}))
def test_each_row_runs_or_is_refused(library: str) -> None:
    met = rows_met()
    left = [row.name for row in ROWS if row.library == library and row.name not in met.run | met.refused]
    assert not left, f"no program fixtures/programs/rows_* runs {left}, and no fixture shows that they are refused"


def test_most_rows_run() -> None:
    names = {row.name for row in ROWS}
    met = rows_met()
    assert len(names) >= 400
    assert len(names & met.run) >= 0.9 * len(names)


def test_no_row_says_that_nothing_stands_for_what_is_ported() -> None:
    wrong = [row.name for row in ROWS if row.becomes == "none" and row.name in rows_met().changed]
    assert not wrong, f"programs show that {wrong} are ported; say in their rows what they become"
