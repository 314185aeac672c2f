"""The format of case files."""

from pathlib import Path

import pytest

from porter.check.cases import parse_case, prepared, renewed
from porter.check.errors import FixtureError
from porter.project.faults import UsageFault

PATH = Path("case.py")
WHOLE = """\
# case: naming=twin runs
# case: refused="kept in a dict" prefer=httpx,aiosqlite min-python=3.12 rename=Lock:AsyncLock

x = 1

# becomes

x = 2
"""


def test_a_whole_case(tmp_path: Path) -> None:
    case = parse_case(WHOLE, PATH)
    assert (case.source, case.result) == ("x = 1\n", "x = 2\n")
    fixture = prepared(case, tmp_path)
    assert fixture.settings is not None
    assert fixture.settings.naming == "twin"
    assert fixture.settings.prefer == ("httpx", "aiosqlite")
    assert fixture.settings.rename == (("Lock", "AsyncLock"),)
    assert fixture.refused == ("kept in a dict",)
    assert fixture.min_python == (3, 12)
    assert fixture.how is not None and not fixture.unnamed_refusals
    assert fixture.before.read_text() == "x = 1\n"
    assert fixture.after is not None and fixture.after.read_text() == "x = 2\n"


def test_without_a_marker_nothing_changes(tmp_path: Path) -> None:
    case = parse_case("x = 1\n", PATH)
    assert (case.source, case.result) == ("x = 1\n", None)
    fixture = prepared(case, tmp_path)
    assert fixture.after is None and fixture.how is None and fixture.unnamed_refusals


@pytest.mark.parametrize("text", [WHOLE, "x = 1\n", "# case: naming=keep\n\nx = 1\n"])
def test_the_text_can_be_written_back(text: str) -> None:
    assert parse_case(text, PATH).text == text


def test_blank_lines_around_the_marker_belong_to_nobody() -> None:
    tight = parse_case("x = 1\n# becomes\nx = 2\n", PATH)
    wide = parse_case("x = 1\n\n\n# becomes\n\n\nx = 2\n\n", PATH)
    assert (tight.source, tight.result) == (wide.source, wide.result) == ("x = 1\n", "x = 2\n")


def test_line_endings_are_kept() -> None:
    case = parse_case("x = 1\r\n\r\n# becomes\r\n\r\nx = 2\r\n", PATH)
    assert (case.source, case.result) == ("x = 1\r\n", "x = 2\r\n")


def test_an_indented_marker_is_a_comment() -> None:
    assert parse_case("if x:\n    # becomes\n    pass\n", PATH).result is None


def test_a_result_equal_to_the_source_drops_the_marker() -> None:
    assert renewed(parse_case("x = 1\n# becomes\nx = 2\n", PATH), "x = 1\n").text == "x = 1\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("# case: run\nx = 1\n", "case.py:1: unknown flag `run`; did you mean `runs`?", id="unknown_flag"),
        pytest.param("# case: runs=yes\nx\n# becomes\ny\n", "takes no value", id="value_too_much"),
        pytest.param("# case: naming\nx\n# becomes\ny\n", "takes a value", id="value_missing"),
        pytest.param("# case: naming=keep naming=twin\nx\n", "given twice", id="flag_twice"),
        pytest.param('# case: refused="x\nx\n', "quote", id="open_quote"),
        pytest.param("x = 1\n# case: runs\n", "case.py:2: a `# case:` line stands on top", id="flag_below"),
        pytest.param("x\n# becomes\ny\n# becomes\nz\n", "case.py:4: a second", id="two_markers"),
        pytest.param("# becomes\nx\n", "no source", id="no_source"),
        pytest.param("x\n# becomes\nx\n", "the result is the source", id="nothing_changes"),
        pytest.param("# case: runs\nx\n", "`runs` compares two sides", id="nothing_to_run"),
        pytest.param("# case: order=actors runs\nx\n# becomes\ny\n", "exact or sorted", id="order"),
        pytest.param("# case: min-python=new\nx\n", "a version such as", id="version"),
    ],
)
def test_a_malformed_case_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(FixtureError) as caught:
        parse_case(text, PATH)
    assert message in caught.value.message


def test_a_setting_of_a_wrong_value_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_text("# case: naming=both\nx = 1\n")
    with pytest.raises(UsageFault, match="naming"):
        prepared(parse_case(path.read_text(), path), tmp_path)
