"""Files below a path, as they are and as a port leaves them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from porter import Port
from porter.check.comparison import diff
from porter.project.decode import Unreadable, check_syntax, decode
from porter.project.support import support_text

Tree = Mapping[str, bytes]
"""Files' bytes by their path below a root, ``/`` between folders. A single file's root is its folder."""

_NOT_SOURCE = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})


def tree_of(path: Path) -> Tree:
    """The files of a folder, caches left out, or the one file; empty for a path that does not exist."""
    root = root_of(path)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in _files(path)}


def root_of(path: Path) -> Path:
    """What a tree's paths are relative to."""
    return path if path.is_dir() else path.parent


def ported_tree(path: Path, port: Port) -> Tree:
    """The tree at ``path``, an absolute path, with a port's changes in it and the support modules it needs."""
    root = root_of(path)
    tree = dict(tree_of(path))
    for change in port.files:
        name = Path(change.path).relative_to(root).as_posix()
        if change.changed or name in tree:
            tree[name] = _encoded(change.new, tree.get(name))
    for support, shown in port.plan.support:
        tree.setdefault(Path(shown).relative_to(root).as_posix(), support_text(support).encode())
    return tree


def tree_differences(golden: Tree, port: Tree) -> list[str]:
    """What differs between the golden and the port, a text for each file."""
    found = []
    for name in sorted(golden.keys() | port.keys()):
        if name not in port:
            found.append(f"{name}: the port has no such file")
        elif name not in golden:
            found.append(f"{name}: the golden has no such file")
        elif golden[name] != port[name]:
            names = f"{name} (golden)", f"{name} (port)"
            found.append(diff(_lines(golden[name]), _lines(port[name]), names) or f"{name}: differs in bytes only")
    return found


def syntax_problems(tree: Tree) -> Iterator[str]:
    """The Python files of a tree that do not compile, and why."""
    for name, data in tree.items():
        if not name.endswith(".py"):
            continue
        try:
            check_syntax(decode(data).text, name)
        except Unreadable as fault:
            yield f"{name}:{fault.line}: {fault.reason}"


def write_tree(folder: Path, tree: Tree) -> None:
    """Make a folder hold exactly this tree; files that are the same already are left alone."""
    for name in tree_of(folder).keys() - tree.keys():
        (folder / name).unlink()
    for name, data in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and not _NOT_SOURCE.intersection(file.relative_to(path).parts):
            yield file


def _encoded(text: str, old: bytes | None) -> bytes:
    """``text`` stored as the old file is."""
    if old is None:
        return text.encode()
    stored = decode(old)
    return old[:3] + text.encode(stored.encoding) if stored.bom else text.encode(stored.encoding)


def _lines(data: bytes) -> list[str]:
    """Lines for a diff, their endings visible where they are unusual."""
    return [line.replace("\r", "\\r") for line in data.decode("utf-8", "backslashreplace").split("\n")]
