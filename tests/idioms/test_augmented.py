"""Augmented assignments that wait: nothing that other tasks add is lost, and nothing else changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from porter.idioms import augmented
from porter.idioms.idiom import Example
from tests.idioms.porting import text

COUNTER = """
import threading
import time


class Counter:
    def __init__(self):
        self.n = 0

    def one(self):
        time.sleep(0.001)
        return 1

    def add(self):
        self.n += self.one()


def main():
    counter = Counter()
    threads = [threading.Thread(target=counter.add) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(counter.n)


main()
"""


@pytest.mark.parametrize("example", [*augmented.EXAMPLES, *augmented.REFUSALS], ids=lambda example: example.name)
def test_example(example: Example, tmp_path: Path) -> None:
    assert text(tmp_path, example.before) == example.after


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_all_updates_are_kept(tmp_path: Path) -> None:
    new = text(tmp_path, COUNTER)
    hoisted = "        value = await self.one()\n        self.n += value\n"
    assert hoisted in new
    assert run(new) == "10\n"
    assert run(new.replace(hoisted, "        self.n += await self.one()\n")) == "1\n"


SLOW = "import time\n\n\ndef one():\n    time.sleep(0.001)\n    return 1\n\n\n"
TARGETS = {
    "attribute": ("def f(box):\n    box.n -= one()\n", True),
    "attribute_of_an_item": ("def f(boxes):\n    boxes['a'].n += one()\n", True),
    "constant_key": ("def f(box):\n    box['n'] += one()\n", True),
    "key_in_a_variable": ("def f(box, key):\n    box[key] += one()\n", True),
    "global": ("total = 0\n\n\ndef f():\n    global total\n    total += one()\n", True),
    "local": ("def f():\n    total = 0\n    total += one()\n    return total\n", False),
    "computed_key": ("def f(box, key):\n    box[key()] += one()\n", False),
    "base_that_calls": ("def f(box):\n    box().n += one()\n", False),
    "set_by_what_is_awaited": ("class Tree:\n    def f(self):\n        self.n += one() + self.f()\n", False),
}


@pytest.mark.parametrize(("code", "hoists"), TARGETS.values(), ids=TARGETS)
def test_targets(code: str, hoists: bool, tmp_path: Path) -> None:
    new = text(tmp_path, SLOW + code)
    assert ("value = await one()" in new) == hoists
    assert ("+= await one()" in new) != hoists


def test_the_variable_is_a_new_one(tmp_path: Path) -> None:
    assert "value_ = await one()\n    box.n += value_" in text(tmp_path, SLOW + "def f(box, value):\n    box.n += one()\n")
