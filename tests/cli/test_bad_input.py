"""Bad input: one clear line, exit code 2, nothing written, no traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FILES = {
    "ok.py": "BLOCK()\n",
    "broken.py": "def (\n",
    "two.py": "print 'x'\n",
    "latin.py": b"s = '\xe9'\n",
    "nulls.py": b"\0",
    "empty/readme.txt": "",
    "pkg/__init__.py": "",
    "pkg/a.py": "BLOCK()\n",
    "file.txt": "",
    "bad.toml": "naminng = 'twin'\n",
    "odd.toml": "naming = 1\n",
    "torn.toml": "[[\n",
    "deep.py": f"x = {'(' * 300}1{')' * 300}\n",
    "cookie.py": "# -*- coding: nope-8 -*-\n",
    "new.py": "x = 1 +++ else\n",
    "mixed/a.py": "BLOCK()\n",
    "mixed/b.py": "def (\n",
    "project/pyproject.toml": "[tool.porter]\nnaming-style = 'twin'\n",
    "project/a.py": "BLOCK()\n",
}

CASES = [
    (["port", "none.py", "-o", "out"], "none.py: no such file or folder"),
    (["port", "broken.py", "-o", "out"], "broken.py:1: has a syntax error"),
    (["port", "two.py", "-o", "out"], "two.py:1: is Python 2 (the print statement)"),
    (["port", "latin.py", "-o", "out"], "latin.py:1: is not UTF-8 and names no other encoding"),
    (["port", "nulls.py", "-o", "out"], "nulls.py:1: contains null bytes"),
    (["port", "empty", "-o", "out"], "empty: holds no Python file"),
    (["port", "file.txt", "none.py", "-o", "out"], "none.py: no such file"),
    (["port", "ok.py", "broken.py", "--in-place"], "broken.py:1: has a syntax error"),
    (["port", "ok.py", "--config", "bad.toml", "-o", "out"], "bad.toml:1: unknown setting `naminng`; did you mean"),
    (["port", "ok.py", "--config", "odd.toml", "-o", "out"], 'odd.toml:1: `naming` is 1; it must be "keep" or "twin"'),
    (["port", "ok.py", "--config", "torn.toml", "-o", "out"], "torn.toml:1: is not valid TOML"),
    (["port", "ok.py", "--config", "none.toml", "-o", "out"], "none.toml: cannot be read"),
    (["port", "pkg", "-o", "pkg/out"], "pkg/out: lies inside SRC"),
    (["port", "pkg", "-o", "file.txt"], "file.txt: is a file, but the port is a folder"),
    (["port", "ok.py", "-o", "pkg"], "pkg: is a folder, but SRC is a file"),
    (["port", "ok.py", "-o", "ok.py"], "ok.py: is SRC itself"),
    (["port", "ok.py"], "give either -o OUT or --in-place"),
    (["port", "ok.py", "-o", "out", "--in-place"], "give either -o OUT or --in-place"),
    (["port", "-o", "out"], "Missing argument 'SRC...'"),
    (["port", "ok.py", "-o", "out", "--naming", "both"], "Invalid value for '--naming'"),
    (["port", "ok.py", "-o", "out", "--jobs", "0"], "Invalid value for '--jobs'"),
    (["port", "ok.py", "--colour"], "No such option '--colour'"),
    (["prot", "ok.py"], "No such command 'prot'"),
    (["diff", "broken.py"], "broken.py:1: has a syntax error"),
    (["plan", "none.py"], "none.py: no such file or folder"),
    (["why", "none.py", "f"], "none.py: no such file or folder"),
    (["why", "ok.py"], "Missing argument 'NAME'"),
    (["why", "ok.py", "g"], "g: no such function"),
    (["port", "", "-o", "out"], "Invalid value for 'SRC...': an empty text is no path"),
    (["port", "deep.py", "-o", "out"], "deep.py:1: has a syntax error (too many nested parentheses)"),
    (["port", "cookie.py", "-o", "out"], "cookie.py:1: says an encoding that Python does not have"),
    (["port", "new.py", "-o", "out"], "new.py:1: has a syntax error"),
    (["port", "mixed", "-o", "file.txt"], "file.txt: is a file, but the port is a folder"),
    (["port", "mixed", "-o", "mixed/out"], "mixed/out: lies inside SRC"),
    (["port", "ok.py", "-o", "file.txt/out.py"], "file.txt/out.py: "),
]
READING = [["port", "-o", "out"], ["diff"], ["plan"], ["why", "f"]]
NAMED = [
    ("none.py", "none.py: no such file"),
    ("broken.py", "broken.py:1: has a syntax error"),
    ("two.py", "two.py:1: is Python 2"),
    ("latin.py", "latin.py:1: is not UTF-8"),
    ("nulls.py", "nulls.py:1: contains null bytes"),
    ("deep.py", "deep.py:1: has a syntax error (too many nested parentheses)"),
    ("empty", "empty: holds no Python file"),
    ("project", "project/pyproject.toml:2: unknown setting `naming-style`"),
]
CASES += [([verb[0], name, *verb[1:]], told) for verb in READING for name, told in NAMED]


@pytest.mark.parametrize(("arguments", "told"), CASES, ids=[" ".join(arguments) for arguments, _ in CASES])
def test_bad_input_is_one_line_and_exit_code_2(cli, build, arguments, told):
    root = build(FILES)
    before = snapshot(root)
    ran = cli(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.removeprefix("porter: ").removeprefix(f"{root}/").startswith(told), ran.err
    assert ran.err.startswith("porter: ") and "Traceback" not in ran.err
    assert ran.err.count("\n") == 1
    assert snapshot(root) == before


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    found = {}
    for parent, _, files in os.walk(root):
        for name in files:
            path = Path(parent, name)
            found[str(path)] = (path.read_bytes(), path.stat().st_mtime_ns)
    return found


def test_the_same_files_met_in_a_folder_are_named_and_copied(cli, build):
    bad = ("broken.py", "two.py", "latin.py", "nulls.py")
    root = build({f"src/{name}": content for name, content in FILES.items() if name in bad or name == "ok.py"})
    ran = cli("port", "src", "-o", "out")
    assert ran.code == 0
    for name in bad:
        assert f"src/{name}:1: " in ran.err
        assert (root / "out" / name).read_bytes() == (root / "src" / name).read_bytes()
    assert (root / "out" / "ok.py").read_text() == "await BLOCK()\n"


def test_neither_a_file_nor_a_folder(cli, build):
    os.mkfifo(build({}) / "pipe.py")
    for verb in (["port", "-o", "out"], ["diff"], ["plan"], ["why", "f"]):
        ran = cli(verb[0], "pipe.py", *verb[1:])
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "porter: pipe.py: is neither a file nor a folder; name one of these\n"


def test_files_that_may_not_be_read(cli, build, monkeypatch):
    root = build({"src/a.py": "BLOCK()\n", "src/secret.py": "BLOCK()\n", "src/key.txt": "k", "src/data.txt": "d"})
    allowed = os.access
    hidden = ("secret.py", "key.txt")
    monkeypatch.setattr("os.access", lambda path, mode: not str(path).endswith(hidden) and allowed(path, mode))
    ran = cli("port", "src", "-o", "out")
    assert ran.code == 0
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["src/key.txt", "src/secret.py"]
    assert "may be neither read nor copied" in ran.err
    assert sorted(os.listdir(root / "out")) == ["a.py", "data.txt"]


def test_small_files_are_no_bad_input(cli, build):
    build({"empty.py": "", "comments.py": "# only\n# these", "long.py": f"x = '{'a' * 500_000}'\nBLOCK()\n"})
    for name in ("empty.py", "comments.py"):
        assert cli("port", name, "-o", f"out/{name}").code == 0
        assert Path("out", name).read_bytes() == Path(name).read_bytes()
        assert cli("diff", name).out == ""
    assert cli("port", "long.py", "-o", "out/long.py").code == 0
    assert Path("out/long.py").read_text().endswith("'\nawait BLOCK()\n")


def test_an_unexpected_fault_is_one_line_and_exit_code_3(cli, build, monkeypatch):
    build(FILES)
    monkeypatch.delenv("PORTER_DEBUG", raising=False)
    monkeypatch.setattr("porter.project.files.decode", lambda data: 1 / 0)
    ran = cli("plan", "ok.py")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("porter: a fault of porter's own: ZeroDivisionError") and ran.err.count("\n") == 1
    monkeypatch.setenv("PORTER_DEBUG", "1")
    assert "Traceback" in cli("plan", "ok.py").err


def test_no_command_shows_what_there_is(cli, build):
    build({})
    ran = cli()
    assert ran.code == 2
    assert "Commands:" in ran.err
