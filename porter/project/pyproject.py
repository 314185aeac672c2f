"""TOML files of the user: the nearest pyproject.toml, its tables, and where a key stands in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from porter.project.faults import UsageFault

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_ENTRY_POINT = re.compile(r"^\s*([\w.]+)\s*:\s*([\w.]+)")


def nearest_pyproject(path: Path) -> Path | None:
    """The pyproject.toml in ``path``, if that is a folder, or in the nearest folder above it."""
    start = path if path.is_dir() else path.parent
    for folder in (start, *start.parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file():
            return candidate
    return None


def load_toml(path: Path) -> dict[str, object]:
    """A TOML file's tables. Raises ``UsageFault`` with the line if it cannot be read."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UsageFault(f"{path}: cannot be read ({error.strerror}); name a readable TOML file") from None
    except UnicodeDecodeError:
        raise UsageFault(f"{path}: is not UTF-8; TOML files must be") from None
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        place = f"{path}:{found[1]}" if found else str(path)
        cause = _AT_LINE.sub("", str(error))
        raise UsageFault(f"{place}: is not valid TOML ({cause}); correct it") from None


def table(tables: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """The table at ``keys``, empty when it is missing or something else stands there."""
    found: object = tables
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def line_of_key(path: Path, key: str, header: str = "") -> int:
    """The line (from 1) where ``key`` is set below the table ``header``, 0 when it is not seen.

    ``tomllib`` tells no lines, so the text is searched: a table ``[header.key]`` or an assignment counts.
    """
    quoted = rf"[\"']?{re.escape(key)}[\"']?"
    assigned = re.compile(rf"^\s*{quoted}\s*[=.]")
    opened = re.compile(rf"^\s*\[+\s*{re.escape(header + '.') if header else ''}{quoted}\s*[\].]")
    inside = not header
    for number, line in enumerate(path.read_text("utf-8-sig", "replace").splitlines(), start=1):
        if opened.match(line) or (inside and assigned.match(line)):
            return number
        if line.lstrip().startswith("["):
            inside = line.strip().startswith(f"[{header}]") if header else False
    return 0


def entry_points(paths: Iterable[Path]) -> tuple[str, ...]:
    """``module:function`` values that the pyproject.toml nearest to each path names as entry points, sorted."""
    found: set[str] = set()
    for pyproject in {nearest_pyproject(path) for path in paths} - {None}:
        assert pyproject is not None
        found.update(_entry_points_of(load_toml(pyproject)))
    return tuple(sorted(found))


def _entry_points_of(tables: Mapping[str, object]) -> list[str]:
    groups = [
        table(tables, "project", "scripts"),
        table(tables, "project", "gui-scripts"),
        table(tables, "tool", "poetry", "scripts"),
        *(table(group) for group in table(tables, "project", "entry-points").values() if isinstance(group, Mapping)),
    ]
    values = (value for group in groups for value in group.values() if isinstance(value, str))
    return [f"{match[1]}:{match[2]}" for value in values if (match := _ENTRY_POINT.match(value))]
