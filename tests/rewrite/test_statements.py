"""Statements that come, go and move: lines, blocks, comments."""

from __future__ import annotations

import pytest

from porter.rewrite.errors import RewriteError
from tests.rewrite.making import change, edit, made


def replaced(text: str, code: str, *lines: str, target: str = "Expr", **options: bool) -> str:
    return made(text, edit(text, target, code, "replace_statement", code="\n".join(lines), **options))


REPLACED = {
    "comment_goes_to_the_first": (
        "def g():\n    # above\n    f()  # c\n    h()\n",
        "def g():\n    # above\n    a()  # c\n    b()\n    h()\n",
    ),
    "in_a_suite": ("if x: f()  # c\n", "if x: a(); b()  # c\n"),
    "among_semicolons": ("z(); f(); y()\n", "z(); a(); b(); y()\n"),
    "tabs": ("if x:\n\tf()\n", "if x:\n\ta()\n\tb()\n"),
    "crlf": ("if x:\r\n  f()\r\n", "if x:\r\n  a()\r\n  b()\r\n"),
    "no_final_newline": ("if x:\n    f()", "if x:\n    a()\n    b()"),
}


@pytest.mark.parametrize("name", REPLACED)
def test_two_for_one(name: str) -> None:
    before, after = REPLACED[name]
    assert replaced(before, "f()", "a()", "b()") == after


COMPOUND = {
    "alone": ("def g():\n  f()  # c\n", "def g():\n  if a:  # c\n    b()\n"),
    "in_a_suite": ("  \nclass C:\n  if x: f()  # c\n", "  \nclass C:\n  if x:\n    if a:  # c\n      b()\n"),
    "among_semicolons": ("if x:\n\tz(); f(); y()  # c\n", "if x:\n\tz()\n\tif a:\n\t\tb()\n\ty()  # c\n"),
}


@pytest.mark.parametrize("name", COMPOUND)
def test_compound_for_simple(name: str) -> None:
    before, after = COMPOUND[name]
    assert replaced(before, "f()", "if a:", "    b()") == after


GONE = {
    "plain": ("a()\nf()\nb()\n", "a()\nb()\n"),
    "comment_above_stays": ("a()\n# about\nf()\nb()\n", "a()\n# about\nb()\n"),
    "comment_behind_becomes_a_line": (
        "if x:\n    a()\n    f()  # why\n    b()\n",
        "if x:\n    a()\n    # why\n    b()\n",
    ),
    "only_statement": ("def g():\n    f()\nb()\n", "def g():\n    pass\nb()\n"),
    "only_statement_with_comment": ("def g():\n    f()  # why\nb()\n", "def g():\n    # why\n    pass\nb()\n"),
    "suite": ("if x: f()  # why\n", "if x: pass  # why\n"),
    "first_of_semicolons": ("f(); a()  # c\n", "a()  # c\n"),
    "last_of_semicolons": ("a(); f()  # c\n", "a()  # c\n"),
    "blank_lines_do_not_add_up": ("a()\n\nf()\n\nb()\n", "a()\n\nb()\n"),
    "blank_lines_of_definitions": ("a()\n\n\nf()\n\n\ndef b(): pass\n", "a()\n\n\ndef b(): pass\n"),
    "first_of_a_block": ("def g():\n    f()\n\n    a()\n", "def g():\n    a()\n"),
    "last_of_the_file": ("a()\n\nf()\n", "a()\n"),
    "last_without_newline": ("a()\nf()", "a()\n"),
    "crlf": ("a()\r\n\r\nf()\r\n\r\nb()\r\n", "a()\r\n\r\nb()\r\n"),
    "the_whole_file": ("f()\n", ""),
}


@pytest.mark.parametrize("name", GONE)
def test_removed(name: str) -> None:
    before, after = GONE[name]
    assert replaced(before, "f()") == after


def test_all_statements_of_a_block_removed() -> None:
    text = "def g():\n    a()\n\n    b(); c()\n    # end\nd()\n"
    edits = [edit(text, "Expr", name, "replace_statement", code="") for name in ("a()", "b()", "c()")]
    assert made(text, *edits) == "def g():\n    pass\n\n    # end\nd()\n"


