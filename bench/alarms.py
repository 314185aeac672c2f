"""Run ``verify`` on asynchronous programs that people wrote: what it says of them is a false alarm, or a true fault.

    python -m bench.alarms [--twins WORK] [TREE...]

``--twins`` compares the two sides that the authors of the twins' libraries ship, as ``porter verify SYNC ASYNC`` does;
a TREE is looked at alone, by the checks that need one side. Every finding is printed with its line; exit code 1 where
there is one in the twins.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from porter.plan.model import Fault
from porter.verify import verify_trees


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings of each program."""
    parser = argparse.ArgumentParser(prog="bench.alarms", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--twins", type=Path, metavar="WORK", help="the twins' work folder")
    parser.add_argument("trees", nargs="*", type=Path, help="folders or files of asynchronous programs")
    options = parser.parse_args(arguments)
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, before, after in _twins(options.twins):
            found += _print(name, verify_trees(before, after))
        for tree in options.trees:
            _print(tree.name, verify_trees(_nothing(tree, Path(folder)), tree))
    return 1 if found else 0


def _twins(work: Path | None) -> Iterator[tuple[str, Path, Path]]:
    for library in sorted((work / "lib").iterdir()) if work is not None else ():
        if (library / "sync").is_dir() and (library / "async").is_dir():
            yield library.name, library / "sync", library / "async"


def _nothing(tree: Path, folder: Path) -> Path:
    """A program that has nothing wrong, to compare one side alone with: a file for a file."""
    empty = folder / "empty.py"
    empty.write_text("", encoding="utf-8")
    return folder if tree.is_dir() else empty


def _print(name: str, faults: Sequence[Fault]) -> int:
    print(f"{name}: {len(faults)} findings; {time.process_time():.0f} s of CPU so far", flush=True)
    for fault in faults:
        print(f"  {fault.path}:{fault.line}: {fault.check}: {fault.message}", flush=True)
    return len(faults)


if __name__ == "__main__":
    sys.exit(main())
