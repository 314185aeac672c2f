"""Where lines break that edits made too long, and which width a file keeps."""

from __future__ import annotations

import ast

import pytest

from porter.rewrite.folding import folded, kept_width

WIDTH = 40
CASES = {
    "at_a_comma": (
        "x = await connect(address_of_it, timeout)\n",
        "x = await connect(address_of_it,\n                  timeout)\n",
    ),
    "far_to_the_right": (
        "result = await connection.exchange(first, b)\n",
        "result = await connection.exchange(\n    first, b)\n",
    ),
    "one_argument": ("answer = await server.answer('a' + 'bcde')\n", "answer = await server.answer(\n    'a' + 'bcde')\n"),
    "header": (
        "    async def connect(self, host, port=0):\n",
        "    async def connect(self, host,\n                      port=0):\n",
    ),
    "with_of_several_items": (
        "    async with connected(a, b) as c, d as e:\n        pass\n",
        "    async with (\n        connected(a, b) as c,\n        d as e,\n    ):\n        pass\n",
    ),
    "with_header_alone": (
        "    async with connected(a, b) as c, d as e:",
        "    async with (\n        connected(a, b) as c,\n        d as e,\n    ):",
    ),
    "with_of_one_item": (
        "async with connected(address, timeout, 5):\n    pass\n",
        "async with connected(address, timeout,\n                     5):\n    pass\n",
    ),
    "header_hanging": (
        "    async def connection_of(self: Pool_of) -> T:\n",
        "    async def connection_of(\n            self: Pool_of) -> T:\n",
    ),
    "lines_filled_anew": (
        "x = await connect(address, port, something,\n                  timeout)\n",
        "x = await connect(address, port,\n                  something, timeout)\n",
    ),
    "lambda_of_two": (
        "on(SIGNAL, lambda number, frame: stop.set(1))\n",
        "on(SIGNAL,\n   lambda number, frame: stop.set(1))\n",
    ),
    "hanging_already": (
        "x = await connect(\n      address, port, something, time, more)\n",
        "x = await connect(\n      address, port, something, time,\n      more)\n",
    ),
    "comprehension": (
        "found = [await ask(a, b) for a, b in pairs]\n",
        "found = [await ask(a, b)\n         for a, b in pairs]\n",
    ),
    "asynchronous_comprehension": (
        "print([item async for item in items if item])\n",
        "print([item async for item in items\n       if item])\n",
    ),
    "inner_bracket": (
        "x = (await to_thread(sys.stdin.readline)).lower()\n",
        "x = (await to_thread(\n    sys.stdin.readline)).lower()\n",
    ),
    "operators_of_a_group": (
        "if (not await known(name) or await ask(name)):\n    pass\n",
        "if (not await known(name) or\n    await ask(name)):\n    pass\n",
    ),
    "operators_in_a_call": ("print(a_first_thing and another_second or x_y)\n", None),
    "text_in_lines": ('x = await connect_to("""a\nb""", port, timeout_)  # long\n', None),
    "comment_inside": ("x = await connect(address_of_it,  # why not\n                  port)\n", None),
    "long_by_a_comment": ("await read(2)  # toss the end of the chunk\n", None),
    "long_rest": ("x = await ask(flag) if await sure(a) else default\n", None),
    "subscript": ("table: dict[str, Callable[[str], None]] = {}\n", None),
    "tabs": ("\tx = await connect(address_of_it, timeout_)\n", None),
    "closing_below": (
        "x = await connect(\n    address_of_it, timeout, more, and_more,\n)\n",
        "x = await connect(\n    address_of_it,\n    timeout,\n    more,\n    and_more,\n)\n",
    ),
    "clauses_of_a_comprehension": (
        "x = [\n    Thread(target=work, name=n) for n in names_of_it\n]\n",
        "x = [\n    Thread(target=work, name=n)\n    for n in names_of_it\n]\n",
    ),
    "closing_below_two_lines": ("x = await connect(\n    address_of_it, timeout, more, and_more,\n    last,\n)\n", None),
    "backslash": ("x = await connect(address_of_it, \\\n                  timeout_of_the_connection)\n", None),
    "no_bracket": ("x = some_long_name + some_other_long_name_here\n", None),
}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", CASES)
def test_folding(name: str, ending: str) -> None:
    text, wanted = (one and one.replace("\n", ending) for one in CASES[name])
    step = "\t" if name == "tabs" else "    "
    made = folded("", text, WIDTH, step, ending)
    assert made == (wanted or text)
    assert folded("", made, WIDTH, step, ending) == made
    if not text.startswith((" ", "\t")):
        assert ast.dump(ast.parse(made)) == ast.dump(ast.parse(text))


def test_only_lines_that_edits_made() -> None:
    text = "first = connect(address_of_it, timeout_of)\nawait connect(address_of_it, timeout_of_it)\n"
    kept, made = text.splitlines(keepends=True)
    assert folded(kept, text, WIDTH, "    ", "\n") == kept + "await connect(address_of_it,\n              timeout_of_it)\n"
    assert folded(text, text, WIDTH, "    ", "\n") == text


@pytest.mark.parametrize(
    ("lengths", "width"),
    [
        ([79] * 5 + [10] * 60, 79),
        ([79] * 5 + [85] + [10] * 60, 79),
        ([79] * 5 + [85] * 3 + [10] * 60, 100),
        ([85] * 6 + [10] * 60, 88),
        ([40] * 60, 100),
        ([110] * 6 + [10] * 60, 120),
        ([140] * 6 + [10] * 60, 140),
        ([], 100),
    ],
)
def test_width(lengths: list[int], width: int) -> None:
    assert kept_width("".join("x" * length + "\n" for length in lengths)) == width
