"""The diff: what ``git apply`` makes of it is the new text, byte for byte."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from porter.plan.model import FileChange, Patch
from porter.project.model import Project, SourceFile
from porter.project.settings import Settings
from porter.report.diff import diff_of, joined
from porter.report.regions import regions_of
from porter.syntax.places import Span

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def source(path: Path, text: str, encoding: str = "utf-8", bom: bool = False) -> SourceFile:
    shown = path.as_posix()
    return SourceFile(path.absolute(), shown, path, path.stem, False, text, encoding, bom)


def project(*files: SourceFile) -> Project:
    return Project(Settings(), files)


def patched(path: str, old: str, *replacements: tuple[str, str, str]) -> FileChange:
    """A change of ``old`` by (idiom, before, after) replacements, each of the first occurrence behind the last."""
    new, patches, at = "", [], 0
    for idiom, before, after in replacements:
        start = old.index(before, at)
        new += old[at:start]
        patches.append(Patch(Span(start, start + len(before)), Span(len(new), len(new) + len(after)), (idiom,), structural=False))
        new += after
        at = start + len(before)
    return FileChange(path, old, new + old[at:], tuple(patches))


def applied(folder: Path, diff: bytes, *options: str) -> None:
    result = subprocess.run(["git", "apply", *options, "-"], input=diff, cwd=folder, capture_output=True)
    assert result.returncode == 0, result.stderr.decode()


LINES = "".join(f"line {number}\n" for number in range(1, 31))


def test_a_hunk_is_headed_by_its_idioms(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    change = patched("a.py", LINES, ("sockets", "line 3\n", "LINE 3\n"), ("threads", "line 5", "LINE 5"),
                     ("sockets", "line 20", "LINE 20"))  # fmt: skip
    [diff] = diff_of(project(source(Path("a.py"), LINES)), [change])
    assert [line for line in diff.text.splitlines() if line.startswith("@@")] == [
        "@@ -1,8 +1,8 @@ sockets, threads",
        "@@ -17,7 +17,7 @@ sockets",
    ]
    assert diff.text.startswith("--- a/a.py\n+++ b/a.py\n")


@needs_git
@pytest.mark.parametrize(
    ("old", "replacements"),
    [
        (LINES, [("x", "line 3\n", "")]),
        (LINES, [("x", "line 3\n", "one\ntwo\nthree\n")]),
        (LINES, [("x", "line 3\n", "joined ")]),
        (LINES, [("x", "3\nline 4", "3 and 4")]),
        (LINES, [("x", "line 30\n", "no newline at the end")]),
        ("a\nb", [("x", "b", "c")]),
        ("a\nb", [("x", "b", "c\n")]),
        ("a\nb", [("x", "a", "A")]),
        ("a\r\nb\r\nc\r\n", [("x", "b", "B\r\nB")]),
        ("a\rb\nc\x0cd\u2028e\nf\n", [("x", "d", "D")]),
        ("# 한국어\ns = '맞음'\n", [("x", "'맞음'", "'더 차가움'")]),
        ("only", [("x", "only", "")]),
        (LINES, [("x", "line 1\n", "new\nline 1\n"), ("y", "line 2\n", ""), ("z", "line 30\n", "end\nend\n")]),
    ],
)
def test_git_applies_it(tmp_path, monkeypatch, old, replacements):
    monkeypatch.chdir(tmp_path)
    change = patched("a.py", old, *replacements)
    Path("a.py").write_bytes(old.encode())
    applied(tmp_path, joined(diff_of(project(source(Path("a.py"), old)), [change])))
    assert Path("a.py").read_bytes() == change.new.encode()


@needs_git
@pytest.mark.parametrize("encoding", ["iso-8859-1", "euc-kr"])
@pytest.mark.parametrize("bom", [False, True])
def test_in_the_files_own_encoding(tmp_path, monkeypatch, encoding, bom):
    monkeypatch.chdir(tmp_path)
    old = "# 맞음\nx = 1\n" if encoding == "euc-kr" else "# é\nx = 1\n"
    encoding = "utf-8" if bom else encoding
    file = source(Path("a.py"), old, encoding, bom)
    change = patched("a.py", old, ("x", "x = 1", "x = 2"))
    Path("a.py").write_bytes(file.encode(old))
    applied(tmp_path, joined(diff_of(project(file), [change])))
    assert Path("a.py").read_bytes() == file.encode(change.new)


@needs_git
@pytest.mark.parametrize("name", ["my file.py", "한글.py", 'quo"te.py', "back\\slash.py", "tab\tname.py", "a b/c d.py"])
def test_names_that_need_care(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text("x = 1\n")
    change = patched(path.as_posix(), "x = 1\n", ("x", "1", "2"))
    applied(tmp_path, joined(diff_of(project(source(path, "x = 1\n")), [change])))
    assert path.read_text() == "x = 2\n"


@needs_git
def test_new_files_and_folders_below_the_repositorys_top(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "sub" / "pkg").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "sub")
    Path("pkg/a.py").write_text("x = 1\n")
    file = source(Path("pkg/a.py"), "x = 1\n")
    change = patched("pkg/a.py", "x = 1\n", ("x", "1", "2"))
    diff = joined(diff_of(project(file), [change], [("pkg/_aio_lock.py", "lock = 1\n")]))
    applied(tmp_path / "sub", diff)
    assert Path("pkg/a.py").read_text() == "x = 2\n"
    assert Path("pkg/_aio_lock.py").read_text() == "lock = 1\n"


def test_nothing_changed_gives_nothing():
    assert joined(diff_of(project(source(Path("a.py"), "x\n")), [FileChange("a.py", "x\n", "x\n", ())])) == b""


pieces = st.lists(st.tuples(st.text("ab\n\r", max_size=8), st.text("ab\n", max_size=6), st.text("xy\n", max_size=6)))


@needs_git
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(pieces, st.text("ab\n", max_size=6), st.booleans())
@example([("", "a", "x")], "", False)
def test_any_patches_lead_to_the_new_text(tmp_path, monkeypatch, parts, rest, told):
    monkeypatch.chdir(tmp_path)
    old = new = ""
    patches = []
    for kept, before, after in parts:
        old, new = old + kept, new + kept
        spans = Span(len(old), len(old) + len(before)), Span(len(new), len(new) + len(after))
        patches.append(Patch(*spans, ("x",), False))
        old, new = old + before, new + after
    change = FileChange("a.py", old + rest, new + rest, tuple(patches) if told else ())
    if not change.changed or not change.old or not change.new:
        return
    Path("a.py").write_bytes(change.old.encode())
    applied(tmp_path, joined(diff_of(project(source(Path("a.py"), change.old)), [change])), "--unidiff-zero")
    assert Path("a.py").read_bytes() == change.new.encode()


def test_without_patches_the_region_is_what_differs():
    change = FileChange("a.py", LINES, LINES.replace("line 7\n", "seven\n"), ())
    [region] = regions_of(change)
    assert (region.old_start, region.old_end, region.new_start, region.new_end) == (6, 7, 6, 7)


def test_patches_that_leave_a_difference_out_are_not_believed():
    change = patched("a.py", LINES, ("x", "line 3", "LINE 3"))
    wrong = FileChange("a.py", change.old, change.new.replace("line 20", "LINE 20"), change.patches)
    [region] = regions_of(wrong)
    assert (region.old_start, region.old_end, region.idioms) == (2, 20, ("x",))
