"""Waiting for input holds up neither the loop nor the end of the program."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from porter.check.pythons import Python, find_pythons
from porter.support import aio_input

PYTHONS = find_pythons()
PROGRAM = """
import asyncio
import sys

sys.path.insert(0, {folder!r})
import aio_input


async def main():
    print("hello", await aio_input.to_thread(input), flush=True)
    asyncio.get_running_loop().call_later({limit}, asyncio.current_task().cancel)
    try:
        await aio_input.to_thread(input)
    except asyncio.CancelledError:
        print("end", flush=True)


asyncio.run(main())
"""


def test_it_gives_what_the_function_gives() -> None:
    async def main() -> tuple[int, str]:
        with pytest.raises(ZeroDivisionError):
            await aio_input.to_thread(divmod, 1, 0)
        return await aio_input.to_thread(int, "11", base=2), await aio_input.to_thread(lambda: threading.current_thread().name)

    number, name = asyncio.run(main())
    assert number == 3
    assert name != "MainThread"


def test_what_comes_too_late_is_dropped() -> None:
    done = threading.Event()

    async def main() -> None:
        task = asyncio.create_task(aio_input.to_thread(done.wait, 10))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        done.set()
        await asyncio.sleep(0.01)

    asyncio.run(main())


@pytest.mark.parametrize("python", PYTHONS, ids=str)
@pytest.mark.parametrize("how", ["by itself", "by Ctrl+C"])
def test_a_line_that_never_comes_does_not_hold_up_the_end(how: str, python: Python) -> None:
    program = PROGRAM.format(folder=str(Path(aio_input.__file__).parent), limit=0.01 if how == "by itself" else 1000)
    command = [python.path, "-X", "dev", "-c", program]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("you\n")
        process.stdin.flush()
        assert process.stdout.readline() == "hello you\n"
        if how == "by Ctrl+C":
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stdout.readline() == "end\n"
        assert process.stderr is not None
        assert process.stderr.read() == ""
