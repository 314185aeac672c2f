"""Imported names that were used, and that edits leave without a use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from porter.idioms.idiom import Edit
from porter.plan.model import Patch
from porter.rewrite.outline import Clause, Outline
from porter.rewrite.uses import Uses, bound_name, imports_in

IDIOM = "imports"
"""The name under which patches show the import pass."""

ImportStatement = ast.Import | ast.ImportFrom


def drops(
    outline: Outline, edits: Sequence[Edit], new: str, patches: Sequence[Patch], exported: frozenset[str]
) -> Iterator[Edit]:
    """Edits for the names that were used and are used no more; none for a statement that an edit changes as a whole."""
    edited = {edit.span for edit in edits if edit.where == "node"}
    found = _candidates(outline, patches)
    candidates = [one for one in found if outline.lines.span(one[0]) not in edited]
    if not candidates:
        return
    try:
        after = Uses(Outline(new))
    except SyntaxError:
        return
    before = Uses(outline)
    for statement, owner, names in candidates:
        twin = _twin(outline, statement, after.outline, patches)
        if twin is None:
            continue
        holder = next(iter(_around(after.outline, twin)), None)
        gone = [
            index
            for index in names
            if _used(before, owner, bound_name(statement.names[index]), exported)
            and not _used(after, holder, bound_name(twin.names[index]), exported)
        ]
        if gone:
            kind = type(statement).__name__
            yield Edit(IDIOM, edits[0].path, outline.lines.span(statement), kind, "drop", {"indexes": tuple(gone)})


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _twin(outline: Outline, statement: ImportStatement, after: Outline, patches: Sequence[Patch]) -> ImportStatement | None:
    """What an import of the old text is in the new one: by its place, or, in a large patch, by what it says where."""
    chain = after.sites(_moved(outline.lines.span(statement).start, patches))
    twin = chain[-1].clause if chain else None
    if isinstance(twin, ast.Import | ast.ImportFrom) and _is_twin(statement, twin):
        return twin
    said, names = ast.dump(statement), [one.name for one in _around(outline, statement)]
    alike = [one for one, _ in imports_in(after.tree.body) if ast.dump(one) == said]
    found = [one for one in alike if [clause.name for clause in _around(after, one)] == names]
    return found[0] if len(found) == 1 else None


def _around(outline: Outline, statement: ImportStatement) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The functions and classes that hold a statement, innermost first."""
    chain = outline.sites(outline.lines.span(statement).start)
    return [site.clause for site in reversed(chain) if isinstance(site.clause, _SCOPES)]


def _is_twin(old: ImportStatement, new: ImportStatement) -> bool:
    """Whether an import of the new text is one of the old, in which at most names were exchanged."""
    if isinstance(old, ast.ImportFrom) and isinstance(new, ast.ImportFrom):
        return (old.module, old.level, len(old.names)) == (new.module, new.level, len(new.names))
    return ast.dump(old) == ast.dump(new)


def _candidates(outline: Outline, patches: Sequence[Patch]) -> Iterator[tuple[ImportStatement, Clause | None, list[int]]]:
    """Imports with the indexes of names that a patch took from the text; not those in a ``try`` or a class."""
    touched = "\n".join(patch.old.cut(outline.text) for patch in patches)
    words = set(re.findall(r"\w+", touched))
    for statement, owner in imports_in(outline.tree.body):
        if isinstance(owner, ast.ClassDef | ast.Try | ast.TryStar):
            continue
        if isinstance(statement, ast.ImportFrom) and (statement.module == "__future__" or statement.names[0].name == "*"):
            continue
        names = [index for index, alias in enumerate(statement.names) if bound_name(alias) in words]
        if names:
            yield statement, owner, names


def _used(uses: Uses, owner: Clause | None, name: str, exported: frozenset[str]) -> bool:
    if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef):
        return uses.local_name(owner, name)
    return not (owner is None and name not in exported and not uses.global_name(name))


def _moved(offset: int, patches: Sequence[Patch]) -> int:
    """Where an offset of the old text is in the new one; inside a patch, as far from its start."""
    shift = 0
    for patch in patches:
        if patch.old.start > offset:
            break
        if patch.old.start <= offset < patch.old.end:
            return patch.new.start + offset - patch.old.start
        shift = patch.new.end - patch.old.end
    return offset + shift
