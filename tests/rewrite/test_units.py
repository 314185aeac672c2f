"""What is rewritten together, and that nothing else is touched."""

from __future__ import annotations

import pytest

from porter.rewrite.outline import Outline
from porter.rewrite.units import divide
from tests.rewrite.making import edit

TEXT = """\
@deco  # about it
# between
@other(
    1)
def f(self, a: int = 3,  # why: because
      b=lambda: {1: 2}) -> "X":  # trailing
    "문서"; x = self.get(); y = 1  # hello
    if y: g(); h()
    elif k(): pass
    else: m()
    with one() as a, \\
            two() as b:  # with
        body()
        # the end
    match x:
        case {"k": [A(n=1)]} if guard():
            pass
    try:
        pass
    except (E, F) :
        pass
"""


@pytest.mark.parametrize(
    ("target", "code", "kind", "expected"),
    [
        ("FunctionDef", "def f", "header", TEXT[: TEXT.index("  # trailing")]),
        ("Call", "self.get()", "line", '    "문서"; x = self.get(); y = 1  # hello\n'),
        ("Call", "h()", "suite", " g(); h()\n"),
        ("Call", "k()", "header", "    elif k():"),
        ("Call", "m()", "suite", " m()\n"),
        ("Call", "two()", "header", "    with one() as a, \\\n            two() as b:"),
        ("Call", "guard()", "header", '        case {"k": [A(n=1)]} if guard():'),
        ("Tuple", "(E", "header", "    except (E, F) :"),
        ("Call", "other(", "header", TEXT[: TEXT.index("  # trailing")]),
    ],
)
def test_smallest_unit(target: str, code: str, kind: str, expected: str) -> None:
    (work,) = divide(Outline(TEXT), [edit(TEXT, target, code, "await")])
    assert (work.unit.kind, work.unit.span.cut(TEXT)) == (kind, expected)


def test_whole_statement_takes_comments_of_its_body_along() -> None:
    (work,) = divide(Outline(TEXT), [edit(TEXT, "With", "with", "any", whole=True)])
    assert work.unit.span.cut(TEXT).endswith("body()\n        # the end\n")


def test_edits_inside_a_whole_statement_are_part_of_it() -> None:
    edits = [edit(TEXT, "Call", "body()", "await"), edit(TEXT, "With", "with", "any", whole=True)]
    (work,) = divide(Outline(TEXT), edits)
    assert work.unit.kind == "whole" and list(work.edits) == edits


def test_edits_of_one_line_share_a_unit_and_keep_their_order() -> None:
    edits = [edit(TEXT, "Call", "h()", "await"), edit(TEXT, "Call", "g()", "await")]
    (work,) = divide(Outline(TEXT), edits)
    assert list(work.edits) == edits


@pytest.mark.parametrize(
    ("text", "unit"), [("if a:\n\tb\n", "\t"), ("x = 1\nclass A:\n  def f(): pass\n", "  "), ("a\n", "    ")]
)
def test_indentation_step(text: str, unit: str) -> None:
    assert Outline(text).indent_unit() == unit
