"""Where a new import line goes: where a person who sorts imports would put it."""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Iterable, Sequence, Set

from porter.rewrite.outline import Outline
from porter.syntax.places import Span

_MANY = 4
"""Of so many imports one may be out of order, and they are sorted all the same."""


def insertions(outline: Outline, imports: Iterable[str], gone: Set[Span] = frozenset()) -> list[tuple[int, str]]:
    """Offsets, each at the start of a line, and the lines to insert there.

    ``imports`` hold names of one module each; ``gone`` are the places of imports that are about to go.
    """
    lines: dict[tuple[int, int], list[str]] = {}
    for code in sorted(imports, key=_sorting):
        lines.setdefault((_place(outline, code, gone), _section(ast.parse(code).body[0])), []).append(code)
    found: list[tuple[int, str]] = []
    last, code = -1, ""
    for (at, _), block in sorted(lines.items()):
        text = _framed(outline, at, block, gone)
        if last == at and found:  # of two sections at one place the first one's end is no end
            found[-1] = (at, found[-1][1].rstrip("\r\n") + outline.newline)
            text = text if text.startswith(outline.newline) else outline.newline + text
        elif last >= 0 and _meet(outline, last, at, gone):
            apart = _section(ast.parse(code).body[0]) != _section(ast.parse(block[0]).body[0])
            place, before = found[-1]
            found[-1] = place, before.rstrip("\r\n") + outline.newline
            text = outline.newline * apart + text.lstrip("\r\n")
        found.append((at, text))
        last, code = at, block[-1]
    return found


def _meet(outline: Outline, one: int, other: int, gone: Set[Span]) -> bool:
    """Whether what is inserted at two places stands on neighbouring lines, since all between them goes."""
    between = [statement for statement in outline.tree.body if one <= outline.start(statement) < other]
    lines = outline.text[one:other].splitlines()
    return bool(between) and all(outline.lines.span(s) in gone for s in between) and all(line.strip() for line in lines)


def _sorting(code: str) -> tuple[bool, str]:
    """Plain imports come first, then by name."""
    return code.startswith("from"), code.lower()


def _place(outline: Outline, code: str, gone: Set[Span]) -> int:
    top = _top_imports(outline)
    same = [one for one in top if isinstance(one, ast.Import) != code.startswith("from")]
    alike = [one for one in same if _section(one) == _section(ast.parse(code).body[0])]
    if alike:
        return _among(outline, code, _block(outline, alike), gone)
    if not top:
        return _behind_opening(outline)
    section = _section(ast.parse(code).body[0])
    for one in top:
        later = _section(one) > section
        if later or (_section(one) == section and not code.startswith("from")):
            return _above_comments(outline, _start(outline, one))
    return outline.line_end(outline.end(top[-1]))


def _top_imports(outline: Outline) -> list[ast.stmt]:
    """The first run of imports, the future's left out; a ``try`` or an ``if`` around some does not end it, nor does
    ``__version__`` and its like.
    """
    found: list[ast.stmt] = []
    for statement in outline.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found += [] if _is_future(statement) else [statement]
        elif not isinstance(statement, ast.Try | ast.If) and not _is_text(statement) and not _speaks_of_itself(statement):
            break
    return found


def _speaks_of_itself(statement: ast.stmt) -> bool:
    """``__version__ = ...``, ``__all__ = ...``: what a module says of itself, which some have above their imports."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement]
    return all(isinstance(target, ast.Name) and target.id.startswith("__") for target in targets)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _section(statement: ast.stmt) -> int:
    """0 for the standard library, 1 for other packages, 2 for relative imports."""
    match statement:
        case ast.ImportFrom(level=level) if level:
            return 2
        case ast.ImportFrom(module=str(module)) | ast.Import(names=[ast.alias(name=module), *_]):
            return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1
        case _:
            return 1


def _block(outline: Outline, alike: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The first statements of one kind that stand on neighbouring lines."""
    block = [alike[0]]
    for one in alike[1:]:
        if outline.line_end(outline.end(block[-1])) != _start(outline, one):
            break
        block.append(one)
    return block


def _among(outline: Outline, code: str, block: Sequence[ast.stmt], gone: Set[Span]) -> int:
    kept = [one for one in block if outline.lines.span(one) not in gone] or block
    keys = [_sorting(ast.unparse(one)) for one in kept]
    key = _sorting(code)
    if sum(one > other for one, other in itertools.pairwise(keys)) <= (len(keys) >= _MANY):
        wrong = [sum(one > key for one in keys[:at]) + sum(one < key for one in keys[at:]) for at in range(len(keys) + 1)]
        at = wrong.index(min(wrong))
        if at < len(kept):
            return _start(outline, kept[at])
    return outline.line_end(outline.end(block[-1]))


def _behind_opening(outline: Outline) -> int:
    """Behind the docstring and the imports of the future; where there are none, above the first statement."""
    opening = None
    for index, statement in enumerate(outline.tree.body):
        if not (_is_future(statement) or (index == 0 and _is_text(statement))):
            return outline.line_end(outline.end(opening)) if opening else _above_comments(outline, _start(outline, statement))
        opening = statement
    return len(outline.text)


def _above_comments(outline: Outline, at: int) -> int:
    """Above the comment lines right over a line; not above those that open the file, which speak of all of it."""
    above = at
    while above > 0:
        begin = outline.lines.start(outline.lines.place(above - 1).line)
        if not outline.text[begin:above].lstrip().startswith("#"):
            return above
        above = begin
    return at


def _start(outline: Outline, statement: ast.stmt) -> int:
    return outline.lines.start(outline.lines.place(outline.start(statement)).line)


def _framed(outline: Outline, at: int, block: Sequence[str], gone: Set[Span]) -> str:
    """The lines, set off by a blank one from code that is no import of the same section."""
    newline = outline.newline
    text = "".join(line + newline for line in block)
    body = [one for one in outline.tree.body if outline.lines.span(one) not in gone]
    above = next((one for one in reversed(body) if outline.line_end(outline.end(one)) <= at), None)
    if above is not None and not _belongs(above, block[0]) and not _is_set_off(outline, above, at):
        text = text if _opens_imports(outline, above, at) else newline + text
    for one in outline.tree.body:
        if outline.lines.span(one) in gone and _start(outline, one) == at:
            at = outline.line_end(outline.end(one))
    below = next((one for one in body if _start(outline, one) >= at), None)
    if below is None or _belongs(below, block[-1]) or not outline.text[at:].splitlines()[0].strip():
        return text
    is_definition = isinstance(below, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return text + newline * (2 if is_definition else 1)


def _opens_imports(outline: Outline, above: ast.stmt, at: int) -> bool:
    """Whether imports begin at ``at``, right below the file's docstring, as its author has it."""
    first = next((one for one in _top_imports(outline) if _start(outline, one) == at), None)
    return first is not None and _is_text(above) and outline.line_end(outline.end(above)) == at


def _is_set_off(outline: Outline, above: ast.stmt, at: int) -> bool:
    """Whether a blank line stands between a statement and the place ``at`` below it."""
    between = outline.text[outline.line_end(outline.end(above)) : at]
    return any(not line.strip() for line in between.splitlines())


def _belongs(statement: ast.stmt, code: str) -> bool:
    if not isinstance(statement, ast.Import | ast.ImportFrom) or _is_future(statement):
        return False
    return _section(statement) == _section(ast.parse(code).body[0])
