"""The verbs: what goes to which stream and file, and the exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import porter

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(porter.__file__).parents[1])}
GAME = {"game/__init__.py": "", "game/a.py": "def f():\n    BLOCK()\n", "game/data.txt": "d"}
PORTED = "def f():\n    await BLOCK()\n"


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_port_writes_elsewhere_and_sums_up(cli, build):
    root = build(GAME)
    before = tree(root)
    ran = cli("port", "game", "-o", "out")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0].startswith("1 blocking call found = 1 ported + 0 offloaded + 0 kept + 0 refused")
    assert ran.out.splitlines()[-1] == "files: 1 changed, 0 added, 1 unchanged"
    out = {"out/__init__.py": b"", "out/a.py": PORTED.encode(), "out/data.txt": b"d"}
    assert tree(root) == before | out


def test_port_in_place_quietly(cli, build):
    root = build(GAME)
    ran = cli("port", "game", "--in-place", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert (root / "game/a.py").read_text() == PORTED


def test_settings_without_effect_are_told(cli, build):
    build(GAME | {"porter.toml": 'prefer = ["aiosqlite"]\nformat = "none"\nfiles = "thread"\nfrozen = []\n'})
    assert cli("plan", "game", "--config", "porter.toml").err == "the setting `prefer` has no effect yet as it is set\n"


BLACK = '[tool.black]\nextend-exclude = "/old/"\n'


@pytest.mark.parametrize("left_alone", [False, True])
def test_black_is_missing(cli, build, monkeypatch, left_alone):
    build({"pyproject.toml": BLACK.replace("old", "game") if left_alone else BLACK} | GAME)
    monkeypatch.setattr("porter.project.formatter.find_spec", lambda name: None)
    told = (
        ""
        if left_alone
        else "black is not installed, so changed statements are not formatted; porter's extra `format` brings it\n"
    )
    assert cli("diff", "game", "--quiet").err == told


def test_port_as_json(cli, build):
    build(GAME)
    data = json.loads(cli("port", "game/a.py", "-o", "b.py", "--json").out)
    assert data["version"] == 1
    assert data["account"]["found"] == 1
    assert data["files"] == [{"path": "game/a.py", "outcome": "changed"}]


def test_an_interrupted_run_is_finished_first(cli, build):
    from porter.project import journal

    root = build(GAME)
    move = journal.Move(root / "game/a.py", b"BLOCK() # new\n", old=GAME["game/a.py"].encode())
    journal._stage(move)
    journal._write_journal([move], root / "game")
    ran = cli("port", "game", "--in-place")
    assert "finished from an interrupted run" in ran.err
    assert (root / "game/a.py").read_text() == "await BLOCK() # new\n"


def test_diff_writes_nothing_and_applies(cli, build):
    root = build(GAME)
    before = tree(root)
    ran = cli("diff", "game")
    assert ran.code == 0
    assert "@@ -1,2 +1,2 @@ block\n" in ran.out
    assert ran.err.startswith("1 blocking call found")
    assert tree(root) == before
    (root / "game.diff").write_text(ran.out)
    assert cli("diff", "game", "--quiet").err == ""
    assert json.loads(cli("diff", "game", "--json").out)["diff"] == ran.out


def test_plan_prints_the_account_and_each_function(cli, build):
    build(GAME)
    out = cli("plan", "game").out
    assert "becomes async (1):\n  game/a.py:2:5 game.a.f: calls BLOCK\n" in out
    data = json.loads(cli("plan", "game", "--json").out)
    assert data["verdicts"][0]["function"] == "game.a.f"
    assert {"account", "verdicts", "edits", "refusals", "uncertain", "dependencies"} <= set(data)


def test_why_prints_the_chain(cli, build):
    build(GAME)
    assert cli("why", "game", "f").out.splitlines()[1] == "  game/a.py:2:5 game.a.f → BLOCK"
    ran = cli("why", "game", "g.f")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "porter: g.f: no such function; did you mean game.a.f?\n"


def test_strict_objects_to_refusals_and_unreadable_files(cli, build):
    build({"a.py": "REFUSE()\n", "b/b.py": "x = (\n", "b/c.py": "BLOCK()\n"})
    assert cli("plan", "a.py").code == 0
    assert cli("plan", "a.py", "--strict").code == 1
    ran = cli("port", "b", "-o", "out", "--strict")
    assert ran.code == 1
    assert ran.err.startswith("b/b.py:1: has a syntax error")
    assert Path("out/b.py").read_text() == "x = (\n" and Path("out/c.py").read_text() == "await BLOCK()\n"
    assert cli("port", "b", "-o", "out").code == 0


def test_a_fault_of_porters_own_is_told_and_the_rest_written(cli, build):
    build({"a.py": "FAULTY\nBLOCK()\n"})
    ran = cli("port", "a.py", "-o", "b.py")
    assert ran.code == 3
    assert "a.py:1: compiles: it does not" in ran.err
    assert Path("b.py").exists()


def test_prove_stops_a_port_that_is_no_fixed_point(cli, build):
    build({"good.py": "BLOCK()\n", "bad.py": "UNSTABLE\n"})
    assert cli("port", "good.py", "-o", "out.py", "--prove").code == 0
    ran = cli("port", "bad.py", "-o", "never.py", "--prove")
    assert ran.code == 3
    assert "prove: porting again would use unstable here" in ran.err
    assert not Path("never.py").exists()


def test_verify_names_what_it_cannot_use(cli, build):
    build({"a.py": "", "d/a.py": ""})
    assert cli("verify", "a.py", "none.py").err == "porter: none.py: no such file or folder; name one that exists\n"
    assert cli("verify", "a.py", "d").code == 2


def test_python_m_porter(build):
    build({})
    result = subprocess.run([sys.executable, "-m", "porter", "--help"], capture_output=True, text=True, env=ENVIRONMENT)
    assert result.returncode == 0
    for verb in ("port", "diff", "plan", "why", "explain", "verify", "check"):
        assert f"\n  {verb} " in result.stdout


def test_a_reader_that_goes_away_is_no_fault(build):
    root = build({})
    code = "import sys; from porter.cli import main; sys.argv[1:] = ['--help']; main.main()"
    command, pipe = [sys.executable, "-c", code], subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, cwd=root, env=ENVIRONMENT)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()
