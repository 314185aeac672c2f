"""Lazy iterators over what became asynchronous, and keys that are awaited."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.idioms.porting import SLOW, reasons, text


def body(folder: Path, code: str, before: str = "") -> str:
    """The new text of ``main``, whose body is ``code``, whatever the port imports."""
    new = text(folder, before + SLOW + "def main():\n" + textwrap.indent(code, "    ") + "\n")
    return textwrap.dedent(new.partition("async def main():\n")[2]).rstrip("\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = list(zip(words(), 'ab'))", "x = [item async for item in _aio_iteration.zip(words(), 'ab')]"),
        ("for w, n in zip(words(), [1]): print(w, n)", "async for w, n in _aio_iteration.zip(words(), [1]): print(w, n)"),
        ("x = map(str, words())\nprint(list(x))", "x = (str(word) async for word in words())\nprint([item async for item in x])"),
        ("x = filter(None, words())\nprint(next(x))", "x = (word async for word in words() if word)\nprint(await anext(x))"),
        ("for w in map(str, words()):\n    print(w)", "async for word in words():\n    w = str(word)\n    print(w)"),
        (
            "for w in filter(str.isupper, words()):\n    print(w)",
            "async for w in words():\n    if not str.isupper(w):\n        continue\n    print(w)",
        ),
        (
            "for w in filter(str.isupper, words()):\n    pass\nprint(w)",
            "async for w in (word async for word in words() if str.isupper(word)):\n    pass\nprint(w)",
        ),
        ("for w in map(lambda w: w * 2, words()):\n    print(w)", "async for w in words():\n    w = w * 2\n    print(w)"),
        ("x = any(map(len, words()))", "x = await anext((True async for word in words() if len(word)), False)"),
        ("x = enumerate(words())\nprint(next(x))", "x = _aio_iteration.enumerate(words())\nprint(await anext(x))"),
        ("x = iter(zip(words()))\nprint(next(x, 0))", "x = aiter(_aio_iteration.zip(words()))\nprint(await anext(x, 0))"),
    ],
)
def test_one_by_one(before: str, after: str, tmp_path: Path) -> None:
    assert body(tmp_path, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("list(itertools.chain(words()))", "[item async for item in _aio_iteration.chain(words())]"),
        ("set(itertools.islice(words(), 2))", "{item async for item in _aio_iteration.islice(words(), 2)}"),
        ("[*itertools.chain.from_iterable([words()])]", "[item async for item in _aio_iteration.chain_from_iterable([words()])]"),
        ("list(itertools.product(words(), 'a'))", "list(itertools.product([word async for word in words()], 'a'))"),
        ("[g for k, g in itertools.groupby(words())]", "[g async for k, g in _aio_iteration.groupby(words())]"),
        ("list(itertools.filterfalse(str.isupper, words()))", "[word async for word in words() if not str.isupper(word)]"),
        ("[w for w in itertools.takewhile(bool, words())]", "[w async for w in _aio_iteration.takewhile(bool, words())]"),
    ],
)
def test_itertools(before: str, after: str, tmp_path: Path) -> None:
    assert body(tmp_path, f"x = {before}", "import itertools\n") == f"x = {after}"


def test_a_function_that_changes_is_not_looked_up_late(tmp_path: Path) -> None:
    before = "show = str\nx = map(show, words())\nshow = len\nprint(list(x))"
    assert "_aio_iteration.map(show, words())" in body(tmp_path, before)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("return zip(words(), 'ab')", "no loop over this iterator is in sight"),
        ("return sorted('ab', key=lambda w: [w for w in words()], **{})", "does not await its result"),
    ],
)
def test_refused(code: str, reason: str, tmp_path: Path) -> None:
    assert reason in reasons(tmp_path, SLOW + f"def main():\n    {code}\n")


def test_stopping_early_would_put_off_a_finally(tmp_path: Path) -> None:
    code = """
        import itertools
        import time


        def words():
            try:
                time.sleep(1)
                yield "a"
            finally:
                print("done")


        def main():
            for word in itertools.islice(words(), 1):
                print(word)
        """
    assert "would come too late" in reasons(tmp_path, code)


def test_a_generator_that_cleans_up_may_be_taken_to_its_end(tmp_path: Path) -> None:
    code = """
        import time


        def words():
            try:
                time.sleep(1)
                yield "a"
            finally:
                print("done")


        def main():
            for word in map(str, words()):
                print(word)
        """
    assert "async for item in words():\n        word = str(item)" in text(tmp_path, code)


KEY = "key=operator.itemgetter(0)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "x = sorted('ab', key=rank, reverse=True)",
            f"x = [item for _, item in sorted([(await rank(item), item) for item in 'ab'],\n{' ' * 32}{KEY}, reverse=True)]",
        ),
        ("x = min('a', 'b', key=rank)", f"x = min([(await rank(item), item) for item in ('a', 'b')], {KEY})[1]"),
        (
            "x = max([], key=rank, default=0)",
            f"x = max([(await rank(item), item) for item in []], {KEY},\n{' ' * 8}default=(None, 0))[1]",
        ),
        (
            "x = ['a']\nx.sort(key=lambda w: -rank(w))",
            f"x = ['a']\nx[:] = [w for _, w in sorted([(-await rank(w), w) for w in x], {KEY})]",
        ),
    ],
)
def test_keys(before: str, after: str, tmp_path: Path) -> None:
    rank = "import time\n\n\ndef rank(word):\n    time.sleep(1)\n    return len(word)\n\n\n"
    assert body(tmp_path, before, rank) == after
