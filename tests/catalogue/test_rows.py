"""The data: every name exists, here or in typeshed; every row says enough; examples are Python."""

from __future__ import annotations

import ast
import importlib
import sys

import pytest

from porter.catalogue import load
from porter.inference.stubs_symbols import ClassSymbol
from porter.inference.typeshed import Typeshed

ROWS = load().rows
OUTSIDE = {"requests", "httpx"}
"""Libraries that need not be installed."""


@pytest.fixture(scope="module")
def typeshed():
    return Typeshed(sys.version_info[:2])


def resolve(name):
    """The object of a dotted name. Raises ``LookupError`` if it does not exist here."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                raise LookupError(name)
            found = getattr(found, part)
        return found
    raise LookupError(name)


def exists(name, typeshed):
    """Whether a name is importable, or known to typeshed (what only instances have)."""
    try:
        resolve(name)
    except LookupError:
        owner, _, last = name.rpartition(".")
        return typeshed.lookup(name) is not None or typeshed.lookup(f"{owner}.{last.replace('__next__', '__iter__')}") is not None
    return True


def test_every_name_exists(typeshed):
    missing = [row.name for row in ROWS if row.name.split(".")[0] not in OUTSIDE if not exists(row.name.split("()")[0], typeshed)]
    assert missing == []


@pytest.mark.parametrize("library", sorted(OUTSIDE))
def test_names_of_installed_libraries_exist(library, typeshed):
    pytest.importorskip(library)
    assert [row.name for row in ROWS if row.library == library if not exists(row.name, typeshed)] == []


def test_every_equivalent_exists(typeshed):
    named = {
        row.asyncio.replace("asyncio.loop.", "asyncio.AbstractEventLoop.").replace("_aio_", "porter.support.aio_")
        for row in ROWS
        if row.asyncio and not row.needs
    }
    assert [name for name in sorted(named) if not exists(name, typeshed)] == []


def test_classes_are_classes_and_functions_are_not(typeshed):
    wrong = []
    for row in ROWS:
        symbol = typeshed.lookup(row.name)
        if symbol is not None and (row.kind == "class") != isinstance(symbol, ClassSymbol):
            wrong.append(row.name)
    assert wrong == []


def test_every_row_says_where_its_facts_are_from():
    assert [row.name for row in ROWS if not row.source.startswith("https://")] == []


def test_every_row_that_becomes_something_shows_it():
    assert [row.name for row in ROWS if row.becomes not in ("plain", "none") and not all(row.example)] == []


def test_examples_are_python():
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST
    for row in ROWS:
        for text in row.example:
            compile(text, row.name, "exec", flags)


def test_equivalents_are_new_enough_or_say_since():
    """What ``since`` promises for the oldest supported Python holds on this one."""
    assert [row.name for row in ROWS if row.since > sys.version_info[:2]] == []


def test_a_file_over_a_socket_has_rows_for_what_a_file_does():
    names = {row.tail for row in ROWS if row.name.startswith("socket.socket.makefile().")}
    assert {"read", "readline", "readlines", "readinto", "write", "flush", "close", "__next__"} <= names


def test_regular_files_are_marked():
    marked = {row.name for row in ROWS if row.files}
    assert {"builtins.open", "io.TextIOWrapper.read", "io.BufferedReader.readline", "io.FileIO.write"} <= marked
    assert not any(name.startswith("socket.") for name in marked)
