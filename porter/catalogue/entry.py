"""Catalogue rows: their type, how the data files are read, and what is checked while reading.

A file names its ``library`` and the ``source`` of its facts once; every ``[[catalogue]]`` table is a row. A user's settings
hold the same tables. ``also`` lists further names to which all the rest of a row applies.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal, TypeVar, get_args

Kind = Literal["function", "class", "method", "attribute", "iteration", "parameter", "local"]
Becomes = Literal[
    "await", "async with", "async for", "thread", "streams", "task", "split", "factory", "helper", "none", "plain"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
BECOMES: tuple[Becomes, ...] = get_args(Becomes)

_TEXTS = ("blocking", "kind", "asyncio", "becomes", "differs", "exceptions", "since", "needs", "source", "idiom", "remedy")
_FLAGS = ("blocks", "files")
_LISTS = ("also", "example")
_KEYS = (*_TEXTS, *_FLAGS, *_LISTS)
_HEAD = ("library", "source", "catalogue")
_T = TypeVar("_T", bound=str)
USER = "[[catalogue]]"
"""What errors and rows name as the file when a row comes from the user's settings."""


class CatalogueError(Exception):
    """A row that cannot be used. The text says where it stands, what is wrong, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Row:
    """One blocking API, or a harmless one that a lowering touches, and what stands for it in asyncio."""

    name: str
    """Public dotted name. ``socket.socket.makefile().read`` is a method of what ``socket.socket.makefile`` gives."""
    kind: Kind
    becomes: Becomes
    """``await``, ``async with``, ``async for``: how the equivalent is used; ``thread``: a hop with ``asyncio.to_thread``;
    ``streams``, ``task``, ``split``, ``factory``, ``helper``: the idiom's own rewrite; ``none``: no equivalent, see
    ``remedy``; ``plain``: it does not block and keeps its colour."""
    asyncio: str = ""
    """The equivalent's dotted name; equal to ``name`` when it keeps it."""
    blocks: bool = True
    """Whether calling it (entering it, iterating over it) holds up an event loop."""
    files: bool = False
    """Whether it works on regular files, which the setting ``files = "keep"`` leaves as they are."""
    differs: str = ""
    exceptions: str = ""
    since: tuple[int, int] = (3, 11)
    """First Python version that has the equivalent."""
    needs: str = ""
    """The distribution that the equivalent comes from; empty for the standard library."""
    idiom: str = ""
    """Name of the idiom that handles it; empty for the general ones."""
    remedy: str = ""
    """What the user can do where porter does nothing."""
    source: str = ""
    example: tuple[str, str] = ("", "")
    """Before and after."""
    library: str = ""
    """The data file it stands in, or ``[[catalogue]]``."""

    @property
    def tail(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rows of a run, by name."""

    rows: Mapping[str, Row]
    blocking_tails: frozenset[str]
    """Names of blocking methods, without their classes: what a call on an unknown receiver may be."""

    def row(self, qualified: str) -> Row | None:
        """The row of a public dotted name."""
        return self.rows.get(qualified)

    def with_tail(self, tail: str) -> tuple[Row, ...]:
        """The blocking methods of that name, in alphabetical order: the candidates for an unknown receiver."""
        found = (row for row in self.rows.values() if row.blocks and row.kind == "method" and row.tail == tail)
        return tuple(sorted(found, key=lambda row: row.name))


def load(extra_rows: Sequence[Mapping[str, object]] = ()) -> Catalogue:
    """The built-in rows, overridden by ``extra_rows`` of the user's settings. Raises ``CatalogueError``."""
    rows = dict(_built_in())
    for number, table in enumerate(extra_rows, start=1):
        rows.update((row.name, row) for row in _rows(table, f"{USER}: row {number}", {"library": USER}))
    tails = (row.tail for row in rows.values() if row.blocks and row.kind == "method")
    return Catalogue(rows, frozenset(tail for tail in tails if not tail.startswith("__")))


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
    head = {"library": data.get("library", file.removesuffix(".toml")), "source": data.get("source", "")}
    found = [row for number, table in enumerate(tables, start=1) for row in _rows(table, f"{file}: row {number}", head)]
    _refuse_repeats(found, file)
    return tuple(found)


@functools.cache
def _built_in() -> Mapping[str, Row]:
    rows: list[Row] = []
    files = (item for item in resources.files("porter.catalogue").iterdir() if item.name.endswith(".toml"))
    for file in sorted(files, key=lambda item: item.name):
        rows.extend(read(file.read_text(encoding="utf-8"), file.name))
    _refuse_repeats(rows, "porter/catalogue")
    return {row.name: row for row in rows}


def _refuse_repeats(rows: Iterable[Row], where: str) -> None:
    seen: dict[str, Row] = {}
    for row in rows:
        if row.name in seen:
            raise CatalogueError(f"{where}: `{row.name}` has two rows ({seen[row.name].library}, {row.library}); keep one")
        seen[row.name] = row


def _rows(table: object, where: str, head: Mapping[str, object]) -> Iterator[Row]:
    if not isinstance(table, Mapping):
        raise CatalogueError(f"{where} is not a table; write it below [[catalogue]]")
    name = table.get("blocking")
    if not isinstance(name, str) or not _is_name(name):
        raise CatalogueError(f"{where}: key `blocking` is {name!r}; give a dotted name in quotes, such as \"time.sleep\"")
    where = f"{where} (`{name}`)"
    _check(table, where)
    kind = _choice(table.get("kind", _guess(name)), KINDS, "kind", where)
    becomes = _choice(table.get("becomes"), BECOMES, "becomes", where)
    _check_sense(table, kind, becomes, where)
    for each in (name, *table.get("also", ())):
        yield Row(
            name=each,
            kind=kind,
            becomes=becomes,
            asyncio=table.get("asyncio", ""),
            blocks=table.get("blocks", becomes != "plain" and kind not in ("class", "attribute", "parameter", "local")),
            files=table.get("files", False),
            differs=table.get("differs", ""),
            exceptions=table.get("exceptions", ""),
            since=_version(table.get("since", "3.11"), where),
            needs=table.get("needs", ""),
            idiom=table.get("idiom", ""),
            remedy=table.get("remedy", ""),
            source=str(table.get("source", head.get("source", ""))),
            example=_example(table, each, becomes),
            library=str(head.get("library", "")),
        )


def _check(table: Mapping[str, object], where: str) -> None:
    for key, value in table.items():
        if key not in _KEYS:
            raise CatalogueError(f"{where}: unknown key `{key}`; {_suggestion(key, _KEYS)}")
        if key in _TEXTS and not isinstance(value, str):
            raise CatalogueError(f"{where}: key `{key}` is {value!r}; it must be a text in quotes")
        if key in _FLAGS and not isinstance(value, bool):
            raise CatalogueError(f"{where}: key `{key}` is {value!r}; it must be true or false")
        if key in _LISTS and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise CatalogueError(f"{where}: key `{key}` is {value!r}; it must be a list of texts")


def _check_sense(table: Mapping[str, object], kind: Kind, becomes: Becomes, where: str) -> None:
    if becomes in ("await", "async with", "async for") and not table.get("asyncio"):
        raise CatalogueError(f"{where}: it becomes `{becomes}` of nothing; name the equivalent in `asyncio`")
    if becomes == "none" and not table.get("remedy"):
        raise CatalogueError(f"{where}: it becomes `none`; say in `remedy` what a user can do instead")
    if becomes == "thread" and kind in ("class", "iteration"):
        raise CatalogueError(f"{where}: a {kind} cannot become a thread hop; use `none` with a `remedy`, or another word")


def _choice(value: object, allowed: tuple[_T, ...], key: str, where: str) -> _T:
    for item in allowed:
        if value == item:
            return item
    said = "is missing" if value is None else f"is {value!r}"
    raise CatalogueError(f"{where}: key `{key}` {said}; use one of: {', '.join(allowed)}")


def _version(text: str, where: str) -> tuple[int, int]:
    major, dot, minor = text.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal()):
        raise CatalogueError(f'{where}: key `since` is {text!r}; write a Python version in quotes, such as "3.11"')
    return int(major), int(minor)


def _example(table: Mapping[str, object], name: str, becomes: Becomes) -> tuple[str, str]:
    given = table.get("example")
    if isinstance(given, list) and len(given) == 2:
        return given[0], given[1]
    if becomes != "thread":
        return "", ""
    shown = name.replace("()", "")
    return f"{shown}(...)", f"await asyncio.to_thread({shown}, ...)"


def _is_name(text: str) -> bool:
    return all(part.removesuffix("()").isidentifier() for part in text.split("."))


def _guess(name: str) -> Kind:
    """What a name looks like, by the customs of Python: classes have capitals, what stands below a class is a method."""
    *owners, last = name.split(".")
    if last[0].isupper():
        return "class"
    below_class = bool(owners) and (owners[-1][:1].isupper() or owners[-1].endswith("()"))
    return "method" if below_class else "function"


def _suggestion(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    return f"did you mean `{close[0]}`?" if close else f"known keys: {', '.join(known)}"
