"""Reading: from the paths on the command line to a project, nothing imported and nothing run.

A path that was *named* and cannot be used is a ``UsageFault``; the same file *met* in a folder is a ``Problem``, and
the run goes on without it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from porter.project.decode import Decoded, Unreadable, check_syntax, decode
from porter.project.faults import UsageFault
from porter.project.installed import installed_files, stub_folders
from porter.project.model import Problem, Project, SourceFile
from porter.project.modules import imports_of, module_names, unique_names
from porter.project.pyproject import entry_points
from porter.project.settings import Settings
from porter.project.walk import Rules, walk

_LEAVE = "give yourself leave to read it"


@dataclass(frozen=True, slots=True)
class _Root:
    """A path of the command line: as it was written, absolute, and where its files go below OUT."""

    written: Path
    path: Path
    below_out: Path

    def shown(self, path: Path) -> str:
        """``path``, which lies under this root, as the user would write it."""
        return (self.written / path.relative_to(self.path)).as_posix()

    def relative(self, path: Path) -> Path:
        """Where ``path`` goes below OUT."""
        return self.below_out / path.relative_to(self.path) if path != self.path else self.below_out / path.name


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What one root holds."""

    root: _Root
    decoded: dict[Path, Decoded]
    problems: tuple[Problem, ...]
    others: tuple[Path, ...]


def read_project(paths: Sequence[Path | str], settings: Settings) -> Project:
    """The files that ``paths`` name, a file or a folder each, decoded, parsed once for a check, and named.

    Raises ``UsageFault`` where a named path cannot be used, or ``targets`` matches nothing.
    """
    roots = _roots([Path(path) for path in paths])
    gathered = [_gather(root, settings) for root in roots]
    texts = [(path, one.text) for group in gathered for path, one in group.decoded.items()]
    imports = imports_of(texts)
    names: dict[Path, str] = {}
    for group in gathered:
        names = module_names(group.decoded, group.root.path, imports) | names
    names = unique_names(names)
    files: dict[Path, SourceFile] = {}
    for group in gathered:
        for path, decoded in group.decoded.items():
            files.setdefault(path, _source_file(group.root, path, decoded, names[path]))
    others = tuple(dict.fromkeys(other for group in gathered for other in group.others))
    own = {file.module for file in files.values()}
    sources = sorted(_with_targets(files.values(), roots, settings), key=lambda file: (file.module, file.shown))
    stubs = tuple(stub for file in sources if file.is_target if (stub := _stub_beside(file, others)) is not None)
    return Project(
        settings=settings,
        files=tuple(sources),
        stubs=stubs,
        library=tuple(file for file in installed_files(settings.packages) if file.module not in own),
        stub_folders=(*_import_roots(files.values(), others), *stub_folders(settings.packages)),
        problems=tuple(problem for group in gathered for problem in group.problems),
        roots=tuple(root.path for root in roots),
        entry_points=entry_points(root.path for root in roots),
        others=tuple(other for other in others if all(other != stub.path for stub in stubs)),
    )


def _stub_beside(file: SourceFile, others: Collection[Path]) -> SourceFile | None:
    """The stub of a source file; one that cannot be read is copied like any other file."""
    path = file.path.with_suffix(".pyi")
    if path not in others:
        return None
    shown = f"{file.shown.removesuffix('.py')}.pyi"
    try:
        decoded = _read(path, shown)
    except Unreadable:
        return None
    return replace(
        file,
        path=path,
        shown=shown,
        relative=file.relative.with_suffix(".pyi"),
        text=decoded.text,
        encoding=decoded.encoding,
        bom=decoded.bom,
    )


def _import_roots(files: Iterable[SourceFile], others: Iterable[Path]) -> tuple[Path, ...]:
    """The folders that the program's modules are imported from, if it has stubs at all."""
    if not any(path.suffix == ".pyi" for path in others):
        return ()
    depths = ((file.path, file.module.count(".") + file.is_package) for file in files)
    return tuple(dict.fromkeys(path.parents[depth] for path, depth in depths if depth < len(path.parents)))


