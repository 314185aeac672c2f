"""Annotations in their asynchronous form."""

from __future__ import annotations

import libcst as cst
import pytest

from porter.syntax.type_forms import Forms, asynchronous

FORMS = Forms(
    {"Iterator": "AsyncIterator", "t.Generator": "t.AsyncGenerator"},
    frozenset({"t.Generator"}),
    frozenset({"Callable"}),
    "Awaitable",
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Iterator", "AsyncIterator"),
        ("Iterator[int]", "AsyncIterator[int]"),
        ("t.Generator[int, str, None]", "t.AsyncGenerator[int, str]"),
        ("t.Generator[int]", "t.AsyncGenerator[int]"),
        ("Iterator[int] | None", "AsyncIterator[int] | None"),
        ("Optional['Iterator[int]']", "Optional['AsyncIterator[int]']"),
        ("Callable[[int], str]", "Callable[[int], Awaitable[str]]"),
        ("Callable[..., None] | None", "Callable[..., Awaitable[None]] | None"),
        ("dict[str, Callable[[], int]]", "dict[str, Callable[[], Awaitable[int]]]"),
        ('"Callable[[], int]"', '"Callable[[], Awaitable[int]]"'),
        ("Callable", "Callable"),
        ("'not a type!'", "'not a type!'"),
        ("list[int]", "list[int]"),
    ],
)
def test_asynchronous(before: str, after: str) -> None:
    assert cst.Module(()).code_for_node(asynchronous(cst.parse_expression(before), FORMS)) == after


OBJECTS = Forms(
    {"Iterator": "AsyncIterator"},
    callables=frozenset({"Callable"}),
    awaitable="Awaitable",
    types={"socket.socket": "a.Socket", "Thread": "asyncio.Task[None]"},
    parameters={1: ("Reader", "Writer")},
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("socket.socket", "a.Socket"),
        ("dict[str, 'socket.socket | None']", "dict[str, 'a.Socket | None']"),
        ("Iterator[Iterator[socket.socket]]", "AsyncIterator[Iterator[a.Socket]]"),
        ("list[Thread]", "list[asyncio.Task[None]]"),
        ("Callable[[int, socket.socket, str], None]", "Callable[[int, Reader, Writer, str], Awaitable[None]]"),
        ("Callable[[socket.socket], Thread]", "Callable[[a.Socket], Awaitable[asyncio.Task[None]]]"),
        ("Callable[..., socket.socket]", "Callable[..., Awaitable[a.Socket]]"),
        ("Other[[socket.socket], int]", "Other[[a.Socket], int]"),
    ],
)
def test_types_of_objects(before: str, after: str) -> None:
    assert cst.Module(()).code_for_node(asynchronous(cst.parse_expression(before), OBJECTS)) == after
