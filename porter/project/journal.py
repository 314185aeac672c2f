"""Moves that happen all or not at all, also when the process is killed between two of them.

Every file is first staged beside its place. Only when all are is the journal written, which lists the places; then
each staged file is moved to its place, and at last the journal removed. Killed before the journal stands: nothing has
changed. Killed later: the next run finds the journal and makes the moves that are left.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from porter.project.alone import alone
from porter.project.faults import UsageFault
from porter.project.walk import STAGED

JOURNAL = ".porter-journal" + STAGED
"""The journal's file name; it ends like a staged file, so that no run reads or copies it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One file to put in place."""

    target: Path
    content: bytes | None
    """None: the content of ``like``."""
    old: bytes | None = None
    """What stands at ``target`` now, where that is known and must be so."""
    like: Path | None = None
    """The file whose permissions it gets."""
    link: str = ""
    """Not empty: a symbolic link to this is made instead."""

    @property
    def staged(self) -> Path:
        """Where the file waits for its move."""
        return self.target.with_name(f".{self.target.name}{STAGED}")


def commit(moves: Sequence[Move], folder: Path) -> None:
    """Make all ``moves``, below ``folder``, or none.

    Raises ``OSError`` after undoing what was done, and ``UsageFault`` if a target changed since it was read.
    """
    if moves:
        with alone(folder):
            _commit(moves, folder)


def _commit(moves: Sequence[Move], folder: Path) -> None:
    made: list[Path] = []
    try:
        for move in moves:
            if move.old is not None and move.target.read_bytes() != move.old:
                raise UsageFault(f"{move.target}: changed while porter was at work; run it again")
            _make_folders(move.target.parent, made)
            _stage(move)
        _write_journal(moves, folder)
        _move_all(moves)
    except BaseException:
        for move in moves:
            _remove(move.staged)
        for created in reversed(made):
            with contextlib.suppress(OSError):
                created.rmdir()
        raise
    finally:
        _remove(folder / JOURNAL)


def finish_interrupted(folder: Path) -> tuple[Path, ...]:
    """Finish a run that was killed while it wrote below ``folder`` or a folder above it; the files put in place.

    Raises ``UsageFault`` if one of them was changed by hand since.
    """
    for place in (folder, *folder.parents):
        journal = place / JOURNAL
        if journal.is_file():
            with alone(place):  # the run that wrote it may still be at it
                return _finish(place, journal) if journal.is_file() else ()
    return ()


def _remove(path: Path) -> None:
    """Clean up; what went wrong before that is what the user must hear."""
    with contextlib.suppress(OSError):  # a disk that may only be read refuses even what is not there
        path.unlink()


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir()
        made.append(one)


def _stage(move: Move) -> None:
    staged = move.staged
    staged.unlink(missing_ok=True)
    if move.link:
        os.symlink(move.link, staged)
    elif move.content is None:
        assert move.like is not None
        shutil.copyfile(move.like, staged)
    else:
        _write_through(staged, move.content)
    if move.like is not None:
        os.chmod(staged, stat.S_IMODE(move.like.stat().st_mode))


def _write_through(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it: a name must never be moved onto content that a power cut can lose."""
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # a full disk alone does not say which file


def _write_journal(moves: Sequence[Move], folder: Path) -> None:
    entries = [
        {"target": move.target.relative_to(folder).as_posix(), "old": _digest(move.old)}
        for move in moves
        if move.target.is_relative_to(folder)
    ]
    draft = folder / (JOURNAL + STAGED)
    try:
        _write_through(draft, json.dumps(entries).encode())
        os.replace(draft, folder / JOURNAL)
    finally:
        draft.unlink(missing_ok=True)


def _move_all(moves: Sequence[Move]) -> None:
    done: list[tuple[Move, bool]] = []
    try:
        for move in moves:
            existed = os.path.lexists(move.target)
            os.replace(move.staged, move.target)
            done.append((move, existed))
    except BaseException:
        for move, existed in done:
            _undo(move, existed)
        raise


def _undo(move: Move, existed: bool) -> None:
    """Put back what stood at the target; what an earlier port left in OUT is not kept, and stays replaced."""
    if move.old is None:
        if not existed:
            move.target.unlink(missing_ok=True)
        return
    _write_through(move.staged, move.old)
    shutil.copymode(move.target, move.staged)
    os.replace(move.staged, move.target)


def _finish(folder: Path, journal: Path) -> tuple[Path, ...]:
    entries = [entry for entry in _entries(journal) if _is_inside(entry["target"])]
    pending = [(Move(folder / entry["target"], None), entry["old"]) for entry in entries]
    pending = [(move, old) for move, old in pending if move.staged.exists()]
    for move, old in pending:
        if old and _digest(move.target.read_bytes() if move.target.exists() else None) != old:
            raise UsageFault(
                f"{move.target}: was changed after a run of porter was interrupted there; "
                f"remove {journal} and the files named *{STAGED}, or restore the file, and run porter again"
            )
    for move, _ in pending:
        os.replace(move.staged, move.target)
    journal.unlink()
    return tuple(move.target for move, _ in pending)


def _entries(journal: Path) -> list[dict[str, str]]:
    """The journal's entries; none where the file is not one that porter writes."""
    try:
        entries = json.loads(journal.read_text("utf-8"))
    except ValueError:
        return []
    if not isinstance(entries, list):
        return []
    return [
        entry
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("target"), str) and isinstance(entry.get("old"), str)
    ]


def _is_inside(target: str) -> bool:
    """A journal may name only files below its own folder: it could have come with somebody's repository."""
    return not Path(target).is_absolute() and ".." not in Path(target).parts


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()
