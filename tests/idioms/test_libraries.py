"""Libraries of which one colour is ported: rows that name their parts, files that are only read, frontiers that stay behind."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from porter.pipeline import port
from porter.plan.model import Port

NET = """
class Stream:
    def read(self, n):
        return b"x" * n


class AsyncStream:
    async def read(self, n):
        return b"x" * n


class Lock:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass


class AsyncLock:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc):
        pass


def opened(name):
    return Stream()
"""
SETTINGS = """
targets = ["lib/sync/*.py"]

[[catalogue]]
blocking = "lib.net.Stream.read"
asyncio = "lib.net.AsyncStream.read"
becomes = "await"

[[catalogue]]
blocking = "lib.net.Lock"
asyncio = "lib.net.AsyncLock"
becomes = "async with"
"""


def library(folder: Path, peer: str, settings: str = SETTINGS, **files: str) -> Port:
    """The port of a package ``lib`` whose ``lib.sync.peer`` is ``peer``; ``files`` are modules beside the target."""
    texts = {"net": NET, **files}
    (folder / "lib" / "sync").mkdir(parents=True)
    for name in ("__init__", "sync/__init__"):
        (folder / "lib" / f"{name}.py").write_text("")
    for name, text in texts.items():
        (folder / "lib" / f"{name}.py").write_text(textwrap.dedent(text).lstrip("\n"))
    (folder / "lib" / "sync" / "peer.py").write_text(textwrap.dedent(peer).lstrip("\n"))
    (folder / "porter.toml").write_text(settings)
    found = port([folder], config=folder / "porter.toml")
    assert not found.faults
    return found


def text(found: Port) -> str:
    """The new text of the target; the rest must be as it was."""
    changed = {Path(change.path).stem: change.new for change in found.files if change.changed}
    assert changed.keys() <= {"peer"}
    return changed.get("peer", "")


def test_rows_replace_classes_where_they_are_named(tmp_path: Path) -> None:
    peer = """
        from ..net import Lock, Stream


        class Peer:
            def __init__(self, stream: Stream) -> None:
                self.stream = stream
                self.lock = Lock()

            def ask(self):
                with self.lock:
                    return self.stream.read(3)
        """
    assert text(library(tmp_path, peer)) == textwrap.dedent("""\
        from ..net import AsyncLock, AsyncStream


        class Peer:
            def __init__(self, stream: AsyncStream) -> None:
                self.stream = stream
                self.lock = AsyncLock()

            async def ask(self):
                async with self.lock:
                    return await self.stream.read(3)
        """)


def test_a_wrapper_in_a_file_that_is_only_read_is_looked_through(tmp_path: Path) -> None:
    timing = """
        import functools


        def timed(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)

            return wrapper
        """
    peer = """
        from ..net import opened
        from ..timing import timed


        @timed
        def ask():
            return opened("a").read(3)


        @timed
        def name():
            return "peer"


        def both():
            return name(), ask()
        """
    new = text(library(tmp_path, peer, timing=timing))
    assert "async def ask" in new
    assert "\ndef name" in new
    assert "return name(), await ask()" in new


FRONTIER = """
from ..net import opened


class Peer:
    def fill(self):
        self.data = opened("a").read(3)

    def __len__(self):
        self.fill()
        return len(self.data)
