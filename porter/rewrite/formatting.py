"""Changed statements in black's form, where the project uses black or the settings ask for it; nothing else is touched.

black gets the whole text and the lines that patches touch. Of what it makes of them only those stretches are taken over
that meet a patch, and only if the text still says the same.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from porter.plan.model import FileChange, Patch
from porter.project.formatter import can_format, is_excluded
from porter.project.settings import Settings
from porter.syntax.places import Lines, Span

if TYPE_CHECKING:
    from black import Mode

_FLAGS = ("preview", "unstable", "skip-string-normalization", "skip-magic-trailing-comma", "skip-source-first-line")


def formatted(change: FileChange, path: Path, settings: Settings) -> FileChange:
    """The change of the file at ``path`` with its changed statements as black writes them; as it is where black need not."""
    if not settings.formats or not change.changed or not change.old or not change.patches or not can_format():
        return change
    table = settings.black or {}
    if is_excluded(path, table):
        return change
    made = _by_black(change, table)
    return change if made is None else _taken_over(change, made)


def _by_black(change: FileChange, table: Mapping[str, object]) -> list[str] | None:
    """The lines, without their ends, that black makes of the new text; ``None`` where it takes offence."""
    import black

    lines = _lines(change.new)
    places = Lines(change.new)
    spans = [patch.new for patch in change.patches if patch.new.start < patch.new.end]
    ranges = [(places.place(span.start).line, places.place(span.end - 1).line) for span in spans]
    if not ranges:
        return None
    try:
        made = black.format_str("\n".join(lines), mode=_mode(table), lines=ranges)
    except Exception:  # a text that black does not take, or a mistake of its own: what porter wrote stays as it is
        return None
    return made.removesuffix("\n").split("\n")


def _mode(table: Mapping[str, object]) -> Mode:
    from black import Mode
    from black.const import DEFAULT_LINE_LENGTH
    from black.mode import TargetVersion

    flags = {key: bool(table.get(key, False)) for key in _FLAGS}
    versions = table.get("target-version", ())
    known = {version.name.lower(): version for version in TargetVersion}
    length = table.get("line-length")
    return Mode(
        target_versions={known[name] for name in versions if name in known} if isinstance(versions, list) else set(),
        line_length=length if isinstance(length, int) else DEFAULT_LINE_LENGTH,
        string_normalization=not flags["skip-string-normalization"],
        magic_trailing_comma=not flags["skip-magic-trailing-comma"],
        skip_source_first_line=flags["skip-source-first-line"],
        preview=flags["preview"] or flags["unstable"],
        unstable=flags["unstable"],
    )


def _lines(text: str) -> list[str]:
    """The lines as Python sees them, without their ends."""
    return re.split(r"\r\n|\n|\r", text)


def _taken_over(change: FileChange, made: list[str]) -> FileChange:
    """The change with those stretches of black's lines that meet a patch."""
    places = Lines(change.new)
    ends = re.findall(r"\r\n|\n|\r", change.new)
    end = ends[0] if ends else "\n"
    result = change
    for first, last, start, stop in reversed(_differences(_lines(change.new), made)):
        span = Span(_start(places, first, change.new), _start(places, last, change.new))
        if any(patch.new.start <= span.end and span.start <= patch.new.end for patch in change.patches):
            text = "".join(line + end for line in made[start:stop])
            is_last = span.end == len(change.new) and not change.new.endswith(("\n", "\r"))
            result = _replaced(result, span, text.removesuffix(end) if is_last else text)
    return result if _says_the_same(result.new, change.new) else change


def _differences(new: list[str], made: list[str]) -> list[tuple[int, int, int, int]]:
    """Stretches of lines that differ, from and to, here and there; those that only blank lines part are one."""
    new = new[:-1] if new[-1:] == [""] else new
    found: list[tuple[int, int, int, int]] = []
    for tag, first, last, start, stop in difflib.SequenceMatcher(None, new, made, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if found and not "".join(new[found[-1][1] : first]).strip():
            first, start = found[-1][0], found[-1][2]
            found.pop()
        found.append((first, last, start, stop))
    return found


def _start(places: Lines, index: int, text: str) -> int:
    """Where the line of an index, from 0, begins; behind the last one the text ends."""
    return places.start(index + 1) if index < len(places) else len(text)


def _says_the_same(text: str, other: str) -> bool:
    try:
        return ast.dump(ast.parse(text)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return False


def _replaced(change: FileChange, span: Span, text: str) -> FileChange:
    """Other text in a stretch of the new one; the patches that it meets become one that holds it."""
    shift = len(text) - (span.end - span.start)
    before = [one for one in change.patches if one.new.end < span.start]
    behind = [one for one in change.patches if one.new.start > span.end]
    met = [one for one in change.patches if one.new.end >= span.start and one.new.start <= span.end]
    start = min([span.start, *(one.new.start for one in met)])
    end = max([span.end, *(one.new.end for one in met)])
    ahead = before[-1].old.end - before[-1].new.end if before else 0
    after = met[-1].old.end - met[-1].new.end if met else ahead
    patch = Patch(
        Span(start + ahead, end + after),
        Span(start, end + shift),
        tuple(dict.fromkeys(idiom for one in met for idiom in one.idioms)),
        any(one.structural for one in met),
        tuple(dict.fromkeys(group for one in met for group in one.groups)),
    )
    moved = [replace(one, new=Span(one.new.start + shift, one.new.end + shift)) for one in behind]
    new = change.new[: span.start] + text + change.new[span.end :]
    return replace(change, new=new, patches=(*before, patch, *moved))
