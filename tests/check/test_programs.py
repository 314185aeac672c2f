"""The format of fixture.toml."""

from pathlib import Path

import pytest

from porter.check.programs import described_comparison, read_program
from porter.project.faults import UsageFault


def fixture_folder(folder: Path, description: str) -> Path:
    (folder / "before.py").write_text("x = 1\n")
    (folder / "after.py").write_text("x = 2\n")
    (folder / "package").mkdir()
    (folder / "fixture.toml").write_text(description)
    return folder


WHOLE = """
before = "before.py"
after = "after.py"
run = ["{file}", "--fast"]
seeds = 7
order = "actors"
actors = ["a:", "b:"]
daemons = ["b:"]
timeout = 1.5
refused = ["a reason"]

[settings]
naming = "twin"
"""


def test_a_whole_description(tmp_path: Path) -> None:
    fixture = read_program(fixture_folder(tmp_path, WHOLE))
    assert (fixture.before, fixture.after) == (tmp_path / "before.py", tmp_path / "after.py")
    assert fixture.refused == ("a reason",)
    assert fixture.settings is not None and fixture.settings.naming == "twin"
    assert fixture.how is not None
    assert (fixture.how.run, fixture.how.seeds, fixture.how.order) == (("{file}", "--fast"), 7, "actors")
    assert (fixture.how.actors, fixture.how.daemons, fixture.how.timeout) == (("a:", "b:"), ("b:",), 1.5)


def test_without_settings_those_of_pyproject_count(tmp_path: Path) -> None:
    assert read_program(fixture_folder(tmp_path, 'before = "before.py"\nafter = "after.py"')).settings is None


@pytest.mark.parametrize("reason", ["changed = false", 'refused = ["a reason"]'])
def test_without_after_nothing_changes_or_runs(tmp_path: Path, reason: str) -> None:
    fixture = read_program(fixture_folder(tmp_path, f'before = "before.py"\n{reason}'))
    assert fixture.after is None and fixture.how is None


def test_with_no_seeds_nothing_runs(tmp_path: Path) -> None:
    assert read_program(fixture_folder(tmp_path, 'before = "before.py"\nafter = "after.py"\nseeds = 0')).how is None


def test_a_golden_may_be_missing_yet(tmp_path: Path) -> None:
    fixture = read_program(fixture_folder(tmp_path, 'before = "before.py"\nafter = "new.py"'))
    assert fixture.after == tmp_path / "new.py"


@pytest.mark.parametrize(
    ("description", "message"),
    [
        pytest.param("before = ", "readable TOML", id="not_toml"),
        pytest.param('after = "after.py"', "`before` must be", id="no_before"),
        pytest.param('before = "nowhere.py"\nafter = "after.py"', "`before` must be", id="before_missing"),
        pytest.param('before = "before.py"', "`after` must be given", id="no_after"),
        pytest.param('before = "before.py"\nafter = "package"', "same kind", id="kinds"),
        pytest.param('before = "before.py"\nafter = "after.py"\nchanged = false', "`changed` must be", id="changed"),
        pytest.param('before = "before.py"\nchanged = true', "`changed` must be", id="changed_to_what"),
        pytest.param('before = "before.py"\nafter = "after.py"\nseed = 3', "did you mean `seeds`?", id="unknown_key"),
        pytest.param('before = "before.py"\nafter = "after.py"\nseeds = -1', "`seeds` must be", id="seeds"),
        pytest.param('before = "before.py"\nafter = "after.py"\nseeds = true', "`seeds` must be", id="seeds_true"),
        pytest.param('before = "before.py"\nafter = "after.py"\ntimeout = 0', "`timeout` must be", id="timeout"),
        pytest.param('before = "before.py"\nafter = "after.py"\norder = "any"', "`order` must be one of", id="order"),
        pytest.param('before = "before.py"\nafter = "after.py"\norder = "actors"', "`actors` must be", id="no_actors"),
        pytest.param('before = "before.py"\nafter = "after.py"\nactors = ["a"]', "`actors` must be", id="no_order"),
        pytest.param('before = "before.py"\nafter = "after.py"\ndaemons = ["a"]', "some of", id="daemons"),
        pytest.param('before = "before.py"\nafter = "after.py"\nrun = "x"', "`run` must be a list", id="run"),
        pytest.param('before = "before.py"\nafter = "after.py"\nsettings = 1', "`settings` must be", id="settings"),
        pytest.param('before = "before.py"\nafter = "after.py"\n[settings]\nnamin = "twin"', "naming", id="setting"),
    ],
)
def test_a_wrong_description_says_what_is_wrong(tmp_path: Path, description: str, message: str) -> None:
    with pytest.raises(UsageFault) as caught:
        read_program(fixture_folder(tmp_path, description))
    assert message in caught.value.message
    assert "fixture.toml" in caught.value.message


def test_two_described_paths_are_compared_as_described(tmp_path: Path) -> None:
    folder = fixture_folder(tmp_path, WHOLE)
    how = described_comparison(folder / "before.py", folder / "after.py")
    assert how is not None and how.seeds == 7
    assert described_comparison(folder / "after.py", folder / "before.py") is None
    assert described_comparison(folder / "package" / "x.py", folder / "after.py") is None
