"""Writing: where files go, that all are written or none, and that a killed run can be finished."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass

import pytest

from porter.project import journal
from porter.project.faults import UsageFault
from porter.project.files import read_project
from porter.project.journal import JOURNAL, Move, commit, finish_interrupted
from porter.project.output import check_out, write_port
from porter.project.settings import Settings


@dataclass(frozen=True)
class Change:
    path: str
    new: str


def tree(folder):
    """All files below a folder: bytes, or the target of a link."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in [*files, *(one for one in folders if os.path.islink(os.path.join(parent, one)))]:
            path = os.path.join(parent, name)
            shown = os.path.relpath(path, folder)
            found[shown] = f"-> {os.readlink(path)}" if os.path.islink(path) else open(path, "rb").read()
    return found


def project_of(*paths):
    return read_project(paths, Settings())


def shown(project, name):
    return next(file.shown for file in project.files if file.shown.endswith(name))


def test_a_file_goes_to_a_file_and_parents_are_made(build, tmp_path):
    root = build({"a.py": b"\xef\xbb\xbfx = 1\r\n"})
    project = project_of(root / "a.py")
    out = tmp_path / "deep" / "down" / "b.py"
    written = write_port(project, [Change(project.files[0].shown, "x = 2\r\n")], out=out)
    assert written == (out,)
    assert out.read_bytes() == b"\xef\xbb\xbfx = 2\r\n"
    write_port(project, [], out=out)
    assert out.read_bytes() == b"\xef\xbb\xbfx = 1\r\n", "overwritten; unchanged files are written too"
    assert os.listdir(out.parent) == ["b.py"]


def test_a_folder_goes_to_a_folder_with_all_its_files(build, tmp_path):
    root = build(
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "# coding: latin-1\ns = 'é'\n".encode("latin-1"),
            "pkg/broken.py": b"def (\n",
            "pkg/data/x.bin": b"\0\1",
            "pkg/run.sh": "#!/bin/sh\n",
            ".gitignore": "secret.py\nlocal/\n",
            "secret.py": "x = 1\n",
            "local/deep/conf.txt": "c",
            "local/__pycache__/c.pyc": "",
            ".git/config": "",
            "env/pyvenv.cfg": "",
        }
    )
    (root / "pkg" / "run.sh").chmod(0o755)
    (root / "pkg" / "link.py").symlink_to("a.py")
    (root / "up").symlink_to("pkg")
    project = project_of(root)
    out = tmp_path / "out"
    changes = [Change(shown(project, "pkg/a.py"), "# coding: latin-1\ns = 'ü'\n")]
    write_port(project, changes, [(f"{root}/pkg/_aio_lock.py", "lock = 1\n")], out=out)
    assert tree(out) == {
        "pkg/__init__.py": b"",
        "pkg/a.py": "# coding: latin-1\ns = 'ü'\n".encode("latin-1"),
        "pkg/_aio_lock.py": b"lock = 1\n",
        "pkg/broken.py": b"def (\n",
        "pkg/data/x.bin": b"\0\1",
        "pkg/run.sh": b"#!/bin/sh\n",
        "pkg/link.py": "-> a.py",
        ".gitignore": b"secret.py\nlocal/\n",
        "secret.py": b"x = 1\n",
        "local/deep/conf.txt": b"c",
        "up": "-> pkg",
    }
    assert stat.S_IMODE((out / "pkg" / "run.sh").stat().st_mode) == 0o755
    write_port(project, changes, out=out)


def test_several_go_under_their_names(build, tmp_path):
    root = build({"one/a.py": "", "one/x.txt": "x", "two/a.py": "", "main.py": ""})
    project = project_of(root / "one", root / "two", root / "main.py")
    write_port(project, [], out=tmp_path / "out")
    assert set(tree(tmp_path / "out")) == {"one/a.py", "one/x.txt", "two/a.py", "main.py"}


def test_a_support_module_goes_beside_a_single_file(build, tmp_path, monkeypatch):
    root = build({"a.py": ""})
    monkeypatch.chdir(root)
    write_port(project_of("a.py"), [], [("_aio_lock.py", "x = 1\n")], out=tmp_path / "out" / "b.py")
    assert set(tree(tmp_path / "out")) == {"b.py", "_aio_lock.py"}
    write_port(project_of("a.py"), [], [("_aio_lock.py", "x = 1\n")], in_place=True)
    assert set(tree(root)) == {"a.py", "_aio_lock.py"}


def test_in_place_writes_what_changed_and_keeps_modes_and_links(build):
    root = build({"a.py": "x = 1\n", "b.py": "y = 1\n", "real/c.py": "z = 1\n"})
    (root / "a.py").chmod(0o744)
    project = project_of(root)
    before = (root / "b.py").stat().st_ino
    changes = [Change(shown(project, "/a.py"), "x = 2\n"), Change(shown(project, "/b.py"), "y = 1\n")]
    written = write_port(project, changes, in_place=True)
    assert written == (root / "a.py",)
    assert (root / "b.py").stat().st_ino == before
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o744
    (root / "link.py").symlink_to("real/c.py")
    named = project_of(root / "link.py")
    write_port(named, [Change(named.files[0].shown, "z = 2\n")], in_place=True)
    assert (root / "link.py").is_symlink() and (root / "real/c.py").read_text() == "z = 2\n"


