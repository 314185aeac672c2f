"""Which imported names a text uses, scope by scope. Scopes come from ``symtable``, so nothing is guessed."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator
from functools import cached_property

from porter.rewrite.outline import Clause, Outline, blocks

_WORD = re.compile(r"\w+")
_NAMES_IN_STRINGS = frozenset({"cast", "TypeVar", "NewType", "ForwardRef"})


class Uses:
    """The uses of names in one text."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self._top = symtable.symtable(outline.text, "<text>", "exec")
        self._tables = list(_tables(self._top))

    def global_name(self, name: str) -> bool:
        """Whether a name of module level is used: read, rebound or deleted anywhere, exported, or in an annotation."""
        if any(_uses_global(table, name, table is self._top) for table in self._tables):
            return True
        return name in self.exported or name in self._annotated

    def local_name(self, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
        """Whether a name bound in a function is used there or in what the function holds; True when that is unknown."""
        for table in self._tables:
            if table.get_name() == function.name and table.get_lineno() == function.lineno:
                return _uses_local(table, name) or name in self._annotated
        return True

    def binds_elsewhere(self, name: str) -> bool:
        """Whether a name is bound by anything but an import, in any scope."""
        for table in self._tables:
            symbol = _symbol(table, name)
            if symbol and (symbol.is_assigned() or symbol.is_parameter() or symbol.is_namespace()):
                return True
        return False

    @cached_property
    def exported(self) -> frozenset[str]:
        """The names that ``__all__`` lists."""
        return frozenset(
            node.value
            for statement in self.outline.tree.body
            if _is_about_all(statement)
            for node in ast.walk(statement)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    @cached_property
    def _annotated(self) -> frozenset[str]:
        """Names in annotations, those in strings included, which ``symtable`` does not or not always see."""
        found: set[str] = set()
        for node in ast.walk(self.outline.tree):
            for part in _annotations(node):
                found.update(_names(part))
        return frozenset(found)


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _symbol(table: symtable.SymbolTable, name: str) -> symtable.Symbol | None:
    try:
        return table.lookup(name)
    except KeyError:
        return None


def _uses_global(table: symtable.SymbolTable, name: str, is_top: bool) -> bool:
    symbol = _symbol(table, name)
    if symbol is None or not (is_top or symbol.is_global()):
        return False
    return symbol.is_referenced() or symbol.is_assigned() or symbol.is_namespace()


def _uses_local(table: symtable.SymbolTable, name: str) -> bool:
    symbol = _symbol(table, name)
    if symbol is not None and (symbol.is_referenced() or symbol.is_assigned()):
        return True
    return any(_uses_free(inner, name) for child in table.get_children() for inner in _tables(child))


def _uses_free(table: symtable.SymbolTable, name: str) -> bool:
    symbol = _symbol(table, name)
    return symbol is not None and symbol.is_free()


def _is_about_all(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=targets):
            return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)
        case ast.AugAssign(target=ast.Name(id="__all__")) | ast.AnnAssign(target=ast.Name(id="__all__")):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="__all__")))):
            return True
        case _:
            return False


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.arg(annotation=ast.expr() as part) | ast.AnnAssign(annotation=part):
            yield part
        case ast.FunctionDef(returns=ast.expr() as part) | ast.AsyncFunctionDef(returns=ast.expr() as part):
            yield part
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _NAMES_IN_STRINGS:
            yield from (argument for argument in node.args if isinstance(argument, ast.Constant))
            yield from (argument.value for argument in node.keywords)


def _names(part: ast.AST) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _WORD.findall(node.value)


def imports_in(
    clauses: list[ast.stmt], owner: Clause | None = None
) -> Iterator[tuple[ast.Import | ast.ImportFrom, Clause | None]]:
    """All import statements, each with the innermost function, class or ``try`` that holds it; None at module level."""
    todo: list[tuple[Clause, Clause | None]] = [(clause, owner) for clause in reversed(clauses)]
    while todo:
        clause, around = todo.pop()
        if isinstance(clause, ast.Import | ast.ImportFrom):
            yield clause, around
        if isinstance(clause, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Try | ast.TryStar):
            around = clause
        todo.extend((inner, around) for level in blocks(clause) for inner in level)


def bound_name(alias: ast.alias) -> str:
    """The name that an import binds: the first part of a dotted one, or what ``as`` says."""
    return alias.asname or alias.name.partition(".")[0]
