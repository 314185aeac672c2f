"""The project's formatter, black: whether it is installed beside porter, and which files it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from porter.project.model import Project
from porter.project.pyproject import nearest_pyproject


def can_format() -> bool:
    """Whether black is installed beside porter; porter's extra ``format`` brings it along."""
    return find_spec("black") is not None


def is_excluded(path: Path, table: Mapping[str, object]) -> bool:
    """Whether black's own settings, which speak of paths below their pyproject.toml, leave a file alone."""
    nearest = nearest_pyproject(path)
    place = path.relative_to(nearest.parent) if nearest else path
    patterns = (table.get(key) for key in ("exclude", "extend-exclude", "force-exclude"))
    for pattern in patterns:
        try:
            if (
                isinstance(pattern, str)
                and pattern
                and re.search(pattern, f"/{place.as_posix()}", re.VERBOSE if "\n" in pattern else 0)
            ):
                return True
        except re.error:
            continue  # black itself will complain
    return False


def is_missed(project: Project) -> bool:
    """Whether files are to be formatted, and there is nothing to format them."""
    settings = project.settings
    if not settings.formats or can_format():
        return False
    return any(file.is_target and not is_excluded(file.path, settings.black or {}) for file in project.files)
