"""No test of a support module leaves a descriptor open, or an object that complains when it goes."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

_DESCRIPTORS = Path("/proc/self/fd")


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Compare the open descriptors before and after."""
    gc.collect()
    before = _open_descriptors()
    yield
    gc.collect()
    assert _open_descriptors() == before


def _open_descriptors() -> int:
    return len(os.listdir(_DESCRIPTORS)) if _DESCRIPTORS.is_dir() else 0
