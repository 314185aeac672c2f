"""Comments are never lost: those that a rewrite drops come back on lines of their own, above."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import libcst as cst

from porter.syntax.shapes import comment_line


def comments_in(nodes: Iterable[cst.CSTNode]) -> list[str]:
    """All comments of the nodes, in the order of the text."""
    found: list[str] = []
    for node in nodes:
        if isinstance(node, cst.Comment):
            found.append(node.value)
        else:
            found.extend(comments_in(node.children))
    return found


def lost(before: Iterable[cst.CSTNode], after: Iterable[cst.CSTNode]) -> list[str]:
    """The comments of ``before`` that ``after`` has not, each as often as it is missing."""
    left = Counter(comments_in(after))
    missing = []
    for comment in comments_in(before):
        left[comment] -= 1
        if left[comment] < 0:
            missing.append(comment)
    return missing


def recovered(before: Iterable[cst.CSTNode], after: Iterable[cst.CSTNode]) -> list[cst.EmptyLine]:
    """The comments that are lost, as lines."""
    return [comment_line(comment) for comment in lost(before, after)]
