"""What a user may set: the types of ``[tool.porter]``, and how they are found.

The values are checked in ``settings_check``; a key that is unknown or a value that is not allowed is an error, so that
a typing mistake never passes for a setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

from porter.project.faults import UsageFault
from porter.project.pyproject import load_toml, nearest_pyproject, table
from porter.project.settings_check import checked

Naming = Literal["keep", "twin"]
Format = Literal["auto", "black", "none"]
Files = Literal["keep", "thread", "anyio"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run. Paths in ``targets`` and ``exclude`` are patterns as in a .gitignore file."""

    targets: tuple[str, ...] = ()
    """What to port; empty means all."""
    exclude: tuple[str, ...] = ()
    """What is neither read nor ported."""
    packages: tuple[str, ...] = ()
    """Installed packages to read for types."""
    naming: Naming = "keep"
    target_version: tuple[int, int] = (3, 11)
    """The oldest Python that the port must run on."""
    format: Format = "auto"
    files: Files = "keep"
    prefer: tuple[str, ...] = ()
    """Async libraries that the port may depend on."""
    frozen: tuple[str, ...] = ()
    """Qualified names, ``*`` allowed, that must stay synchronous."""
    rename: tuple[tuple[str, str], ...] = ()
    """Top-level name as in the source (bare or qualified), and its asynchronous name."""
    catalogue: tuple[Mapping[str, object], ...] = ()
    """The user's own rows, as their file has them; never changed."""
    folder: Path | None = None
    """Folder that ``targets`` and ``exclude`` are relative to; None means each SRC's own."""
    black: Mapping[str, object] | None = None
    """The nearest pyproject.toml's ``[tool.black]``; None when it has none. Never changed."""

    @property
    def formats(self) -> bool:
        """Whether changed statements are to be formatted by black."""
        return self.format == "black" or (self.format == "auto" and self.black is not None)


def without_effect(settings: Settings) -> tuple[str, ...]:
    """The keys that are set, are right, and that this version of porter does nothing with: a user must be told."""
    asked = {
        "prefer": bool(settings.prefer),
        "files": settings.files == "anyio",
    }
    return tuple(key for key, is_asked in asked.items() if is_asked)


def settings_for(paths: Sequence[Path], config: Path | None = None, naming: Naming | None = None) -> Settings:
    """The settings for ``paths``: of ``config`` if it is given, else of the nearest pyproject.toml.

    ``naming``, from the command line, wins. Raises ``UsageFault`` where a setting is unknown or wrong, or where the
    paths lie below two pyproject.toml files that say different things.
    """
    settings = _from_config(config, paths) if config is not None else _from_pyproject(paths)
    return settings if naming is None else replace(settings, naming=naming)


def _from_config(config: Path, paths: Sequence[Path]) -> Settings:
    values = checked(load_toml(config), config, header="")
    nearest = nearest_pyproject(paths[0].absolute()) if paths else None
    return _build(values, folder=None, black=_black_table(nearest))


def _from_pyproject(paths: Sequence[Path]) -> Settings:
    found: dict[Path | None, tuple[Path, Settings]] = {}
    for path in paths:
        nearest = nearest_pyproject(path.absolute())
        if nearest not in found:
            found[nearest] = path, _of_file(nearest)
    if not found:
        return Settings()
    (path, first), *others = found.values()
    for other, settings in others:
        if replace(settings, folder=None) != replace(first, folder=None) or settings.targets or settings.exclude:
            raise UsageFault(
                f"{other}: its settings, {_home(other)}, differ from those of {path}, {_home(path)}, and a run has "
                "one set; port the paths one by one, or name the settings with --config"
            )
    return first


def _home(path: Path) -> str:
    nearest = nearest_pyproject(path.absolute())
    return f"of {nearest}" if nearest else "the defaults"


def _of_file(pyproject: Path | None) -> Settings:
    if pyproject is None:
        return Settings()
    tables = load_toml(pyproject)
    mine = tables.get("tool", {})
    if isinstance(mine, Mapping) and not isinstance(mine.get("porter", {}), Mapping):
        raise UsageFault(f"{pyproject}: `tool.porter` is not a table; write the settings below [tool.porter]")
    values = checked(table(tables, "tool", "porter"), pyproject, header="tool.porter")
    return _build(values, folder=pyproject.parent, black=_black_table(pyproject))


def _black_table(pyproject: Path | None) -> Mapping[str, object] | None:
    if pyproject is None:
        return None
    tool = table(load_toml(pyproject), "tool")
    return table(tool, "black") if "black" in tool else None


def _build(values: Mapping[str, object], folder: Path | None, black: Mapping[str, object] | None) -> Settings:
    known = {field.name for field in fields(Settings)}
    assert set(values) <= known
    return Settings(folder=folder, black=black, **values)  # type: ignore[arg-type]
