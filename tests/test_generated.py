"""Programs that a generator makes up, the same ones in each run: never a crash, and nothing changes without need."""

from __future__ import annotations

from pathlib import Path

import hypothesmith
import pytest
from hypothesis import HealthCheck, given, settings

from bench.fuzz import check_alone, check_beside

few = settings(max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@few
@given(text=hypothesmith.from_grammar())
def test_a_program_that_does_not_block_comes_through_byte_for_byte(tmp_path: Path, text: str) -> None:
    check_alone(text, tmp_path)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@few
@given(text=hypothesmith.from_grammar())
def test_a_program_beside_what_blocks_comes_through(tmp_path: Path, text: str) -> None:
    check_beside(text, tmp_path)
