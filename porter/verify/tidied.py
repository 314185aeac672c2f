"""What stands for the call of a method in a constructor says what the method says, word for word."""

from __future__ import annotations

import ast

from porter.plan.model import Patch
from porter.verify.changed import ChangedFile

IDIOM = "tidying"


def stands_for_method(file: ChangedFile, patch: Patch) -> bool:
    """Whether a patch puts the statements of a method in the place of its call, ``self.close()``."""
    if IDIOM not in patch.idioms:
        return False
    try:
        old = ast.parse(file.change.old[patch.old.start : patch.old.end].strip()).body
        new = ast.parse(_dedented(file.change.new[patch.new.start : patch.new.end])).body
    except SyntaxError:
        return False
    match old:
        case [ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(), attr=name), args=[], keywords=[]))]:
            functions = (node for kind in _FUNCTIONS for node in file.new.by_type.get(kind, ()))
            wanted = [ast.dump(statement) for statement in new]
            return any(_body(node) == wanted for node in functions if getattr(node, "name", "") == name)
    return False


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


def _body(function: ast.AST) -> list[str]:
    """The statements of a function, but for its docstring."""
    assert isinstance(function, _FUNCTIONS)
    start = 0 if ast.get_docstring(function, clean=False) is None else 1
    return [ast.dump(statement) for statement in function.body[start:]]
