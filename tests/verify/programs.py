"""Small asyncio programs, right as they stand, and one mechanical mistake in each of many copies."""

from __future__ import annotations

from dataclasses import dataclass

GOOD: dict[str, str] = {
    "streams": """
import asyncio


class Peer:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.seen = []

    async def send(self, text):
        self.writer.write(text.encode())
        await self.writer.drain()

    async def receive(self):
        line = await self.reader.readline()
        if not line:
            return None
        return line.decode().strip()

    def remember(self, text):
        self.seen.append(text)
        return len(self.seen)

    async def talk(self):
        while (text := await self.receive()) is not None:
            count = self.remember(text)
            await self.send(f"{count}: {text}")
        last = await self.receive()
        print(last)
        return await self.receive()


async def handle(reader, writer):
    peer = Peer(reader, writer)
    await peer.talk()
    async for line in reader:
        print(line)
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 8000)
    async with server:
        await server.serve_forever()


asyncio.run(main())
""",
    "tasks": """
import asyncio


async def fetch(number):
    await asyncio.sleep(0)
    return number


async def worker(queue, results):
    while True:
        number = await queue.get()
        results.append(await fetch(number))
        queue.task_done()


async def grouped():
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(n)) for n in range(3)]
    return [task.result() for task in tasks]


async def gathered():
    first = await asyncio.gather(*[fetch(n) for n in range(3)])
    coroutines = [fetch(n) for n in range(3)]
    second = await asyncio.gather(*coroutines)
    third = await asyncio.gather(*(fetch(n) for n in range(3)), return_exceptions=True)
    one, two = await asyncio.gather(fetch(1), fetch(2))
    return [*first, *second, *third, one, two]


async def limited():
    try:
        value = await asyncio.wait_for(fetch(1), timeout=1)
    except asyncio.TimeoutError:
        value = 0
    async with asyncio.timeout(1):
        value += await fetch(2)
    return value


async def completed():
    total = 0
    for future in asyncio.as_completed([fetch(n) for n in range(3)]):
        total += await future
    return total


async def main():
    queue = asyncio.Queue()
    results = []
    workers = [asyncio.create_task(worker(queue, results)) for _ in range(2)]
    background = set()
    task = asyncio.create_task(fetch(9))
    background.add(task)
    task.add_done_callback(background.discard)
    for number in range(5):
        await queue.put(number)
    await queue.join()
    for one in workers:
        one.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    print(await grouped(), await gathered(), await limited(), await completed())
    done, pending = await asyncio.wait([task])
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(0.1, future.set_result, None)
    await future
    print(await loop.run_in_executor(None, sum, [1, 2]), await asyncio.to_thread(sum, [1, 2]))


if __name__ == "__main__":
    asyncio.run(main())
""",
    "iterators": """
import asyncio


class Countdown:
    def __init__(self, start):
        self.start = start

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0)
        if self.start == 0:
            raise StopAsyncIteration
        self.start -= 1
        return self.start


class Numbers:
    async def __aiter__(self):
        for number in range(3):
            await asyncio.sleep(0)
            yield number


class Both:
    def __iter__(self):
        return iter([1])

    def __aiter__(self):
        return Countdown(1)


async def count(limit):
    for number in range(limit):
        await asyncio.sleep(0)
        yield number


async def doubled(source):
    async for number in source:
        yield number * 2


async def double(number):
    await asyncio.sleep(0)
    return number * 2


async def main():
    total = sum([number async for number in count(3)])
    pairs = [(n, await double(n)) async for n in doubled(count(3))]
    flags = any([await double(n) for n in range(3)])
    async for number in Countdown(3):
        total += number
    async for number in Numbers():
        total += number
    for number in Both():
        total += number
    async for number in Both():
        total += number
    stream = aiter(count(2))
    try:
        first = await anext(stream)
    except StopAsyncIteration:
        first = None
    second = await anext(stream, None)
    feed = count(5)
    await feed.asend(None)
    await feed.aclose()
    text = ",".join([str(n) async for n in count(2)])
    lazy = (n async for n in count(2))
    async for number in lazy:
        total += number
    print(total, pairs, flags, first, second, text)


asyncio.run(main())
""",
    "managers": """
import asyncio
import contextlib


class Connection:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *exc):
        await self.close()

    async def close(self):
        await asyncio.sleep(0)

    async def ask(self, question):
        await asyncio.sleep(0)
        return question


class Log:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


@contextlib.asynccontextmanager
async def opened(name):
    connection = Connection()
    await connection.ask(name)
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.contextmanager
def quiet():
    yield 1


async def connect():
    return Connection()


async def main():
    lock = asyncio.Lock()
    async with Connection() as connection:
        print(await connection.ask("a"))
    with Log(), quiet() as value:
        print(value)
    async with opened("b") as other, lock:
        with contextlib.suppress(OSError):
            print(await other.ask("c"))
    async with contextlib.AsyncExitStack() as stack:
        held = await stack.enter_async_context(opened("d"))
        stack.enter_context(quiet())
        await held.ask("e")
    async with await connect() as third:
        await third.ask("f")
    async with asyncio.Semaphore(2):
        pass


asyncio.run(main())
""",
    "callbacks": """
import asyncio
import functools


def traced(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        print("call")
        return await function(*args, **kwargs)

    return wrapper


def counted(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        return function(*args)

    wrapper.calls = 0
    return wrapper


@traced
async def greet(name):
    await asyncio.sleep(0)
    return name


@counted
async def leave(name):
    await asyncio.sleep(0)
    return name


async def stay(name):
    await asyncio.sleep(0)
    return name


HANDLERS = {"greet": greet, "leave": leave, "stay": stay}


class Bot:
    def __init__(self, on_message, on_close=None):
        self.on_message = on_message
        self.on_close = on_close

    async def run(self, name, text):
        answer = await HANDLERS[name](text)
        handler = getattr(self, f"do_{name}", None)
        if handler is not None:
            await handler(text)
        await self.on_message(answer)
        if self.on_close:
            await self.on_close()
        return answer

    async def do_greet(self, text):
        print(text)

    def later(self, text):
        return self.do_greet(text)


async def apply(function, *args):
    return await function(*args)


async def show(text):
    print(text)


async def main():
    bot = Bot(show, functools.partial(show, "closed"))
    print(await bot.run("greet", "x"))
    await bot.later("y")
    await apply(stay, "z")
    await apply(lambda name: stay(name), "w")
    bound = functools.partial(stay, "v")
    await bound()
    pending = stay("u")
    print(await pending)
    chosen = stay if bot.on_close else leave
    print(await chosen("t"))
    key = sorted(["b", "a"], key=len)
    asyncio.get_running_loop().call_soon(print, key)


asyncio.run(main())
""",
    "overrides": """
import asyncio
from abc import ABC, abstractmethod


class Source(ABC):
    @abstractmethod
    async def read(self):
        raise NotImplementedError

    @property
    async def size(self):
        return await self.read()

    async def both(self):
        one = await self.read()
        two = await self.read()
        return one + two


class Fast(Source):
    async def read(self):
        return 1


class Slow(Source):
    async def read(self):
        await asyncio.sleep(0)
        return 2


class Wrapped(Source):
    def __init__(self, inner):
        self.inner = inner
        self.cache = {}

    async def read(self):
        if "value" not in self.cache:
            self.cache["value"] = await self.inner.read()
        return self.cache["value"]

    async def both(self):
        return await super().both()


async def main():
    for source in (Fast(), Slow(), Wrapped(Slow())):
        total = await source.both()
        total += await source.read()
        if await source.read() > 1:
            print(total, f"{await source.read()}", await source.size)
        values = {"a": await source.read()}
        print(values["a"], [await source.read() for _ in range(2)])


asyncio.run(main())
""",
    "threads": """
import asyncio
import threading
import time
import unittest

lock = threading.Lock()
counts = {}


def crunch(number):
    with lock:
        counts[number] = counts.get(number, 0) + 1
    return number * 2


async def compute(number):
    result = await asyncio.to_thread(crunch, number)
    with lock:
        counts[number] = result
    return result


def runner():
    asyncio.run(compute(1))


def entry():
    thread = threading.Thread(target=runner)
    thread.start()
    thread.join()


def submit(loop):
    future = asyncio.run_coroutine_threadsafe(compute(2), loop)
    return future.result()


class Tests(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.number = 3

    async def asyncSetUp(self):
        self.value = await compute(self.number)

    async def test_compute(self):
        self.assertEqual(await compute(3), 6)

    def test_plain(self):
        self.assertEqual(crunch(1), 2)


def old_style():
    loop = asyncio.new_event_loop()
    value = loop.run_until_complete(compute(4))
    with asyncio.Runner() as run:
        print(run.run(compute(5)))
    return value


entry()
""",
    "library": """
import asyncio
import inspect


class Client:
    def __init__(self, transport, hooks=()):
        self._transport = transport
        self._hooks = list(hooks)
        self._task = None

    def request(self, path) -> "asyncio.Future[str]":
        return asyncio.ensure_future(self._request(path))

    def get(self, path):
        return self._request(path)

    async def _request(self, path):
        for hook in self._hooks:
            result = hook(path)
            if inspect.isawaitable(result):
                await result
        return await self._transport.send(path)

    async def start(self):
        self._task = asyncio.create_task(self._poll())

    async def stop(self):
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _poll(self):
        while True:
            await asyncio.sleep(1)
            await self.get("/")


class Transport:
    async def send(self, path):
        return path


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)
        self.task = asyncio.create_task(self.answer(data))

    async def answer(self, data):
        print(data)


async def log(path):
    print(path)


async def main():
    client = Client(Transport(), [print, log])
    await client.start()
    print(await client.request("/a"), await client.get("/b"))
    await client.stop()
    coroutine = client.get("/c") if client else None
    if coroutine is not None:
        await coroutine


asyncio.run(main())
""",
    "two_colours": """
import asyncio
import inspect
from collections.abc import AsyncIterable

IS_SYNC = False


class Wire:
    def read(self):
        return "x"


class AsyncWire:
    async def read(self):
        return "x"


class Link:
    def __init__(self, wire):
        self.wire = wire

    def read(self):
        return self.wire.read()


class AsyncLink:
    def __init__(self, wire):
        self.wire = wire

    async def read(self):
        return await self.wire.read()


def pick(options, wire):
    return options[wire]


async def spread(items):
    if isinstance(items, AsyncIterable):
        return [item async for item in items]
    return [item for item in items]


async def ticks():
    yield 1


async def call(function):
    result = function()
    if inspect.isawaitable(result):
        result = await result
    return result


async def main():
    wires = {"plain": Wire(), "async": AsyncWire()}
    print(Link(pick(wires, "plain")).read())
    print(await AsyncLink(pick(wires, "async")).read())
    print(await spread(ticks()), await spread([2]))
    print(await call(Wire().read), await call(AsyncWire().read))
    if IS_SYNC:
        asyncio.sleep(1)
    else:
        await asyncio.sleep(0)


asyncio.run(main())
""",
    "records": """
import asyncio


async def ask(number):
    await asyncio.sleep(0)
    return number


async def collect(client):
    results = [(n, await ask(n)) for n in range(3)]
    for n in range(3):
        answer = await ask(n)
        results.append((n, answer))
    return results


async def main():
    later = {}
    later["a"] = ask(1)
    for name, waiting in later.items():
        print(name, await waiting)
    for number, answer in await collect(None):
        print(f"{number}: {answer}")


asyncio.run(main())
""",
    "unknown_peer": """
import asyncio


class Room:
    def __init__(self):
        self.members = []

    async def announce_all(self, text):
        for member in self.members:
            await member.announce(text)
            member.close()


class Member:
    async def announce(self, text):
        await asyncio.sleep(0)

    async def close(self):
        pass
""",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A good program in which ``old`` is replaced by ``new``, once, and the check that must find it."""

    program: str
    old: str
    new: str
    check: str

    def __str__(self) -> str:
        return f"{self.program}: {self.new.strip() or 'nothing'}"


def mistakes(program: str, *rows: tuple[str, str, str]) -> tuple[Mistake, ...]:
    """The mistakes of one program."""
    return tuple(Mistake(program, *row) for row in rows)


BROKEN: tuple[Mistake, ...] = (
    *mistakes(
        "streams",
        ("        await self.writer.drain()", "        self.writer.drain()", "awaited"),
        ("line = await self.reader.readline()", "line = self.reader.readline()", "awaited"),
        ("text := await self.receive()", "text := self.receive()", "awaited"),
        ("await self.send(f", "self.send(f", "awaited"),
        ('await self.send(f"{count}: {text}")', 'await (await self.send(f"{count}: {text}"))', "await"),
        ("await peer.talk()", "await asyncio.wait_for(await peer.send(str(peer)), 1)", "await"),
        ("last = await self.receive()", "last = self.receive()", "awaited"),
        ("return await self.receive()", "return self.receive()", "awaited"),
        ("count = self.remember(text)", "count = await self.remember(text)", "await"),
        ("self.writer.write(text", "await self.writer.write(text", "await"),
        ("    await peer.talk()", "    peer.talk()", "awaited"),
        ("    async for line in reader", "    for line in reader", "protocol"),
        ("await writer.wait_closed()", "writer.wait_closed()", "awaited"),
        ("server = await asyncio.start_server(", "server = asyncio.start_server(", "awaited"),
        ("    async with server", "    with server", "protocol"),
        ("await server.serve_forever()", "server.serve_forever()", "awaited"),
        ("asyncio.run(main())", "main()", "awaited"),
        ("asyncio.run(main())", "asyncio.run(main)", "handed over"),
        ("asyncio.run(main())", "async def again():\n    asyncio.run(main())", "context"),
        ("    async def send(self, text):", "    def send(self, text):", "compiles"),
        ("        await self.writer.drain()", "        pass", "stream"),
        ("    writer.close()\n", "", "stream"),
        ("    await writer.wait_closed()", "    pass", "stream"),
        ("count = self.remember(text)", "count = self.remember()", "arguments"),
        ("count = self.remember(text)", "count = self.remember(text, 1)", "arguments"),
        ("count = self.remember(text)", "count = self.remember(word=text)", "arguments"),
        ("asyncio.run(main())", "def plain():\n    return 1\n\n\nasyncio.run(plain())", "await"),
        ("asyncio.run(main())", "print(asyncio.run(len('main')))", "await"),
        ("await writer.wait_closed()", "await writer.wait_closed", "await"),
        ("    await peer.talk()", "    await Peer(reader, writer)", "await"),
        ("    peer = Peer(reader, writer)", "    peer = handle\n    peer.talk()", "handed over"),
        ('await self.send(f"{count}: {text}")', "await self.send", "await"),
    ),
    *mistakes(
        "tasks",
        ("    await asyncio.sleep(0)\n    return number", "    asyncio.sleep(0)\n    return number", "awaited"),
        ("number = await queue.get()", "number = queue.get()", "awaited"),
        ("results.append(await fetch(number))", "results.append(fetch(number))", "awaited"),
        ("async with asyncio.TaskGroup()", "with asyncio.TaskGroup()", "protocol"),
        ("first = await asyncio.gather(", "first = asyncio.gather(", "awaited"),
        ("second = await asyncio.gather(*coroutines)", "second = coroutines", "awaited"),
        ("one, two = await asyncio.gather(fetch(1), fetch(2))", "one, two = fetch(1)", "awaited"),
        ("value = await asyncio.wait_for(", "value = asyncio.wait_for(", "awaited"),
        ("value += await fetch(2)", "value += fetch(2)", "awaited"),
        ("async with asyncio.timeout(1)", "with asyncio.timeout(1)", "protocol"),
        ("await queue.put(number)", "queue.put(number)", "awaited"),
        ("asyncio.create_task(fetch(9))", "asyncio.create_task(fetch)", "handed over"),
        ("await asyncio.gather(*workers, return", "asyncio.gather(*workers, return", "awaited"),
        ("print(await grouped(),", "print(grouped(),", "awaited"),
        ("future.set_result, None", "future.set_result, fetch(1) + 1", "awaited"),
        ("loop.call_later(0.1, future.set_result, None)", "loop.call_later(0.1, main)", "handed over"),
        ("asyncio.to_thread(sum, [1, 2])", "asyncio.to_thread(fetch, 1)", "handed over"),
        ("done, pending = await asyncio.wait([task])", "done, pending = asyncio.wait([task])", "awaited"),
    ),
    *mistakes(
        "iterators",
        ("sum([number async for number in count(3)])", "sum(number async for number in count(3))", "protocol"),
        ("sum([number async for number in count(3)])", "sum([number for number in count(3)])", "protocol"),
        ("sum([number async for number in count(3)])", "sum(count(3))", "protocol"),
        ("async for n in doubled(count(3))]", "for n in doubled(count(3))]", "protocol"),
        ("(n, await double(n)) async", "(n, double(n) + 1) async", "awaited"),
        ("any([await double(n) for n in range(3)])", "any(await double(n) for n in range(3))", "protocol"),
        ("any([await double(n) for n in range(3)])", "any([double(n) for n in range(3)])", "awaited"),
        ("async for number in Countdown(3)", "for number in Countdown(3)", "protocol"),
        ("async for number in Numbers()", "for number in Numbers()", "protocol"),
        ("for number in Both()", "async for number in range(4)", "protocol"),
        (
            "    def __aiter__(self):\n        return self",
            "    async def __aiter__(self):\n        return self",
            "definition",
        ),
        ("async def __aiter__", "async def __iter__", "definition"),
        ("first = await anext(stream)", "first = anext(stream)", "awaited"),
        ("except StopAsyncIteration", "except StopIteration", "context"),
        ("raise StopAsyncIteration", "raise StopIteration", "context"),
        ("second = await anext(stream, None)", "second = next(stream, None)", "protocol"),
        ("    def __aiter__(self):\n        return self", "    def __iter__(self):\n        return self", "protocol"),
        ("await feed.aclose()", "feed.aclose()", "awaited"),
        ('",".join([str(n) async for n in count(2)])', '",".join(str(n) async for n in count(2))', "protocol"),
        ("async for number in lazy", "for number in lazy", "protocol"),
        ("async for number in source", "for number in source", "protocol"),
        ("[str(n) async for n in count(2)]", "[*count(2)]", "protocol"),
    ),
    *mistakes(
        "managers",
        ("async with Connection()", "with Connection()", "protocol"),
        ("with Log(), quiet()", "async with Log(), quiet()", "protocol"),
        ('async with opened("b") as other, lock', 'with opened("b") as other, quiet()', "protocol"),
        ('async with opened("b") as other, lock', "async with quiet(), opened('b') as other", "protocol"),
        ("with contextlib.suppress(OSError)", "async with contextlib.suppress(OSError)", "protocol"),
        ("held = await stack.enter_async_context(", "held = stack.enter_async_context(", "awaited"),
        ('await stack.enter_async_context(opened("d"))', 'stack.enter_context(opened("d"))', "protocol"),
        ("async with await connect()", "async with connect()", "awaited"),
        ("@contextlib.asynccontextmanager", "@contextlib.contextmanager", "definition"),
        ("    async def __aenter__(self):", "    async def __enter__(self):", "definition"),
        ("        await self.close()", "        self.close()", "awaited"),
        ("async with asyncio.Semaphore(2)", "with asyncio.Semaphore(2)", "protocol"),
        ("@contextlib.contextmanager\ndef quiet", "@contextlib.asynccontextmanager\ndef quiet", "definition"),
        ('async with opened("b") as other, lock', "async with opened as other, lock", "handed over"),
    ),
    *mistakes(
        "callbacks",
        ("return await function(*args, **kwargs)", "return function(*args, **kwargs)", "awaited"),
        ("answer = await HANDLERS[name](text)", "answer = HANDLERS[name](text) + 1", "awaited"),
        ("await self.on_message(answer)", "self.on_message(answer)", "awaited"),
        ('await bot.later("y")', 'bot.later("y")', "awaited"),
        ("print(await bot.run(", "print(bot.run(", "awaited"),
        ("    await bound()", "    bound()", "awaited"),
        ("print(await pending)", "print(pending)", "awaited"),
        ("print(await pending)", "pass", "awaited"),
        ('print(await chosen("t"))', 'print(chosen("t"))', "awaited"),
        ("key=len", "key=stay", "handed over"),
        ("key=len", "key=lambda name: stay(name)", "handed over"),
        ("call_soon(print, key)", "call_soon(show, key)", "handed over"),
        ("return await function(*args)\n\n\nasync def show", "return function(*args)\n\n\nasync def show", "awaited"),
        ("await handler(text)", "handler(text)", "awaited"),
    ),
    *mistakes(
        "overrides",
        ("    async def read(self):\n        return 1", "    def read(self):\n        return 1", "await"),
        ("one = await self.read()", "one = self.read()", "awaited"),
        ("= await self.inner.read()", "= self.inner.read()", "awaited"),
        ("return await super().both()", "return super().both()", "awaited"),
        ("total = await source.both()", "total = source.both()", "awaited"),
        ("total += await source.read()", "total += source.read()", "awaited"),
        ("if await source.read() > 1", "if source.read() > 1", "awaited"),
        ("if await source.read() > 1", "if source.read()", "awaited"),
        ('f"{await source.read()}"', 'f"{source.read()}"', "awaited"),
        ('f"{await source.read()}"', 'f"{source.read}"', "handed over"),
        ("await source.size)", "source.size)", "awaited"),
        ('{"a": await source.read()}', "{source.read(): 1}", "awaited"),
        ("[await source.read() for _ in range(2)]", "[source.read() for _ in range(2)]", "awaited"),
    ),
    *mistakes(
        "threads",
        ("result = await asyncio.to_thread(crunch, number)", "result = asyncio.to_thread(crunch, number)", "awaited"),
        ("        counts[number] = result", "        counts[number] = await compute(1)", "context"),
        ("    asyncio.run(compute(1))", "    compute(1)", "awaited"),
        ("target=runner", "target=compute", "handed over"),
        ("IsolatedAsyncioTestCase", "TestCase", "definition"),
        ("def runner():", "@compute\ndef runner():", "definition"),
        ("    def setUp(self):", "    async def setUp(self):", "definition"),
        ("self.assertEqual(await compute(3), 6)", "self.assertEqual(compute(3), 6)", "awaited"),
        ("value = loop.run_until_complete(compute(4))", "value = str(compute(4))", "awaited"),
        ("run.run(compute(5))", "run.run(compute(5)) + compute(6)", "awaited"),
    ),
    *mistakes(
        "library",
        ("return await self._transport.send(path)", "return self._transport.send(path)", "awaited"),
        ('await self.get("/")', 'self.get("/")', "awaited"),
        ('await client.get("/b")', 'client.get("/b")', "awaited"),
        ("await client.start()", "client.start()", "awaited"),
        ("asyncio.create_task(self.answer(data))", "self.answer(data)", "awaited"),
        ("await asyncio.wait([self._task])", "asyncio.wait([self._task])", "awaited"),
    ),
    *mistakes(
        "two_colours",
        ("await asyncio.sleep(0)", "asyncio.sleep(0)", "awaited"),
        ("await spread(ticks())", "spread(ticks())", "awaited"),
    ),
    *mistakes(
        "records",
        ("(n, await ask(n)) for", "(n, ask(n)) for", "awaited"),
        ("answer = await ask(n)", "answer = ask(n)", "awaited"),
        ("print(name, await waiting)", "print(name, waiting)", "awaited"),
    ),
    *mistakes(
        "unknown_peer",
        ("await member.announce(text)", "member.announce(text)", "awaited"),
    ),
)
