"""Queues, one small program at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.idioms import queues
from porter.idioms.idiom import Example
from porter.pipeline import port
from porter.plan.model import Port


def ported(folder: Path, code: str) -> Port:
    """The port of a program of one file."""
    (folder / "program.py").write_text(code)
    return port([folder / "program.py"])


def text(folder: Path, code: str) -> str:
    """Its new text; the checker must have nothing against it."""
    found = ported(folder, code)
    assert not found.faults
    return found.files[0].new if found.files else code


@pytest.mark.parametrize("example", (*queues.EXAMPLES, *queues.REFUSALS), ids=lambda example: example.name)
def test_examples(example: Example, tmp_path: Path) -> None:
    assert text(tmp_path, example.before) == example.after


HEAD = """\
import queue

jobs = queue.Queue({bound})


def take():
    return jobs.get()


def work(items, wait):
"""


def body(folder: Path, statement: str, bound: str = "") -> str:
    """What becomes of a statement in a function beside one that takes from the queue."""
    new = text(folder, HEAD.format(bound=bound) + "".join(f"    {line}\n" for line in statement.splitlines()))
    return new.partition("def work(items, wait):\n")[2].replace("    ", "", 1).replace("\n    ", "\n").rstrip("\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("jobs.put(1)", "jobs.put_nowait(1)"),
        ("jobs.put(item=items)", "jobs.put_nowait(items)"),
        ("jobs.put((1, 2))", "jobs.put_nowait((1, 2))"),
        ("jobs.put(1, False)", "jobs.put_nowait(1)"),
        ("jobs.put(1, timeout=3)", "jobs.put_nowait(1)"),
        ("jobs.put(jobs.get())", "await jobs.put(await jobs.get())"),
        ("print(jobs.get(block=False))", "print(jobs.get_nowait())"),
        ("print(jobs.get(timeout=0))", "print(jobs.get_nowait())"),
        ("print(jobs.get(True, None))", "print(await jobs.get())"),
        ("print(jobs.get(timeout=2).name)", "print((await asyncio.wait_for(jobs.get(), 2)).name)"),
        ("return jobs.get(timeout=wait)", "async with asyncio.timeout(wait):\n    return await jobs.get()"),
        ("x = y = jobs.get(True, 5)  # five", "async with asyncio.timeout(5):  # five\n    x = y = await jobs.get()"),
        ("list(map(jobs.put, items))", "list(map(jobs.put_nowait, items))"),
        ("for put in (jobs.qsize, jobs.empty): put()", "for put in (jobs.qsize, jobs.empty): put()"),
        ("add = lambda x: jobs.put(x)", "add = lambda x: jobs.put_nowait(x)"),
        ("jobs.join(); jobs.task_done()", "await jobs.join(); jobs.task_done()"),
        ("print([jobs.get() for _ in items])", "print([await jobs.get() for _ in items])"),
    ],
)
def test_calls(before: str, after: str, tmp_path: Path) -> None:
    assert body(tmp_path, before) == after


def test_bounded_put_waits(tmp_path: Path) -> None:
    assert body(tmp_path, "jobs.put(1)", bound="maxsize=3") == "await jobs.put(1)"
    limited = "async with asyncio.timeout(3):\n    await jobs.put(1)"
    assert body(tmp_path, "jobs.put(1, timeout=3)", bound="maxsize=3") == limited


@pytest.mark.parametrize("bound", ["0", "maxsize=0"])
def test_no_bound(bound: str, tmp_path: Path) -> None:
    assert body(tmp_path, "jobs.put(1)", bound=bound) == "jobs.put_nowait(1)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "try:\n    jobs.get_nowait()\nexcept (KeyError, queue.Empty):\n    pass",
            "try:\n    jobs.get_nowait()\nexcept (KeyError, asyncio.QueueEmpty):\n    pass",
        ),
        (
            "try:\n    jobs.get_nowait()\n    print(jobs.get(timeout=1))\nexcept (KeyError, queue.Empty) as error:\n    pass",
            "try:\n    jobs.get_nowait()\n    print(await asyncio.wait_for(jobs.get(), 1))\n"
            "except (KeyError, asyncio.QueueEmpty, TimeoutError) as error:\n    pass",
        ),
        (
            "try:\n    items.get_nowait()\nexcept queue.Empty:\n    pass",
            "try:\n    items.get_nowait()\nexcept queue.Empty:\n    pass",
        ),
        (
            "try:\n    if wait:\n        raise queue.Empty\n    jobs.get_nowait()\nexcept queue.Empty:\n    pass",
            "try:\n    if wait:\n        raise queue.Empty\n    jobs.get_nowait()\n"
            "except (asyncio.QueueEmpty, queue.Empty):\n    pass",
        ),
        (
            "try:\n    try:\n        jobs.get_nowait()\n    finally:\n        print()\n"
            "except ValueError:\n    pass\nexcept queue.Empty:\n    pass",
            "try:\n    try:\n        jobs.get_nowait()\n    finally:\n        print()\n"
            "except ValueError:\n    pass\nexcept asyncio.QueueEmpty:\n    pass",
        ),
    ],
    ids=["tuple", "two_kinds", "another_queue", "raised_by_hand", "inner_try"],
)
def test_handlers(before: str, after: str, tmp_path: Path) -> None:
    new = body(tmp_path, before)
    assert sorted(new.replace("queue.Empty, asyncio.QueueEmpty", "asyncio.QueueEmpty, queue.Empty")) == sorted(after)


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("jobs.get(**wait)", "its arguments are unpacked"),
        ("print(jobs.mutex)", "its attribute `mutex` has no counterpart"),
        ("jobs.get(timeout=1)\n    isinstance(wait, queue.Empty)", "is stored or compared"),
        (
            "try:\n        jobs.get(timeout=1)\n    except OSError:\n        pass\n    except queue.Empty:\n        pass",
            "its timeout would be caught by the handler of another exception",
        ),
        ("get = jobs.get\n    get(timeout=1)", "its method is called by another name, with arguments"),
    ],
)
def test_refused(use: str, reason: str, tmp_path: Path) -> None:
    found = ported(tmp_path, HEAD.format(bound="") + f"    {use}\n")
    assert not any(change.changed for change in found.files)
    assert any(reason in refusal.reason for refusal in found.plan.refusals)


def test_queue_that_nobody_waits_for_is_kept(tmp_path: Path) -> None:
    code = "import queue\n\njobs = queue.Queue()\n\n\ndef add(n):\n    jobs.put(n)\n    print(jobs.get_nowait())\n"
    found = ported(tmp_path, code)
    assert not found.files
    assert [call.outcome for call in found.plan.calls] == ["kept"]


def test_annotations_follow_their_objects(tmp_path: Path) -> None:
    code = (
        "import queue\nfrom dataclasses import dataclass, field\nfrom queue import Queue as Q\n\n\n"
        "@dataclass\nclass Box:\n"
        "    jobs: 'Q | None' = field(default_factory=Q)\n    other: Q = field(default_factory=Q)\n\n"
        "    def take(self) -> int:\n        return self.jobs.get()\n\n"
        "    def look(self):\n        return self.other.queue[0]\n"
    )
    new = text(tmp_path, code)
    assert "jobs: 'asyncio.Queue | None' = field(default_factory=asyncio.Queue)" in new
    assert "other: Q = field(default_factory=Q)" in new
