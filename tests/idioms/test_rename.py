"""The rewrites of the rename idiom, one by one."""

from __future__ import annotations

import pytest

from porter.idioms import rename
from tests.rewrite.making import edit, made

IDIOMS = {"basic": rename.rewrite}


@pytest.mark.parametrize(
    ("target", "before", "after"),
    [
        ("Name", "x = old(1)\n", "x = new(1)\n"),
        ("Name", "class A(old): pass\n", "class A(new): pass\n"),
        ("Attribute", "x = old.b.old\n", "x = old.b.new\n"),
        ("alias", "from m import (\n    a,\n    old,  # c\n)\n", "from m import (\n    a,\n    new,  # c\n)\n"),
        ("alias", "from m import old as b\n", "from m import new as b\n"),
        ("keyword", "f(a, old = 1)\n", "f(a, new = 1)\n"),
        ("arg", "def f(a, *old: int): pass\n", "def f(a, *new: int): pass\n"),
        ("Global", "def f():\n    global a, old\n", "def f():\n    global a, new\n"),
        ("Constant", "__all__ = ['a', 'old']\n", "__all__ = ['a', 'new']\n"),
        ("Constant", 'x: "list[old, older]" = y\n', 'x: "list[new, older]" = y\n'),
        ("Constant", "x = r'old' \"old\"\n", "x = r'new' \"new\"\n"),
    ],
)
def test_use(target: str, before: str, after: str) -> None:
    shown = {"Global": "global", "Constant": ""}.get(target, "old")
    nth = 1 if "__all__" in before or target == "Attribute" else 0
    change = edit(before, target, shown, "rename_name", nth=nth, name="new", old="old")
    assert made(before, change, idioms=IDIOMS) == after


@pytest.mark.parametrize(
    ("target", "before", "after"),
    [
        ("ClassDef", "@old\nclass old(old):  # c\n    x = old\n", "@old\nclass new(old):  # c\n    x = old\n"),
        ("FunctionDef", "def old(a): return 1\n", "def new(a): return 1\n"),
    ],
)
def test_definition(target: str, before: str, after: str) -> None:
    change = edit(before, target, "def" if target == "FunctionDef" else "class", "rename_def", name="new")
    assert made(before, change, idioms=IDIOMS) == after
