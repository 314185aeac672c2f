"""What only the comparison with the source and the account shows: correct ports, broken in one place that is claimed."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from bench.mutants import broken
from porter import pipeline
from porter.plan.model import Plan
from porter.project.model import Project
from porter.project.settings import Settings
from porter.syntax.places import Span
from porter.verify import verify

PROGRAM = """
    import threading
    import time

    class Shape:
        def area(self):
            raise NotImplementedError

    class Square(Shape):
        def area(self):
            time.sleep(0.01)
            return 4

    class Clock:
        def __init__(self, name):
            time.sleep(0.01)
            self.name = name

        def __enter__(self):
            return self

        def __exit__(self, *error):
            time.sleep(0.01)

    def ticks():
        for number in range(3):
            time.sleep(0.01)
            yield number

    def first(numbers):
        return next(numbers)

    def plain(value):
        return value.strip()

    def main():
        words = [plain(" a ")]
        with Clock("one") as clock:
            print(clock.name, words, Square().area())
        try:
            print(first(ticks()))
        except StopIteration:
            print("none")
        for word in words:
            print(word)

    main()
    """
MISTAKES = {
    "an await without a cause": ("plain(' a ')".replace("'", '"'), '(await plain(" a "))', "await"),
    "a loop without a cause": ("    for word in words", "    async for word in words", "await"),
    "a plain function becomes a coroutine function": ("def plain(value)", "async def plain(value)", "account"),
    "an override stays behind": ("class Shape:\n    async def area", "class Shape:\n    def area", "awaited"),
    "a protocol's method that is not awaited": ("    async def __aenter__", "    def __aenter__", "definition"),
    "the end of a plain iterator": ("except StopAsyncIteration", "except StopIteration", "context"),
    "a helper that nobody calls": ("        await self._open(name)\n", "", "made"),
    "a factory that gives nothing": ("        return self\n\n    async def _open", "        pass\n\n    async def _open", "made"),
}


def _port(text: str, folder: Path, settings: Settings | None = None) -> tuple[Project, Plan, pipeline.Port]:
    source = folder / "program.py"
    source.write_text(textwrap.dedent(text))
    project = pipeline.read([source], settings=settings or Settings())
    port = pipeline.port_project(project)
    assert not port.faults
    return project, port.plan, port


@pytest.mark.parametrize("name", MISTAKES)
def test_a_claimed_mistake(name: str, tmp_path: Path) -> None:
    old, new, check = MISTAKES[name]
    project, plan, port = _port(PROGRAM, tmp_path)
    (change,) = port.files
    assert verify(project, plan, port.files) == ()
    at = change.new.index(old)
    mistaken = broken(change, ((Span(at, at + len(old)), new),), claimed=True)
    assert check in {fault.check for fault in verify(project, plan, (mistaken,))}


OWN = """
    class Store:
        def get(self, key):
            return key

        def all(self):
            return [1]

    def show(store: Store):
        print("the value", store.get("a long key"))
        for one in store.all():
            print(one)

    show(Store())
    """
ROWS = ({"blocking": "program.Store.get", "asyncio": "program.Store.get", "becomes": "await"},)


@pytest.mark.parametrize(("old", "new"), [("await store.get", "store.get"), ('await store.get("a long key")', "await store.get")])
def test_a_row_of_the_users_waits(old: str, new: str, tmp_path: Path) -> None:
    project, plan, port = _port(OWN, tmp_path, Settings(catalogue=ROWS))
    (change,) = port.files
    at = change.new.index(old)
    mistaken = broken(change, ((Span(at, at + len(old)), new),), claimed=True)
    assert "account" in {fault.check for fault in verify(project, plan, (mistaken,))}


def test_arguments_that_were_wrong_before(tmp_path: Path) -> None:
    _, _, port = _port(
        """
        import time

        class Peer:
            def read(self, size, limit):
                time.sleep(size)

        def read(peer: Peer):
            peer.read(1)

        read(Peer())
        """,
        tmp_path,
    )
    assert "await peer.read(1)" in port.files[0].new
