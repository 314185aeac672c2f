"""Watch ported programs for blocking calls: none may stand in a running loop but those that the plan names.

    python -m bench.blocking [FIXTURE...]

Each program of fixtures/programs, or of the named ones, is ported and its port run under ``blockbuster`` (an extra of the
tests), which raises where a blocking call meets a running loop. What the plan counts as kept or refused may block, in the
function where it stands. Prints a line for each program; exits with 1 if anything else blocked.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from porter import Port
from porter.check.checking import discover
from porter.check.fixture import Fixture
from porter.check.programs import DESCRIPTION, read_program
from porter.check.pythons import running_python
from porter.check.runs import Launch, Ports, Side, run_side
from porter.check.trees import ported_tree, write_tree
from porter.pipeline import port

PROGRAMS = Path(__file__).parents[1] / "fixtures" / "programs"
WATCHER, NOTES = "watched_by_blockbuster.py", "blocking_calls.txt"

LIBRARY = {
    "logging/__init__.py": ["emit", "flush"],
    "gettext.py": ["find"],
    "tempfile.py": ["_candidate_tempdir_list", "_get_default_tempdir", "mkdtemp", "_mkstemp_inner", "_rmtree"],
    "shutil.py": ["rmtree", "_rmtree_safe_fd"],
    "subprocess.py": ["_execute_child"],
}
"""What the standard library writes and reads by itself: the stream of a log, the translations of argparse's texts, the
folder for temporary files and its end, whether a child could be started."""

_WATCHER = """\
import os, runpy, sys, traceback
import blockbuster, blockbuster.blockbuster as machinery
allowed, arguments = {allowed!r}, {arguments!r}

class Noted(machinery.BlockingError):
    def __init__(self, name):
        super().__init__(name)
        with open({notes!r}, "a") as notes:
            frames = [f"{{f.filename.rpartition('/')[2]}}:{{f.lineno}}" for f in traceback.extract_stack()[:-2]]
            notes.write(f"{{name}} at {{frames[-1]}} below {{' '.join(frames[-4:-1])}}\\n")

machinery.BlockingError = Noted
watch = blockbuster.BlockBuster()
for function in watch.functions.values():
    for name, functions in allowed.items():
        function.can_block_in(name, set(functions))
watch.activate()
sys.argv = arguments
code = 0
try:
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(arguments[0], run_name="__main__")
except SystemExit as leaving:
    code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
except BaseException:
    traceback.print_exc()
    code = 1
finally:
    watch.deactivate()
sys.stdout.flush()
os._exit(code)  # the interpreter, which the watcher has changed, may crash as it ends
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """One program's run."""

    name: str
    code: int
    expected: int
    """The exit code of the threaded side."""
    blocking: tuple[str, ...]
    """What blocked the loop: the function and where it was called."""


def watch(fixture: Fixture, name: str) -> Watched | None:
    """Port a program and run the port, watched; None where there is nothing to run."""
    if fixture.how is None:
        return None
    made = port([fixture.before], settings=fixture.settings)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_tree(root, ported_tree(fixture.before, made))
        notes = root / NOTES
        target = Side(root if fixture.before.is_dir() else root / fixture.before.name)
        arguments = target.arguments(fixture.how.run)
        text = _WATCHER.format(allowed=_allowed(made), arguments=arguments, notes=str(notes))
        (root / WATCHER).write_text(text, encoding="utf-8")
        how = replace(fixture.how, run=(WATCHER,))
        run = run_side(Side(root), how, Launch(running_python(), 0, Ports().deal()))
        said = tuple(dict.fromkeys(notes.read_text("utf-8").splitlines())) if notes.exists() else ()
        threaded = run_side(Side(fixture.before), fixture.how, Launch(running_python(), 0, Ports().deal()))
        return Watched(name, run.code, threaded.code, said)


def _allowed(made: Port) -> dict[str, list[str]]:
    """The functions of each file that the plan lets block."""
    renamed = {old.rpartition(".")[2]: new for old, new in made.plan.renames}
    found: dict[str, list[str]] = {name: list(functions) for name, functions in LIBRARY.items()}
    for call in made.plan.calls:
        if call.outcome in ("kept", "refused"):
            function = call.caller.rpartition(".")[2]
            functions = found.setdefault(Path(call.path).name, [])
            functions += [function, renamed.get(function, function), "<module>"]
    return found


def programs(paths: Sequence[Path]) -> Iterator[tuple[str, Fixture]]:
    """The fixtures that are programs with two sides."""
    for path in discover(list(paths)):
        if path.is_dir() and (path / DESCRIPTION).is_file():
            yield path.name, read_program(path)


def main() -> int:
    """Watch them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fixtures", nargs="*", type=Path, default=[PROGRAMS])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if importlib.util.find_spec("blockbuster") is None:
        parser.error("blockbuster is not installed: pip install 'porter[test]'")
    found = [seen for name, fixture in programs(options.fixtures) if (seen := watch(fixture, name)) is not None]
    bad = [one for one in found if one.blocking or one.code != one.expected]
    if options.json:
        print(json.dumps({"programs": len(found), "wrong": {one.name: (one.code, one.blocking) for one in bad}}))
        return bool(bad)
    for one in found:
        verdict = "BLOCKS" if one.blocking else "FAILED" if one.code != one.expected else "ok"
        print(f"{verdict:<6} {one.name} (exit code {one.code})")
        for line in one.blocking:
            print(f"       {line}")
    print(f"{len(found)} programs, {len(bad)} of them failed, or blocked where the plan does not say so")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
