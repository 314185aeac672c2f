"""Every fixture of the project: ported, compared with its golden, ported again, and run on a few seeds.

``porter check fixtures/`` runs them on all their seeds.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from porter.check.checking import check_fixture, discover
from porter.pipeline import port, port_project, read
from porter.plan.model import Port
from porter.project.locate import Locator
from porter.project.model import Project
from porter.project.settings import Settings

ROOT = Path(__file__).parents[1]
FIXTURES = discover([ROOT / "fixtures"])
PLAIN = ("time.sleep", "socket.create_connection", "input")
"""Functions that block wherever they are called: enough for a second count, made without porter's inference."""


@pytest.mark.parametrize("path", FIXTURES, ids=[path.relative_to(ROOT / "fixtures").as_posix() for path in FIXTURES])
def test_fixture(path: Path) -> None:
    ports: list[tuple[Project, Port]] = []

    def porting(before: Path, settings: Settings | None) -> Port:
        project = read([before], settings=settings)
        ports.append((project, port_project(project)))
        return ports[-1][1]

    checked = check_fixture(path, seeds=1, porting=porting)
    if checked.skipped:
        pytest.skip(checked.skipped)
    assert not checked.problems, "\n".join(checked.lines)
    assert not missing(*ports[0])


def missing(project: Project, port: Port) -> set[tuple[str, int, int]]:
    """The calls that plainly block and that the plan's account does not have."""
    at = Locator(project)
    places = ((call.path, at.place(call.path, call.span)) for call in port.plan.calls)
    known = {(path, place.line, place.column) for path, place in places}
    return {
        (file.shown, line, column)
        for file in project.files
        if file.is_target
        for line, column in plainly_blocking(ast.parse(file.text))
        if (file.shown, line, column) not in known
    }


def plainly_blocking(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Calls of ``PLAIN`` by these very names, in a module that binds the names by import only."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    names |= {alias.asname for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names} - {None}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in PLAIN:
            if ast.unparse(node.func).split(".")[0] not in names:
                yield node.lineno, node.col_offset


def test_the_second_count_sees_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import time\n\n\ndef f():\n    time.sleep(1)\n\n\nf()\n")
    project = read([tmp_path / "a.py"])
    assert not missing(project, port([tmp_path / "a.py"]))
    (tmp_path / "b.py").write_text("")
    assert missing(project, port([tmp_path / "b.py"])) == {(str(tmp_path / "a.py"), 5, 4)}
