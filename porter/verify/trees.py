"""Two trees and no plan: any port, one made by hand included."""

from __future__ import annotations

from pathlib import Path

from porter.plan.model import Fault
from porter.project.decode import Unreadable, check_syntax, decode
from porter.project.faults import UsageFault
from porter.project.files import read_project
from porter.project.model import Project
from porter.project.settings import Settings
from porter.verify import compiles
from porter.verify.verification import program_faults


def verify_trees(before: Path, after: Path) -> tuple[Fault, ...]:
    """What is wrong with ``after`` as a port of ``before``: two files, or two folders.

    Without a plan the texts cannot be compared, and no blocking call is excused or accused: checked is that the new
    program compiles and is closed. What is wrong in ``before`` already is not reported. Raises ``UsageFault`` where
    ``before`` or ``after`` cannot be read at all.
    """
    if after.is_file():
        fault = _unparsable(after)
        if fault is not None:
            return (fault,)
    new, old = read_project([after], Settings()), read_project([before], Settings())
    faults = [
        Fault(one.shown, max(one.line, 1), compiles.CHECK, one.reason) for one in new.problems if _is_new(one.path, old)
    ]
    for file in new.files:
        faults += compiles.check(file.shown, file.text)
    faults += program_faults(new.files, old.files)
    return tuple(sorted(faults, key=lambda fault: (fault.path, fault.line, fault.check, fault.message)))


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