def test_removed_definition_takes_its_decorators_along() -> None:
    text = "a = 1\n\n\n@d\ndef f():\n    pass\n\n\nb = 2\n"
    assert replaced(text, "def f", target="FunctionDef", whole=True) == "a = 1\n\n\nb = 2\n"


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (
            "if x:\n    # c\n    f()  # d\n    a()\n",
            "if x:\n    # c\n    n()\n    f()  # d\n    a()\n",
            "if x:\n    # c\n    f()  # d\n    n()\n    a()\n",
        ),
        ("if x: f()  # d\n", "if x:\n    n()\n    f()  # d\n", "if x:\n    f()  # d\n    n()\n"),
        ("a(); f(); b()\n", "a()\nn()\nf(); b()\n", "a(); f()\nn()\nb()\n"),
        ("if x:\n\tf()", "if x:\n\tn()\n\tf()", "if x:\n\tf()\n\tn()"),
        ("f(\n )\r\n", "n()\nf(\n )\r\n", "f(\n )\r\nn()\n"),
    ],
)
def test_insertion_beside_a_simple_statement(text: str, before: str, after: str) -> None:
    options = {"code": "n()"}
    assert made(text, edit(text, "Expr", "f(", "replace_statement", where="before", **options)) == before
    assert made(text, edit(text, "Expr", "f(", "replace_statement", where="after", **options)) == after


def test_insertion_beside_a_compound_statement() -> None:
    text = "# a\n@d\ndef f():\n    if x:\n        g()\n        # tail\n# next\nb()\n"
    edits = [
        edit(text, "FunctionDef", "def f", "replace_statement", where="before", code="n()"),
        edit(text, "FunctionDef", "def f", "replace_statement", where="after", code="m()"),
        edit(text, "If", "if", "replace_statement", where="after", code="k()"),
        edit(text, "Call", "g()", "await"),
        edit(text, "FunctionDef", "def f", "async_def"),
    ]
    assert made(text, *edits) == (
        "# a\nn()\n@d\nasync def f():\n    if x:\n        await g()\n        # tail\n    k()\nm()\n# next\nb()\n"
    )


@pytest.mark.parametrize(
    "text", ["try:\n    a()\nexcept E: b()\n", "if x:\n  match a:\n    case 1: b()\n", "while x: a()\nelse:\n  b()\n"]
)
def test_insertion_around_a_statement_of_several_clauses(text: str) -> None:
    target = next(kind for kind in ("Try", "Match", "While") if kind.lower() in text)
    around = (edit(text, target, target.lower(), "insert", where=where, code=f"{where}()") for where in ("before", "after"))
    indent = "  " if target == "Match" else ""
    at = text.index(target.lower()) - len(indent)
    assert made(text, *around) == f"{text[:at]}{indent}before()\n{text[at:]}{indent}after()\n"


def test_insertion_behind_the_last_line_without_newline() -> None:
    text = "def f():\n    g()"
    edits = [
        edit(text, "FunctionDef", "def f", "replace_statement", where="after", code="m()"),
        edit(text, "Expr", "g()", "replace_statement", where="after", code="k()"),
    ]
    assert made(text, *edits) == "def f():\n    g()\n    k()\nm()"


def test_insertion_above_an_elif_makes_it_an_else() -> None:
    text = "if a:\n    b()\n# why\nelif c():\n    d()\n"
    edits = [
        edit(text, "If", "elif", "replace_statement", where="before", code="n()"),
        edit(text, "Call", "c()", "await"),
    ]
    assert made(text, *edits) == "if a:\n    b()\nelse:\n    # why\n    n()\n    if await c():\n        d()\n"


LIFTED = {
    "strings_and_continuations": (
        'def g():\n    # top\n    with f() as s:  # header\n        x = """a\n  b\n""", [1,\n 2,\n        3]\n'
        "        # tail\n    z()\n",
        'def g():\n    # top\n    held = f()\n    try:  # header\n        x = """a\n  b\n""", [1,\n 2,\n        3]\n'
        "        # tail\n    finally:\n        held.close()\n    z()\n",
    ),
    "tabs_and_crlf": (
        "def g():\r\n\twith f():\r\n\t\ta()\r\n",
        "def g():\r\n\theld = f()\r\n\ttry:\r\n\t\ta()\r\n\tfinally:\r\n\t\theld.close()\r\n",
    ),
    "one_line": ("with f(): a(); b()  # c\n", "held = f()\ntry:\n    a(); b()  # c\nfinally:\n    held.close()\n"),
    "own_indentation_of_the_body": (
        "if x:\n    with f():\n      a()\n",
        "if x:\n    held = f()\n    try:\n      a()\n    finally:\n        held.close()\n",
    ),
}


