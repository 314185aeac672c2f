"""The pages that are made of the code are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.catalogue import load
from porter.cli.idioms import idiom_names
from porter.cli.pages import pages

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["catalogue.md", "idioms.md"])
def test_a_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == pages()[name], "run `python -m porter.cli.pages docs`"


def test_the_pages_name_everything() -> None:
    made = pages()
    assert [row.name for row in load().rows if f"| `{row.name}` |" not in made["catalogue.md"]] == []
    assert [name for name in idiom_names() if f"\n## {name}\n" not in made["idioms.md"]] == []
