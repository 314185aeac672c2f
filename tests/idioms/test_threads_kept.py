"""What the source itself has asyncio run in threads: it stays as it is, and the account says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import ported

PROGRAM = """
import asyncio
import time


def pause():
    time.sleep(0.001)


def load(n):
    pause()
    return n


async def main():
    print(await {})


asyncio.run(main())
"""
CALLS = (
    "asyncio.to_thread(load, 1)",
    "asyncio.to_thread(lambda: load(1))",
    "asyncio.get_running_loop().run_in_executor(None, load, 1)",
)


@pytest.mark.parametrize("call", CALLS)
def test_what_is_handed_to_a_thread_is_kept(call: str, tmp_path: Path) -> None:
    found = ported(tmp_path, PROGRAM.format(call))
    assert not found.files and not found.faults
    assert (found.plan.account.kept, found.plan.account.refused) == (1, 0)
    assert "runs in a thread" in found.plan.calls[0].reason
