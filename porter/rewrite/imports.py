"""The import pass: names that are used no more go, names that are needed come. What was unused before stays."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import libcst as cst

from porter.idioms.idiom import Edit
from porter.plan.model import Patch
from porter.rewrite.errors import NameTaken, RewriteError
from porter.rewrite.import_order import ORDERS, order_of, sorted_names, with_name
from porter.rewrite.import_places import insertions
from porter.rewrite.outline import Outline
from porter.rewrite.rendering import Replacement
from porter.rewrite.unused import IDIOM, ImportStatement, drops
from porter.rewrite.uses import Uses, bound_name, imports_in
from porter.syntax.places import Span
from porter.syntax.shapes import Statements


def taken(text: str, imports: Sequence[str]) -> tuple[str, ...]:
    """The names among those that ``imports`` (statements, as source) bind that mean something else somewhere in a text.

    ``text`` must be valid Python. An import of the same thing under the same name takes nothing.
    """
    outline = Outline(text + "\n")
    return _taken(outline, Uses(outline), _parsed(imports))


def import_changes(
    outline: Outline, edits: Sequence[Edit], new: str, patches: Sequence[Patch], exported: frozenset[str]
) -> tuple[list[Edit], list[Replacement]]:
    """Edits that drop names or add them to imports that are there, and new lines; raises NameTaken.

    ``new`` and ``patches`` are what the edits alone lead to. All places are of the old text.
    """
    path = edits[0].path
    wanted = _parsed(dict.fromkeys(code for edit in edits for code in edit.imports))
    deeper = {span: one for one in wanted if (span := _shallower(outline, one)) is not None}
    wanted = [one for one in wanted if one not in deeper.values()]
    if wanted and (names := _taken(outline, Uses(outline), wanted)):
        raise NameTaken(names[0], path=path)
    dropped = list(drops(outline, edits, new, patches, exported))
    missing = [one for one in wanted if not any(_same(one, other) for other in _certain_imports(outline))]
    gone = _emptied(outline, dropped)
    swaps = list(_swaps(outline, path, missing, gone))
    swapped = {edit.span for edit in swaps}
    dropped = [edit for edit in dropped if edit.span not in swapped]
    left = [one for one in missing if not any(ast.unparse(one.names[0]) in edit.data["names"] for edit in swaps)]  # type: ignore[operator]
    additions, lines = _additions(outline, path, left, gone - swapped)
    deepened = [Edit(IDIOM, path, span, "Import", "deepen", {"name": one.names[0].name}) for span, one in deeper.items()]
    dropped = [edit for edit in dropped if edit.span not in deeper]
    return [*dropped, *_sorts(outline, edits), *swaps, *additions, *deepened], lines


def _shallower(outline: Outline, one: ImportStatement) -> Span | None:
    """The ``import a`` of the source, perhaps in a ``try``, that ``import a.b`` can take the place of: it binds ``a``, too."""
    if not isinstance(one, ast.Import) or one.names[0].asname or "." not in one.names[0].name:
        return None
    top = one.names[0].name.partition(".")[0]
    for statement, _ in imports_in(outline.tree.body):
        if isinstance(statement, ast.Import) and [(alias.name, alias.asname) for alias in statement.names] == [(top, None)]:
            return outline.lines.span(statement)
    return None


def _swaps(outline: Outline, path: str, missing: Sequence[ImportStatement], gone: frozenset[Span]) -> Iterator[Edit]:
    """Imports that lose all their names, where others of the same module are wanted: those take their place."""
    for statement in outline.tree.body:
        span = outline.lines.span(statement)
        if span not in gone or not isinstance(statement, ast.ImportFrom):
            continue
        source = (statement.module, statement.level)
        alike = [one for one in missing if isinstance(one, ast.ImportFrom) and (one.module, one.level) == source]
        if alike and _home(outline, alike[0], gone) is None:
            names = tuple(sorted((ast.unparse(one.names[0]) for one in alike), key=ORDERS["type"]))
            yield Edit(IDIOM, path, span, "ImportFrom", "swap", {"names": names})


def _parsed(imports: Sequence[str] | dict[str, None]) -> list[ImportStatement]:
    """One statement of one name each."""
    found: list[ImportStatement] = []
    for code in imports:
        for statement in ast.parse(code).body:
            if isinstance(statement, ast.Import):
                found += [ast.Import([alias]) for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom):
                found += [ast.ImportFrom(statement.module, [alias], statement.level) for alias in statement.names]
            else:
                raise RewriteError(f"{code!r} is no import statement")
    return list({ast.dump(one): one for one in found}.values())


def _taken(outline: Outline, uses: Uses, wanted: Sequence[ImportStatement]) -> tuple[str, ...]:
    names = []
    for one in wanted:
        name = bound_name(one.names[0])
        others = [
            other
            for statement, _ in imports_in(outline.tree.body)
            for other in _singles(statement)
            if bound_name(other.names[0]) == name
        ]
        if any(not _same(one, other) for other in others) or any(_collide(one, other) for other in wanted):
            names.append(name)
        elif uses.binds_elsewhere(name) and not any(_same(one, other) for other in _certain_imports(outline)):
            names.append(name)
    return tuple(names)


def _singles(statement: ImportStatement) -> Iterator[ImportStatement]:
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            yield ast.Import([alias])
        else:
            yield ast.ImportFrom(statement.module, [alias], statement.level)


def _same(wanted: ImportStatement, other: ImportStatement) -> bool:
    """Whether two imports of one name bind the same; ``import a.b`` binds ``a`` like ``import a`` does."""
    left, right = wanted.names[0], other.names[0]
    if isinstance(wanted, ast.Import) and isinstance(other, ast.Import):
        if left.asname or right.asname:
            return (left.name, left.asname or left.name) == (right.name, right.asname or right.name)
        return right.name == left.name or right.name.startswith(left.name + ".")
    if isinstance(wanted, ast.ImportFrom) and isinstance(other, ast.ImportFrom):
        source = (wanted.module, wanted.level) == (other.module, other.level)
        return source and (left.name, bound_name(left)) == (right.name, bound_name(right))
    return False


def _collide(one: ImportStatement, other: ImportStatement) -> bool:
    """Whether two new imports give one name two meanings; ``import a.b`` and ``import a.c`` both give ``a`` the same."""
    left, right = one.names[0], other.names[0]
    if bound_name(left) != bound_name(right) or _same(one, other) or _same(other, one):
        return False
    packages = isinstance(one, ast.Import) and isinstance(other, ast.Import)
    return not packages or bool(left.asname or right.asname)


def _certain_imports(outline: Outline) -> Iterator[ImportStatement]:
    """The imports that run whenever the module does: at its level, or in a ``try`` there."""
    for statement in outline.tree.body:
        inner = statement.body if isinstance(statement, ast.Try) else [statement]
        for one in inner:
            if isinstance(one, ast.Import | ast.ImportFrom):
                yield from _singles(one)


def _additions(
    outline: Outline, path: str, missing: Sequence[ImportStatement], gone: frozenset[Span]
) -> tuple[list[Edit], list[Replacement]]:
    """Names added to a ``from`` import of the same module where there is one; lines for the rest."""
    edits: list[Edit] = []
    alone: dict[object, ImportStatement] = {}
    for one in missing:
        home = _home(outline, one, gone)
        if home is None:
            source = (one.module, one.level) if isinstance(one, ast.ImportFrom) else one
            alone[source] = _together(alone.get(source), one)
        else:
            name = ast.unparse(one.names[0])
            edits.append(Edit(IDIOM, path, outline.lines.span(home), "ImportFrom", "add", {"name": name}))
    found = insertions(outline, map(ast.unparse, alone.values()), gone)
    lines = [Replacement(Span(at, at), text, (IDIOM,), structural=True) for at, text in found]
    return edits, lines


def _together(line: ImportStatement | None, one: ImportStatement) -> ImportStatement:
    """One line for the names of one module."""
    if not isinstance(line, ast.ImportFrom):
        return one
    names = sorted((*line.names, *one.names), key=lambda alias: ORDERS["type"](alias.name))
    return ast.ImportFrom(line.module, names, line.level)


def _sorts(outline: Outline, edits: Sequence[Edit]) -> Iterator[Edit]:
    """Edits that sort the names of imports again in which one was renamed."""
    renamed = [edit.span for edit in edits if edit.target == "alias"]
    for statement, _ in imports_in(outline.tree.body) if renamed else ():
        span = outline.lines.span(statement)
        order = order_of([alias.name for alias in statement.names])
        touched = any(span.start <= one.start and one.end <= span.end for one in renamed)
        if isinstance(statement, ast.ImportFrom) and touched and order and len(statement.names) > 1:
            yield Edit(IDIOM, edits[0].path, span, "ImportFrom", "sort", {"order": order})


def _emptied(outline: Outline, drops: Sequence[Edit]) -> frozenset[Span]:
    """The import statements of the module's level that lose all their names."""
    dropped = {edit.span: edit.data["indexes"] for edit in drops}
    return frozenset(
        span
        for statement in outline.tree.body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        and dropped.get(span := outline.lines.span(statement)) == tuple(range(len(statement.names)))
    )


