"""Stub files, cut into top-level pieces that are parsed only when a name in them is asked for.

Parsing all of ``builtins.pyi`` costs more than inferring a small program. Stubs are flat and regularly laid out, so
a piece begins at each line whose first column holds a word or a decorator (unless inside a triple-quoted string);
only the pieces that may bind the wanted name are parsed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from typeshed_client.finder import ModulePath, SearchContext, find_typeshed, get_stub_file_name
from typeshed_client.parser import InvalidStub, evaluate_expression_truthiness

from porter.inference.stubs_private import CLASSES, MODULES

_PIECE = re.compile(
    r"^(?:(?P<at>@)|(?P<kind>class|async def|def) +(?P<name>\w+)|(?P<word>[A-Za-z_]\w*)(?P<binds> *(?:=|\+=|:(?!\s*$)))?)",
    re.MULTILINE,
)
_CONTINUES = frozenset(("else", "elif", "except", "finally"))
_BLOCKS = frozenset(("if", "try", "with", "for", "while", "import", "from", "assert", "del", "pass"))
_WORD = re.compile(r"[A-Za-z_]\w*")
_IMPORTS = re.compile(r"\bimport\s+(?:\(([^)]*)\)|([^\n(]*))")
_DEFINES = re.compile(r"\b(?:class|def)\s+(\w+)")
_ASSIGNS = re.compile(r"^\s+(\w+)\s*[:=+]([^#\n]*)", re.MULTILINE)
_QUOTED = re.compile(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'')


class Piece:
    """One or more whole top-level statements of a stub, as text until they are needed."""

    __slots__ = ("start", "text", "name", "kind", "_words")

    def __init__(self, start: int, text: str, name: str, kind: str) -> None:
        self.start = start
        """Its offset in the file."""
        self.text = text
        self.name = name
        """The only name it binds, if that shows without parsing."""
        self.kind = kind
        """``class``, ``def``, or empty."""
        self._words: frozenset[str] | None = None

    def may_bind(self, name: str) -> bool:
        """Whether the name stands in it where names are bound; never wrongly no."""
        if self._words is None:
            self._words = frozenset(_bound_words(self.text))
        return name in self._words


class StubFile:
    """One stub module: which statements bind a name at its top level."""

    def __init__(self, name: str, is_package: bool, text: str, conditions: Conditions) -> None:
        self.name = name
        self.is_package = is_package
        self._conditions = conditions
        self._by_name: dict[str, list[Piece]] = {}
        self._others: list[Piece] = []
        self._found: dict[str, tuple[ast.stmt, ...]] = {}
        self._parsed: dict[Piece, dict[str, list[ast.stmt]]] = {}
        for piece in _cut(text):
            if piece.name:
                self._by_name.setdefault(piece.name, []).append(piece)
            else:
                self._others.append(piece)

    def bindings(self, name: str) -> tuple[ast.stmt, ...]:
        """The statements that bind ``name``, in order, as this Python version and platform see them."""
        found = self._found.get(name)
        if found is None:
            pieces = [*self._by_name.get(name, ()), *(piece for piece in self._others if piece.may_bind(name))]
            pieces.sort(key=lambda piece: piece.start)
            found = tuple(stmt for piece in pieces for stmt in self._bound(piece).get(name, ()))
            self._found[name] = found
        return found

    def is_class(self, name: str) -> bool:
        """Whether ``name`` is a class beyond doubt, found out without parsing it."""
        pieces = self._by_name.get(name)
        return (
            pieces is not None
            and len(pieces) == 1
            and pieces[0].kind == "class"
            and not any(piece.may_bind(name) for piece in self._others)
        )

    def stars(self) -> tuple[str, ...]:
        """The modules of which it imports everything, the last one first."""
        stars = [
            self.absolute(stmt)
            for piece in self._others
            if "*" in piece.text
            for stmt in self._bound(piece).get("*", ())
            if isinstance(stmt, ast.ImportFrom)
        ]
        return tuple(reversed(stars))

    def aliases(self) -> tuple[str, ...]:
        """The names that may be aliases of something else: imported or assigned, star imports left out."""
        names = dict.fromkeys(name for piece in self._others for name in self._bound(piece) if name != "*")
        assigned = (name for name, pieces in self._by_name.items() if not pieces[0].kind)
        return tuple({**names, **dict.fromkeys(assigned)})

    def exports(self, name: str) -> bool:
        """Whether a star import of this module brings ``name``; yes if its ``__all__`` is not a plain list."""
        listed: set[object] = set()
        for stmt in self.bindings("__all__"):
            match stmt:
                case ast.Assign(value=ast.List() | ast.Tuple() as value) | ast.AugAssign(value=ast.List() as value):
                    listed.update(item.value for item in value.elts if isinstance(item, ast.Constant))
                case _:
                    return True
        return name in listed if listed else not name.startswith("_")

    def absolute(self, node: ast.ImportFrom) -> str:
        """The absolute name of the module that a ``from`` import reads."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        base = parts[: len(parts) - node.level + (1 if self.is_package else 0)]
        return ".".join([*base, *([node.module] if node.module else [])])

    def members(self, node: ast.ClassDef, qualified: str) -> dict[str, list[ast.stmt]]:
        """What the body of a class binds."""
        extra = CLASSES.get(qualified)
        body = [*node.body, *ast.parse(extra).body] if extra else node.body
        return _bind(self._conditions.flatten(body))

    def _bound(self, piece: Piece) -> dict[str, list[ast.stmt]]:
        bound = self._parsed.get(piece)
        if bound is None:
            bound = self._parsed[piece] = _bind(self._conditions.flatten(_parse(piece.text)))
        return bound


