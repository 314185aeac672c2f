"""Running both sides of a program on the same seeds and comparing what they do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from porter.check.comparison import Comparison, difference
from porter.check.pythons import Python, running_python
from porter.check.runs import Launch, Ports, Run, Side, run_side

RETRIES = 5
"""How often a threaded side that fails is run again: threads race, at start-up above all. The ported side never is."""
_PAUSE = 0.3
"""Seconds to wait before the first of these runs, twice as many before the next: what keeps the machine busy may pass."""

_SHOWN_CHARACTERS = 4000


def compare_runs(
    before: Path, after: Path, how: Comparison | None = None, *, pythons: Sequence[Python] | None = None
) -> tuple[str, ...]:
    """Run two files or folders side by side; what differs, one text for each seed and Python. Empty: they agree.

    Runs the programs: call it only on code that one would run by hand. Raises FixtureError when ``how`` does not say
    what to run.
    """
    how = how or Comparison()
    sides = Side(before), Side(after)
    for side in sides:
        side.arguments(how.run)
    tasks = [(python, seed) for python in pythons or (running_python(),) for seed in range(how.seeds)]
    ports = Ports()

    def once(task: tuple[Python, int]) -> str:
        return _compare_once(*sides, how, lambda: Launch(*task, ports.deal()))

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        found = zip(tasks, pool.map(once, tasks), strict=True)
        return tuple(f"Python {python}, seed {seed}: {text}" for (python, seed), text in found if text)


def _compare_once(before: Side, after: Side, how: Comparison, launch: Callable[[], Launch]) -> str:
    ported = run_side(after, how, launch())
    problem = _own_problem(ported, how.timeout)
    if problem:
        return problem
    for attempt in range(1 + RETRIES):
        time.sleep(_PAUSE * attempt)
        threaded = run_side(before, how, launch())
        problem = _mismatch(threaded, ported, how)
        if not problem:
            break
    return problem


def _own_problem(ported: Run, timeout: float) -> str:
    """What is wrong with a ported side's run whatever the threaded side does."""
    if ported.timed_out:
        return f"the ported side did not end within {timeout:g} seconds{_streams(ported)}"
    if ported.stderr:
        return f"the ported side wrote to standard error (exit code {ported.code}):\n{_cut(ported.stderr)}"
    return ""


def _mismatch(threaded: Run, ported: Run, how: Comparison) -> str:
    if threaded.timed_out:
        return f"the threaded side did not end within {how.timeout:g} seconds{_streams(threaded)}"
    if threaded.code != ported.code:
        codes = f"exit code {threaded.code} on the threaded side, {ported.code} on the ported one"
        return f"{codes}{_streams(threaded)}"
    return _titled("the sides print different things:", difference(threaded.stdout, ported.stdout, how))


def _titled(title: str, text: str) -> str:
    return f"{title}\n{text}" if text else ""


def _streams(run: Run) -> str:
    """The end of what a run wrote, for a message."""
    return "".join(f"\n{_cut(stream)}" for stream in (run.stdout, run.stderr) if stream.strip())


def _cut(text: str) -> str:
    text = text.rstrip()
    return text if len(text) <= _SHOWN_CHARACTERS else f"...{text[-_SHOWN_CHARACTERS:]}"
