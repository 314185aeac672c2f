"""From replacements to the new text and its patches. All text outside the replacements is copied as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from porter.plan.model import Patch
from porter.rewrite.rendering import Replacement
from porter.syntax.places import Span

_BLANK_BELOW = re.compile(r"(?:[ \t\f]*(?:\r\n|\r|\n))*")
_NEWLINES = re.compile(r"\r\n|\r|\n")
_ENDS = re.compile(r"(?:\r\n|\r|\n)?\Z")


def assemble(old: str, replacements: Sequence[Replacement]) -> tuple[str, tuple[Patch, ...]]:
    """The new text and the patches, sorted. ``replacements`` must be sorted and must not overlap."""
    pieces: list[str] = []
    patches: list[Patch] = []
    at = length = 0
    for one in _settled(old, replacements):
        kept = old[at : one.span.start]
        pieces += (kept, one.text)
        length += len(kept)
        if one.text != one.span.cut(old):
            patches.append(_patch(old, one, length))
        length += len(one.text)
        at = one.span.end
    return "".join((*pieces, old[at:])), tuple(patches)


def without_ending(old: str, ending: str, new: str, patches: Sequence[Patch]) -> tuple[str, tuple[Patch, ...]]:
    """Undo that ``ending`` was put behind ``old``, whose last line had none; ``new`` and ``patches`` are with it.

    Where the last line is gone, the newline before it ends the text, since it stands outside the patch.
    """
    if not ending:
        return new, tuple(patches)
    size, shift = len(old), len(ending)
    if any(patch.old.start <= size < patch.old.end for patch in patches):
        clipped = (replace(p, old=Span(min(p.old.start, size), min(p.old.end, size))) for p in patches)
        return new, tuple(clipped)
    behind = [patch for patch in patches if patch.old.start > size]
    moved = [replace(p, old=Span(size, size), new=Span(p.new.start - shift, p.new.end - shift)) for p in behind]
    return new.removesuffix(ending), (*patches[: len(patches) - len(behind)], *moved)


def _patch(old: str, one: Replacement, start: int) -> Patch:
    """The patch of a replacement, without the indentation and the newline that both sides share."""
    before, after = one.span.cut(old), one.text
    head = len(_shared_indentation(before, after))
    ending = _ENDS.search(before).group()  # type: ignore[union-attr]
    tail = len(ending) if ending and after.endswith(ending) and min(len(before), len(after)) >= head + len(ending) else 0
    return Patch(
        Span(one.span.start + head, one.span.end - tail),
        Span(start + head, start + len(after) - tail),
        one.idioms,
        one.structural,
        one.groups,
    )


def _shared_indentation(left: str, right: str) -> str:
    end = 0
    while end < min(len(left), len(right)) and left[end] == right[end] and left[end] in " \t":
        end += 1
    return left[:end]


def _settled(old: str, replacements: Sequence[Replacement]) -> list[Replacement]:
    """The replacements with ``pass`` in blocks that lost all statements, and without the blank lines of what went."""
    found = list(_with_pass(replacements))
    settled: list[Replacement] = []
    for one in found:
        if settled and _is_gone(one) and _is_gone(settled[-1]) and settled[-1].span.end == one.span.start:
            settled[-1] = _merged(settled[-1], one)
        else:
            settled.append(one)
    return [
        _without_blank_lines(old, one, settled[index - 1] if index else None, settled[index + 1 : index + 2])
        for index, one in enumerate(settled)
    ]


def _is_gone(one: Replacement) -> bool:
    return one.vanished is not None and not one.text


def _merged(left: Replacement, right: Replacement) -> Replacement:
    return replace(
        left,
        span=Span(left.span.start, right.span.end),
        idioms=tuple(dict.fromkeys((*left.idioms, *right.idioms))),
        groups=tuple(dict.fromkeys((*left.groups, *right.groups))),
    )


def _with_pass(replacements: Sequence[Replacement]) -> Iterator[Replacement]:
    gone: Counter[int] = Counter()
    for one in replacements:
        if one.unit and one.vanished is not None:
            gone[one.unit.block] += one.unit.covers
    filled: set[int] = set()
    for one in replacements:
        unit = one.unit
        if unit and one.vanished is not None and unit.block_size and gone[unit.block] == unit.block_size:
            if unit.block not in filled:
                one = replace(one, text=one.vanished, vanished=None)
            filled.add(unit.block)
        yield one


def _without_blank_lines(
    old: str, one: Replacement, previous: Replacement | None, following: Sequence[Replacement]
) -> Replacement:
    """What went takes along the smaller of the runs of blank lines around it, so that no gap adds up.

    At the start of a block nothing separates, so the run below goes; at the end of the file the run above.
    """
    if not _is_gone(one):
        return one
    start, end = one.span.start, one.span.end
    top, bottom = _blank_above(old, start), _BLANK_BELOW.match(old, end).end()  # type: ignore[union-attr]
    if previous and (previous.span.end > top or previous.span.end == start):
        return one
    if following and (following[0].span.start < bottom or following[0].span == Span(end, end)):
        return one
    if bottom == len(old):
        start = top
    elif _opens_block(old, top):
        end = bottom
    else:
        newlines = [found.end() for found in _NEWLINES.finditer(old, end, bottom)]
        count = min(len(newlines), len(_NEWLINES.findall(old, top, start)))
        end = newlines[count - 1] if count else end
    return replace(one, span=Span(start, end))


def _blank_above(old: str, offset: int) -> int:
    """Where the run of blank lines right above the line at ``offset`` begins."""
    code = len(old[:offset].rstrip(" \t\f\r\n"))
    newline = _NEWLINES.search(old, code, offset)
    return newline.end() if code and newline else 0


def _opens_block(old: str, offset: int) -> bool:
    """Whether nothing but a header, or nothing at all, stands above an offset at the start of a line."""
    head = old[:offset].rstrip()
    return not head or (head.endswith(":") and not _in_comment(head))


def _in_comment(head: str) -> bool:
    return "#" in head[max(head.rfind("\n"), head.rfind("\r")) + 1 :]
