"""black touches changed statements only, and only where the project uses it or the settings ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter import pipeline
from porter.project.settings import Settings

SOURCE = """\
import time
colours = {  'a':1 }

def first():
    values = [time.sleep(1), "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 'ccccccccccccccccccccccccccccccc']
    text = '''
  time.sleep( 1 )
'''
    return   values, text

def second( x ):
    return   x

first( )
"""
PORT = """\
import asyncio

colours = {  'a':1 }


async def first():
    values = [
        await asyncio.sleep(1),
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "ccccccccccccccccccccccccccccccc",
    ]
    text = '''
  time.sleep( 1 )
'''
    return   values, text

def second( x ):
    return   x

asyncio.run(first())
"""


def _ported(folder: Path, text: str, settings: Settings) -> str:
    source = folder / "program.py"
    source.write_bytes(text.encode())
    port = pipeline.port([source], settings=settings)
    assert not port.faults
    (change,) = port.files
    return change.new


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_changed_statements_alone(end: str, last: str, tmp_path: Path) -> None:
    source, port = (text.rstrip("\n").replace("\n", end) + last.replace("\n", end) for text in (SOURCE, PORT))
    made = _ported(tmp_path, source, Settings(format="black"))
    assert made == port
    assert _again(tmp_path, made) == made


def _again(folder: Path, text: str) -> str:
    source = folder / "again.py"
    source.write_bytes(text.encode())
    files = pipeline.port([source], settings=Settings(format="black")).files
    return files[0].new if files else text


UNASKED = [Settings(), Settings(format="none", black={}), Settings(black={"extend-exclude": "program"})]


@pytest.mark.parametrize("settings", UNASKED)
def test_nobody_asks(settings: Settings, tmp_path: Path) -> None:
    made = _ported(tmp_path, SOURCE, settings)
    assert "    values = [await asyncio.sleep(1), " in made
    assert "first( )" in made


def test_what_the_project_keeps_black_from_is_named_from_its_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.black]\n")
    for pattern, is_kept in ((r"^/program\.py$", True), (r"^/sub/", False)):
        made = _ported(tmp_path, SOURCE, Settings(black={"extend-exclude": pattern}))
        assert ("    values = [await asyncio.sleep(1), " in made) is is_kept


def test_the_projects_own_form(tmp_path: Path) -> None:
    table = {"line-length": 200, "skip-string-normalization": True, "target-version": ["py311"]}
    made = _ported(tmp_path, SOURCE, Settings(black=table))
    assert "'ccccccccccccccccccccccccccccccc']\n" in made
    assert "colours = {  'a':1 }\n" in made
    assert "asyncio.run(first())" in made


def test_what_black_does_not_take_stays_as_porter_wrote_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import black

    def refuse(*_: object, **__: object) -> str:
        raise ValueError("cannot parse")

    monkeypatch.setattr(black, "format_str", refuse)
    assert "first( )" in _ported(tmp_path, SOURCE, Settings(format="black"))


def test_what_would_say_something_else_is_not_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import black

    monkeypatch.setattr(black, "format_str", lambda text, **_: text.replace("sleep(1)", "sleep(2)"))
    assert "await asyncio.sleep(1)" in _ported(tmp_path, SOURCE, Settings(format="black"))
