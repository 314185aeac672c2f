"""The examples of the idioms of threads are what porter does with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.idioms import at_exit, identity, leaving, pools, signals, thread_locals, timers
from porter.idioms.idiom import Example
from tests.idioms.porting import text

IDIOMS = (at_exit, identity, leaving, pools, signals, thread_locals, timers)
EXAMPLES = [
    pytest.param(example, id=f"{idiom.NAME}-{example.name}") for idiom in IDIOMS for example in (*idiom.EXAMPLES, *idiom.REFUSALS)
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example: Example, tmp_path: Path) -> None:
    assert text(tmp_path, example.before) == example.after
