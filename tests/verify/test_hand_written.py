"""verify has nothing to say about what asyncio programs that people wrote do: each of these was a false alarm once."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from porter.verify import verify_trees

GOOD = {
    "a stream refused at once": """
        import asyncio

        async def handle(reader, writer):
            if sum([1, 2]) == 4:
                writer.close()
            else:
                print(await reader.read(), writer)

        async def main():
            await asyncio.start_server(handle, "localhost", 0)
        """,
    "a stream given up with an error": """
        import asyncio

        async def connect():
            reader, writer = await asyncio.open_connection("localhost", 1)
            try:
                print(writer)
            except OSError:
                writer.close()
                raise
            return reader, writer
        """,
    "another method waits until it is closed": """
        import asyncio

        class Peer:
            def __init__(self, writer: asyncio.StreamWriter):
                self.writer = writer

            async def leave(self):
                print(self.writer.is_closing())
                self.writer.close()

            async def left(self):
                self.writer.close()
                await self.writer.wait_closed()
        """,
    "awaited or looped over": """
        class Lister:
            def __aiter__(self):
                return self

            async def __anext__(self):
                raise StopAsyncIteration

            def __await__(self):
                return self.all().__await__()

            async def all(self):
                return [one async for one in self]

        class Client:
            def list(self):
                return Lister()

            async def show(self):
                for one in await self.list():
                    print(one)
        """,
    "a cast knows more": """
        from typing import cast

        async def handler(peer):
            return peer

        async def call(function=handler):
            return await cast(object, function)(1, 2)
        """,
    "a class body reads the module's name": """
        import json

        class Message:
            def json(self, loads=json.loads):
                return loads(self.data)
        """,
    "methods of one name are told apart elsewhere": """
        import asyncio

        class Cursor:
            async def close(self):
                await asyncio.sleep(0)

        class Connection:
            def close(self):
                print("closed")

        class Manager:
            def __init__(self, made):
                self.made = made

            async def __aenter__(self):
                return self.made

            async def __aexit__(self, *error):
                await self.made.close()

        class Now(Manager):
            async def __aexit__(self, *error):
                self.made.close()

        async def main():
            async with Manager(Cursor()), Now(Connection()):
                print("both")
        """,
    "a method of the own class": """
        import asyncio

        class Base:
            handlers = {}

            async def process(self, kind):
                await self.handlers[kind](self)

        class Client(Base):
            def _finish(self):
                print("sent")

            async def _on_token(self):
                self._finish()

            handlers = {1: _on_token}

        class Server(Base):
            async def _finish(self):
                await asyncio.sleep(0)

            async def _on_token(self):
                await self._finish()

            handlers = {1: _on_token}

        async def main(peer: Base):
            for kind in (1, 2):
                await peer.process(kind)

        asyncio.run(main(Client()))
        asyncio.run(main(Server()))
        """,
    "an object of a module that is not there": """
        from .elsewhere import Average

        class Monitor:
            def __init__(self):
                self.average = Average()

            async def reset(self):
                self.average.reset()
        """,
    "an attribute of a base that is not there": """
        from .elsewhere import Base

        class Connection(Base):
            async def finish(self):
                self.handle.finish()
        """,
    "a call that only raises": """
        class Table:
            def __getattr__(self, name):
                return Table()

            def __call__(self, *args):
                if args:
                    raise TypeError("no method with arguments")
                raise TypeError("no method")

        async def count(table: Table):
            return await table.rows.count()
        """,
}


@pytest.mark.parametrize("name", GOOD)
def test_no_alarm(name: str, tmp_path: Path) -> None:
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text("")
    after.write_text(textwrap.dedent(GOOD[name]))
    assert verify_trees(before, after) == ()


def test_exceptions_in_a_tuple_that_holds_itself(tmp_path: Path) -> None:
    """The inference once followed such a tuple without end."""
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text("")
    after.write_text("E = (ValueError,)\nE = (*E, E, (E, OSError))\ntry:\n    print(E)\nexcept E as error:\n    print(error)\n")
    assert verify_trees(before, after) == ()
