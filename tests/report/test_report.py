"""The summary, the JSON and the chain of one verdict."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from porter.idioms.idiom import Edit, Refusal
from porter.plan.model import (
    BlockingCall,
    Fault,
    FileChange,
    Plan,
    Port,
    Resolution,
    Step,
    Uncertain,
    Verdict,
)
from porter.project.faults import UsageFault
from porter.project.model import Problem, Project, SourceFile
from porter.project.settings import Settings
from porter.report.chain import why_lines
from porter.report.data import plan_data, port_data
from porter.report.diff import diff_of
from porter.report.outcomes import results_of
from porter.report.terminal import show
from porter.report.text import fault_line, plan_lines, port_lines, problem_line
from porter.syntax.places import Span

TEXT = "def read(s):\n    '맞음'; s.recv(1)\n\ndef pure():\n    pass\n\ndef lazy(q):\n    q.get(); s.recv(2)\n"


def span(text: str) -> Span:
    start = TEXT.index(text)
    return Span(start, start + len(text))


def a_project() -> Project:
    file = SourceFile(Path("/p/a.py"), "a.py", Path("a.py"), "a", False, TEXT, "utf-8", False)
    problem = Problem(Path("/p/b.py"), "b.py", 3, "has a syntax error (x)", "correct it")
    return Project(Settings(), (file,), (problem,))


def a_plan() -> Plan:
    read, recv = span("def read(s)"), span("s.recv(1)")
    lazy = Span(TEXT.index("def lazy"), len(TEXT))
    return Plan(
        calls=(
            BlockingCall("a.py", recv, "socket.socket.recv", "a.read", "ported"),
            BlockingCall("a.py", span("s.recv(2)"), "socket.socket.recv", "a.lazy", "refused", "sort key", "lift it"),
        ),
        verdicts=(
            Verdict("a.py", read, "a.read", True, "calls socket.socket.recv",
                    (Step("a.py", recv, "a.read", "socket.socket.recv"),), "read_async"),
            Verdict("a.py", span("def pure()"), "a.pure", False, "nothing blocks"),
            Verdict("a.py", lazy, "a.lazy", False, "its call is refused"),
            Verdict("a.py", lazy, "a.Session.loop", False, "nothing blocks"),
            Verdict("a.py", lazy, "a.Other.loop", False, "nothing blocks"),
        ),
        edits=(Edit("sockets", "a.py", recv, "Call", "await", group="g1"),),
        refusals=(Refusal("a.py", span("s.recv(2)"), "sort key", "lift it"),
                  Refusal("a.py", lazy, "no event loop", "make one", "threads")),
        uncertain=(Uncertain("a.py", span("q.get()"), "get", ("queue.Queue.get", "dict.get")),),
        resolution=Resolution(5, 1, 2),
        renames=(("a.read", "read_async"),),
        dependencies=("aiosqlite",),
    )  # fmt: skip


def test_the_plan_in_words():
    lines = list(plan_lines(a_project(), a_plan()))
    assert lines[0] == "2 blocking calls found = 1 ported + 0 offloaded + 0 kept + 1 refused; 1 uncertain"
    assert lines[1] == "calls resolved: 5 by type, 1 by name; 2 unresolved"
    assert "  a.py:1:1 a.read → read_async: calls socket.socket.recv" in lines
    assert "  a.py:8:14 socket.socket.recv: sort key; lift it" in lines
    assert "refused places (1):" in lines, "a refusal that is a call's is told once"
    assert "  a.py:7:1: no event loop; make one" in lines
    assert "  a.py:8:5 get: may be queue.Queue.get or dict.get" in lines


def test_places_count_characters():
    data = plan_data(a_project(), a_plan())
    assert data["calls"][0]["line"] == 2
    assert data["calls"][0]["column"] == 11


def test_the_plan_as_json():
    data = json.loads(json.dumps(plan_data(a_project(), a_plan())))
    assert data["version"] == 1
    account = data["account"]
    assert account == {"found": 2, "ported": 1, "offloaded": 0, "kept": 0, "refused": 1, "uncertain": 1}
    assert data["refusals"][0] | {"path": "a.py", "line": 8, "column": 14, "reason": "sort key"} == data["refusals"][0]
    assert data["verdicts"][0]["chain"][0]["callee"] == "socket.socket.recv"
    assert data["edits"][0]["idiom"] == "sockets"
    assert data["uncertain"][0]["candidates"] == ["queue.Queue.get", "dict.get"]
    assert data["dependencies"] == ["aiosqlite"]
    assert data["problems"][0]["line"] == 3


def a_port() -> Port:
    change = FileChange("a.py", TEXT, TEXT.replace("s.recv(1)", "await s.recv(1)"), ())
    return Port(a_plan(), (change,), (Fault("a.py", 2, "compiles", "no"),))


def test_the_port_as_text_and_json():
    results = results_of(a_project(), a_port(), [("_aio_lock.py", "x = 1\n")])
    assert [(one.path, one.outcome) for one in results] == [
        ("_aio_lock.py", "added"), ("a.py", "changed"), ("b.py", "unreadable")]  # fmt: skip
    data = port_data(a_project(), a_port(), results)
    assert data["files"][1] == {"path": "a.py", "outcome": "changed"}
    assert data["faults"] == [{"path": "a.py", "line": 2, "check": "compiles", "message": "no"}]
    assert list(port_lines(a_project(), a_port(), results))[-1] == "files: 1 changed, 1 added, 0 unchanged"
    assert fault_line(a_port().faults[0]).startswith("a.py:2: compiles: no")
    assert problem_line(a_project().problems[0]).startswith("b.py:3: has a syntax error (x); left as it is")


@pytest.mark.parametrize("name", ["read", "a.read"])
def test_why_a_function_must_be_async(name):
    assert list(why_lines(a_project(), a_plan(), name)) == [
        "a.py:1:1 a.read becomes async, as read_async: calls socket.socket.recv",
        "  a.py:2:11 a.read → socket.socket.recv",
    ]


def test_why_a_function_stays_as_it_is():
    assert list(why_lines(a_project(), a_plan(), "pure")) == ["a.py:4:1 a.pure stays synchronous: nothing blocks"]
    assert list(why_lines(a_project(), a_plan(), "lazy"))[1:] == [
        "  a.py:8:14 socket.socket.recv is refused: sort key; lift it",
        "  a.py:8:5 get is uncertain: may be queue.Queue.get or dict.get",
    ]


def test_names_that_fit_several_functions_or_none():
    for name, told in (("loop", "names 2 functions; say which: a.Other.loop, a.Session.loop"),
                       ("Sesion.loop", "no such function; did you mean a.Session.loop"),
                       ("zzzzzz", "no such function; name a function")):  # fmt: skip
        with pytest.raises(UsageFault, match=told):
            list(why_lines(a_project(), a_plan(), name))


def test_the_diff_on_a_terminal_is_coloured_and_whole(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    show(diff_of(a_project(), a_port().files), stream)
    text = stream.getvalue()
    assert "\x1b[31m-    '맞음'; s.recv(1)" in text and "\x1b[32m+    '맞음'; await s.recv(1)" in text
