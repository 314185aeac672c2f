"""Hostile shapes of text: what a person may have written around the node that changes."""

from __future__ import annotations

import pytest

from tests.rewrite.making import edit, made

AWAITS = {
    "after_korean_text": ('x = "한국어"; y = f()\n', 'x = "한국어"; y = await f()\n'),
    "korean_text_in_f_string": ('print(f"한 {f()} 글 {f()!r:>{w}}")\n', 'print(f"한 {await f()} 글 {f()!r:>{w}}")\n'),
    "tabs": ("def a():\n\tif x:\n\t\ty = f()\n", "def a():\n\tif x:\n\t\ty = await f()\n"),
    "crlf": ("def a():\r\n    f()\r\n    g()\r\n", "def a():\r\n    await f()\r\n    g()\r\n"),
    "carriage_returns": ("def a():\r    f()\r    g()\r", "def a():\r    await f()\r    g()\r"),
    "form_feed": ("x = 1\n\x0c\nf()\n", "x = 1\n\x0c\nawait f()\n"),
    "form_feed_on_its_line": ("x = 1\n\x0cf()\n", "x = 1\n\x0cawait f()\n"),
    "no_final_newline": ("def a():\n    return f()", "def a():\n    return await f()"),
    "trailing_whitespace": ("f()   \n\t\n", "await f()   \n\t\n"),
    "one_line_suite": ("if x: f()  # c\nelse: g()\n", "if x: await f()  # c\nelse: g()\n"),
    "semicolons": ("a(); f() ; b();\n", "a(); await f() ; b();\n"),
    "string_with_code": ('x = "f()", f()\n', 'x = "f()", await f()\n'),
    "own_parentheses": ("x = ( f() ).y\n", "x = ( await f() ).y\n"),
    "touching_words": ("x = (1)if(f())else 2\n", "x = (1)if(await f())else 2\n"),
    "comment_in_parentheses": ("x = f(  # why\n)\n", "x = await f(  # why\n)\n"),
    "backslash": ("x = 1 + \\\n  f()\n", "x = 1 + \\\n  await f()\n"),
    "multi_line": ("x = f(\n  a,\n b)  # c\n", "x = await f(\n  a,\n b)  # c\n"),
    "continued_method_call": ("x = (f\n     ())\n", "x = (await f\n     ())\n"),
    "implicit_concatenation": ('x = "a" f"{f()}"\n', 'x = "a" f"{await f()}"\n'),
    "decorator": ("@d(f())\n# c\n@e\nclass A: pass\n", "@d(await f())\n# c\n@e\nclass A: pass\n"),
    "default_in_header": ("def g(a=f(), *, b: int): return {a: b}\n", "def g(a=await f(), *, b: int): return {a: b}\n"),
    "else_clause": ("for x in y:\n  pass\nelse:\n  f()\n", "for x in y:\n  pass\nelse:\n  await f()\n"),
    "finally_clause": ("try: a()\nfinally: f()\n", "try: a()\nfinally: await f()\n"),
    "handler": ("try: a()\nexcept f() as e: pass\n", "try: a()\nexcept await f() as e: pass\n"),
    "starred_handler": ("try: a()\nexcept* f(): pass\n", "try: a()\nexcept* await f(): pass\n"),
    "case_guard": ("match x:\n  case 1 if f(): pass\n", "match x:\n  case 1 if await f(): pass\n"),
    "match_subject": ("match f():\n  case 1: pass\n", "match await f():\n  case 1: pass\n"),
    "elif_test": ("if a:\n  pass\n# c\nelif f():\n  pass\n", "if a:\n  pass\n# c\nelif await f():\n  pass\n"),
    "odd_space_elsewhere": ("f()\ntry: a\nexcept (A, B) :\n pass\n", "await f()\ntry: a\nexcept (A, B) :\n pass\n"),
    "colon_in_comment": ("while (f()  # a: b\n    ):\n  pass\n", "while (await f()  # a: b\n    ):\n  pass\n"),
    "walrus": ("while (x := f()): pass\n", "while (x := await f()): pass\n"),
    "slice": ("x[f():1]\n", "x[await f():1]\n"),
    "star_arguments": ("g(*f(), **k)\n", "g(*await f(), **k)\n"),
    "keyword_argument": ("g(a=f())\n", "g(a=await f())\n"),
    "power": ("x = 2 ** f()\n", "x = 2 ** await f()\n"),
    "async_lambda_sibling": ("x = lambda: 0, f()\n", "x = lambda: 0, await f()\n"),
    "if_one_of_the_user": ("if 1:\n    f()\n", "if 1:\n    await f()\n"),
    "block_under_comment_indented_less": ("if x:\n  # a\n# b\n  f()\n", "if x:\n  # a\n# b\n  await f()\n"),
}


@pytest.mark.parametrize("name", AWAITS)
def test_await(name: str) -> None:
    before, after = AWAITS[name]
    assert made(before, edit(before, "Call", "f", "await")) == after


def test_parentheses_on_demand() -> None:
    text = "x = f().y\n"
    assert made(text, edit(text, "Call", "f()", "await", parens=True)) == "x = (await f()).y\n"


def test_nested_awaits() -> None:
    text = "x = f().y(g())\n"
    edits = [
        edit(text, "Call", "f()", "await", parens=True),
        edit(text, "Call", "f().y", "await"),
        edit(text, "Call", "g()", "await"),
    ]
    assert made(text, *edits) == "x = await (await f()).y(await g())\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = not(a).b()\n", "x = not(await (a).b())\n"),
        ('x = y if"".f()else z\n', 'x = y if(await "".f())else z\n'),
    ],
)
def test_await_never_touches_a_word(before: str, after: str) -> None:
    assert made(before, edit(before, "Call", "", "await")) == after


def test_nested_definitions_are_units_of_their_own() -> None:
    text = "def a():\n    def b():  # inner\n        return f()\n    return b\n"
    edits = [edit(text, "FunctionDef", "def b", "async_def"), edit(text, "Call", "f()", "await")]
    assert made(text, *edits) == "def a():\n    async def b():  # inner\n        return await f()\n    return b\n"


def test_mixed_newlines_stay() -> None:
    text = "a()\r\nif x:\n    f(\r\n    )\n    b()\r\n"
    assert made(text, edit(text, "Call", "f(", "await")) == text.replace("f(", "await f(")
