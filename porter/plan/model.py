"""The plan's vocabulary: verdicts, the account, patches. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from porter.idioms.idiom import Edit, Outcome, Refusal
from porter.syntax.places import Span


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a verdict's chain: the call at this place reaches ``callee``."""

    path: str
    span: Span
    caller: str
    callee: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided for one function."""

    path: str
    span: Span
    """The ``def``."""
    function: str
    """``module.Class.method`` as in the source."""
    becomes_async: bool
    reason: str
    """One line: why, in words."""
    chain: tuple[Step, ...] = ()
    """From this function down to the catalogue row."""
    renamed: str = ""
    """New bare name, when it changes."""


@dataclass(frozen=True, slots=True)
class BlockingCall:
    """One blocking call site and what becomes of it."""

    path: str
    span: Span
    callee: str
    """Catalogue name, ``socket.socket.recv``."""
    caller: str
    """The enclosing function, or the module."""
    outcome: Outcome
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A call of a blocking-looking name whose receiver is unknown."""

    path: str
    span: Span
    name: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """The books of a run: ``found == ported + offloaded + kept + refused``."""

    found: int
    ported: int
    offloaded: int
    kept: int
    refused: int
    uncertain: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """How the program's calls were resolved: numbers of call sites."""

    by_type: int
    by_name: int
    unresolved: int
    capped: int = 0
    """Of those by type, the ones that may reach so much that some of it was left out: too much is one thing there."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All edits, verdicts and refusals of a run, before a byte is written."""

    calls: tuple[BlockingCall, ...]
    verdicts: tuple[Verdict, ...]
    edits: tuple[Edit, ...]
    refusals: tuple[Refusal, ...]
    uncertain: tuple[Uncertain, ...]
    resolution: Resolution
    renames: tuple[tuple[str, str], ...] = ()
    """Qualified old name, new bare name."""
    support: tuple[tuple[str, str], ...] = ()
    """Support modules to copy: (name under ``porter/support``, ``shown`` path of the copy)."""
    dependencies: tuple[str, ...] = ()
    """Modules that the port newly imports and that are not of the standard library."""

    @property
    def account(self) -> Account:
        """Counts of ``calls`` by outcome, and of ``uncertain``."""
        count = dict.fromkeys(("ported", "offloaded", "kept", "refused"), 0)
        for call in self.calls:
            count[call.outcome] += 1
        return Account(len(self.calls), uncertain=len(self.uncertain), **count)


@dataclass(frozen=True, slots=True)
class Patch:
    """What the edits did to one stretch of a file."""

    old: Span
    """In the old text."""
    new: Span
    """In the new text."""
    idioms: tuple[str, ...]
    """Names of the idioms at work there, in order, without repeats."""
    structural: bool
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after, and the patches that lead from one to the other."""

    path: str
    """``SourceFile.shown``."""
    old: str
    new: str
    patches: tuple[Patch, ...]

    @property
    def changed(self) -> bool:
        """Whether any text differs."""
        return self.old != self.new


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that verify found wrong with a port: porter's own mistake, not the user's."""

    path: str
    line: int
    """In the new text, from 1."""
    check: str
    """Name of the check that failed."""
    message: str
    group: str = ""
    cause: tuple[str, int] | None = None
    """Path and line, in the new text, of the definition behind it, such as the coroutine function that is not awaited."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What stays as it was because the checker did not believe its port; a refusal says so for each."""

    groups: Mapping[str, Refusal] = field(default_factory=lambda: MappingProxyType({}))
    functions: Mapping[tuple[str, str], Refusal] = field(default_factory=lambda: MappingProxyType({}))
    """By path and qualified name, as in a verdict; the module's own name stands for its top level."""
    files: Mapping[str, Refusal] = field(default_factory=lambda: MappingProxyType({}))
    """By path: nothing in the file changes its colour."""


NOTHING_WITHHELD = Withheld()


@dataclass(frozen=True, slots=True)
class Port:
    """The result of a run: what the library call returns and reports print."""

    plan: Plan
    files: tuple[FileChange, ...]
    faults: tuple[Fault, ...] = ()
