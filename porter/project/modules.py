"""Which name a file has for the ``import`` statements of its program.

Regular packages say it themselves: up to the outermost ``__init__.py``. Elsewhere the name follows from the folder that
was named, and where that leaves a choice, from what the program imports: a folder of scripts that import each other
plainly is an import root of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Imports:
    """What the files of a program import, as far as a glance at their text tells."""

    names: frozenset[str]
    """Absolute dotted names and every leading part of them."""
    plain: Mapping[Path, frozenset[str]]
    """For each folder, the first parts of the names that files in it import."""
    relative: frozenset[Path]
    """Folders with a file that imports relatively."""


def imports_of(texts: Iterable[tuple[Path, str]]) -> Imports:
    """A glance at each file's import statements, without parsing."""
    names: set[str] = set()
    plain: dict[Path, set[str]] = {}
    relative: set[Path] = set()
    for path, text in texts:
        for dotted in _imported(text):
            if dotted.startswith("."):
                relative.add(path.parent)
                continue
            parts = dotted.split(".")
            names.update(".".join(parts[: count + 1]) for count in range(len(parts)))
            plain.setdefault(path.parent, set()).add(parts[0])
    return Imports(frozenset(names), {folder: frozenset(found) for folder, found in plain.items()}, frozenset(relative))


def _imported(text: str) -> Iterable[str]:
    for match in _IMPORT.finditer(text.replace("\r", "\n")):
        if match[1]:
            yield match[1]
        else:
            yield from (item.split()[0] for item in match[2].split(",") if item.split())


def module_names(paths: Iterable[Path], root: Path, imports: Imports) -> dict[Path, str]:
    """The dotted name of each of ``paths`` (absolute), all found under ``root``, a file or folder that was named.

    Names are unique: files that would share one are named by their whole way from ``root`` instead.
    """
    base = _base(root, imports)
    given = {path: _name(path, base, imports) for path in paths}
    count = Counter(given.values())
    return {path: name if count[name] == 1 else _dotted(path, base) for path, name in given.items()}


def unique_names(names: Mapping[Path, str]) -> dict[Path, str]:
    """``names`` with those that several roots share told apart by their folders."""
    count = Counter(names.values())
    return {path: name if count[name] == 1 else _dotted(path, Path(path.anchor)) for path, name in names.items()}


def _base(root: Path, imports: Imports) -> Path:
    """The folder that names start from: above the package that ``root`` is or belongs to, else ``root`` itself."""
    folder = root if root.is_dir() else root.parent
    if (folder / "__init__.py").is_file():
        return _outside_package(folder)
    if folder != root or not folder.name.isidentifier():
        return folder
    imports_itself = folder.name in imports.names and not (folder / folder.name).exists()
    return folder.parent if folder in imports.relative or imports_itself else folder


def _outside_package(folder: Path) -> Path:
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder = folder.parent
    return folder


def _name(path: Path, base: Path, imports: Imports) -> str:
    outside = _outside_package(path.parent)
    whole = _dotted(path, base)
    if outside in (base, base / "src"):
        return whole
    if outside != path.parent:
        top = path.relative_to(outside).parts[0]
        namespaced = ".".join((*_strip_src(outside.relative_to(base).parts), top)) if _is_below(outside, base) else top
        return whole if namespaced in imports.names and namespaced != top else _dotted(path, outside)
    siblings = {other.stem for other in path.parent.glob("*.py")}
    plainly = imports.plain.get(path.parent, frozenset()) & siblings
    at_base = any((base / f"{name}.py").exists() or (base / name).is_dir() for name in plainly)
    return _dotted(path, path.parent) if plainly and not at_base else whole


def _is_below(path: Path, base: Path) -> bool:
    return path.is_relative_to(base)


def _strip_src(parts: tuple[str, ...]) -> tuple[str, ...]:
    return parts[1:] if len(parts) > 1 and parts[0] == "src" else parts


def _dotted(path: Path, base: Path) -> str:
    parts = _strip_src(path.relative_to(base).with_suffix("").parts) if path.is_relative_to(base) else (path.stem,)
    if parts[-1] == "__init__":
        parts = parts[:-1] or (path.parent.name,)
    return ".".join(parts)
