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
