"""Same input, same bytes out: whatever the hash seed, the number of processes and what ran before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from porter import pipeline
from porter.plan.model import Port

PROGRAM = Path(__file__).parents[1] / "fixtures" / "programs" / "four_modules" / "threaded"


def _printed(seed: str, *arguments: str) -> bytes:
    command = [sys.executable, "-m", "porter", *arguments, str(PROGRAM)]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(command, env=environment, check=True, capture_output=True).stdout


@pytest.mark.parametrize("arguments", [("diff",), ("plan", "--json")], ids=" ".join)
def test_hash_seed_changes_nothing(arguments: tuple[str, ...]) -> None:
    first = _printed("0", *arguments)
    assert len(first) > 1000
    assert _printed("1", *arguments) == first
    assert _printed("4242", *arguments, "--jobs", "2") == first


def _said(port: Port) -> tuple[object, ...]:
    return port.files, port.plan.verdicts, port.plan.calls, port.plan.edits, port.plan.refusals, port.faults


def test_second_run_in_one_process_agrees() -> None:
    assert _said(pipeline.port([PROGRAM])) == _said(pipeline.port([PROGRAM]))


def test_processes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = pipeline.port([PROGRAM], jobs=1)
    monkeypatch.setattr(pipeline, "_MANY", 1)  # else so small a program would stay in this process
    assert _said(pipeline.port([PROGRAM], jobs=2)) == _said(one)


def test_order_of_paths_changes_nothing() -> None:
    files = sorted(PROGRAM.rglob("*.py"))
    assert _said(pipeline.port(files)) == _said(pipeline.port(files[::-1]))
