"""Which lines a change touches, from its patches: so a diff needs no search through the whole file."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace

from porter.plan.model import FileChange, Patch


@dataclass(frozen=True, slots=True)
class Region:
    """Lines ``[old_start, old_end)`` of the old text that became ``[new_start, new_end)``; counted from 0."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int
    idioms: tuple[str, ...] = ()


def regions_of(change: FileChange) -> list[Region]:
    """The regions of a change in order, apart from each other by at least one line.

    Where the patches do not tell all that differs (a change without patches), one region holds the rest.
    """
    old, new = _Starts(change.old), _Starts(change.new)
    merged: list[Region] = []
    for patch in sorted(change.patches, key=lambda patch: (patch.old, patch.new)):
        region = _region(patch, old, new)
        if merged and (region.old_start <= merged[-1].old_end or region.new_start <= merged[-1].new_end):
            merged[-1] = _union(merged[-1], region)
        else:
            merged.append(region)
    return merged if _is_complete(merged, old, new) else [_whole(old, new, merged)]


class _Starts:
    """Line starts of one text; only ``\\n`` ends a line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines[:-1]:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.count = len(self.lines) if self.lines[-1] else len(self.lines) - 1

    def line(self, offset: int) -> int:
        return bisect.bisect_right(self.starts, offset) - 1

    def at_start(self, offset: int) -> bool:
        return offset == 0 or self.text[offset - 1 : offset] == "\n"


def _region(patch: Patch, old: _Starts, new: _Starts) -> Region:
    whole_lines = old.at_start(patch.old.end) and new.at_start(patch.new.end)
    beyond = 0 if whole_lines and old.at_start(patch.old.start) else 1
    return Region(
        old.line(patch.old.start),
        min(old.line(patch.old.end) + beyond, old.count),
        new.line(patch.new.start),
        min(new.line(patch.new.end) + beyond, new.count),
        patch.idioms,
    )


def _union(first: Region, second: Region) -> Region:
    return Region(
        first.old_start,
        max(first.old_end, second.old_end),
        first.new_start,
        max(first.new_end, second.new_end),
        tuple(dict.fromkeys((*first.idioms, *second.idioms))),
    )


def _is_complete(regions: list[Region], old: _Starts, new: _Starts) -> bool:
    """Whether all lines between the regions are equal."""
    at = replace(regions[0], old_end=0, new_end=0) if regions else Region(0, 0, 0, 0)
    for region in [*regions, Region(old.count, old.count, new.count, new.count)]:
        if old.lines[at.old_end : region.old_start] != new.lines[at.new_end : region.new_start]:
            return False
        at = region
    return old.text.endswith("\n") == new.text.endswith("\n") or _reaches_end(regions, old, new)


def _reaches_end(regions: list[Region], old: _Starts, new: _Starts) -> bool:
    return bool(regions) and regions[-1].old_end == old.count and regions[-1].new_end == new.count


def _whole(old: _Starts, new: _Starts, regions: list[Region]) -> Region:
    """One region between the lines that both texts have in common at their beginning and end."""
    head = _common(old.lines[: old.count - 1], new.lines[: new.count - 1])
    names = tuple(dict.fromkeys(name for region in regions for name in region.idioms))
    tail = 0
    if old.text.endswith("\n") == new.text.endswith("\n"):
        tail = _common(old.lines[head : old.count][::-1], new.lines[head : new.count][::-1])
    return Region(head, old.count - tail, head, new.count - tail, names)


def _common(first: list[str], second: list[str]) -> int:
    return next(_differing(first, second), min(len(first), len(second)))


def _differing(first: list[str], second: list[str]) -> Iterator[int]:
    return (number for number, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