"""


def test_a_frontier_of_a_library_raises_and_the_rest_is_ported(tmp_path: Path) -> None:
    found = library(tmp_path, FRONTIER)
    assert text(found).endswith(
        "    async def fill(self):\n"
        '        self.data = await opened("a").read(3)\n\n'
        "    def __len__(self):\n"
        '        raise RuntimeError("`Peer.fill` is a coroutine function now, and `__len__` cannot await it")\n'
    )
    assert [(refusal.reason, bool(refusal.remedy)) for refusal in found.plan.refusals] == [
        ("`len()` takes a number at once", True)
    ]


def test_a_frontier_of_a_program_keeps_what_it_calls(tmp_path: Path) -> None:
    settings = SETTINGS.replace('targets = ["lib/sync/*.py"]', "")
    assert text(library(tmp_path, FRONTIER, settings)) == ""


def test_a_base_class_that_stays_as_it_is_keeps_what_it_calls(tmp_path: Path) -> None:
    base = """
        class Base:
            def use(self, name):
                self._use(name)

            def _use(self, name):
                raise NotImplementedError
        """
    peer = """
        from ..base import Base
        from ..net import opened


        class Peer(Base):
            def open(self, name):
                return opened(name).read(1)

            def _use(self, name):
                self.open(name)
        """
    new = text(library(tmp_path, peer, base=base))
    assert "async def open" in new
    assert "    def _use(self, name):\n        raise RuntimeError(" in new


def test_a_flag_tells_the_colours_apart(tmp_path: Path) -> None:
    peer = """
        import asyncio
        import time

        from ..net import opened

        _IS_SYNC = True


        def ask():
            if _IS_SYNC:
                time.sleep(1)
            else:
                asyncio.get_running_loop()
            return opened("a").read(3)
        """
    new = text(library(tmp_path, peer))
    assert "_IS_SYNC = False" in new
    assert "        time.sleep(1)\n" in new
    assert 'return await opened("a").read(3)' in new


@pytest.mark.parametrize("mark", ["type: ignore[unused-coroutine]", "pyright: ignore[reportUnusedCoroutine]"])
def test_a_coroutine_that_the_author_drops_is_not_awaited(tmp_path: Path, mark: str) -> None:
    peer = f"""
        from ..net import opened


        class Peer:
            def close(self):
                opened("a").read(3)

            def __del__(self):
                self.close()  # {mark}
        """
    new = text(library(tmp_path, peer))
    assert f"    def __del__(self):\n        self.close()  # {mark}\n" in new
    assert "async def close" in new


def test_what_asyncio_schedules_is_not_awaited_before(tmp_path: Path) -> None:
    peer = """
        import asyncio

        from ..net import opened

        IS_ASYNC = False


        def ask(name):
            return opened(name).read(3)


        def ask_all(names):
            if IS_ASYNC:
                return asyncio.gather(*[ask(name) for name in names], ask("last"))
            return [ask(name) for name in names]
        """
    gather = '[[catalogue]]\nblocking = "asyncio.gather"\nasyncio = "asyncio.gather"\nbecomes = "await"\n'
    new = text(library(tmp_path, peer, SETTINGS + gather))
    assert 'return await asyncio.gather(*[ask(name) for name in names], ask("last"))' in new
    assert "async def ask_all" in new
    assert "IS_ASYNC = True" in new


def test_names_decide_where_all_methods_agree(tmp_path: Path) -> None:
    peer = """
        from ..net import opened


        class Peer:
            def ask_first(self):
                return opened("a").read(3)


        def use(peer):
            return peer.ask_first()


        def other(peer):
            return peer.read_all()
        """
    found = library(tmp_path, peer)
    assert "    return await peer.ask_first()" in text(found)
    assert "\ndef other(peer):\n    return peer.read_all()" in text(found)
    assert found.plan.resolution.by_name == 1


def test_an_alias_of_a_special_method_is_renamed(tmp_path: Path) -> None:
    peer = """
        from ..net import opened


        class Chunks:
            def __iter__(self):
                return self

            def next(self):
                if not (data := opened("a").read(3)):
                    raise StopIteration
                return data

            __next__ = next


        def collect(chunks: Chunks):
            return [chunk for chunk in chunks]
        """
    new = text(library(tmp_path, peer))
    assert "    def __aiter__(self):" in new
    assert "    __anext__ = next\n" in new
    assert "raise StopAsyncIteration" in new
    assert "return [chunk async for chunk in chunks]" in new


def test_callbacks_of_an_outside_library_take_its_object_along(tmp_path: Path) -> None:
    peer = """
        from cipher.io import Callbacks
        from cipher.machine import Machine

        from ..net import opened


        class Keys(Callbacks):
            def fetch(self):
                return opened("keys").read(3)


        class Peer:
            def __init__(self):
                self.machine = Machine(Keys())

            def encrypt(self, text):
                return self.machine.encrypt(text)
        """
    new = text(library(tmp_path, peer))
    assert "async def fetch" in new
    assert "return await self.machine.encrypt(text)" in new


def test_a_function_that_always_raises_has_no_colour(tmp_path: Path) -> None:
    peer = """
        from ..net import opened


        class Peer:
            def __getattr__(self, name):
                return Peer()

            def __call__(self, *args):
                raise TypeError("not callable")

            def ask(self):
                return opened("a").read(3)


        def use(peer: Peer, name: str):
            peer = Peer() if name else peer
            return peer.ask(), peer.spell()
        """
    new = text(library(tmp_path, peer))
    assert "return await peer.ask(), peer.spell()" in new
    assert "    def __call__(self, *args):" in new
