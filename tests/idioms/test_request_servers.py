"""Servers and handlers of requests: ported together, or left together with a reason."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from porter.pipeline import port
from tests.idioms.porting import ported, text

HANDLER = """
import socketserver
import threading


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())
"""
SERVE = """

def main(address):
    with socketserver.ThreadingTCPServer(address, Upper) as server:
        server.serve_forever()
"""


def refusal(folder: Path, code: str) -> str:
    """The one reason why nothing of a program's servers is ported."""
    found = ported(folder, code)
    assert not found.faults
    assert all("_aio_socketserver" not in change.new for change in found.files)
    (reason,) = {refused.reason for refused in found.plan.refusals}
    return reason


def test_a_package_has_its_support_modules_inside(tmp_path: Path) -> None:
    package = tmp_path / "service"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "web.py").write_text(
        "from http.server import BaseHTTPRequestHandler, HTTPServer\n\n\nclass Web(BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n        self.wfile.write(b'')\n\n\ndef main():\n    HTTPServer(('', 0), Web).serve_forever()\n"
    )
    found = port([tmp_path])
    assert not found.faults
    assert "from . import _aio_http_server\n" in found.files[0].new
    assert {(name, Path(shown).name) for name, shown in found.plan.support} == {
        (".aio_http_server", "_aio_http_server.py"),
        (".aio_socketserver", "_aio_socketserver.py"),
        ("aio_socket", "_aio_socket.py"),
    }


def test_datagrams_come_with_their_socket(tmp_path: Path) -> None:
    new = text(
        tmp_path,
        """
        import socketserver


        class Answer(socketserver.BaseRequestHandler):
            def handle(self):
                data, sock = self.request
                sock.sendto(data, self.client_address)


        def main(address):
            with socketserver.UDPServer(address, Answer) as server:
                server.handle_request()
        """,
    )
    assert "        data, sock = self.request\n        await sock.sendto(data, self.client_address)\n" in new
    assert "        await server.handle_request()\n" in new


def test_what_a_server_does_while_it_is_made_is_kept(tmp_path: Path) -> None:
    code = HANDLER + textwrap.dedent("""

        class Named(socketserver.ThreadingTCPServer):
            def server_bind(self):
                super().server_bind()
                self.name = socket.getfqdn(self.server_address[0])


        def main(address):
            with Named(address, Upper) as server:
                server.serve_forever()
        """)
    found = ported(tmp_path, "import socket\n" + code)
    assert not found.plan.refusals
    (call,) = (call for call in found.plan.calls if call.callee == "socket.getfqdn")
    assert (call.outcome, call.reason) == ("kept", "it runs once, in the server's constructor, before anything is served")


def test_a_server_that_makes_its_handlers_itself(tmp_path: Path) -> None:
    code = HANDLER + textwrap.dedent("""

        class Server(socketserver.TCPServer):
            def finish_request(self, request, client_address):
                self.RequestHandlerClass(request, client_address, self)


        def main(address):
            with Server(address, Upper) as server:
                server.serve_forever()
        """)
    assert "await self.RequestHandlerClass(request, client_address, self).serve_request()\n" in text(tmp_path, code)


def test_a_class_of_threads_that_serves(tmp_path: Path) -> None:
    code = HANDLER + textwrap.dedent("""

        class Background(threading.Thread):
            def __init__(self, server):
                super().__init__(daemon=True)
                self.server = server

            def run(self):
                self.server.serve_forever()


        def main(address):
            with socketserver.TCPServer(address, Upper) as server:
                serving = Background(server)
                serving.start()
                server.shutdown()
                serving.join()
        """)
    assert "    async def run(self):\n        await self.server.serve_forever()\n" in text(tmp_path, code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "import http.server\n\n\nclass Scripts(http.server.CGIHTTPRequestHandler):\n    pass\n" + SERVE,
            "`http.server.CGIHTTPRequestHandler` has",
        ),
        (SERVE + "\n\ndef serve(request, server):\n    Upper(request, None, server)\n", "the program makes a handler itself"),
        (
            "\n    def __init__(self, *args):\n        super().__init__(*args)\n        print('served')\n" + SERVE,
            "it runs after the request was served",
        ),
        (SERVE.replace("server.serve_forever()", "threading.Timer(1, server.serve_forever).start()"), "what runs the server"),
    ],
    ids=["scripts", "made", "after", "timer"],
)
def test_what_keeps_servers_back(code: str, reason: str, tmp_path: Path) -> None:
    assert (
        refusal(tmp_path, HANDLER + code)
        .removeprefix("`socketserver.BaseServer.serve_forever` stays blocking: ")
        .startswith(reason)
    )


def test_a_server_that_stays_in_its_thread_is_stopped_by_a_hop(tmp_path: Path) -> None:
    code = (
        "import pickle\n"
        + HANDLER.replace("self.rfile.readline().upper()", "pickle.load(self.rfile)").lstrip("\n")
        + textwrap.dedent("""

            def main(address):
                server = socketserver.ThreadingTCPServer(address, Upper)
                threading.Thread(target=server.serve_forever, daemon=True).start()
                server.shutdown()
                server.server_close()
            """)
    )
    found = ported(tmp_path, code)
    assert not found.faults
    new = found.files[0].new
    assert "    await asyncio.to_thread(server.shutdown)\n    await asyncio.to_thread(server.server_close)\n" in new
    assert "class Upper(socketserver.StreamRequestHandler):\n    def handle(self):\n" in new
    ast.parse(new)


