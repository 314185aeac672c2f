"""Where continuation lines go when what they stand under moves."""

from __future__ import annotations

import pytest

from porter.rewrite.aligning import realigned

CASES = {
    "shorter_head": (
        "threads = [a(1),\n           a(2)]\n",
        "tasks = [a(1),\n           a(2)]\n",
        "tasks = [a(1),\n         a(2)]\n",
    ),
    "longer_head": ("x = f(a,\n      b)\n", "x = await f(a,\n      b)\n", "x = await f(a,\n            b)\n"),
    "hanging_indent": ("x = f(\n    a,\n)\n", "x = await f(\n    a,\n)\n", "x = await f(\n    a,\n)\n"),
    "nested": (
        "x = f(a(1,\n        2),\n      b(\n          3,\n      ))\n",
        "x = await f(a(1,\n        2),\n      b(\n          3,\n      ))\n",
        "x = await f(a(1,\n              2),\n            b(\n                3,\n            ))\n",
    ),
    "comment": (
        "x = f(a,\n      # why\n      b)\n",
        "x = await f(a,\n      # why\n      b)\n",
        "x = await f(a,\n            # why\n            b)\n",
    ),
    "closing_below": ("x = f(a,\n     )\n", "x = await f(a,\n     )\n", "x = await f(a,\n           )\n"),
    "text_in_a_string": (
        'x = f("""a\n      b""",\n      c)\n',
        'x = g.f("""a\n      b""",\n      c)\n',
        'x = g.f("""a\n      b""",\n        c)\n',
    ),
    "not_aligned_before": ("x = f(a,\n        b)\n", "x = await f(a,\n        b)\n", "x = await f(a,\n        b)\n"),
    "tabs": ("\tx = f(a,\n\t\tb)\n", "\tx = await f(a,\n\t\tb)\n", "\tx = await f(a,\n\t\tb)\n"),
    "header": ("with f(a,\n       b) as c:\n", "async with f(a,\n       b) as c:\n", "async with f(a,\n             b) as c:\n"),
    "carriage_returns": ("x = f(a,\r\n      b)\r\n", "x = await f(a,\r\n      b)\r\n", "x = await f(a,\r\n            b)\r\n"),
    "lines_came": ("x = f(a,\n      b)\n", "y = 1\nx = f(a,\n         b)\n", "y = 1\nx = f(a,\n         b)\n"),
    "bracket_added": ("x = f(a,\n      b).c\n", "x = (await f(a,\n      b)).c\n", "x = (await f(a,\n             b)).c\n"),
    "no_python": ("x = f(a,\n      b\n", "x = await f(a,\n      b\n", "x = await f(a,\n      b\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_alignment(name: str) -> None:
    old, new, wanted = CASES[name]
    assert realigned(old, new) == wanted
    assert realigned(wanted, wanted) == wanted
