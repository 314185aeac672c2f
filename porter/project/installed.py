"""Installed packages that the setting ``packages`` names: found and read as text, never imported and never changed."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

from porter.project.decode import Unreadable, check_syntax, decode
from porter.project.faults import UsageFault
from porter.project.model import SourceFile


def installed_files(names: Sequence[str]) -> tuple[SourceFile, ...]:
    """The Python files of the packages, or distributions, ``names``; files that cannot be read are as unknown as C.

    Raises ``UsageFault`` for a name that the environment which runs porter does not have.
    """
    found: dict[str, SourceFile] = {}
    for name in names:
        for top in _tops(name):
            for file in _files_of(top):
                found.setdefault(file.module, file)
    return tuple(sorted(found.values(), key=lambda file: file.module))


def stub_folders(names: Sequence[str]) -> tuple[Path, ...]:
    """The folders that hold the packages, for the stubs in them."""
    places = (place for name in names for top in _tops(name) for place in _places(top))
    return tuple(dict.fromkeys(place.parent for place in places))


def _tops(name: str) -> list[str]:
    """The import names that a name in the setting stands for: itself, or those of the distribution of that name."""
    top = name.partition(".")[0]
    if _places(top):
        return [top]
    wanted = _normalized(name)
    tops = [
        provided
        for provided, distributions in sorted(importlib.metadata.packages_distributions().items())
        if any(_normalized(one) == wanted for one in distributions) and _places(provided)
    ]
    if not tops:
        raise UsageFault(
            f"the setting `packages` names `{name}`, which is not installed beside porter (in {sys.prefix}); "
            "install it there, or take it off the list"
        )
    return tops


def _normalized(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _places(top: str) -> list[Path]:
    """The file or folders of a top-level module; asking for them runs nothing."""
    spec = PathFinder.find_spec(top) if top.isidentifier() else None
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(folder) for folder in spec.submodule_search_locations]
    return [Path(spec.origin)] if spec.origin is not None else []


def _files_of(top: str) -> Iterator[SourceFile]:
    for place in _places(top):
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            parts = path.relative_to(place.parent).with_suffix("").parts
            if path.suffix == ".py" and all(part.isidentifier() for part in parts):
                file = _read(path, parts)
                if file is not None:
                    yield file


def _read(path: Path, parts: tuple[str, ...]) -> SourceFile | None:
    try:
        decoded = decode(path.read_bytes())
        check_syntax(decoded.text, str(path))
    except (OSError, Unreadable):
        return None
    is_package = parts[-1] == "__init__"
    return SourceFile(
        path=path,
        shown=str(path),
        relative=Path(*parts).with_suffix(".py"),
        module=".".join(parts[:-1] if is_package else parts),
        is_package=is_package,
        text=decoded.text,
        encoding=decoded.encoding,
        bom=decoded.bom,
        is_target=False,
    )