class Conditions:
    """The ``if`` tests of stubs, decided for one Python version and platform."""

    def __init__(self, context: SearchContext) -> None:
        self._context = context
        self._file = context.typeshed / "condition.pyi"

    def flatten(self, body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
        """The statements that take effect, those inside ``if`` and ``try`` included."""
        for stmt in body:
            if isinstance(stmt, ast.If):
                yield from self.flatten(self._branch(stmt))
            elif isinstance(stmt, ast.Try):
                yield from self.flatten([*stmt.body, *stmt.finalbody])
            else:
                yield stmt

    def _branch(self, stmt: ast.If) -> list[ast.stmt]:
        try:
            holds = evaluate_expression_truthiness(stmt.test, ctx=self._context, file_path=self._file)
        except (InvalidStub, TypeError, LookupError):
            return [*stmt.orelse, *stmt.body]
        return stmt.body if holds else stmt.orelse


class StubFiles:
    """All stub files of one Python version, read on demand and kept."""

    def __init__(self, version: tuple[int, int], platform: str, search_path: Sequence[Path]) -> None:
        self._context = SearchContext(
            find_typeshed(),
            search_path,
            version,
            platform,
            implementation_name="cpython",
            implementation_version=version,
        )
        self._conditions = Conditions(self._context)
        self._files: dict[str, StubFile | None] = {}

    def get(self, module: str) -> StubFile | None:
        """The stub of a module; ``None`` if there is none or it cannot be read."""
        if module not in self._files:
            self._files[module] = self._read(module)
        return self._files[module]

    def _read(self, module: str) -> StubFile | None:
        if not all(part.isidentifier() for part in module.split(".")):
            return None
        parts = module.split(".")
        path = get_stub_file_name(ModulePath(tuple(parts)), self._context) or self._plain_file(parts)
        if path is None:
            return StubFile(module, True, "", self._conditions) if self._is_folder(parts) else None
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return StubFile(module, path.name == "__init__.pyi", text + MODULES.get(module, ""), self._conditions)

    def _is_folder(self, parts: Sequence[str]) -> bool:
        """Whether a package has no stub of its own: its modules may have some."""
        return any(folder.joinpath(*parts).is_dir() for folder in self._context.search_path)

    def _plain_file(self, parts: Sequence[str]) -> Path | None:
        """A stub that belongs to no package, which typeshed-client does not look for."""
        paths = (folder.joinpath(*parts).with_suffix(".pyi") for folder in self._context.search_path)
        return next((path for path in paths if path.is_file()), None)


def _cut(text: str) -> Iterator[Piece]:
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    starts: list[tuple[int, str, str]] = []
    decorated = False
    for match in _PIECE.finditer(text):
        word = match["word"]
        if word in _CONTINUES or any(start < match.start() < end for start, end in quoted):
            continue
        name = match["name"] or (word if match["binds"] and word not in _BLOCKS else "") or ""
        start = starts.pop()[0] if decorated else match.start()
        starts.append((start, name, match["kind"] or ""))
        decorated = match["at"] is not None
    ends = [*(start for start, _, _ in starts[1:]), len(text)] if starts else []
    for (start, name, kind), end in zip(starts, ends, strict=True):
        yield Piece(start, text[start:end], name, kind)


def _bound_words(text: str) -> Iterator[str]:
    for parenthesised, plain in _IMPORTS.findall(text):
        yield from _WORD.findall(parenthesised or plain)
    yield from _DEFINES.findall(text)
    for name, rest in _ASSIGNS.findall(text):
        if not rest.rstrip().endswith(","):
            yield name


def _parse(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError):
        return []


def _bind(stmts: Iterator[ast.stmt]) -> dict[str, list[ast.stmt]]:
    bound: dict[str, list[ast.stmt]] = {}
    for stmt in stmts:
        for name in _names(stmt):
            bound.setdefault(name, []).append(stmt)
    return bound


def _names(stmt: ast.stmt) -> Iterator[str]:
    match stmt:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            yield name
        case ast.Import(names=aliases):
            yield from (alias.asname or alias.name.split(".")[0] for alias in aliases)
        case ast.ImportFrom(names=aliases):
            yield from (alias.asname or alias.name for alias in aliases)
        case _:
            pass
