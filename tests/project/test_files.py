"""Reading projects: what is a source, what is left out, and how a bad file is told, named or met."""

from __future__ import annotations

import os

import pytest

from porter.project.faults import UsageFault
from porter.project.files import read_project
from porter.project.settings import Settings

BAD = {
    "broken.py": (b"def f(:\n", "syntax error"),
    "two.py": (b"print 'x'\n", "Python 2"),
    "latin.py": (b"s = '\xe9'\n", "not UTF-8"),
    "null.py": (b"x = 1\0\n", "null bytes"),
    "deep.py": (b"x = " + b"(" * 5000 + b")" * 5000, "syntax error"),
}


def sources(project):
    return sorted(file.shown for file in project.files)


def test_what_git_ignores_caches_and_environments_are_not_read(build, monkeypatch):
    root = build(
        {
            ".git/config": "",
            ".git/hook.py": "",
            ".gitignore": "/dist/\n*_generated.py\n",
            "a.py": "",
            "a_generated.py": "",
            "dist/b.py": "",
            "sub/.gitignore": "!keep_generated.py\nlocal.py\n",
            "sub/keep_generated.py": "",
            "sub/local.py": "",
            "sub/dist/c.py": "",
            "env/pyvenv.cfg": "",
            "env/lib/d.py": "",
            "__pycache__/e.py": "",
            ".mypy_cache/f.py": "",
            "cachelike/CACHEDIR.TAG": "",
            "cachelike/g.py": "",
            "data.txt": "",
        }
    )
    monkeypatch.chdir(root.parent)
    project = read_project(["project"], Settings())
    assert sources(project) == ["project/a.py", "project/sub/dist/c.py", "project/sub/keep_generated.py"]
    others = {path.relative_to(root).as_posix() for path in project.others}
    assert others == {".gitignore", "a_generated.py", "data.txt", "dist", "sub/.gitignore", "sub/local.py"}


def test_an_ignore_file_above_counts_within_its_repository_only(build):
    root = build({".gitignore": "a.py\n", "sub/a.py": "", "sub/b.py": ""})
    assert len(read_project([root / "sub"], Settings()).files) == 2
    (root / ".git").mkdir()
    assert [file.module for file in read_project([root / "sub"], Settings()).files] == ["b"]
    assert len(read_project([root / "sub" / "a.py"], Settings()).files) == 1, "a named file is read"


def test_a_named_folder_is_read_even_if_ignored(build):
    root = build({".git/x": "", ".gitignore": "out/\n", "out/a.py": ""})
    assert len(read_project([root / "out"], Settings()).files) == 1


def test_excluded_files_are_copied_and_not_read(build):
    root = build({"pkg/a.py": "", "build/b.py": "", "pkg/c_test.py": ""})
    project = read_project([root], Settings(exclude=("build/**", "*_test.py"), folder=root))
    assert [file.module for file in project.files] == ["pkg.a"]
    assert {path.name for path in project.others} == {"build", "c_test.py"}


def test_targets_decide_what_may_change(build):
    root = build({"pkg/__init__.py": "", "pkg/_sync/a.py": "", "pkg/b.py": ""})
    settings = Settings(targets=("pkg/_sync/**",), folder=root)
    files = read_project([root / "pkg"], settings).files
    assert {file.module: file.is_target for file in files} == {"pkg": False, "pkg._sync.a": True, "pkg.b": False}
    with pytest.raises(UsageFault, match="`targets` matches none of the 1 Python files"):
        read_project([root / "pkg" / "b.py"], settings)


def test_targets_of_a_config_are_relative_to_src(build):
    root = build({"a/x.py": "", "b/x.py": ""})
    files = read_project([root], Settings(targets=("/a/*",))).files
    assert {file.module: file.is_target for file in files} == {"a.x": True, "b.x": False}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_that_is_named_is_a_usage_fault(build, name):
    content, told = BAD[name]
    root = build({name: content})
    with pytest.raises(UsageFault) as caught:
        read_project([root / name], Settings())
    assert told in caught.value.message
    assert name in caught.value.message
    assert "\n" not in caught.value.message


