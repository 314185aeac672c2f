"""Porting a small program in a test: its new text, or why it was not ported."""

from __future__ import annotations

import textwrap
from pathlib import Path

from porter.pipeline import port
from porter.plan.model import Port

SLOW = """
import time


def words():
    time.sleep(0.001)
    yield "a"


"""
ASYNC = """
import asyncio


async def words():
    await asyncio.sleep(0.001)
    yield "a"


"""


def ported(folder: Path, code: str, name: str = "program.py") -> Port:
    """The port of a program of one file."""
    path = folder / name
    path.write_text(textwrap.dedent(code).lstrip("\n"))
    return port([path])


def text(folder: Path, code: str, name: str = "program.py") -> str:
    """Its new text; the checker must have nothing against it, and porting it again must change nothing."""
    found = ported(folder, code, name)
    assert not found.faults
    new = found.files[0].new if found.files else (folder / name).read_text()
    again = ported(folder, new, name)
    assert not again.files or again.files[0].new == new
    return new


def body(folder: Path, code: str) -> str:
    """The new text of ``main``, whose body is ``code``, in a program with a blocking generator ``words``."""
    program = SLOW + "def main():\n" + textwrap.indent(textwrap.dedent(code).strip("\n"), "    ") + "\n"
    head = ASYNC.lstrip("\n") + "async def main():\n"
    new = text(folder, program)
    if new == program.lstrip("\n"):
        return "unchanged"
    assert new.startswith(head), new
    return textwrap.dedent(new.removeprefix(head)).rstrip("\n")


def reasons(folder: Path, code: str, name: str = "program.py") -> str:
    """Why nothing of a program was ported."""
    found = ported(folder, code, name)
    assert not found.files
    return "\n".join(refusal.reason for refusal in found.plan.refusals)
