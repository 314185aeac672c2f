"""Each row of the catalogue is met by a program that uses it: ported, hopped, kept or refused, and never in silence."""

from __future__ import annotations

import ast
import functools
import tempfile
from pathlib import Path

import pytest

from porter.catalogue import Row, load
from porter.pipeline import port
from porter.plan.model import BlockingCall, Port

ROWS = load().rows
LIBRARIES = sorted({row.library for row in ROWS})
OUTCOMES = {
    "thread": {"offloaded", "kept", "ported", "refused"},
    "none": {"refused", "kept"},
}
"""What may become of a call whose row says so, and no idiom looks after; of others: anything that is accounted for."""
ARGUMENTS = dict.fromkeys(("accept", "close", "detach", "do_handshake", "fileno", "flush", "getpeername", "getsockname"), "")
ARGUMENTS |= dict.fromkeys(("gettimeout", "gethostname", "listen", "read", "readline", "readlines", "socketpair", "unwrap"), "")
ARGUMENTS |= {"makefile": "'rb'", "sendto": "value, value", "setsockopt": "value, value, value", "getnameinfo": "value, value"}
ARGUMENTS |= {"getaddrinfo": "value, value", "getsockopt": "value, value", "sendmsg": "[value]"}
"""Arguments of socket functions that take more than one, or none: what porter knows of sockets counts them."""
THROUGH = {"sys.stdin": "typing.IO"}
"""Objects with rows of their own, for ``porter explain``, that a program meets by those of their type."""
_STATEMENTS = {"__enter__": "with {0}:\n        return 1", "__next__": "for item in {0}:\n        print(item)"}


def use(row: Row) -> tuple[str, str]:
    """The annotation of the object that has what the row names, and the statement that uses it."""
    owner, _, last = row.name.rpartition(".")
    given = arguments(row)
    if row.kind in ("function", "class"):
        return "", f"return {row.name.removeprefix('builtins.')}({given})"
    receiver, annotation = "owner", owner
    if owner.endswith("()"):  # what a method gives
        annotation, _, method = owner.removesuffix("()").rpartition(".")
        receiver = f"owner.{method}({given})"
    elif owner == "sys.stdin":
        receiver, annotation = owner, ""
    if last in _STATEMENTS:
        return annotation, _STATEMENTS[last].format(receiver)
    return annotation, f"return {receiver}.{last}" + (f"({given})" if row.kind == "method" else "")


def arguments(row: Row) -> str:
    """As many arguments as the row's example gives; any number, where nothing says how many it takes."""
    calls = (node for node in ast.walk(ast.parse(row.example[0])) if isinstance(node, ast.Call))
    named = [call for call in calls if ast.unparse(call.func).rpartition(".")[2] == row.tail]
    if not named and row.library in ("socket", "ssl"):
        return ARGUMENTS.get(row.tail, "value")
    if not named:
        return "*args"
    return ", ".join(["value"] * len(named[0].args))


def program(rows: list[Row]) -> str:
    """A function for each row."""
    modules = sorted({name for row in rows if (name := module_of(row.name)) != "builtins"})
    text = "".join(f"import {name}\n" for name in modules)
    for number, row in enumerate(rows):
        annotation, statement = use(row)
        parameter = f"owner: {annotation.removeprefix('builtins.')}, " if annotation else ""
        text += f"\n\ndef case_{number}({parameter}value, *args):\n    {statement}\n"
    return text


def module_of(name: str) -> str:
    """The module that a row's name is reached by: the parts before the first class or call."""
    parts = name.split(".")
    lowers = [part for part in parts[:-1] if part == part.lower() and "()" not in part]
    known = [n for n in range(1, len(lowers) + 1) if ".".join(parts[:n]) in _MODULES]
    return ".".join(parts[: known[-1]]) if known else parts[0]


_MODULES = (
    {row.library for row in ROWS}
    | {row.name.split(".")[0] for row in ROWS}
    | {
        "multiprocessing.connection",
        "multiprocessing.managers",
        "multiprocessing.pool",
        "multiprocessing.queues",
        "multiprocessing.synchronize",
        "urllib.request",
        "urllib.response",
    }
)


@functools.cache
def ported(library: str) -> tuple[Port, str, dict[str, list[BlockingCall]]]:
    """The port of a library's program, its text, and the calls that were found in each function."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(program(rows_of(library)), "utf-8")
        found = port([path])
        text = next((change.new for change in found.files if change.path == str(path)), path.read_text("utf-8"))
    calls: dict[str, list[BlockingCall]] = {}
    for call in found.plan.calls:
        calls.setdefault(call.caller.rpartition(".")[2], []).append(call)
    return found, text, calls


def rows_of(library: str) -> list[Row]:
    return [row for row in ROWS if row.library == library]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_program_that_uses_every_row_is_accounted_for(library: str) -> None:
    found, text, calls = ported(library)
    assert not found.faults
    ast.parse(text)
    wrong = []
    for number, row in enumerate(rows_of(library)):
        made = [call for call in calls.get(f"case_{number}", []) if call.callee == row.name]
        if row.blocks and not made:
            through = THROUGH.get(row.name.rpartition(".")[0], "")
            if f"{through}.{row.tail}" not in [call.callee for call in calls.get(f"case_{number}", [])]:
                wrong.append((row.name, "not met"))
        for call in made:
            if not row.blocks and call.outcome not in ("ported", "kept", "refused"):
                wrong.append((row.name, call.outcome))
            if call.outcome not in OUTCOMES.get(row.becomes, {call.outcome}) and not row.idiom:
                wrong.append((row.name, row.becomes, call.outcome))
            if call.outcome == "refused" and not (call.reason and call.remedy):
                wrong.append((row.name, "refused without a reason and a remedy"))
    assert wrong == []
