"""Loops that wait by looking, and loops that only look like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import text

PROGRAM = """
    import threading
    import time


    class Job:
        done = False
        left = [1, 2]

        def step(self):
            return self.left.pop() if self.left else None

        def look(self):
            return not self.done


    def work(job):
        time.sleep(0.001)
        job.done = True


    def wait(job, limit):
        rounds = 0
        while {test}:
            {body}
        return rounds


    def main():
        job = Job()
        threading.Thread(target=work, args=(job,)).start()
        print(wait(job, 3))


    main()
"""


@pytest.mark.parametrize(
    ("test", "body"),
    [
        ("not job.done", "pass"),
        ("job.look()", "rounds += 1"),
        ("not job.done and time.monotonic() < limit", "continue"),
        ("len(job.left) > 5", "..."),
    ],
)
def test_waiting_by_looking_gives_way(test: str, body: str, tmp_path: Path) -> None:
    new = text(tmp_path, PROGRAM.format(test=test, body=body))
    assert "print(await wait(job, 3))" in new
    assert "await asyncio.sleep(0)\n" in new


@pytest.mark.parametrize(
    ("test", "body"),
    [
        ("rounds < limit", "rounds += 1"),
        ("job.step()", "pass"),
        ("job.left", "job.left.pop()"),
        ("not job.done", "job.done = True"),
    ],
)
def test_a_loop_that_goes_on_by_itself_stays(test: str, body: str, tmp_path: Path) -> None:
    assert "print(wait(job, 3))" in text(tmp_path, PROGRAM.format(test=test, body=body))


def test_a_program_without_tasks_stays(tmp_path: Path) -> None:
    program = "import time\n\n\ndef wait(job):\n    while not job.done:\n        pass\n    time.time()\n"
    assert text(tmp_path, program) == program
