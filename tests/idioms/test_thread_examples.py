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


def test_local_of_a_subclass_in_an_attribute(tmp_path: Path) -> None:
    code = (
        "import threading\nimport time\n\n\nclass Own(threading.local):\n    n = 0\n\n\nclass Work:\n    def __init__(self):\n"
        "        self.own = Own()\n\n    def run(self):\n        self.own.n += 1\n        time.sleep(1)\n\n\ndef main():\n"
        "    work = Work()\n    threads = [threading.Thread(target=work.run) for _ in range(3)]\n    for thread in threads:\n"
        "        thread.start()\n    for thread in threads:\n        thread.join()\n\n\nmain()\n"
    )
    assert "class Own(_aio_threads.Local):" in text(tmp_path, code)


def test_futures_that_nobody_sets_in_a_task_stay(tmp_path: Path) -> None:
    code = (
        "import threading\nfrom concurrent.futures import Future\n\n\n"
        "def work(future):\n    future.set_result(sum(range(9)))\n\n\n"
        "def main():\n    future = Future()\n    threading.Thread(target=work, args=(future,)).start()\n"
        "    print(future.result())\n\n\nmain()\n"
    )
    assert text(tmp_path, code) == code


def test_futures_with_what_asyncio_has_not_stay(tmp_path: Path) -> None:
    code = (
        "import threading\nimport time\nfrom concurrent.futures import Future\n\n\ndef work(future):\n    time.sleep(1)\n"
        "    if not future.running():\n        future.set_result(1)\n\n\n"
        "def main():\n    future = Future()\n    threading.Thread(target=work, args=(future,)).start()\n"
        "    print(future.result())\n\n\nmain()\n"
    )
    assert text(tmp_path, code) == code
