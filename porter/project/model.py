"""What reading yields: source files with their text, and the project they form."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from porter.project.settings import Settings


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python file, decoded. ``text`` keeps its line endings exactly; a BOM is not part of it."""

    path: Path
    """Absolute path."""
    shown: str
    """The path as messages show it: as the user wrote it on the command line, completed."""
    relative: Path
    """Where the file goes below OUT (for a single file: its name)."""
    module: str
    """Dotted name (``pkg.sub.mod``; a package's ``__init__`` is ``pkg.sub``)."""
    is_package: bool
    """Whether this is an ``__init__`` file."""
    text: str
    encoding: str
    bom: bool
    is_target: bool = True
    """Whether it may be changed. Other files are read for what they say."""

    def encode(self, text: str) -> bytes:
        """``text`` as bytes in this file's own encoding, BOM included."""
        return (b"\xef\xbb\xbf" if self.bom else b"") + text.encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file met in a folder that could not be read or parsed; it is copied unchanged."""

    path: Path
    shown: str
    line: int
    """From 1; 0 when the whole file is meant."""
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Project:
    """All that a run works on."""

    settings: Settings
    files: tuple[SourceFile, ...]
    """Readable Python files, sorted by module name."""
    problems: tuple[Problem, ...] = ()
    roots: tuple[Path, ...] = ()
    """The paths that were named on the command line, absolute."""
    entry_points: tuple[str, ...] = ()
    """``module:function`` values of ``[project.scripts]`` in the nearest pyproject.toml."""
    stubs: tuple[SourceFile, ...] = ()
    """The ``.pyi`` files beside targets: no part of the program, and following the port of their sources."""
    library: tuple[SourceFile, ...] = ()
    """Files of installed packages that the settings name: read for what they say, and never written."""
    stub_folders: tuple[Path, ...] = ()
    """Where modules without source may have stubs: import roots of the program, and of those packages."""
    others: tuple[Path, ...] = field(default=())
    """Other files below the roots, to be copied as they are."""

    @property
    def written(self) -> tuple[SourceFile, ...]:
        """The files that may be written: sources, and the stubs beside them."""
        return (*self.files, *self.stubs)