JOURNAL = """
import socket


class Journal:
    def __init__(self, address):
        self.connection = socket.create_connection(address)

    def write(self, line):
        self.connection.sendall(line)


def main(address, other):
    journal = Journal(other)
    journal.write(b"begin")
    Upper.journal = journal
    with socketserver.ForkingTCPServer(address, Upper) as server:
        server.serve_forever()
"""


def test_processes_that_use_streams_of_their_parent(tmp_path: Path) -> None:
    use = "        self.journal.write(self.rfile.readline())\n"
    served = HANDLER.replace("        self.wfile.write(self.rfile.readline().upper())\n", use)
    found = ported(tmp_path, served + JOURNAL)
    assert all("_aio_socketserver" not in change.new for change in found.files)
    assert any("use streams, which belong to the event loop of their parent" in one.reason for one in found.plan.refusals)
    assert "_aio_socketserver.ForkingTCPServer" in text(tmp_path, HANDLER + JOURNAL)


BORROWS = """
import socketserver
from wsgiref.handlers import SimpleHandler


class Web(socketserver.StreamRequestHandler):
    def handle(self):
        runner = SimpleHandler(self.rfile, self.wfile, None, {})
        runner.run(print)


def main(address):
    with socketserver.TCPServer(address, Web) as server:
        server.serve_forever()
"""


def test_an_object_that_borrows_files_works_in_a_thread(tmp_path: Path) -> None:
    new = text(tmp_path, BORROWS)
    assert "        runner = await asyncio.to_thread(SimpleHandler, _aio_bridge.BlockingFile(self.rfile)," in new
    assert "        await asyncio.to_thread(runner.run, print)\n" in new


@pytest.mark.parametrize(
    "use",
    ("print(runner)", "print(runner.stdout)", "runner = None", "self.runner = runner", "lambda: runner.run(print)", "pass"),
)
def test_an_object_that_gets_about_keeps_its_files_blocking(tmp_path: Path, use: str) -> None:
    assert "which needs a blocking one" in refusal(tmp_path, BORROWS.replace("        runner.run(print)\n", f"        {use}\n"))


def test_a_borrower_with_a_coroutine_among_its_methods(tmp_path: Path) -> None:
    own = (
        "\n\nclass Own(SimpleHandler):\n    def pause(self):\n        time.sleep(1)\n"
        "\n\ndef wait():\n    Own(None, None, None, {}).pause()\n"
    )
    code = "import time\n" + BORROWS.replace("runner = SimpleHandler", "runner = Own") + own
    found = ported(tmp_path, code)
    assert not found.faults
    assert all("BlockingFile" not in change.new for change in found.files)


TABLE = """
import socketserver
import threading


class Table:
    def __init__(self):
        self.names = set()
        self.changed = threading.Condition()

    def add(self, name):
        with self.changed:
            self.names.add(name)
            self.changed.notify_all()
            self.changed.wait_for(lambda: len(self.names) > 1)
        return len(self.names)


class Handler(socketserver.StreamRequestHandler):
    def setup(self):
        socketserver.StreamRequestHandler.setup(self)

    def handle(self):
        for line in self.rfile:
            self.wfile.write(b"%d" % self.server.table.add(line))

"""
STORED = """
def main():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.table = Table()
    server.serve_forever()
"""
OWN = """
class Server(socketserver.ThreadingTCPServer):
    def __init__(self, address):
        self.table = Table()
        super().__init__(address, Handler)


def main():
    Server(("127.0.0.1", 0)).serve_forever()
"""


@pytest.mark.parametrize("serve", [STORED, OWN])
def test_a_handler_knows_its_server(serve: str, tmp_path: Path) -> None:
    made = text(tmp_path, TABLE + serve)
    assert 'await self.wfile.write(b"%d" % await self.server.table.add(line))' in made


def test_a_base_that_is_called_by_its_name_is_awaited(tmp_path: Path) -> None:
    made = text(tmp_path, TABLE + STORED)
    assert "        await _aio_socketserver.StreamRequestHandler.setup(self)\n" in made


@pytest.mark.parametrize("asked", ["current_thread().name", "current_thread() is threading.main_thread()"])
def test_a_handler_that_asks_which_thread_it_is(tmp_path: Path, asked: str) -> None:
    asks = HANDLER.replace("self.wfile.write(", f"print(threading.{asked})\n        self.wfile.write(")
    assert "thread" in refusal(tmp_path, asks + SERVE)


def test_what_requests_set_stays_theirs(tmp_path: Path) -> None:
    sets = HANDLER.replace("\n\nclass", "\n\nclass State(threading.local):\n    line = None\n\n\nstate = State()\n\n\nclass", 1)
    sets = sets.replace("self.wfile", "state.line = 1\n        self.wfile", 1)
    assert "class State(_aio_threads.Local):" in text(tmp_path, sets + SERVE)
