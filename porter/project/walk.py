"""What lies below a folder: Python files to read, and all else, to be copied when the port goes elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pathspec

LEFT_OUT = frozenset({".git", ".hg", ".svn", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
"""Folders that are neither read nor copied: version control and caches."""
STAGED = ".porter-new"
"""How the name of a file ends that porter has prepared and not yet put in place."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns with the folder that they are relative to, the innermost last."""

    chain: tuple[tuple[str, pathspec.GitIgnoreSpec], ...] = ()

    def within(self, folder: str) -> Rules:
        """These rules and those of the .gitignore in ``folder``, if it has one."""
        try:
            lines = Path(folder, ".gitignore").read_text("utf-8", "replace").splitlines()
        except OSError:
            return self
        return self.also(folder, lines)

    def also(self, folder: str, lines: list[str] | tuple[str, ...]) -> Rules:
        """These rules and ``lines``, which are relative to ``folder``. A line that is no pattern is passed over."""
        good = [line for line in lines if _is_pattern(line)]
        return Rules((*self.chain, (folder, pathspec.GitIgnoreSpec.from_lines(good)))) if good else self

    def match(self, path: str, is_folder: bool = False) -> bool:
        """Whether the innermost rules that say anything of ``path`` match it."""
        for folder, spec in reversed(self.chain):
            relative = os.path.relpath(path, folder).replace(os.sep, "/")
            if relative.startswith("../") or relative == ".":
                continue
            said = spec.check_file(relative + "/" if is_folder else relative).include
            if said is not None:
                return said
        return False


@dataclass(frozen=True, slots=True)
class Found:
    """One thing below a folder, with its absolute path."""

    path: Path
    kind: Literal["source", "other", "unreadable"]
    """A Python file to read; something to be copied: a file, a link, or a whole folder that is not read; or a file or
    folder that may not be opened."""


def is_left_out(folder: str) -> bool:
    """Whether a folder is version control's, a cache or a virtual environment."""
    if os.path.basename(folder) in LEFT_OUT:
        return True
    return any(os.path.exists(os.path.join(folder, mark)) for mark in ("pyvenv.cfg", "conda-meta", "CACHEDIR.TAG"))


def ignore_rules(folder: Path) -> Rules:
    """The .gitignore rules in force in ``folder`` from the folders above it, up to the top of its repository.

    Empty when they ignore ``folder`` itself: whoever names an ignored folder wants it read.
    """
    above: list[Path] = []
    if not (folder / ".git").exists():
        for parent in folder.parents:
            above.append(parent)
            if (parent / ".git").exists():
                break
        else:
            return Rules()
    rules = Rules()
    for parent in reversed(above):
        if rules.match(str(parent), is_folder=True):
            return Rules()
        rules = rules.within(str(parent))
    return Rules() if rules.match(str(folder), is_folder=True) else rules


def walk(folder: Path, exclude: Rules) -> Iterator[Found]:
    """All below ``folder`` in a fixed order, what git ignores or ``exclude`` matches as things to be copied."""
    yield from _walk(str(folder), ignore_rules(folder), exclude)


def _walk(folder: str, ignored: Rules, exclude: Rules) -> Iterator[Found]:
    ignored = ignored.within(folder)
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield Found(Path(folder), "unreadable")
        return
    for entry in ordered:
        if entry.is_dir(follow_symlinks=False):
            if is_left_out(entry.path):
                continue
            if ignored.match(entry.path, True) or exclude.match(entry.path, True):
                yield Found(Path(entry.path), "other")
            else:
                yield from _walk(entry.path, ignored, exclude)
        elif entry.is_file(follow_symlinks=False) and not entry.name.endswith(STAGED):
            if not os.access(entry.path, os.R_OK):
                yield Found(Path(entry.path), "unreadable")
                continue
            skipped = ignored.match(entry.path) or exclude.match(entry.path)
            yield Found(Path(entry.path), "source" if entry.name.endswith(".py") and not skipped else "other")
        elif entry.is_symlink():
            yield Found(Path(entry.path), "other")


def _is_pattern(line: str) -> bool:
    try:
        pathspec.GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return bool(line.strip()) and not line.startswith("#")