def _home(outline: Outline, one: ImportStatement, gone: frozenset[Span]) -> ast.ImportFrom | None:
    for statement in outline.tree.body:
        if outline.lines.span(statement) in gone:
            continue
        if isinstance(one, ast.ImportFrom) and isinstance(statement, ast.ImportFrom):
            same = (one.module, one.level) == (statement.module, statement.level)
            if same and statement.names[0].name != "*":
                return statement
    return None


def rewrite_import(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``drop`` takes names out of an import statement, which goes when none is left; ``add`` puts one in; ``swap`` puts
    other ``names`` in the place of all; ``deepen`` names a module below; ``sort``.
    """
    if edit.action == "add":
        return with_name(cst.ensure_type(node, cst.ImportFrom), str(edit.data["name"]))
    if edit.action == "deepen":
        deep = cst.ensure_type(cst.parse_statement(f"import {edit.data['name']}"), cst.SimpleStatementLine).body[0]
        return cst.ensure_type(node, cst.Import).with_changes(names=cst.ensure_type(deep, cst.Import).names)
    if edit.action == "swap":
        statement = cst.ensure_type(node, cst.ImportFrom)
        names = edit.data["names"]
        assert isinstance(names, tuple)
        made = cst.ensure_type(cst.parse_statement(f"from x import {', '.join(names)}"), cst.SimpleStatementLine).body[0]
        return statement.with_changes(names=cst.ensure_type(made, cst.ImportFrom).names)
    if edit.action == "sort":
        return sorted_names(cst.ensure_type(node, cst.ImportFrom), str(edit.data["order"]))
    assert isinstance(node, cst.Import | cst.ImportFrom) and not isinstance(node.names, cst.ImportStar)
    indexes = edit.data["indexes"]
    assert isinstance(indexes, tuple)
    kept = [alias for index, alias in enumerate(node.names) if index not in indexes]
    if not kept:
        return ()
    if kept[-1] is not node.names[-1]:
        kept[-1] = kept[-1].with_changes(comma=node.names[-1].comma)
    return node.with_changes(names=kept)
