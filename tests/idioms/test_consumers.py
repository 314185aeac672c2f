"""What takes the elements of an iterable that became asynchronous."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import SLOW, body, reasons


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = list(words())", "x = [word async for word in words()]"),
        ("x = list(\n    w for w in words()  # c\n)", "x = [\n    w async for w in words()  # c\n]"),
        ("x = list(words())[0]", "x = [word async for word in words()][0]"),
        ("x = set((w for w in words()))", "x = {w async for w in words()}"),
        ("x = dict(words())", "x = {key: value async for key, value in words()}"),
        ("x = dict((w, 1) for w in words())", "x = {w: 1 async for w in words()}"),
        ("x = dict(words(), a=1)", "x = dict([word async for word in words()], a=1)"),
        ("x = tuple(words())", "x = tuple([word async for word in words()])"),
        ("x = sorted((w for w in words()), key=len)", "x = sorted([w async for w in words()], key=len)"),
        ("x = ', '.join(words())", "x = ', '.join([word async for word in words()])"),
        ("x = sum(1 for _ in words())", "x = sum([1 async for _ in words()])"),
        ("x = max(words(), default='')", "x = max([word async for word in words()], default='')"),
        ("x = list(map(len, words()))", "x = [len(word) async for word in words()]"),
        ("x = set(filter(None, words()))", "x = {word async for word in words() if word}"),
        ("x = list(enumerate(words()))", "x = list(enumerate([word async for word in words()]))"),
        ("print(*words())", "print(*[word async for word in words()])"),
        ("x = [*words()]", "x = [word async for word in words()]"),
        ("x = [0, *words()]", "x = [0, *[word async for word in words()]]"),
        ("a, *b = words()", "a, *b = [word async for word in words()]"),
        ("x = []\nx.extend(words())", "x = []\nx.extend([word async for word in words()])"),
        ("for w in list(words()): print(w)", "for w in [word async for word in words()]: print(w)"),
        ("x = list(words() if 1 else words())", "x = [item async for item in (words() if 1 else words())]"),
    ],
)
def test_all_elements_at_once(before: str, after: str, tmp_path: Path) -> None:
    assert body(tmp_path, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = any(words())", "x = await anext((True async for word in words() if word), False)"),
        ("x = all(w > 'a' for w in words())", "x = await anext((False async for w in words() if not w > 'a'), True)"),
        ("x = not any(not w for w in words())", "x = not await anext((True async for w in words() if not w), False)"),
        ("x = 'a' in words()", "x = await anext((True async for word in words() if word == 'a'), False)"),
        ("x = 'a' not in words()", "x = not await anext((True async for word in words() if word == 'a'), False)"),
        (
            "return all(w for w in words() if len(w) > 1)",
            "async for w in words():\n    if len(w) > 1 and not w:\n        return False\nreturn True",
        ),
    ],
)
def test_the_first_that_decides(before: str, after: str, tmp_path: Path) -> None:
    assert body(tmp_path, before) == after


def test_a_name_in_use_is_not_taken(tmp_path: Path) -> None:
    assert body(tmp_path, "word = 1\nprint(word, any(words()))") == (
        "word = 1\nprint(word, await anext((True async for item in words() if item), False))"
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import csv\nx = csv.reader(words())", "takes its elements bit by bit"),
        ("x = 1.5 in words()", "by identity"),
        ("x = list(words() if time else 'ab')", "plain iterable here as well"),
    ],
)
def test_refused(code: str, reason: str, tmp_path: Path) -> None:
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    assert reason in reasons(tmp_path, SLOW + "def main():\n" + lines)


def test_stopping_early_would_put_off_a_finally(tmp_path: Path) -> None:
    code = """
        import time


        def words():
            try:
                time.sleep(1)
                yield "a"
            finally:
                print("done")


        def main():
            print(any(words()))
        """
    assert "would come too late" in reasons(tmp_path, code)
