"""Running both sides: agreement, difference, retries. The guessing game is played for real."""

from pathlib import Path

import pytest

from porter.check.comparison import Comparison
from porter.check.errors import FixtureError
from porter.check.programs import read_program
from porter.check.sides import RETRIES, compare_runs

GAME = Path(__file__).parents[2] / "fixtures" / "programs" / "guessing_game"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_both_sides_play_the_same_game() -> None:
    fixture = read_program(GAME)
    assert fixture.after is not None and fixture.how is not None
    how = Comparison(order="actors", actors=fixture.how.actors, daemons=fixture.how.daemons, seeds=2)
    assert compare_runs(fixture.before, fixture.after, how) == ()


def test_every_seed_that_differs_is_reported(tmp_path: Path) -> None:
    before = write(tmp_path / "before.py", "import random\nprint(random.random() < 2)\n")
    after = write(tmp_path / "after.py", "import random\nprint(random.random() > 0.8)\n")
    found = compare_runs(before, after, Comparison(seeds=2))
    # random.seed(0) gives 0.84, random.seed(1) gives 0.13.
    assert len(found) == 1
    assert "seed 1: the sides print different things" in found[0] and "-True\n+False" in found[0]


RACY = """
import pathlib, sys
count = pathlib.Path(__file__).with_suffix(".count")
ran = len(count.read_text()) if count.exists() else 0
count.write_text("." * (ran + 1))
if ran < {failures}:
    sys.exit("too early")
print("done")
"""


@pytest.mark.parametrize(("failures", "agree"), [(RETRIES, True), (RETRIES + 1, False)])
def test_a_threaded_side_that_fails_is_run_again(tmp_path: Path, failures: int, agree: bool) -> None:
    before = write(tmp_path / "before.py", RACY.format(failures=failures))
    after = write(tmp_path / "after.py", "print('done')\n")
    assert (compare_runs(before, after) == ()) is agree
    assert len((tmp_path / "before.count").read_text()) == RETRIES + 1


def test_a_ported_side_that_fails_is_not(tmp_path: Path) -> None:
    before = write(tmp_path / "before.py", "print('done')\n")
    after = write(tmp_path / "after.py", RACY.format(failures=1))
    assert "too early" in compare_runs(before, after)[0]
    assert len((tmp_path / "after.count").read_text()) == 1


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        pytest.param("", "import sys\nprint('x', file=sys.stderr)", "wrote to standard error", id="stderr"),
        pytest.param("", "import warnings\nwarnings.warn('x')", "UserWarning: x", id="warning"),
        pytest.param("", "raise SystemExit(2)", "exit code 0 on the threaded side, 2 on the ported one", id="code"),
        pytest.param("", "import time\ntime.sleep(60)", "the ported side did not end within 1 seconds", id="hang"),
    ],
)
def test_what_a_port_must_not_do(tmp_path: Path, before: str, after: str, message: str) -> None:
    sides = write(tmp_path / "before.py", before), write(tmp_path / "after.py", after)
    (found,) = compare_runs(*sides, Comparison(timeout=1.0) if "sleep" in after else None)
    assert message in found


def test_both_sides_may_fail_alike_without_a_word(tmp_path: Path) -> None:
    before = write(tmp_path / "before.py", "raise SystemExit(2)\n")
    assert compare_runs(before, before) == ()


def test_folders_need_to_be_told_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match="needs `run`"):
        compare_runs(tmp_path, tmp_path)
