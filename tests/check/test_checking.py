"""Checking fixtures from end to end, with a porter of one trick: it replaces text and refuses on request."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from porter.check import checking
from porter.check.checking import Checked, CheckReport, check, check_fixture, discover
from porter.check.errors import FixtureError
from porter.check.pythons import running_python
from porter.check.trial import Porting
from porter.idioms.idiom import Refusal
from porter.plan.model import BlockingCall, Fault, FileChange, Plan, Port, Resolution
from porter.project.settings import Settings
from porter.syntax.places import Span

NOWHERE = Span(0, 0)
CASE = "print('a')\n# becomes\nprint('b')\n"


def replacing(words: Mapping[str, str], *, refusals: tuple[str, ...] = (), faults: tuple[str, ...] = ()) -> Porting:
    """A porting that replaces words, and reports the refusals and faults given."""

    def porting(path: Path, _: Settings | None) -> Port:
        changes = []
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            old = new = file.read_bytes().decode()
            for word, other in words.items():
                new = new.replace(word, other)
            changes.append(FileChange(file.as_posix(), old, new, ()))
        refused = tuple(Refusal(path.as_posix(), NOWHERE, reason, "change it") for reason in refusals)
        calls = tuple(BlockingCall("", NOWHERE, "f", "g", "refused", reason, "change it") for reason in refusals)
        plan = Plan(calls, (), (), refused, (), Resolution(0, 0, 0))
        return Port(plan, tuple(changes), tuple(Fault("x.py", 1, "closed", fault) for fault in faults))

    return porting


A_TO_B = replacing({"'a'": "'b'"})


def case(folder: Path, text: str) -> Path:
    path = folder / "case.py"
    path.write_bytes(text.encode())
    return path


def program(folder: Path, description: str, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "fixture.toml").write_text(description)
    return folder


def test_a_case_that_is_as_it_must_be(tmp_path: Path) -> None:
    path = case(tmp_path, CASE)
    assert check_fixture(path, porting=A_TO_B) == Checked(path)


@pytest.mark.parametrize(
    ("text", "porting", "message"),
    [
        pytest.param(CASE, replacing({}), "-print('b')\n+print('a')", id="text_differs"),
        pytest.param("print('a')\n", A_TO_B, "+print('b')", id="must_not_change"),
        pytest.param(CASE, replacing({"'a'": "'b'", "'b'": "'bb'"}), "porting the port again", id="not_idempotent"),
        pytest.param("a = 1\n# becomes\n= 1\n", replacing({"a": ""}), "syntax error", id="does_not_compile"),
        pytest.param(CASE, replacing({"'a'": "'b'"}, faults=("not awaited",)), "closed: not awaited", id="fault"),
        pytest.param(CASE, replacing({"'a'": "'b'"}, refusals=("odd",)), "does not name: odd", id="unnamed_refusal"),
        pytest.param('# case: refused="tls"\nx\n', replacing({}, refusals=("odd",)), "says 'tls' (odd)", id="reason"),
        pytest.param('# case: refused="tls"\nx\n', replacing({}), "nothing is refused", id="not_refused"),
        pytest.param(f"# case: runs\n{CASE}", A_TO_B, "the sides print different things", id="behaviour"),
        pytest.param("# case: oops\nx\n", A_TO_B, "unknown flag", id="malformed"),
    ],
)
def test_a_case_that_is_not(tmp_path: Path, text: str, porting: Porting, message: str) -> None:
    assert message in "\n".join(check_fixture(case(tmp_path, text), porting=porting).problems)


def test_a_case_may_be_refused_for_any_reason_where_it_names_none(tmp_path: Path) -> None:
    assert not check_fixture(case(tmp_path, "x = 1\n"), porting=replacing({}, refusals=("odd",))).problems


def test_a_case_for_a_newer_python_is_skipped(tmp_path: Path) -> None:
    checked = check_fixture(case(tmp_path, "# case: min-python=3.99\nx =\n"), porting=A_TO_B)
    assert checked.skipped == "needs Python 3.99" and not checked.problems


def test_a_crash_is_a_failure_of_its_fixture_only(tmp_path: Path) -> None:
    def crash(_: Path, __: Settings | None) -> Port:
        raise ZeroDivisionError("oops")

    (problem,) = check_fixture(case(tmp_path, CASE), porting=crash).problems
    assert problem.startswith("porter itself failed") and "ZeroDivisionError: oops" in problem


def test_a_program_of_one_file(tmp_path: Path) -> None:
    folder = program(tmp_path, 'before = "x.py"\nafter = "y.py"', x="m = 'a'\nprint(1)\n", y="m = 'b'\nprint(1)\n")
    assert not check_fixture(folder, porting=A_TO_B).problems


def test_a_program_of_several_modules(tmp_path: Path) -> None:
    main = "from . import other\nprint(len(other.m))\n"
    description = 'before = "x"\nafter = "y"\nrun = ["-m", "pkg"]\nseeds = 9'
    for side, word in ("x", "a"), ("y", "b"):
        for name, text in (("__init__", ""), ("__main__", main), ("other", f"m = '{word}'\n")):
            path = tmp_path / side / "pkg" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    (tmp_path / "fixture.toml").write_text(description)
    assert not check_fixture(tmp_path, porting=A_TO_B, seeds=1).problems
    (tmp_path / "y" / "pkg" / "extra.py").write_text("")
    assert check_fixture(tmp_path, porting=A_TO_B, seeds=1).problems == ("pkg/extra.py: the port has no such file",)


def test_a_golden_not_there_yet_is_a_failure(tmp_path: Path) -> None:
    folder = program(tmp_path, 'before = "x.py"\nafter = "y.py"', x="m = 'a'\n")
    assert check_fixture(folder, porting=A_TO_B).problems == ("y.py: no such golden; a refresh writes it",)


def test_refresh_writes_goldens(tmp_path: Path) -> None:
    folder = program(tmp_path, 'before = "x.py"\nafter = "y.py"', x="m = 'a'\n")
    assert not check_fixture(folder, porting=A_TO_B, refresh=True).problems
    assert (folder / "y.py").read_text() == "m = 'b'\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# case: naming=keep\n\nprint('a')\n", "# case: naming=keep\n\nprint('a')\n\n# becomes\n\nprint('b')\n"),
        ("x = 1\n# becomes\nx = 2\n", "x = 1\n"),
    ],
)
def test_refresh_rewrites_cases(tmp_path: Path, old: str, new: str) -> None:
    path = case(tmp_path, old)
    assert not check_fixture(path, porting=A_TO_B, refresh=True).problems
    assert path.read_text() == new


def test_refresh_is_refused_under_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(FixtureError, match="under CI"):
        check([case(tmp_path, CASE)], refresh=True)


def test_fixtures_are_found_in_folders(tmp_path: Path) -> None:
    (tmp_path / "programs" / "game").mkdir(parents=True)
    (tmp_path / "cases").mkdir()
    game = program(tmp_path / "programs" / "game", "", x="")
    one = case(tmp_path / "cases", CASE)
    assert discover([tmp_path]) == (one, game)
    assert discover([game, one, one]) == (game, one)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_path_without_fixtures_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FixtureError, match=name):
        discover([tmp_path / name])


def test_a_report_lists_all_and_counts_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_pipeline", A_TO_B)
    (tmp_path / "good.py").write_text(CASE)
    (tmp_path / "bad.py").write_text("print('a')\n")
    report = check([tmp_path])
    assert not report.ok
    assert report.lines[0] == f"failed  {tmp_path / 'bad.py'}"
    assert report.lines[-2] == f"ok      {tmp_path / 'good.py'}"
    assert report.lines[-1] == f"2 fixtures, 1 failed; ran on Python {running_python()}"
    assert CheckReport((), ()).ok
