"""Stubs beside sources follow the port."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from porter import pipeline
from porter.project.output import write_port
from porter.project.settings import Settings

SOURCE = """\
import time


class Line:
    def __init__(self, count):
        self.count = count

    def __enter__(self):
        time.sleep(0)
        return self

    def __exit__(self, *exc):
        time.sleep(0)

    def __iter__(self):
        for n in range(self.count):
            time.sleep(0)
            yield n

    def size(self):
        return self.count


def wait(line: Line) -> None:
    with line as entered:
        for n in entered:
            print(n)
"""
STUB = """\
from collections.abc import Iterator

class Line:
    count: int  # how many
    def __init__(self, count: int) -> None: ...
    def __enter__(self) -> Line: ...
    def __exit__(self, *exc: object) -> None: ...
    def __iter__(self) -> Iterator[int]: ...
    def size(self) -> int: ...

def wait(line: Line) -> None: ...
"""
FOLLOWED = """\
from collections.abc import AsyncIterator
from collections.abc import Iterator

class AsyncLine:
    count: int  # how many
    def __init__(self, count: int) -> None: ...
    async def __aenter__(self) -> AsyncLine: ...
    async def __aexit__(self, *exc: object) -> None: ...
    def __aiter__(self) -> AsyncIterator[int]: ...
    def size(self) -> int: ...

async def async_wait(line: AsyncLine) -> None: ...
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "lines.py").write_text(SOURCE)
    (source / "lines.pyi").write_text(STUB)
    return source


def _texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_stub_says_what_the_ported_source_says(tree: Path, tmp_path: Path) -> None:
    settings = Settings(naming="twin", rename={"wait": "async_wait"})
    project = pipeline.read([tree], settings=settings)
    port = pipeline.port_project(project)
    write_port(project, port.files, out=tmp_path / "out")
    written = _texts(tmp_path / "out")
    assert written["lines.pyi"] == FOLLOWED
    again = pipeline.port([tmp_path / "out"], settings=settings)
    assert all(change.new == change.old for change in again.files)


def test_stub_of_what_stays_is_copied(tree: Path, tmp_path: Path) -> None:
    settings = replace(Settings(), frozen=("lines.*",))
    project = pipeline.read([tree], settings=settings)
    write_port(project, pipeline.port_project(project).files, out=tmp_path / "out")
    assert _texts(tmp_path / "out") == {"lines.py": SOURCE, "lines.pyi": STUB}


def test_in_place_writes_both(tree: Path) -> None:
    project = pipeline.read([tree], settings=Settings())
    write_port(project, pipeline.port_project(project).files, in_place=True)
    assert "async def wait" in (tree / "lines.py").read_text()
    assert "async def wait" in (tree / "lines.pyi").read_text()


def test_broken_stub_is_copied(tree: Path, tmp_path: Path) -> None:
    (tree / "lines.pyi").write_text("def (")
    project = pipeline.read([tree], settings=Settings())
    write_port(project, pipeline.port_project(project).files, out=tmp_path / "out")
    assert (tmp_path / "out" / "lines.pyi").read_text() == "def ("
