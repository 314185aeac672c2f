"""Functions that a library for command lines calls: a command is a run of the program, with an event loop of its own."""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference.program import Program, assigned
from porter.inference.values import External

_LIBRARIES = frozenset(("click", "rich_click", "typer"))


def is_command(program: Program, function: Scope) -> bool:
    """Whether a decorator makes a function a command: ``@click.command()``, ``@group.command()``, ``@app.command()``."""
    decorators = getattr(function.node, "decorator_list", ())
    return any(registers(program, decorator, function.parent or function) for decorator in decorators)


def registers(program: Program, decorator: ast.expr, scope: Scope) -> bool:
    """Whether a decorator makes a command of what it decorates."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    named = target.attr if isinstance(target, ast.Attribute) else ""
    found = program.resolve(target, scope)
    named = named or (found.name.rpartition(".")[2] if isinstance(found, External) else "")
    return named == "command" and is_of_library(program, decorator, scope)


def is_of_library(program: Program, expr: ast.expr, scope: Scope, depth: int = 6) -> bool:
    """Whether an expression names something of such a library, or an object that one of its functions or decorators made."""
    if depth <= 0:
        return False
    while isinstance(expr, (ast.Call, ast.Attribute)):
        found = program.resolve(expr, scope)
        if isinstance(found, External) and found.name.partition(".")[0] in _LIBRARIES:
            return True
        expr = expr.func if isinstance(expr, ast.Call) else expr.value
    found = program.resolve(expr, scope)
    if isinstance(found, External):
        return found.name.partition(".")[0] in _LIBRARIES
    if isinstance(found, Scope):
        decorators = getattr(found.node, "decorator_list", ())
        return any(is_of_library(program, one, found.parent or found, depth - 1) for one in decorators)
    given = assigned(program, expr, scope)
    return given is not None and is_of_library(program, *given, depth - 1)
