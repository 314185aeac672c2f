"""Two trees and no plan: any port, one made by hand included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from porter.plan.model import Fault, FileChange
from porter.project.decode import Unreadable, check_syntax, decode
from porter.project.faults import UsageFault
from porter.project.files import read_project
from porter.project.model import Project, SourceFile
from porter.project.settings import Settings
from porter.project.stack import deeply
from porter.verify import compiles, unbound
from porter.verify.changed import ChangedFile
from porter.verify.verification import program_faults


def verify_trees(before: Path, after: Path) -> tuple[Fault, ...]:
    """What is wrong with ``after`` as a port of ``before``: two files, or two folders.

    Without a plan the texts cannot be compared, and no blocking call is excused or accused: checked is that the new
    program compiles, that it is closed and, in files of the same place, that no name was left unbound.
    What is wrong in ``before`` already is not reported. Raises ``UsageFault`` where one cannot be read at all.
    """
    if after.is_file():
        fault = _unparsable(after)
        if fault is not None:
            return (fault,)
    return _compared(read_project([before], Settings()), read_project([after], Settings()))


@deeply
def _compared(old: Project, new: Project) -> tuple[Fault, ...]:
    faults = [Fault(one.shown, max(one.line, 1), compiles.CHECK, one.reason) for one in new.problems if _is_new(one.path, old)]
    for file in new.files:
        faults += compiles.check(file.shown, file.text)
    for one, other in _pairs(old.files, new.files):
        faults += unbound.check(ChangedFile(FileChange(other.shown, one.text, other.text, ())))
    faults += program_faults(new.files, old.files)
    return tuple(sorted(faults, key=lambda fault: (fault.path, fault.line, fault.check, fault.message)))


def _pairs(old: Sequence[SourceFile], new: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, SourceFile]]:
    """Files that line up: those of one relative path, or the only two."""
    if len(old) == len(new) == 1:
        yield old[0], new[0]
        return
    by_path = {file.relative: file for file in old}
    for file in new:
        if file.relative in by_path:
            yield by_path[file.relative], file


def _unparsable(path: Path) -> Fault | None:
    """A named file that is readable text but no Python: the port's fault, not a wrong use of the command."""
    try:
        decoded = decode(path.read_bytes())
    except (OSError, Unreadable) as error:
        raise UsageFault(f"{path}: {getattr(error, 'reason', error)}; name a Python file that can be read") from None
    try:
        check_syntax(decoded.text, str(path))
    except Unreadable as error:
        return Fault(path.as_posix(), max(error.line, 1), compiles.CHECK, error.reason)
    return None


def _is_new(path: Path, old: Project) -> bool:
    """Whether a file that cannot be read is the port's doing: the old tree has none of that name that is as bad."""
    return all(problem.path.name != path.name for problem in old.problems)
