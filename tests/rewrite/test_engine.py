"""The front door: files, jobs, and properties that hold for any source."""

from __future__ import annotations

import ast
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porter.idioms.idiom import Edit
from porter.rewrite.engine import rewrite_files
from porter.rewrite.errors import NameTaken, RewriteError
from porter.syntax.places import Lines, Span
from tests.rewrite.making import IDIOMS, Text, change, check_patches, edit

PIECES = [
    "x = f(1)",
    "y = '한글', f(g(2), *a)",
    "f(\n  1,  # one\n )",
    "return h()",
    "f(); g() ; x = [h(i) for i in f()]",
    'print(f"{f(1)!r} 한 {g()}")',
    'z = """\nf()\n""" + f()',
    "x = (f()\n     .y)",
    "assert f(), g()",
    "del a[f()]",
]
HEADERS = [
    "if f():",
    "while (x := g()):  # f()",
    "with f() as a, g(1) as b:",
    "for i in f(  # c: d\n  ):",
    "try:",
    "else_",
]


@st.composite
def sources(draw: st.DrawFn) -> str:
    """An async function with odd lines, in a newline and an indentation of its own."""
    step = draw(st.sampled_from(["    ", "  ", "\t"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    lines = ["async def outer():"]
    depth = 1
    for _ in range(draw(st.integers(1, 8))):
        if draw(st.booleans()):
            lines.append(step * depth + draw(st.sampled_from(PIECES)))
            depth = max(1, depth - draw(st.integers(0, 1)))
        else:
            header = draw(st.sampled_from(HEADERS))
            if header == "else_":
                lines += [step * depth + "if a: f()  # c", step * depth + "else: g(); h()"]
            elif header == "try:":
                lines += [
                    step * depth + "try: f()",
                    step * depth + "except (A, B) : g()",
                    step * depth + "finally: h()",
                ]
            else:
                lines += [step * depth + header, step * (depth + 1) + "g()", ""]
                depth += 1
    return newline.join(lines).replace("\n", newline).replace("\r\r", "\r") + draw(st.sampled_from(["", newline]))


def awaits(text: str) -> list[Edit]:
    """An edit for each call that needs no parentheses."""
    lines, tree = Lines(text), ast.parse(text)
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return [
        Edit("basic", "program.py", lines.span(node), "Call", "await")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and id(node) not in inner
    ]


@settings(max_examples=60, deadline=None)
@given(sources(), st.randoms(use_true_random=False))
def test_erasing_the_awaits_gives_the_source(text: str, random) -> None:  # type: ignore[no-untyped-def]
    edits = [one for one in awaits(text) if random.random() < 0.6]
    result = change(text, *edits)
    assert result.new.replace("await ", "") == text
    assert result.new.count("await ") == len(edits)
    ast.parse(result.new)


@given(sources())
@settings(max_examples=30, deadline=None)
def test_without_edits_nothing_changes(text: str) -> None:
    assert change(text).new == text and not change(text).patches


def test_the_order_of_edits_of_different_nodes_does_not_matter() -> None:
    text = "async def a():\n    f(g(h()))\n    x = f(), g()\n"
    edits = awaits(text)
    assert change(text, *edits) == change(text, *reversed(edits))


def test_files_in_other_processes_change_in_the_same_way() -> None:
    sources = [Text(f"def f{number}():\n    g()\n", f"{number}.py") for number in range(3)]
    idioms = {"basic": IDIOMS["basic"]}
    edits = [Edit("basic", f"{number}.py", Span(14, 17), "Call", "await") for number in (2, 0)]
    here = rewrite_files(sources, edits, idioms)
    assert [one.path for one in here] == ["0.py", "2.py"]
    for one in here:
        check_patches(one)
    with ProcessPoolExecutor(1) as jobs:
        assert rewrite_files(sources, edits, idioms, jobs) == here


@pytest.mark.parametrize("error", [RewriteError("why", path="a.py", span=Span(1, 2)), NameTaken("asyncio", path="a.py")])
def test_errors_survive_pickling(error: RewriteError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.path) == (type(error), str(error), "a.py")


def test_a_part_that_is_nowhere_is_an_error() -> None:
    text = "f(a)\n"
    with pytest.raises(RewriteError, match="no expression"):
        change(text, edit(text, "Call", "f", "replace_expression", code="{0}", parts=(Span(0, 2),)))
