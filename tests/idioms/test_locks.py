"""Locks, events and their like, one small program at a time."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from porter.idioms import locks
from porter.idioms.idiom import Example
from porter.pipeline import port
from porter.plan.model import Port


def ported(folder: Path, code: str, name: str = "program.py") -> Port:
    """The port of a program of one file."""
    path = folder / name
    path.write_text(textwrap.dedent(code).lstrip("\n"))
    return port([path])


def text(folder: Path, code: str) -> str:
    """Its new text; the checker must have nothing against it."""
    found = ported(folder, code)
    assert not found.faults
    return found.files[0].new if found.files else (folder / "program.py").read_text()


def reasons(found: Port) -> str:
    return "\n".join(refusal.reason for refusal in found.plan.refusals)


@pytest.mark.parametrize("example", (*locks.EXAMPLES, *locks.REFUSALS), ids=lambda example: example.name)
def test_examples(example: Example, tmp_path: Path) -> None:
    assert text(tmp_path, example.before) == example.after


def test_while_takes_the_support_module(tmp_path: Path) -> None:
    found = ported(
        tmp_path,
        """
        import threading

        stop = threading.Event()


        def tick(step):
            while not stop.wait(step):
                print("tick")
            return stop.wait(timeout=1) and stop.wait()
        """,
    )
    new = found.files[0].new
    assert "while not await _aio_threads.wait(stop, step):" in new
    assert "return await _aio_threads.wait(stop, 1) and await stop.wait()" in new
    assert found.plan.support == (("aio_threads", str(tmp_path / "_aio_threads.py")),)
    assert not found.faults


def test_support_module_of_a_package(tmp_path: Path) -> None:
    package = tmp_path / "pkg" / "sub"
    package.mkdir(parents=True)
    (tmp_path / "pkg" / "__init__.py").write_text("")
    code = "import threading\n\nstop = threading.Event()\n\n\ndef late():\n    return stop.wait(1)\n"
    (package / "__init__.py").write_text(code)
    (package / "inner.py").write_text(code)
    found = port([tmp_path / "pkg"])
    assert {Path(copy).relative_to(tmp_path).as_posix() for _, copy in found.plan.support} == {"pkg/_aio_threads.py"}
    assert all("from .. import _aio_threads\n" in change.new for change in found.files if change.changed)


def test_lock_taken_twice_is_the_support_modules(tmp_path: Path) -> None:
    code = """
        import threading
        import time

        lock: threading.RLock = threading.RLock()


        def outer():
            with lock:
                inner()


        def inner():
            with lock:
                time.sleep(1)
        """
    new = text(tmp_path, code)
    assert "lock: _aio_threads.RLock = _aio_threads.RLock()" in new
    assert new.count("async with lock:") == 2


def test_lock_taken_once_is_asyncios(tmp_path: Path) -> None:
    code = """
        from threading import RLock as Again
        import time

        lock = Again()


        def work():
            with lock:
                time.sleep(1)
        """
    assert "lock = asyncio.Lock()" in text(tmp_path, code)


def test_section_in_a_generator_waits_with_who_drives_it(tmp_path: Path) -> None:
    code = """
        import threading
        import time

        lock = threading.Lock()


        def numbers():
            with lock:
                yield 1


        def show():
            for number in numbers():
                time.sleep(number)
        """
    assert "async with lock:" in text(tmp_path, code)


def test_nested_function_is_no_part_of_the_section(tmp_path: Path) -> None:
    code = """
        import threading
        import time

        lock = threading.Lock()


        def make():
            with lock:
                def later():
                    time.sleep(1)
            return later
        """
    new = text(tmp_path, code)
    assert "    with lock:\n        async def later():" in new


def test_thread_that_only_sets_becomes_a_task(tmp_path: Path) -> None:
    code = """
        import threading


        def work(done):
            print("working")
            done.set()


        def main():
            done = threading.Event()
            worker = threading.Thread(target=work, args=(done,))
            worker.start()
            done.wait()
            worker.join()


        main()
        """
    new = text(tmp_path, code)
    assert "async def work(done):" in new
    assert "threading" not in new


def test_reading_from_a_thread_does_no_harm(tmp_path: Path) -> None:
    code = """
        import threading


        def spin(stop):
            while not stop.is_set():
                pass


        def main():
            stop = threading.Event()
            worker = threading.Thread(target=spin, args=(stop,))
            worker.start()
            stop.wait(1)
            stop.set()


        main()
        """
    new = text(tmp_path, code)
    assert "\ndef spin(stop):" in new
    assert "stop = asyncio.Event()" in new


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("event.wait(*limits)", "its arguments are unpacked"),
        ("list(map(event.wait, limits))", "it is called by code that does not await its result"),
        ("send(event)\n    event.wait()", "`event` "),
        ("event.wait()\n    print(event._flag)", "its attribute `_flag` has no counterpart"),
        ("wait = event.wait\n    wait(5)", "its method is called by another name, with a timeout"),
        ("(lambda: event.wait())()", "a lambda cannot await"),
        ("event.wait()\n    signal.signal(2, lambda *_: event.set())", "`signal.signal` calls it"),
    ],
)
def test_refused(use: str, reason: str, tmp_path: Path) -> None:
    code = (
        "import signal\nimport threading\nfrom somewhere import send\n\nevent = threading.Event()\n\n\n"
        f"def work(limits):\n    {use}\n"
    )
    (tmp_path / "program.py").write_text(code)
    found = port([tmp_path / "program.py"])
    assert not any(change.changed for change in found.files)
    expected = "it is passed to `send`" if reason == "`event` " else reason
    assert expected in reasons(found) or "outside the program" in reasons(found)


def test_one_unportable_use_keeps_the_group(tmp_path: Path) -> None:
    code = """
        import threading


        class Both:
            def __init__(self):
                self.one = threading.Event()
                self.two = threading.Event()

            def wait(self):
                self.one.wait()

            def look(self):
                self.two.wait()
                return self.two._cond
        """
    new = text(tmp_path, code)
    assert "self.one = asyncio.Event()" in new and "await self.one.wait()" in new
    assert "self.two = threading.Event()" in new and "await self.two" not in new


def test_another_objects_wait_is_left_alone(tmp_path: Path) -> None:
    code = """
        class Waiter:
            def wait(self, timeout=None):
                return timeout

            def set(self):
                return self.wait(5)
        """
    assert "await" not in text(tmp_path, code)


def test_bare_raise_stays_out_of_the_handler(tmp_path: Path) -> None:
    code = """
        import threading

        event = threading.Event()


        def work():
            try:
                print(1 / 0)
            except ZeroDivisionError:
                if not event.wait(1):
                    raise
        """
    assert "if not await _aio_threads.wait(event, 1):" in text(tmp_path, code)


def test_comments_and_one_line_suites(tmp_path: Path) -> None:
    code = """
        import threading

        event = threading.Event()


        def work():
            # how long?
            if not event.wait( 5 ): print("late")  # too long
            event.wait(1); print("on")  # go on
        """
    new = text(tmp_path, code)
    assert "    # how long?\n    try:\n" in new
    assert 'print("late")  # too long' in new
    assert "# go on" in new
    compile(new, "new", "exec")


def test_no_coroutine_waits_for_a_lock_that_a_thread_holds(tmp_path: Path) -> None:
    code = """
        import threading
        import time

        lock = threading.Lock()


        def slow():  # porter: keep
            with lock:
                nap()


        def nap():  # porter: keep
            time.sleep(1)


        def main():
            worker = threading.Thread(target=slow)
            worker.start()
            with lock:
                print("mine")
            time.sleep(1)
            worker.join()


        main()
        """
    found = ported(tmp_path, code)
    assert not any("async def main" in change.new for change in found.files)
