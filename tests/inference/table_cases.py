"""The table of inference cases as data: small programs whose lines say what is expected of them.

A file of ``table/`` holds cases of one topic. ``=== name`` opens a case, and lines of ``#`` below it say what it is about;
``--- path`` opens a file of its program (without one, all of it is ``program.py``). Marks stand at the end of a line:

``#: async``            this ``def`` becomes a coroutine function; every other one stays as it is
``#: calls f, a.b``     exactly this is reached from the line: qualified names of functions, public names of outside callables
``#: calls -``          nothing is
``#: sync``             this ``def`` in particular must stay, though something like it changes elsewhere
``#: kept``, ``#: refused``, ``#: uncertain``   a blocking call is kept, something refused or uncertain here; and nowhere else
``#> text``             what the port makes of the line

Marks are joined by ``;``. A case without ``async`` and ``#>`` must not change at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

TABLE = Path(__file__).parent / "table"
Place = tuple[str, int]
"""Path within the program, line from 1."""

_MARK = re.compile(r"  #: (?P<marks>.*?)(?:  #> .*)?$")
_TEXT = re.compile(r"^(?P<code>.*?)(?:  #: .*?)?  #> (?P<text>.*)$")


@dataclass(slots=True)
class Case:
    """One program, and what is expected of it."""

    name: str
    files: dict[str, list[str]] = field(default_factory=dict)
    marks: set[tuple[Place, str]] = field(default_factory=set)
    """Where each mark stands."""
    calls: dict[Place, set[str]] = field(default_factory=dict)
    rewritten: int = 0
    """Lines with a new text."""

    @property
    def says_what_stays(self) -> bool:
        """Whether the case is about what must not change, though it looks like something that does."""
        return self.must_not_change or "sync" in {mark for _, mark in self.marks}

    @property
    def must_not_change(self) -> bool:
        """Whether the port must leave the whole program as it is."""
        return not self.rewritten and "async" not in {mark for _, mark in self.marks}

    def add(self, path: str, line: str) -> None:
        """One more line of a file."""
        lines = self.files.setdefault(path, [])
        lines.append(line)
        place = path, len(lines)
        self.rewritten += bool(_TEXT.match(line))
        found = _MARK.search(line)
        for mark in found["marks"].split("; ") if found is not None else ():
            if mark.startswith("calls "):
                self.calls[place] = {name.strip() for name in mark.removeprefix("calls ").split(",")} - {"-"}
            else:
                assert mark in ("async", "sync", "kept", "refused", "uncertain"), f"{self.name}: no mark {mark!r}"
                self.marks.add((place, mark))

    def write(self, folder: Path) -> None:
        """Write the program."""
        for path, lines in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(lines).rstrip("\n") + "\n")


def read_cases(path: Path) -> list[Case]:
    """The cases of one file of the table."""
    cases: list[Case] = []
    at = ""
    for line in path.read_text().splitlines():
        if line.startswith("=== "):
            cases.append(Case(f"{path.stem}/{line[4:].strip()}"))
            at = ""
        elif line.startswith("--- "):
            at = line[4:].strip()
            cases[-1].files[at] = []
        elif cases and (at or (line and not line.startswith("# "))):
            at = at or "program.py"
            cases[-1].add(at, line)
    return cases


def all_cases() -> list[Case]:
    """The whole table."""
    return [case for path in sorted(TABLE.glob("*.txt")) for case in read_cases(path)]


def differing_lines(text: str) -> list[str]:
    """Lines of a port that are not what their mark says, as ``is, should be``."""
    found = (_TEXT.match(line) for line in text.splitlines())
    pairs = [(match["code"].strip(), match["text"].strip()) for match in found if match is not None]
    return [f"is {code!r}, should be {wanted!r}" for code, wanted in pairs if code != wanted]
