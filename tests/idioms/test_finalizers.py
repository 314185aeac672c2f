"""Finalizers: what only closes sockets runs as far as it need not wait, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import ported, text

PROGRAM = """
    import socket
    import threading


    class Client:
        def __init__(self, address):
            self.sock = socket.create_connection(address, timeout=5)
            self.file = self.sock.makefile("rwb")
            self.lock = threading.Lock()

        def ask(self):
            with self.lock:
                self.file.write(b"x")
                self.file.flush()
                return self.file.readline()

        def close(self, *, hard=False):
            CLOSE
            self.file.close()
            self.sock.close()

        FINALIZER


    def main():
        client = Client(("127.0.0.1", 7))
        print(client.ask())
        client.close()


    main()
    """
METHOD = """def __del__(self):
            self.close()"""


def program(finalizer: str, close: str = "") -> str:
    return PROGRAM.replace("CLOSE", close or "self.gone = True").replace("FINALIZER", finalizer)


@pytest.mark.parametrize(
    ("finalizer", "wanted"),
    [
        (METHOD, "    def __del__(self):\n        _aio_socket.at_once(self.close())\n"),
        ("__del__ = close", "    def __del__(self):\n        _aio_socket.at_once(self.close())\n"),
        (METHOD.replace("close()", "file.close()"), "        _aio_socket.at_once(self.file.close())\n"),
        (METHOD.replace("()", "(hard=True)"), "        _aio_socket.at_once(self.close(hard=True))\n"),
        (METHOD.replace("self.close()", "self.sock.close()"), "        self.sock.close()\n"),
    ],
)
def test_a_finalizer_that_closes(finalizer: str, wanted: str, tmp_path: Path) -> None:
    assert wanted in text(tmp_path, program(finalizer))


@pytest.mark.parametrize("close", ['self.file.write(b"quit")', "self.sock.sendall(b'')", "self.lock.acquire()"])
def test_what_a_finalizer_may_run(close: str, tmp_path: Path) -> None:
    assert "_aio_socket.at_once(self.close())" in text(tmp_path, program(METHOD, close))


@pytest.mark.parametrize(
    ("finalizer", "close"),
    [
        (METHOD, "socket.create_connection(('127.0.0.1', 7))"),
        ("__exit__ = __del__ = close", ""),
        (METHOD, "threading.Thread(target=self.ask).start()"),
        ("def __del__(self):\n            with self.file:\n                pass", ""),
    ],
)
def test_a_finalizer_that_waits(finalizer: str, close: str, tmp_path: Path) -> None:
    found = ported(tmp_path, program(finalizer, close))
    assert not found.faults
    assert not found.files
    assert any("what the garbage collector calls" in refusal.reason for refusal in found.plan.refusals)


@pytest.mark.parametrize(("finalizer", "close"), [(METHOD, "self.file.readline()"), ("__del__ = close", "self.sock.recv(10)")])
def test_a_finalizer_that_asks(finalizer: str, close: str, tmp_path: Path) -> None:
    found = ported(tmp_path, program(finalizer, close))
    assert not found.faults
    assert "_aio_socket.at_once(self.close())" in found.files[0].new
    (refusal,) = found.plan.refusals
    assert refusal.reason.startswith("where it would wait for an answer, it ends with an error")


@pytest.mark.parametrize(("name", "reason"), [("__len__", "takes a number at once"), ("__lt__", "Python calls `__lt__` itself")])
def test_special_methods_by_another_name(name: str, reason: str, tmp_path: Path) -> None:
    found = ported(tmp_path, program(f"{name} = ask"))
    assert not found.files
    assert any(reason in refusal.reason for refusal in found.plan.refusals)


ITEMS = """def put(self, value):
            self.file.write(value)
            self.file.flush()

        def __setitem__(self, key, value):
            self.put(value)"""


def test_an_assignment_that_nobody_makes(tmp_path: Path) -> None:
    found = ported(tmp_path, program(ITEMS))
    assert not found.faults
    (change,) = found.files
    assert "    def __setitem__(self, key, value):\n        raise RuntimeError(" in change.new
    assert "await client.ask()" in change.new
    assert ["Python calls `__setitem__` itself and does not await it"] == [refusal.reason for refusal in found.plan.refusals]


def test_an_assignment_that_somebody_makes(tmp_path: Path) -> None:
    found = ported(tmp_path, program(ITEMS).replace("client.close()", "client[1] = b''"))
    assert not found.files


def test_an_assignment_that_a_base_class_may_make(tmp_path: Path) -> None:
    code = (
        program(ITEMS)
        .replace("class Client:", "class Client(collections.UserDict):")
        .replace("import socket", "import collections, socket")
    )
    assert not ported(tmp_path, code).files