@pytest.mark.parametrize("name", LIFTED)
def test_lifted_with(name: str) -> None:
    before, after = LIFTED[name]
    assert made(before, edit(before, "With", "with", "", idiom="lift", whole=True)) == after


def test_lifted_with_and_edits_inside() -> None:
    text = "def g():\n    with f() as s:\n        if s: a(); b()\n        c()  # c\n        d()\n"
    edits = [
        edit(text, "With", "with", "", idiom="lift", whole=True),
        edit(text, "Call", "f()", "await"),
        edit(text, "Expr", "a()", "replace_statement", code=""),
        edit(text, "Expr", "c()", "replace_statement", code=""),
        edit(text, "Expr", "d()", "replace_statement", code="n()", where="before"),
        edit(text, "Call", "d()", "await"),
    ]
    assert made(text, *edits) == (
        "def g():\n    held = await f()\n    try:\n        if s: b()\n        # c\n        n()\n        await d()\n"
        "    finally:\n        held.close()\n"
    )


def test_nested_lifts() -> None:
    text = "with f():\n    with f():\n        a()\n"
    edits = [edit(text, "With", "with", "", idiom="lift", whole=True, nth=nth) for nth in (0, 1)]
    assert made(text, *edits) == (
        "held = f()\ntry:\n    held = f()\n    try:\n        a()\n    finally:\n        held.close()\n"
        "finally:\n    held.close()\n"
    )


def test_a_lost_comment_comes_back_above() -> None:
    text = "if x:\n    y = f(  # why\n        1)  # c\n"
    expected = "if x:\n    # why\n    y = g()  # c\n"
    assert made(text, edit(text, "Call", "f(", "replace_expression", code="g()")) == expected


def test_edits_of_one_node_are_applied_in_order() -> None:
    text = "def g():\n    x = f()\n"
    edits = [
        edit(text, "Call", "f()", "replace_expression", code="h()"),
        edit(text, "Call", "f()", "await"),
        edit(text, "Assign", "x", "replace_statement", code="y = {0}\nz()", parts=(edit(text, "Call", "f()", "").span,)),
    ]
    assert made(text, *edits) == "def g():\n    y = await h()\n    z()\n"


def test_patches_say_who_did_what() -> None:
    text = "def g():\n    a()\n\n    f()\n"
    edits = [
        edit(text, "FunctionDef", "def", "async_def", group="g1"),
        edit(text, "FunctionDef", "def", "rename_def", idiom="rename", name="h", group="g2"),
        edit(text, "Expr", "f()", "replace_statement", code="b()\nc()"),
    ]
    header, body = change(text, *edits).patches
    assert (header.idioms, header.groups, header.structural) == (("basic", "rename"), ("g1", "g2"), False)
    assert (body.old.cut(text), body.structural) == ("f()", True)


@pytest.mark.parametrize(
    ("target", "code", "action", "options"),
    [
        ("With", "with", "replace_statement", {"code": "a()"}),
        ("Call", "f()", "replace_statement", {"code": "a()"}),
        ("Call", "f()", "await", {"idiom": "unknown"}),
    ],
)
def test_an_edit_that_cannot_be_carried_out_is_an_error(target: str, code: str, action: str, options: dict[str, str]) -> None:
    text = "with f():\n    pass\n"
    with pytest.raises(RewriteError, match="program.py"):
        change(text, edit(text, target, code, action, **options))


@pytest.mark.parametrize(
    ("above", "kept", "wanted"),
    [
        ("import a\n\n\n", 1, "import a\n\n"),
        ("x = 1\n\n\n", 0, "x = 1\n"),
        ("x = 1\n", 1, "x = 1\n"),
        ("", 1, ""),
    ],
)
def test_blank_lines_above_what_comes(above: str, kept: int, wanted: str) -> None:
    text = f"{above}def f(): pass\n"
    change = edit(text, "FunctionDef", "def f", "insert", whole=True, code="new()", blank_lines=kept)
    assert made(text, change) == f"{wanted}new()\n"