def test_bad_files_that_are_met_are_problems_and_the_rest_is_read(build):
    root = build({"good.py": "x = 1\n", **{name: content for name, (content, _) in BAD.items()}})
    project = read_project([root], Settings())
    assert [file.module for file in project.files] == ["good"]
    assert {problem.path.name for problem in project.problems} == set(BAD)
    for problem in project.problems:
        assert BAD[problem.path.name][1] in problem.reason
        assert problem.remedy
        assert problem.path in project.others, "it is copied"


def test_paths_that_cannot_be_used(build, tmp_path):
    root = build({"empty/readme.txt": "", "ignored/.gitignore": "*.py\n", "ignored/a.py": ""})
    for path, told in (
        (root / "none", "no such file or folder"),
        (root / "empty", "holds no Python file;"),
        (root / "ignored", "holds no Python file that is not ignored or excluded"),
    ):
        with pytest.raises(UsageFault, match=told):
            read_project([path], Settings())
    with pytest.raises(UsageFault, match="no SRC"):
        read_project([], Settings())


def test_links_are_copied_and_not_followed(build):
    root = build({"a.py": "", "sub/b.py": ""})
    (root / "link.py").symlink_to("a.py")
    (root / "loop").symlink_to(".")
    (root / "dangling").symlink_to("nowhere")
    project = read_project([root], Settings())
    assert [file.module for file in project.files] == ["a", "sub.b"]
    assert {path.name for path in project.others} == {"link.py", "loop", "dangling"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_neither_file_nor_link_is_passed_over(build):
    root = build({"a.py": ""})
    os.mkfifo(root / "pipe.py")
    assert len(read_project([root], Settings()).files) == 1


def test_paths_are_shown_as_they_were_written(build, monkeypatch):
    root = build({"pkg/__init__.py": "", "pkg/a.py": "", "main.py": ""})
    monkeypatch.chdir(root)
    assert sources(read_project(["pkg", "main.py"], Settings())) == ["main.py", "pkg/__init__.py", "pkg/a.py"]
    assert sources(read_project(["./pkg/"], Settings())) == ["pkg/__init__.py", "pkg/a.py"]
    assert sources(read_project(["."], Settings())) == ["main.py", "pkg/__init__.py", "pkg/a.py"]
    assert sources(read_project([root / "main.py"], Settings())) == [f"{root.as_posix()}/main.py"]


def test_where_files_go_below_out(build):
    root = build({"pkg/__init__.py": "", "pkg/sub/a.py": "", "main.py": ""})

    def relative(*paths):
        files = read_project([root / path for path in paths], Settings()).files
        return sorted(file.relative.as_posix() for file in files)

    assert relative("pkg") == ["__init__.py", "sub/a.py"]
    assert relative("main.py") == ["main.py"]
    assert relative("pkg", "main.py") == ["main.py", "pkg/__init__.py", "pkg/sub/a.py"]
    assert relative("pkg", "pkg/sub/a.py") == ["pkg/__init__.py", "pkg/sub/a.py"], "read once"


def test_entry_points_are_those_of_the_nearest_pyproject(build):
    root = build(
        {
            "pyproject.toml": '[project.scripts]\ngame = "game.cli:main"\n'
            '[project.gui-scripts]\nwin = "game.win:run [x]"\n'
            '[project.entry-points."a.b"]\nplug = "game.plug:Plug.make"\nmodule = "game.only"\n',
            "game/__init__.py": "",
        }
    )
    found = read_project([root / "game"], Settings()).entry_points
    assert found == ("game.cli:main", "game.plug:Plug.make", "game.win:run")


def test_files_come_in_the_order_of_their_names(build):
    root = build({"z.py": "", "a.py": "", "m/b.py": "", "B.py": ""})
    modules = [file.module for file in read_project([root], Settings()).files]
    assert modules == sorted(modules)
