"""Names that rewriting makes up."""

from __future__ import annotations

import ast

import pytest

from porter.syntax.names import element_name, empty_set, free, singular


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("lines", "line"),
        ("cities", "city"),
        ("boxes", "box"),
        ("classes", "class"),
        ("branches", "branch"),
        ("shelves", "shelf"),
        ("moves", "move"),
        ("ties", "tie"),
        ("read_blocks", "block"),
        ("status", ""),
        ("progress", ""),
        ("news", ""),
        ("analysis", ""),
        ("data", ""),
        ("is", ""),
    ],
)
def test_singular(plural: str, one: str) -> None:
    assert singular(plural) == one


@pytest.mark.parametrize(
    ("code", "taken", "name"),
    [
        ("self._lines(1)", (), "line"),
        ("lines", ("line",), "item"),
        ("lines", ("line", "item"), "item_"),
        ("classes()", (), "item"),
        ("make()()", (), "item"),
        ("await rows()", (), "row"),
        ("rows[0]", (), "item"),
        ("(x for x in y)", (), "item"),
    ],
)
def test_element_name(code: str, taken: tuple[str, ...], name: str) -> None:
    tree = ast.parse(f"async def f():\n    {code}\n").body[0]
    assert isinstance(tree, ast.AsyncFunctionDef) and isinstance(tree.body[0], ast.Expr)
    assert element_name(tree.body[0].value, taken) == name


def test_free() -> None:
    assert free("a", {"a", "a_"}) == "a__"


def test_an_empty_set_beside_another_set() -> None:
    assert empty_set({"get"}) == "set()"
    assert empty_set({"get", "set"}) == "{*()}"
