"""verify on two trees: nothing to say about good programs, and each mechanical mistake is found."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from porter.verify import verify_trees
from tests.verify.programs import BROKEN, GOOD, Mistake

FIXTURES = Path(__file__).parents[2] / "fixtures" / "programs"
EMPTY = "# the program before the port\n"


def _trees(folder: Path, after: str, before: str = EMPTY) -> tuple[Path, Path]:
    for name, text in (("before.py", before), ("after.py", after)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "before.py", folder / "after.py"


@pytest.mark.parametrize("name", GOOD)
def test_good_programs_have_no_fault(name: str, tmp_path: Path) -> None:
    assert verify_trees(*_trees(tmp_path, GOOD[name])) == ()


@pytest.mark.parametrize("mistake", BROKEN, ids=str)
def test_each_mistake_is_found(mistake: Mistake, tmp_path: Path) -> None:
    good = GOOD[mistake.program]
    assert good.count(mistake.old) >= 1, "the table is out of step with its program"
    faults = verify_trees(*_trees(tmp_path, good.replace(mistake.old, mistake.new, 1)))
    assert mistake.check in {fault.check for fault in faults}


def test_the_table_is_large_enough() -> None:
    assert len(BROKEN) >= 60


@pytest.mark.parametrize("name", GOOD)
def test_good_programs_compile(name: str) -> None:
    ast.parse(GOOD[name])


def test_what_was_wrong_before_is_not_the_ports(tmp_path: Path) -> None:
    text = "import asyncio\n\n\nasync def main():\n    asyncio.sleep(1)\n"
    assert verify_trees(*_trees(tmp_path, text + "\n\nasyncio.run(main())\n", before=text)) == ()


def test_a_port_that_does_not_parse(tmp_path: Path) -> None:
    (fault,) = verify_trees(*_trees(tmp_path, "def main():\n    await main()\n"))
    assert (fault.check, fault.line) == ("compiles", 2)


def test_folders(tmp_path: Path) -> None:
    for name, body in (("before", "def ask():\n    return 1\n"), ("after", "async def ask():\n    return 1\n")):
        folder = tmp_path / name / "pkg"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "core.py").write_text(body)
        (folder / "user.py").write_text("from .core import ask\n\n\ndef main():\n    return ask() + 1\n")
    (fault,) = verify_trees(tmp_path / "before", tmp_path / "after")
    assert (Path(fault.path).name, fault.line, fault.check) == ("user.py", 5, "awaited")


def test_the_ported_game_is_closed() -> None:
    game = FIXTURES / "guessing_game"
    assert verify_trees(game / "threaded.py", game / "ported.py") == ()


def test_verify_never_imports_libcst_or_an_idiom() -> None:
    program = (
        "import sys; import porter.verify; from pathlib import Path; "
        f"porter.verify.verify_trees(Path({str(__file__)!r}), Path({str(__file__)!r})); "
        "print([name for name in sys.modules if name.partition('.')[0] == 'libcst' "
        "or name.startswith('porter.idioms.') and name != 'porter.idioms.idiom'])"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


MANAGERS = """
import asyncio


class Null:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc_info):
        pass


class Client:
    def __init__(self, shared):
        self.lock = asyncio.Lock() if shared else Null()

    async def work(self):
        async with self.lock:
            await asyncio.sleep(0)


asyncio.run(Client(True).work())
"""


def test_one_of_two_managers_was_left_behind(tmp_path: Path) -> None:
    assert verify_trees(*_trees(tmp_path, MANAGERS)) == ()
    left = MANAGERS.replace("async def __aenter__", "def __enter__").replace("async def __aexit__", "def __exit__")
    assert [fault.check for fault in verify_trees(*_trees(tmp_path, left))] == ["protocol"]
