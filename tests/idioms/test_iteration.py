"""Iterators driven by hand, loops and delegation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import SLOW, body, reasons, text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("it = words()\nprint(next(it), next(it, None))", "it = words()\nprint(await anext(it), await anext(it, None))"),
        ("print(next(words()).upper())", "print((await anext(words())).upper())"),
        ("it = iter(words())\nit.close()", "it = aiter(words())\nawait it.aclose()"),
        (
            "try:\n    next(words())\nexcept (KeyError, StopIteration):\n    pass",
            "try:\n    await anext(words())\nexcept (KeyError, StopAsyncIteration):\n    pass",
        ),
        (
            "try:\n    next(words()), next(iter('a'))\nexcept StopIteration:\n    pass",
            "try:\n    await anext(words()), next(iter('a'))\nexcept (StopIteration, StopAsyncIteration):\n    pass",
        ),
        (
            "for n, w in enumerate(words(), 1):\n    print(n, w)",
            "n = 1\nasync for w in words():\n    print(n, w)\n    n += 1",
        ),
        ("for w in words():\n    break", "async for w in words():\n    break"),
    ],
)
def test_driven(before: str, after: str, tmp_path: Path) -> None:
    assert body(tmp_path, before) == after


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("for n, w in enumerate(words()):\n    n *= 2", "is set in its loop"),
        ("n = 7\nfor n, w in enumerate(words()):\n    pass\nprint(n)", "holds something else before its loop"),
        ("n = 0\nfor n, w in enumerate(words(), n):\n    pass\nprint(n)", "starts at a number that is computed"),
        ("try:\n    next(words())\nexcept StopIteration as e:\n    print(e.value)", "has none"),
        ("it = words() if time else iter('a')\nprint(next(it))", "plain iterator here as well"),
        ("x = lambda: next(words())\nprint(x())", "lambda"),
    ],
)
def test_refused(code: str, reason: str, tmp_path: Path) -> None:
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    assert reason in reasons(tmp_path, SLOW + "def main():\n" + lines)


def test_a_loop_that_is_left_early_closes_its_generator(tmp_path: Path) -> None:
    before = """
        import time


        def rows():
            try:
                time.sleep(0)
                yield 1
            finally:
                print("done")


        def main():
            for row in rows():
                return row
        """
    assert "async with contextlib.aclosing(rows()) as items:\n        async for row in items:" in text(tmp_path, before)


def test_an_iterator_class(tmp_path: Path) -> None:
    before = """
        import time


        class Ticks:
            def __init__(self):
                self.source = iter("ab")

            def __iter__(self):
                return self

            def __next__(self):
                time.sleep(0)
                if not self.source:
                    raise StopIteration
                return next(self.source)


        class Clock:
            def __iter__(self):
                return iter(Ticks())


        def main():
            return [tick for tick in Clock()]
        """
    new = text(tmp_path, before)
    assert "def __aiter__(self):\n        return self" in new
    assert "raise StopAsyncIteration\n" in new
    assert "except StopIteration:\n            raise StopAsyncIteration from None" in new
    assert "def __aiter__(self):\n        return aiter(Ticks())" in new
    assert "[tick async for tick in Clock()]" in new


def test_delegation(tmp_path: Path) -> None:
    before = """def more(names):
    yield from words()
    yield from names
    yield from (w + "!" for w in words() if w)
    if names: yield from words()
    return None
"""
    after = """async def more(names):
    async for word in words():
        yield word
    for name in names:
        yield name
    async for w in words():
        if w:
            yield w + "!"
    if names:
        async for word in words():
            yield word
    return
"""
    assert text(tmp_path, SLOW + before).endswith(after)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def pages():\n    x = yield from words()\n    yield x\n", "the value of `yield from` is used"),
        ("def pages():\n    yield from words()\n    return 1\n", "returns a value"),
    ],
)
def test_delegation_refused(code: str, reason: str, tmp_path: Path) -> None:
    assert reason in reasons(tmp_path, SLOW + code)
