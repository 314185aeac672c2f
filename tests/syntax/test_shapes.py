"""The small builders."""

from __future__ import annotations

import libcst as cst
import pytest

from porter.syntax import shapes


def code(*nodes: cst.CSTNode) -> str:
    return "".join(cst.Module(()).code_for_node(node) for node in nodes)


@pytest.mark.parametrize(
    ("source", "name"),
    [("a.b.c", "a.b.c"), ("a", "a"), ("a.b(1)", "a.b"), ("a[0]", "a"), ("a().b", ""), ("a + b", ""), ("1", "")],
)
def test_name_of(source: str, name: str) -> None:
    assert shapes.name_of(cst.parse_expression(source)) == name


def test_dotted() -> None:
    assert code(shapes.dotted("a.b.c")) == "a.b.c"


@pytest.mark.parametrize(
    ("source", "parens", "expected"),
    [
        ("f()", False, "await f()"),
        ("f()", True, "(await f())"),
        ("(f())", True, "(await f())"),
        ("(\n f()\n)", False, "(\n await f()\n)"),
        ("a or b", False, "await (a or b)"),
        ("(a or b)", True, "(await (a or b))"),
        ("await a", False, "await (await a)"),
    ],
)
def test_awaited(source: str, parens: bool, expected: str) -> None:
    assert code(shapes.awaited(cst.parse_expression(source), parens=parens)) == expected


@pytest.mark.parametrize(
    ("template", "piece", "expected"),
    [
        ("{x}.close()", "a", "a.close()"),
        ("{x}.close()", "a or b", "(a or b).close()"),
        ("f({x}, 1)", "await a", "f(await a, 1)"),
        ("f(k={x})", "a if b else c", "f(k=a if b else c)"),
        ("f(*{x})", "a or b", "f(*(a or b))"),
        ("f({x})", "(a, b)", "f((a, b))"),
        ("[{x}, {x}]", "lambda: 0", "[lambda: 0, lambda: 0]"),
        ("a == {x}", "b == c", "a == (b == c)"),
    ],
)
def test_expression_from_a_template(template: str, piece: str, expected: str) -> None:
    assert code(shapes.expression(template, x=cst.parse_expression(piece))) == expected


def test_statements_from_a_template() -> None:
    body = cst.ensure_type(cst.parse_statement("if x:  # head\n    a()\n    # tail\n"), cst.If).body
    made = shapes.statements(
        """
        # above
        s = {value}
        try:
            {body}
        finally:
            {body}
            s.close()
        """,
        value=cst.parse_expression("await f()"),
        body=body,
    )
    assert code(*made) == (
        "# above\ns = await f()\ntry:  # head\n    a()\n    # tail\nfinally:\n    # head\n    # tail\n    a()\n    s.close()\n"
    )


def test_no_statements() -> None:
    assert shapes.statements("") == ()


def test_call_and_assign() -> None:
    made = shapes.call("asyncio.create_task", shapes.call("f"), name=cst.parse_expression("'x'"))
    assert code(shapes.assign("reader, writer", shapes.awaited(made))) == (
        "reader, writer = await asyncio.create_task(f(), name='x')\n"
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [("f(1, 2)", "2"), ("f(1, b=3)", "3"), ("f(1)", None), ("f(*a, 2)", None), ("f(*a, b=2)", "2"), ("f(**k)", None)],
)
def test_argument(source: str, expected: str | None) -> None:
    found = shapes.argument(cst.ensure_type(cst.parse_expression(source), cst.Call), 1, "b")
    assert (code(found) if found else None) == expected


def test_blocks() -> None:
    suite = cst.ensure_type(cst.parse_statement("if x: a(); b()  # c\n"), cst.If).body
    made = shapes.try_finally(suite, shapes.line(shapes.call("done")))
    assert code(made) == "try:\n    a(); b()  # c\nfinally:\n    done()\n"
    items = [cst.WithItem(shapes.call("f"))]
    assert code(shapes.with_block(items, (), asynchronous=True)) == "async with f():\n    pass\n"


def test_bare() -> None:
    assert code(shapes.bare(cst.parse_expression("(await f())"))) == "await f()"
    assert code(shapes.bare(cst.parse_expression("(a +\n b)"))) == "(a +\n b)"
