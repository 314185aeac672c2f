"""One copy of a support module for a script and the package that it imports: what both do has to meet there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType

from porter.idioms.idiom import Edit
from porter.inference.program import Module, Program

Copy = tuple[str, str]
"""A support module's name, with a dot before it inside a package; and ``shown`` path of its copy."""


def with_shared_copies(edits: Sequence[Edit], program: Program) -> list[Edit]:
    """The edits, in which scripts use the copies of the packages beside them that they import."""
    modules = {module.source.shown: module for module in program.modules.values()}
    copies = {copy for edit in edits for copy in _copies(edit)}
    inside = {PurePosixPath(path): (name, path) for name, path in copies if _in_package(path, program)}
    return [_shared(edit, modules[edit.path], inside, program) if edit.path in modules else edit for edit in edits]


def _shared(edit: Edit, module: Module, inside: dict[PurePosixPath, Copy], program: Program) -> Edit:
    if not any(statement.startswith("import _aio_") for statement in edit.imports):
        return edit
    folder = PurePosixPath(module.source.shown).parent
    data, imports = dict(edit.data), list(edit.imports)
    for position, statement in enumerate(imports):
        stem = statement.removeprefix("import ")
        for package in _packages(module, program):
            there = inside.get(folder / package / f"{stem}.py")
            if there is not None and statement == f"import {stem}":
                imports[position] = f"from {package} import {stem}"
                support = data.get("support")
                if isinstance(support, tuple) and PurePosixPath(str(support[1])).name == f"{stem}.py":
                    data["support"] = there
                break
    return replace(edit, imports=tuple(imports), data=MappingProxyType(data))


def _copies(edit: Edit) -> Iterator[Copy]:
    support = edit.data.get("support")
    if isinstance(support, tuple):
        name, path = support
        yield str(name), str(path)


def _in_package(path: str, program: Program) -> bool:
    folder = PurePosixPath(path).parent
    return any(
        module.source.is_package and PurePosixPath(module.source.shown).parent == folder for module in program.modules.values()
    )


def _packages(module: Module, program: Program) -> list[str]:
    """The top packages that a module imports, by itself or through others, in order."""
    found: dict[str, None] = {}
    seen, work = {module.name}, [module]
    while work:
        for _, name in program.imports(work.pop()):
            if name not in seen:
                seen.add(name)
                work.append(program.modules[name])
                found[name.partition(".")[0]] = None
    return sorted(name for name in found if name in program.modules and program.modules[name].source.is_package)
