"""A unified diff, as bytes that ``git apply`` takes, each hunk headed by the idioms at work in it.

Paths are relative to the working folder and there is no ``diff --git`` line: git then applies the patch from that
folder, be it the top of the repository or not. Only ``\\n`` ends a line here, as for git; ``\\r`` is text.
"""

from __future__ import annotations

import difflib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from porter.plan.model import FileChange
from porter.project.model import Project, SourceFile
from porter.project.output import new_file_path
from porter.report.regions import Region, regions_of

CONTEXT = 3
"""Lines of context around a change."""
_NO_NEWLINE = "\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file's part of the diff, encoded as the file is."""

    text: str
    encoding: str

    def encode(self) -> bytes:
        """The bytes that ``git apply`` compares with the file's; the lines that name the file are UTF-8."""
        head, mark, lines = self.text.partition("\n@@ ")
        return head.encode("utf-8", "surrogateescape") + (mark + lines).encode(self.encoding)


def diff_of(project: Project, changes: Sequence[FileChange], support: Sequence[tuple[str, str]] = ()) -> list[FileDiff]:
    """The diff of each file that changed, in the order of ``changes``; then the new files, pairs of path and text."""
    known = {file.shown: file for file in project.written}
    found = [_of_change(project, change, known.get(change.path)) for change in changes if change.changed]
    new = (FileChange(path, "", text, ()) for path, text in support)
    return found + [_of_change(project, change, None) for change in new]


def _of_change(project: Project, change: FileChange, file: SourceFile | None) -> FileDiff:
    if file is None:
        path = str(new_file_path(project, change.path))
        head = ["--- /dev/null\n", _header("+++ b/", path)]
        return FileDiff("".join([*head, *_hunks(change, "")]), "utf-8")
    head = [_header("--- a/", str(file.path)), _header("+++ b/", str(file.path))]
    return FileDiff("".join([*head, *_hunks(change, "\ufeff" if file.bom else "")]), file.encoding)


def _header(mark: str, path: str) -> str:
    relative = os.path.relpath(path)
    shown = (path if relative.startswith("..") else relative).replace(os.sep, "/").lstrip("/")
    sign, prefix = mark[:4], mark[4:]
    if any(character in '"\\' or ord(character) < 32 or ord(character) == 127 for character in shown):
        escaped = "".join(_escape(character) for character in prefix + shown)
        return f'{sign}"{escaped}"\n'
    # As GNU diff does: a tab ends a name with blanks in it, so that no reader takes the rest for a date.
    return mark + shown + ("\t\n" if " " in shown else "\n")


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return f"\\{ord(character):03o}" if ord(character) < 32 or ord(character) == 127 else character


def _hunks(change: FileChange, bom: str) -> Iterator[str]:
    old, new = _lines(bom + change.old), _lines(bom + change.new if change.new else "")
    blocks = [block for region in regions_of(change) for block in _blocks(region, old, new)]
    for group in _grouped(blocks):
        yield from _hunk(group, old, new)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    kept = [line + "\n" for line in lines[:-1]]
    return kept + [lines[-1]] if lines[-1] else kept


def _blocks(region: Region, old: list[str], new: list[str]) -> Iterator[Region]:
    """The parts of a region in which lines really differ."""
    before, after = old[region.old_start : region.old_end], new[region.new_start : region.new_end]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield Region(
                region.old_start + i1,
                region.old_start + i2,
                region.new_start + j1,
                region.new_start + j2,
                region.idioms,
            )


def _grouped(blocks: Sequence[Region]) -> Iterator[list[Region]]:
    """Blocks whose contexts touch, together."""
    group: list[Region] = []
    for block in blocks:
        if group and block.old_start - group[-1].old_end > 2 * CONTEXT:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _hunk(group: list[Region], old: list[str], new: list[str]) -> Iterator[str]:
    start = max(group[0].old_start - CONTEXT, 0)
    end = min(group[-1].old_end + CONTEXT, len(old))
    new_start = group[0].new_start - (group[0].old_start - start)
    new_end = group[-1].new_end + (end - group[-1].old_end)
    names = dict.fromkeys(name for block in group for name in block.idioms)
    heading = f" {', '.join(names)}" if names else ""
    yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@{heading}\n"
    at = start
    for block in group:
        yield from _marked(" ", old[at : block.old_start])
        yield from _marked("-", old[block.old_start : block.old_end])
        yield from _marked("+", new[block.new_start : block.new_end])
        at = block.old_end
    yield from _marked(" ", old[at:end])


def _range(start: int, end: int) -> str:
    count = end - start
    return f"{start + 1 if count else start}" + ("" if count == 1 else f",{count}")


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield mark + line if line.endswith("\n") else f"{mark}{line}\n{_NO_NEWLINE}"


def joined(diffs: Sequence[FileDiff]) -> bytes:
    """The whole diff."""
    return b"".join(itertools.chain(diff.encode() for diff in diffs))
