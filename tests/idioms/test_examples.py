"""The examples of the idioms of iteration are what porter does with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.idioms import annotations as annotating
from porter.idioms import cancellation, consumers, delegation, iteration, loops, testcases
from porter.idioms.idiom import Example
from tests.idioms.porting import text

IDIOMS = (annotating, cancellation, consumers, delegation, iteration, loops, testcases)
EXAMPLES = [
    pytest.param(example, id=f"{idiom.NAME}-{example.name}") for idiom in IDIOMS for example in (*idiom.EXAMPLES, *idiom.REFUSALS)
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example: Example, tmp_path: Path) -> None:
    assert text(tmp_path, example.before) == example.after
