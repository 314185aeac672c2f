"""Threads that become objects, lambdas that get names, contexts that a thread enters: their corners."""

from __future__ import annotations

from pathlib import Path

from porter.pipeline import port
from tests.idioms.porting import ported, reasons, text

MAIN = "\n\nmain()\n"
HEAD = "import threading\nimport time\n\n\ndef work():\n    time.sleep(0.001)\n\n\n"


def test_a_thread_that_is_joined_beside_another_shares_its_form(tmp_path: Path) -> None:
    new = text(
        tmp_path,
        HEAD
        + "def make():\n    return threading.Thread(target=work)\n\n\n"
        + "def main():\n    first = make()\n    first.start()\n    second = threading.Thread(target=work)\n    second.start()\n"
        + "    for thread in (first, second):\n        thread.join()\n\n\nmain()\n",
    )
    assert new.count("_aio_threads.Thread(target=work)") == 2
    assert "await thread.join()" in new and "create_task" not in new


def test_a_plain_thread_stays_a_plain_task(tmp_path: Path) -> None:
    code = "def main():\n    t = threading.Thread(target=work)\n    t.start()\n    t.join()\n\n\nmain()\n"
    new = text(tmp_path, HEAD + code)
    assert "asyncio.create_task(work())" in new and "_aio_threads" not in new


def test_what_only_threads_have_keeps_a_thread(tmp_path: Path) -> None:
    code = "def main():\n    t = threading.Thread(target=work)\n    t.start()\n    print(t.native_id)\n    t.join()\n"
    assert "asked for something that a task has not" in reasons(tmp_path, HEAD + code + MAIN)


def test_the_entry_imports_the_copy_that_the_package_uses(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "crew.py").write_text(
        HEAD + "class Crew:\n    def __init__(self):\n"
        "        self.threads = [threading.Thread(target=work) for _ in range(2)]\n\n"
        "    def start(self):\n        for thread in self.threads:\n            thread.start()\n"
    )
    program = "import time\n\nfrom package.crew import Crew\n\n\ndef main():\n    Crew().start()\n    time.sleep(0)\n\n\nmain()\n"
    (tmp_path / "main.py").write_text(program)
    found = port([tmp_path])
    assert not found.faults
    new = {Path(change.path).name: change.new for change in found.files}
    assert "from package import _aio_threads" in new["main.py"] and "await _aio_threads.finish()" in new["main.py"]
    assert [Path(copy).parent.name for _, copy in found.plan.support] == ["package"]


def test_a_lambda_in_a_class_body_is_refused(tmp_path: Path) -> None:
    code = "class Clock:\n    tick = lambda self: work() or 1\n\n\ndef main():\n    Clock().tick()\n\n\nmain()\n"
    assert "a lambda cannot await" in reasons(tmp_path, HEAD + code)


def test_a_context_on_a_stack_is_refused(tmp_path: Path) -> None:
    code = (
        "import contextlib\nimport subprocess\n\n\ndef main():\n    with contextlib.ExitStack() as stack:\n"
        "        stack.enter_context(subprocess.Popen(['true']))\n\n\nmain()\n"
    )
    assert "a stack enters it" in reasons(tmp_path, code)


def test_a_context_that_waits_at_its_end_is_entered_in_a_thread(tmp_path: Path) -> None:
    new = text(tmp_path, "import subprocess\n\n\ndef main():\n    with subprocess.Popen(['true']):\n        pass\n\n\nmain()\n")
    assert "async with _aio_threads.in_thread(subprocess.Popen(['true'])):" in new


def test_methods_that_are_looked_up_by_name_stay(tmp_path: Path) -> None:
    code = (
        "import cmd\nimport time\n\n\nclass Shell(cmd.Cmd):\n    def do_wait(self, line):\n        time.sleep(1)\n\n\n"
        "Shell().cmdloop()\n"
    )
    assert "it overrides a method of `cmd.Cmd`" in reasons(tmp_path, code)


def test_connections_of_unknown_arguments_stay_whole(tmp_path: Path) -> None:
    new = text(tmp_path, "import socket\n\n\ndef ask(*args):\n    sock = socket.create_connection(*args)\n    sock.close()\n")
    assert "await _aio_socket.create_connection(*args)" in new


def test_a_function_for_another_process_stays(tmp_path: Path) -> None:
    code = (
        "import multiprocessing\nimport time\n\n\ndef child(n):\n    time.sleep(n)\n\n\ndef main():\n"
        "    process = multiprocessing.Process(target=child, args=(1,))\n    process.start()\n    process.join()\n\n\nmain()\n"
    )
    found = ported(tmp_path, code)
    new = found.files[0].new
    assert "def child(n):\n    time.sleep(n)" in new and "await asyncio.to_thread(process.join)" in new
    assert "it runs in another process" in [call.reason for call in found.plan.calls]


def test_what_open_gives_is_a_regular_file_whatever_its_mode(tmp_path: Path) -> None:
    code = (
        "import time\n\n\ndef copy(path):\n    file = open(path, 'wb')\n    file.write(b'x')\n    file.close()\n"
        "    file = open(path, 'rb')\n    print(file.read())\n    file.close()\n    time.sleep(0)\n"
    )
    new = text(tmp_path, code)
    assert "to_thread" not in new and "await asyncio.sleep(0)" in new
