"""The rewrites of the colour idiom, one by one. What is proposed is tested with whole programs."""

from __future__ import annotations

import pytest

from porter.idioms import colour
from porter.idioms.idiom import Edit
from tests.rewrite.making import edit, made

IDIOMS = {"basic": colour.rewrite}


def ported(text: str, *edits: Edit) -> str:
    return made(text, *edits, idioms=IDIOMS)


@pytest.mark.parametrize(
    ("target", "before", "action", "after"),
    [
        ("Call", "x = f()\n", "await", "x = await f()\n"),
        ("Attribute", "x = a.b\n", "await", "x = await a.b\n"),
        ("Subscript", "x = a[0]\n", "await", "x = await a[0]\n"),
        ("BoolOp", "x = a or b\n", "await", "x = await (a or b)\n"),
        ("BoolOp", "x = (a or b)\n", "await", "x = await (a or b)\n"),
        (
            "FunctionDef",
            "@d\n# c\ndef f(a,\n      b): return a  # d\n",
            "async_def",
            "@d\n# c\nasync def f(a,\n            b): return a  # d\n",
        ),
        ("For", "for x in y:  # c\n    pass\n", "async_for", "async for x in y:  # c\n    pass\n"),
        ("With", "with (a as b,\n      c): pass\n", "async_with", "async with (a as b,\n            c): pass\n"),
        ("comprehension", "z = [x for x, y in a if b]\n", "async_comprehension", "z = [x async for x, y in a if b]\n"),
    ],
)
def test_rewrite(target: str, before: str, action: str, after: str) -> None:
    shown = "x, y" if target == "comprehension" else ""
    assert ported(before, edit(before, target, shown, action)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@c.manager  # why\n@d\ndef f(): pass\n", "@c.other  # why\n@d\ndef f(): pass\n"),
        ("@d\n@c.manager(1)\ndef f(): pass\n", "@d\n@c.other(1)\ndef f(): pass\n"),
    ],
)
def test_decorator(before: str, after: str) -> None:
    change = edit(before, "FunctionDef", "def", "decorator", old="c.manager", code="c.other")
    assert ported(before, change) == after
    change = edit(before, "Call" if "(1)" in before else "Attribute", "c.manager", "decorator", code="c.other")
    assert ported(before, change) == after


def test_code_with_parts() -> None:
    text = "x = f(a or b, g(1)).y\n"
    parts = (edit(text, "BoolOp", "a", "").span, edit(text, "Call", "g", "").span)
    edits = [
        edit(text, "Call", "g", "await"),
        edit(text, "Call", "f", "replace_expression", code="h({1}, key={0}.z)", parts=parts),
    ]
    assert ported(text, *edits) == "x = h(await g(1), key=(a or b).z).y\n"


def test_an_unknown_action_is_an_error() -> None:
    text = "f()\n"
    with pytest.raises(ValueError, match="no action"):
        ported(text, edit(text, "Call", "f", "dance"))
