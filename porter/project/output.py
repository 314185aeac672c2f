"""Writing a port: where each file goes, and all of them or none.

Everything is encoded before the first byte is written; then each file is staged beside its place and moved there in one
step. The list of the moves is kept until the last is done (``journal``), so that a run that was killed can be finished.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from porter.project.faults import UsageFault
from porter.project.journal import Move, commit
from porter.project.model import Project, SourceFile
from porter.project.walk import STAGED, is_left_out


class Change(Protocol):
    """What writing needs of a changed file: its path as shown, and its new text."""

    @property
    def path(self) -> str: ...
    @property
    def new(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Copy:
    """A file, link or folder that goes to OUT as it is."""

    source: Path
    target: Path


def write_port(
    project: Project,
    changes: Sequence[Change],
    support: Iterable[tuple[str, str]] = (),
    *,
    out: Path | None = None,
    in_place: bool = False,
) -> tuple[Path, ...]:
    """Write the port to ``out``, or over the files read if ``in_place``; the paths written, sorted.

    ``changes`` of files that the project does not hold are new files, shown below a root; so are ``support``, pairs of
    a shown path and a text. Raises ``UsageFault`` if ``out`` is no place to write to, or a file changed since it was
    read.
    """
    if (out is None) == (not in_place):
        raise UsageFault("no place to write to is named; give either -o OUT or --in-place")
    texts = {change.path: change.new for change in changes} | dict(support)
    if out is None:
        moves = _moves_in_place(project, texts)
        copies: list[_Copy] = []
    else:
        moves = _moves_to(project, texts, Path(os.path.abspath(out)))
        copies = _copies_to(project, Path(os.path.abspath(out)))
        _check_targets(project, out, [move.target for move in moves] + [copy.target for copy in copies])
    every = [*moves, *(move for copy in copies for move in _moves_of(copy))]
    try:
        commit(every, _common(project, out))
    except OSError as error:
        raise _unwritten(error, every, out) from None
    return tuple(sorted({move.target for move in moves} | {copy.target for copy in copies}))


def _unwritten(error: OSError, moves: Sequence[Move], out: Path | None) -> UsageFault:
    """What went wrong, of the file that the user knows: not of the one that stands in for it meanwhile."""
    where = str(error.filename2 or error.filename or out or "SRC")
    read = {str(move.like) for move in moves if move.content is None}
    verb = "read" if where in read else "written"
    where = {str(move.staged): str(move.target) for move in moves}.get(where, where)
    return UsageFault(f"{where}: cannot be {verb} ({error.strerror}); nothing was changed")


def check_out(project: Project, out: Path) -> None:
    """Raise ``UsageFault`` if ``out`` cannot take this project's port; for a check before the work begins."""
    target = Path(os.path.abspath(out))
    _check_targets(project, out, list(_targets(project, target).values()))


def _moves_in_place(project: Project, texts: Mapping[str, str]) -> list[Move]:
    known = {file.shown: file for file in project.written}
    moves = []
    for shown, text in texts.items():
        file = known.get(shown)
        if file is None:
            moves.append(Move(new_file_path(project, shown), text.encode()))
        elif text != file.text:
            place = Path(os.path.realpath(file.path))
            moves.append(Move(place, file.encode(text), old=_unchanged(file), like=file.path))
    return moves


def _unchanged(file: SourceFile) -> bytes:
    """The bytes that the file was read from. Raises ``UsageFault`` if they are others now."""
    now = file.path.read_bytes() if file.path.exists() else b""
    if now != file.encode(file.text):
        raise UsageFault(f"{file.shown}: changed while porter was at work; run it again")
    return now


def _moves_to(project: Project, texts: Mapping[str, str], out: Path) -> list[Move]:
    known = {file.shown for file in project.written}
    targets = _targets(project, out)
    moves = [Move(targets[file.path], file.encode(texts.get(file.shown, file.text)), like=file.path) for file in project.written]
    for shown, text in texts.items():
        if shown not in known:
            moves.append(Move(_below_out(project, new_file_path(project, shown), out), text.encode()))
    return moves


def _copies_to(project: Project, out: Path) -> list[_Copy]:
    return [_Copy(path, _below_out(project, path, out)) for path in project.others]


def _targets(project: Project, out: Path) -> dict[Path, Path]:
    single = len(project.roots) == 1 and project.roots[0].is_file()
    return {file.path: out if single else out / file.relative for file in project.written}


def new_file_path(project: Project, shown: str) -> Path:
    """The absolute path of a new file that is shown as ``shown``: beside the file whose shown folder it shares."""
    folder = Path(shown).parent
    for file in project.written:
        if Path(file.shown).parent == folder:
            return file.path.parent / Path(shown).name
    return Path(os.path.abspath(shown))


def _below_out(project: Project, path: Path, out: Path) -> Path:
    """Where ``path``, which lies under a root or beside a root that is a file, goes."""
    several = len(project.roots) > 1
    for root in project.roots:
        if root.is_dir() and path.is_relative_to(root):
            return (out / root.name if several else out) / path.relative_to(root)
    return (out if several else out.parent) / path.name


def _check_targets(project: Project, out: Path, targets: list[Path]) -> None:
    roots = [Path(os.path.realpath(root)) for root in project.roots]
    single = len(roots) == 1 and roots[0].is_file()
    whole = Path(os.path.realpath(out))
    if single and out.is_dir():
        raise UsageFault(f"{out}: is a folder, but SRC is a file; name a file, such as {out / roots[0].name}")
    if not single and out.exists() and not out.is_dir():
        raise UsageFault(f"{out}: is a file, but the port is a folder; name a folder, or a path that does not exist")
    for parent in whole.parents:
        if parent.exists() and not parent.is_dir():
            raise UsageFault(f"{out}: {parent} is a file, so nothing can be written below it; name another OUT")
    for folder in {target.parent for target in targets} | (set() if single else {whole}):
        real = Path(os.path.realpath(folder))
        inside = next((root for root in roots if root.is_dir() and real.is_relative_to(root)), None)
        if inside is not None:
            raise UsageFault(f"{out}: lies inside SRC ({inside}); name a folder outside of it, or use --in-place")
    if any(Path(os.path.realpath(target)) in roots for target in targets):
        raise UsageFault(f"{out}: is SRC itself; name another path, or use --in-place")
    if len(set(targets)) < len(targets):
        raise UsageFault(f"{out}: two of the paths named have the same name and would meet there; port them one by one")


def _moves_of(copy: _Copy) -> Iterable[Move]:
    """A copy as moves, one per file or link; of a folder all that is not left out."""
    if copy.source.is_symlink():
        yield Move(copy.target, b"", link=os.readlink(copy.source))
    elif copy.source.is_dir():
        for name in sorted(os.listdir(copy.source)):
            inner = copy.source / name
            if inner.is_dir() and not inner.is_symlink() and is_left_out(str(inner)):
                continue
            if not name.endswith(STAGED):
                yield from _moves_of(_Copy(inner, copy.target / name))
    elif copy.source.is_file():
        yield Move(copy.target, None, like=copy.source)


def _common(project: Project, out: Path | None) -> Path:
    """The folder under which all moves of this run lie, where the next run looks for an unfinished one."""
    if out is not None:
        target = Path(os.path.abspath(out))
        single = len(project.roots) == 1 and project.roots[0].is_file()
        return target.parent if single else target
    return common_folder(project.roots)


def common_folder(roots: Sequence[Path]) -> Path:
    """The innermost folder that holds all of ``roots``."""
    folders = [os.path.realpath(root if root.is_dir() else root.parent) for root in roots]
    return Path(os.path.commonpath(folders))