def _roots(paths: Sequence[Path]) -> list[_Root]:
    if not paths:
        raise UsageFault("no SRC is named; name a file, a package or a project")
    roots: dict[Path, _Root] = {}
    for written in paths:
        path = Path(_absolute(written))
        if not path.exists():
            raise UsageFault(f"{written}: no such file or folder; name one that exists")
        if not path.is_file() and not path.is_dir():
            raise UsageFault(f"{written}: is neither a file nor a folder; name one of these")
        several = len(paths) > 1
        roots.setdefault(path, _Root(written, path, Path(path.name) if several and path.is_dir() else Path()))
    return list(roots.values())


def _absolute(path: Path) -> Path:
    """``path`` made absolute, ``.`` and ``..`` resolved, links left as they are."""
    whole = path.absolute()
    return whole.resolve() if ".." in whole.parts else whole


def _gather(root: _Root, settings: Settings) -> _Gathered:
    if root.path.is_dir():
        return _gather_folder(root, settings)
    try:
        decoded = _read(root.path, str(root.written))
    except Unreadable as fault:
        place = f"{root.written}:{fault.line}" if fault.line else str(root.written)
        raise UsageFault(f"{place}: {fault.reason}; {fault.remedy}") from None
    return _Gathered(root, {root.path: decoded}, (), ())


def _gather_folder(root: _Root, settings: Settings) -> _Gathered:
    exclude = Rules().also(str(settings.folder or root.path), settings.exclude)
    decoded: dict[Path, Decoded] = {}
    problems: list[Problem] = []
    others: list[Path] = []
    for found in walk(root.path, exclude):
        shown = root.shown(found.path)
        if found.kind == "unreadable":
            problems.append(Problem(found.path, shown, 0, "may be neither read nor copied", _LEAVE))
            continue
        if found.kind == "other":
            others.append(found.path)
            continue
        try:
            decoded[found.path] = _read(found.path, shown)
        except Unreadable as fault:
            problems.append(Problem(found.path, shown, fault.line, fault.reason, fault.remedy))
            others.append(found.path)
    if not decoded and not any(problem.path.suffix == ".py" for problem in problems):
        why = " that is not ignored or excluded" if any(path.suffix == ".py" for path in others) else ""
        raise UsageFault(f"{root.written}: holds no Python file{why}; name a file, a package or a project")
    return _Gathered(root, decoded, tuple(problems), tuple(others))


def _read(path: Path, shown: str) -> Decoded:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(0, f"cannot be read ({error.strerror})", _LEAVE) from None
    decoded = decode(data)
    check_syntax(decoded.text, shown)
    return decoded


def _source_file(root: _Root, path: Path, decoded: Decoded, module: str) -> SourceFile:
    return SourceFile(
        path=path,
        shown=root.shown(path) if path != root.path else root.written.as_posix(),
        relative=root.relative(path),
        module=module,
        is_package=path.name == "__init__.py",
        text=decoded.text,
        encoding=decoded.encoding,
        bom=decoded.bom,
    )


def _with_targets(files: Iterable[SourceFile], roots: list[_Root], settings: Settings) -> list[SourceFile]:
    """The files with ``is_target`` as the setting says."""
    files = list(files)
    if not settings.targets:
        return files
    own = [root.path if root.path.is_dir() else root.path.parent for root in roots]
    folders = [settings.folder] if settings.folder else own
    rules = [Rules().also(str(folder), settings.targets) for folder in folders]
    marked = [replace(file, is_target=any(rule.match(str(file.path)) for rule in rules)) for file in files]
    if not any(file.is_target for file in marked):
        raise UsageFault(
            f"`targets` matches none of the {len(marked)} Python files read; its patterns are relative to {folders[0]}"
        )
    return marked
