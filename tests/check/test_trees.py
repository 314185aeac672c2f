"""Trees of files: what a port makes of them, and how they differ."""

from pathlib import Path

import pytest

from porter.check.trees import ported_tree, syntax_problems, tree_differences, tree_of, write_tree
from porter.plan.model import FileChange, Plan, Port, Resolution


def port_of(*changes: tuple[Path, str, str]) -> Port:
    plan = Plan((), (), (), (), (), Resolution(0, 0, 0))
    return Port(plan, tuple(FileChange(path.as_posix(), old, new, ()) for path, old, new in changes))


def test_a_folder_is_read_without_caches(tmp_path: Path) -> None:
    for name in ("a.py", "sub/b.txt", "__pycache__/a.pyc", "sub/.mypy_cache/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(name.encode())
    assert tree_of(tmp_path) == {"a.py": b"a.py", "sub/b.txt": b"sub/b.txt"}
    assert tree_of(tmp_path / "a.py") == {"a.py": b"a.py"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("# é\nx = 1\n".encode(), id="utf8"),
        pytest.param(b"\xef\xbb\xbf" + "# é\nx = 1\n".encode(), id="bom"),
        pytest.param("# coding: latin-1\n# é\nx = 1\n".encode("latin-1"), id="latin1"),
        pytest.param("# é\r\nx = 1\r\n".encode(), id="crlf"),
    ],
)
def test_a_changed_file_is_stored_as_it_was(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    encoding = "latin-1" if b"latin" in data else "utf-8-sig"
    text = data.decode(encoding)
    port = port_of((path, text, text.replace("1", "2") if encoding != "latin-1" else text.replace("= 1", "= 2")))
    assert ported_tree(path, port)["a.py"] == data.replace(b"= 1", b"= 2")


def test_a_new_file_joins_the_tree(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    port = port_of((tmp_path / "_aio_lock.py", "", "y = 1\n"))
    assert ported_tree(tmp_path, port) == {"a.py": b"x = 1\n", "_aio_lock.py": b"y = 1\n"}


def test_differences_name_their_files() -> None:
    found = tree_differences({"a": b"1\n", "b": b"", "d": b"x\r\n"}, {"a": b"2\n", "c": b"", "d": b"x\n"})
    assert "-1\n+2" in found[0]
    assert found[1:3] == ["b: the port has no such file", "c: the golden has no such file"]
    assert "-x\\r\n+x" in found[3]


def test_only_python_files_must_compile() -> None:
    problems = list(syntax_problems({"a.py": b"x = 1\nx =\n", "b.txt": b"x =\n", "c.py": b"x = 1\n"}))
    assert len(problems) == 1 and problems[0].startswith("a.py:2: ")


def test_writing_a_tree_removes_what_is_not_in_it(tmp_path: Path) -> None:
    write_tree(tmp_path / "out", {"a.py": b"1", "sub/b.py": b"2"})
    write_tree(tmp_path / "out", {"sub/b.py": b"3"})
    assert tree_of(tmp_path / "out") == {"sub/b.py": b"3"}
