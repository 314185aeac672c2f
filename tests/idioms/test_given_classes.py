"""Classes that a program is given under the name of its own base of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import ported, text

BASE = """
class BaseHandler:
    def __init__(self, connection):
        self.connection = connection
        self.prepare()
        self.handle()

    def prepare(self):
        '''Override it.'''

    def handle(self):
        raise NotImplementedError
"""
SERVER = """
import socket


class Server:
    def __init__(self, address, handler_class):
        self.handler_class = handler_class
        self.socket = socket.create_server(address)

    def serve_one(self):
        connection, _ = self.socket.accept()
        with connection:
            self.handler_class(connection)
"""


def test_the_hooks_of_a_base_that_others_derive_may_wait(tmp_path: Path) -> None:
    new = text(tmp_path, SERVER + BASE)
    assert "            await self.handler_class.create(connection)\n" in new
    assert "        await self.prepare()\n        await self.handle()\n" in new
    assert "    async def prepare(self):\n" in new and "    async def handle(self):\n" in new


def test_the_report_says_that_a_name_decided(tmp_path: Path) -> None:
    assert ported(tmp_path, SERVER + BASE).plan.resolution.by_name == 1


def test_an_attribute_that_is_none_in_its_class(tmp_path: Path) -> None:
    code = SERVER.replace("        self.handler_class = handler_class\n", "").replace(", handler_class", "")
    code = code.replace("class Server:\n", "class Server:\n    handler_class = None\n\n")
    assert "            await self.handler_class.create(connection)\n" in text(tmp_path, code + BASE)


def test_methods_that_do_something_stay_as_they_are(tmp_path: Path) -> None:
    new = text(tmp_path, SERVER + BASE + "\n    def describe(self):\n        return 'handler'\n")
    assert "    def describe(self):\n        return 'handler'\n" in new


@pytest.mark.parametrize(
    "more",
    (
        "\n\nclass OtherHandler:\n    def __init__(self, connection):\n        pass\n",
        "\n\ndef other(server):\n    server.handler_class(1, 2)\n",
    ),
    ids=("two_bases", "called_otherwise"),
)
def test_where_the_name_does_not_decide_nothing_is_awaited(tmp_path: Path, more: str) -> None:
    found = ported(tmp_path, SERVER + BASE + more)
    assert all(".create(connection)" not in change.new for change in found.files)
    assert not found.faults