def test_out_that_cannot_be(build, tmp_path):
    root = build({"pkg/__init__.py": "", "pkg/a.py": "", "other/a.py": "", "file": ""})
    (tmp_path / "into").symlink_to(root / "pkg")
    package, single = project_of(root / "pkg"), project_of(root / "pkg" / "a.py")
    for project, out, told in (
        (package, root / "pkg" / "out", "lies inside SRC"),
        (package, root / "pkg", "lies inside SRC"),
        (package, tmp_path / "into" / "x", "lies inside SRC"),
        (package, root / "other" / ".." / "pkg" / "x", "lies inside SRC"),
        (package, root / "file", "is a file, but the port is a folder"),
        (package, root / "file" / "x", "is a file, so nothing can be written below it"),
        (single, root / "other", "is a folder, but SRC is a file"),
        (single, root / "pkg" / "a.py", "is SRC itself"),
        (project_of(root / "pkg", root / "other"), root, "lies inside SRC"),
        (project_of(root / "pkg" / "a.py", root / "other" / "a.py"), tmp_path / "out", "same name"),
    ):
        before = tree(tmp_path)
        for attempt in (lambda: write_port(project, [], out=out), lambda: check_out(project, out)):  # noqa: B023
            with pytest.raises(UsageFault, match=told):
                attempt()
        assert tree(tmp_path) == before


def test_neither_and_both_places(build, tmp_path):
    project = project_of(build({"a.py": ""}))
    for places in ({}, {"out": tmp_path / "x", "in_place": True}):
        with pytest.raises(UsageFault, match="-o OUT or --in-place"):
            write_port(project, [], **places)


def test_a_file_that_changed_meanwhile_stops_the_run(build):
    root = build({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    project = project_of(root)
    (root / "b.py").write_text("y = 'mine'\n")
    with pytest.raises(UsageFault, match="b.py: changed while porter was at work"):
        write_port(project, [Change(file.shown, "z = 1\n") for file in project.files], in_place=True)
    assert tree(root) == {"a.py": b"x = 1\n", "b.py": b"y = 'mine'\n"}


def test_text_that_the_encoding_lacks_writes_nothing(build):
    root = build({"a.py": "x = 1\n", "b.py": "# coding: ascii\n"})
    project = project_of(root)
    with pytest.raises(UnicodeEncodeError):
        write_port(project, [Change(file.shown, "# 맞음\n") for file in project.files], in_place=True)
    assert tree(root) == {"a.py": b"x = 1\n", "b.py": b"# coding: ascii\n"}


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_failure_on_the_way_undoes_what_was_done(build, monkeypatch, failing):
    root = build({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    project = project_of(root)
    before, calls, real = tree(root), [], os.replace

    def replace(source, target):
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device", str(target))
        real(source, target)

    monkeypatch.setattr(journal.os, "replace", replace)
    with pytest.raises(UsageFault, match="No space left on device"):
        write_port(project, [Change(file.shown, "z = 1\n") for file in project.files], in_place=True)
    monkeypatch.undo()
    assert tree(root) == before


def kill_after(monkeypatch, moves, count, folder):
    """Commit ``moves``, stopped as by a kill after ``count`` of them."""
    for move in moves:
        journal._stage(move)
    journal._write_journal(moves, folder)
    for move in moves[:count]:
        os.replace(move.staged, move.target)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_killed_run_is_finished_by_the_next(build, monkeypatch, count):
    root = build({"pkg/a.py": "x = 1\n", "pkg/b.py": "y = 1\n"})
    moves = [Move(root / "pkg" / name, b"z = 1\n", old=(root / "pkg" / name).read_bytes()) for name in ("a.py", "b.py")]
    kill_after(monkeypatch, moves, count, root)
    assert all(file.text in ("x = 1\n", "y = 1\n", "z = 1\n") for file in project_of(root).files), "each old or new"
    assert len(finish_interrupted(root / "pkg")) == 2 - count
    assert tree(root) == {"pkg/a.py": b"z = 1\n", "pkg/b.py": b"z = 1\n"}
    assert finish_interrupted(root / "pkg") == ()


def test_a_run_killed_while_it_prepared_has_changed_nothing(build):
    root = build({"a.py": "x = 1\n"})
    journal._stage(Move(root / "a.py", b"z = 1\n"))
    assert finish_interrupted(root) == ()
    project = project_of(root)
    assert [file.text for file in project.files] == ["x = 1\n"] and project.others == ()


def test_a_file_edited_after_a_kill_is_not_overwritten(build, monkeypatch):
    root = build({"a.py": "x = 1\n"})
    kill_after(monkeypatch, [Move(root / "a.py", b"z = 1\n", old=b"x = 1\n")], 0, root)
    (root / "a.py").write_text("mine\n")
    with pytest.raises(UsageFault, match="was changed after a run of porter was interrupted"):
        finish_interrupted(root)
    assert (root / "a.py").read_text() == "mine\n"


@pytest.mark.parametrize("content", ["", "{}", "[1]", "not json", '[{"target": "../x.py", "old": ""}]'])
def test_a_foreign_journal_moves_nothing(build, content, tmp_path):
    root = build({"a.py": "x = 1\n", JOURNAL: content})
    (tmp_path / "x.py").write_text("mine\n")
    (tmp_path / ".x.py.porter-new").write_text("evil\n")
    assert finish_interrupted(root) == ()
    assert (tmp_path / "x.py").read_text() == "mine\n"


def test_the_journal_names_places_below_its_folder(build):
    root = build({"a.py": "x = 1\n"})
    moves = [Move(root / "sub" / "b.py", b"")]
    journal._make_folders(root / "sub", [])
    journal._stage(moves[0])
    journal._write_journal(moves, root)
    assert json.loads((root / JOURNAL).read_text()) == [{"target": "sub/b.py", "old": ""}]
    commit(moves, root)
    assert set(tree(root)) == {"a.py", "sub/b.py"}
