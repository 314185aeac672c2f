"""Lambdas that would have to await."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import reasons, text

HEAD = "import time\n\n\ndef ping(host):\n    time.sleep(1)\n    return len(host)\n\n\n"
RUN = "def run(action, *args):\n    return action(*args)\n\n\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "    double = lambda host: ping(host) * 2\n    print(double('a'))\n",
            "    async def double(host):\n        return await ping(host) * 2\n\n    print(await double('a'))\n",
        ),
        (
            "    return run(lambda: ping(str(ping('a'))))\n",
            "    async def action():\n        return await ping(str(await ping('a')))\n\n    return await run(action)\n",
        ),
        (
            "    if run: print(run(lambda host: -ping(host), 'a'))\n",
            "    if run:\n        async def action(host):\n            return -await ping(host)\n\n"
            "        print(await run(action, 'a'))\n",
        ),
        ("    print(run(lambda: ping('a')))\n", "    print(await run(lambda: ping('a')))\n"),
    ],
)
def test_gets_a_name(before: str, after: str, tmp_path: Path) -> None:
    assert text(tmp_path, HEAD + RUN + "def main():\n" + before).partition("async def main():\n")[2] == after


def test_the_name_is_free(tmp_path: Path) -> None:
    code = HEAD + RUN + "def main(action):\n    print(action, run(lambda: ping('a') + 1))\n"
    assert "async def action_():" in text(tmp_path, code)


@pytest.mark.parametrize(
    "code",
    [
        "def main():\n    print([run(lambda: ping(host) + 1) for host in 'ab'])\n",
        "def main(action=lambda: ping('a') + 1):\n    print(run(action))\n",
    ],
)
def test_refused_where_no_function_can_stand_before(code: str, tmp_path: Path) -> None:
    assert "a lambda cannot await" in reasons(tmp_path, HEAD + RUN + code)


@pytest.mark.parametrize(
    ("target", "task"),
    [
        ("time.sleep(1)", "asyncio.sleep(1)"),
        ("jobs.get()", "jobs.get()"),
        ("left.sendall(b'x')", "left.sendall(b'x')"),
        ("print(right.recv(1))", "work()"),
    ],
)
def test_a_thread_that_runs_one(target: str, task: str, tmp_path: Path) -> None:
    code = (
        "import queue\nimport socket\nimport threading\nimport time\n\n\ndef main():\n    left, right = socket.socketpair()\n"
        f"    jobs = queue.Queue()\n    thread = threading.Thread(target=lambda: {target})\n    thread.start()\n"
        "    jobs.put(left.recv(1))\n    thread.join()\n"
    )
    made = text(tmp_path, code)
    assert f"    task = asyncio.create_task({task})\n" in made or f"    thread = asyncio.create_task({task})\n" in made
    assert "lambda" not in made


def test_one_that_only_reads_a_socket_hands_the_coroutine_on(tmp_path: Path) -> None:
    code = "import socket\n\n\ndef main():\n    left, right = socket.socketpair()\n"
    code += "    read = lambda: left.recv(1)\n    print(read())\n"
    made = text(tmp_path, code)
    assert "    read = lambda: left.recv(1)\n    print(await read())\n" in made
