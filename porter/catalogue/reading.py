"""From TOML to catalogue rows, with every mistake named: file, row, key, and what to write instead.

A file names its ``library`` and the ``source`` of its facts once; every ``[[catalogue]]`` table is a row. A user's
settings hold the same tables. ``also`` lists further names to which all the rest of a row applies.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NoReturn, TypeVar

from porter.catalogue.row import BECOMES, KINDS, Becomes, CatalogueError, Kind, Row

_TEXTS = (
    "blocking",
    "kind",
    "asyncio",
    "becomes",
    "differs",
    "exceptions",
    "since",
    "needs",
    "source",
    "idiom",
    "remedy",
)
_FLAGS = ("blocks", "files")
_LISTS = ("also", "example")
_KEYS = (*_TEXTS, *_FLAGS, *_LISTS)
_HEAD = ("library", "source", "catalogue")
_SILENT_KINDS = ("class", "attribute", "parameter", "local")
"""Kinds that do not block unless their row says so: making an object, reading an attribute."""
_T = TypeVar("_T", bound=str)


def read(text: str, file: str) -> tuple[Row, ...]:
    """The rows of one data file. Raises ``CatalogueError``."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file}: not TOML: {error}; mend the file") from error
    for key in data:
        if key not in _HEAD:
            raise CatalogueError(f"{file}: unknown key `{key}` before the rows; {_suggestion(key, _HEAD)}")
    tables = data.get("catalogue", [])
    if not isinstance(tables, list):
        raise CatalogueError(f"{file}: `catalogue` is not a list of tables; write each row below [[catalogue]]")
    library, source = str(data.get("library", file.removesuffix(".toml"))), str(data.get("source", ""))
    found = [row for number, table in enumerate(tables, 1) for row in rows_of(table, f"{file}: row {number}", library, source)]
    refuse_repeats(found, file)
    return tuple(found)


def refuse_repeats(rows: Iterable[Row], where: str) -> None:
    """Raises ``CatalogueError`` if a name has two rows."""
    seen: dict[str, Row] = {}
    for row in rows:
        if row.name in seen:
            raise CatalogueError(f"{where}: `{row.name}` has two rows ({seen[row.name].library}, {row.library}); keep one")
        seen[row.name] = row


def rows_of(table: object, where: str, library: str, source: str) -> Iterator[Row]:
    """The rows of one table: one, and one more per name in ``also``. Raises ``CatalogueError``."""
    if not isinstance(table, Mapping):
        raise CatalogueError(f"{where} is not a table; write it below [[catalogue]]")
    reader = _Table(table, where)
    names = reader.names()
    kind = reader.choice("kind", KINDS, _guess(names[0]))
    becomes = reader.choice("becomes", BECOMES, None)
    reader.check_sense(kind, becomes)
    for name in names:
        yield Row(
            name=name,
            kind=kind,
            becomes=becomes,
            asyncio=reader.text("asyncio"),
            blocks=reader.flag("blocks", becomes != "plain" and kind not in _SILENT_KINDS),
            files=reader.flag("files", False),
            differs=reader.text("differs"),
            exceptions=reader.text("exceptions"),
            since=reader.version(),
            needs=reader.text("needs"),
            idiom=reader.text("idiom"),
            remedy=reader.text("remedy"),
            source=reader.text("source") or source,
            example=reader.example(name, becomes),
            library=library,
        )


class _Table:
    """One table of a file, its keys known and its values of the right types."""

    def __init__(self, table: Mapping[str, object], where: str) -> None:
        self.table = table
        self.where = f"{where} (`{table['blocking']}`)" if isinstance(table.get("blocking"), str) else where
        for key, value in table.items():
            if key not in _KEYS:
                raise CatalogueError(f"{self.where}: unknown key `{key}`; {_suggestion(key, _KEYS)}")
            if key in _TEXTS and not isinstance(value, str):
                self._fail(key, "it must be a text in quotes")
            if key in _FLAGS and not isinstance(value, bool):
                self._fail(key, "it must be true or false")
            if key in _LISTS and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
                self._fail(key, "it must be a list of texts")

    def names(self) -> list[str]:
        """``blocking`` and ``also``."""
        if not _is_name(self.text("blocking")):
            self._fail("blocking", 'give a dotted name in quotes, such as "time.sleep"')
        if not all(map(_is_name, self._list("also"))):
            self._fail("also", 'give dotted names in quotes, such as ["time.sleep"]')
        return [self.text("blocking"), *self._list("also")]

    def text(self, key: str) -> str:
        """A text, empty if it is not given."""
        return str(self.table.get(key, ""))

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        return bool(self.table.get(key, default))

    def choice(self, key: str, allowed: tuple[_T, ...], default: _T | None) -> _T:
        """One of a few words."""
        value = self.table.get(key, default)
        for item in allowed:
            if value == item:
                return item
        self._fail(key, f"use one of: {', '.join(allowed)}")

    def version(self) -> tuple[int, int]:
        """``since`` as numbers."""
        major, _, minor = str(self.table.get("since", "3.11")).partition(".")
        if not (major.isdecimal() and minor.isdecimal()):
            self._fail("since", 'write a Python version in quotes, such as "3.11"')
        return int(major), int(minor)

    def example(self, name: str, becomes: Becomes) -> tuple[str, str]:
        """Before and after; for a thread hop it is always the same."""
        given = self._list("example")
        if given and len(given) != 2:
            self._fail("example", "give two texts: before and after")
        if given or becomes != "thread":
            return (given[0], given[1]) if given else ("", "")
        shown = name.replace("()", "")
        return f"{shown}(...)", f"await {self.text('asyncio') or 'asyncio.to_thread'}({shown}, ...)"

    def check_sense(self, kind: Kind, becomes: Becomes) -> None:
        """What the keys say together must be possible."""
        if becomes in ("await", "async with", "async for") and not self.text("asyncio"):
            raise CatalogueError(f"{self.where}: it becomes `{becomes}` of nothing; name the equivalent in `asyncio`")
        if becomes == "none" and not self.text("remedy"):
            raise CatalogueError(f"{self.where}: it becomes `none`; say in `remedy` what a user can do instead")
        if becomes == "thread" and kind == "iteration":
            raise CatalogueError(f"{self.where}: a loop cannot become a thread hop; use `none` and a `remedy`")

    def _list(self, key: str) -> list[str]:
        value = self.table.get(key, [])
        return value if isinstance(value, list) else []

    def _fail(self, key: str, remedy: str) -> NoReturn:
        said = f"is {self.table[key]!r}" if key in self.table else "is missing"
        raise CatalogueError(f"{self.where}: key `{key}` {said}; {remedy}")


def _is_name(text: str) -> bool:
    return all(part.removesuffix("()").isidentifier() for part in text.split("."))


def _guess(name: str) -> Kind:
    """What a name looks like: classes have capitals (``socket.socket`` is older), methods stand below them."""
    *owners, last = name.split(".")
    if last[0].isupper():
        return "class"
    owner = owners[-1] if owners else ""
    lowercase_class = len(owners) > 1 and owner == owners[-2]
    return "method" if owner[:1].isupper() or owner.endswith("()") or lowercase_class else "function"


def _suggestion(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    return f"did you mean `{close[0]}`?" if close else f"known keys: {', '.join(known)}"
