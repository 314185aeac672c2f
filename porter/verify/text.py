"""Lossless: the text outside the patches is the old text, and the new one can be stored as the old one was."""

from __future__ import annotations

from collections.abc import Iterator

from porter.plan.model import Fault, FileChange, Patch
from porter.project.model import SourceFile
from porter.syntax.places import Lines, Span

CHECK = "text"


def check(change: FileChange, source: SourceFile | None) -> Iterator[Fault]:
    """Compare what lies between the patches; ``source`` is the file as it was read, if there was one."""
    if source is not None and change.old != source.text:
        yield Fault(change.path, 1, CHECK, "the change starts from another text than the file's")
        return
    if source is None and not change.old:
        return  # a file that the port adds
    lines = Lines(change.new)
    old_end = new_end = 0
    for patch in change.patches:
        if patch.old.start < old_end or patch.new.start < new_end or not _inside(patch, change):
            yield _fault(change, lines, patch.new.start, "patches overlap, are not in order, or leave the text", patch)
            return
        kept, made = Span(old_end, patch.old.start), Span(new_end, patch.new.start)
        if kept.cut(change.old) != made.cut(change.new):
            at = made.start + _common(kept.cut(change.old), made.cut(change.new))
            yield _fault(change, lines, at, "text outside the patches differs", patch)
            return
        old_end, new_end = patch.old.end, patch.new.end
    if change.old[old_end:] != change.new[new_end:]:
        at = new_end + _common(change.old[old_end:], change.new[new_end:])
        yield _fault(change, lines, at, "text outside the patches differs", change.patches[-1] if change.patches else None)
    yield from _stored(change, source, lines)


def _inside(patch: Patch, change: FileChange) -> bool:
    old, new = patch.old, patch.new
    return old.start <= old.end <= len(change.old) and new.start <= new.end <= len(change.new)


def _stored(change: FileChange, source: SourceFile | None, lines: Lines) -> Iterator[Fault]:
    if source is None:
        return
    try:
        source.encode(change.new)
    except UnicodeEncodeError as error:
        yield _fault(change, lines, error.start, f"the new text cannot be stored in the file's encoding, {source.encoding}", None)


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their start."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _fault(change: FileChange, lines: Lines, offset: int, message: str, patch: Patch | None) -> Fault:
    group = patch.groups[0] if patch is not None and patch.groups else ""
    return Fault(change.path, lines.place(min(offset, len(change.new))).line, CHECK, message, group)
