"""How a module imports what another module of the program defines."""

from __future__ import annotations

import ast

from porter.inference.program import Module, Program


def import_of(program: Program, home: Module, module: Module, name: str) -> str:
    """The import of ``home``'s ``name`` in ``module``: spelled as others are, else relative where both share a package."""
    for _, node in module.facts.imports:
        if isinstance(node, ast.ImportFrom) and program.absolute(module, node) == home.name:
            return f"from {'.' * node.level}{node.module or ''} import {name}"
    package = module.name.split(".") if module.source.is_package else module.name.split(".")[:-1]
    there = home.name.split(".")
    shared = next((n for n, (a, b) in enumerate(zip(package, there, strict=False)) if a != b), min(len(package), len(there)))
    if not shared:
        return f"from {home.name} import {name}"
    return f"from {'.' * (len(package) - shared + 1)}{'.'.join(there[shared:])} import {name}"
