"""Port programs that a generator makes up: never a crash, and byte for byte the input where nothing blocks.

    python -m bench.fuzz [--examples 10000] [--seed N]

Nine of ten programs come from Python's grammar, the others from libcst's node types, both by hypothesmith. Each is
ported twice: alone, where nothing may change since nothing blocks; and behind a function that sleeps, where the port
must compile, keep every byte of the program, and stay as it is when it is ported again. Exit code 1 for a failure,
which is printed as small as hypothesis can make it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import hypothesmith
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

from porter import UsageFault, pipeline

NAP = "import time\n\n\ndef porter_nap():\n    time.sleep(0)\n\n\n"
PORTED = "import asyncio\n\n\nasync def porter_nap():\n    await asyncio.sleep(0)\n\n\n"


def ported(text: str, folder: Path) -> str | None:
    """The port of a program; ``None`` where it is no program. Raises ``AssertionError`` for a fault of porter's own."""
    source = folder / "program.py"
    source.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        project = pipeline.read([source])
    except UsageFault:
        return None
    port = pipeline.port_project(project)
    assert not port.faults, port.faults
    (read,) = project.files
    return next((change.new for change in port.files), read.text)


def check_alone(text: str, folder: Path) -> bool:
    """Nothing that is generated blocks, so nothing changes; whether it was a program at all."""
    new = ported(text, folder)
    if new is not None:
        written = (folder / "program.py").read_bytes().removeprefix(b"\xef\xbb\xbf")
        assert new == text.removeprefix("\ufeff") or new.encode() == written or _names_an_encoding(text), new
    return new is not None


def check_beside(text: str, folder: Path) -> bool:
    """Behind something that blocks the program itself stays as it is."""
    new = ported(NAP + text, folder)
    if new is not None:
        assert new in (PORTED + text, NAP + text) or text.lstrip() in new, new
        assert ported(new, folder) == new, "porting it again changes it"
    return new is not None


def _names_an_encoding(text: str) -> bool:
    return "coding" in "".join(text.splitlines()[:2])


def run(examples: int, number: int) -> tuple[int, int]:
    """Try that many programs; how many were tried, and how many of them Python takes."""
    tried = taken = 0
    with tempfile.TemporaryDirectory() as name:

        def check(text: str) -> None:
            nonlocal tried, taken
            tried += 1
            taken += check_alone(text, Path(name))
            check_beside(text, Path(name))

        for strategy, share in _shares(examples):
            quiet = settings(
                max_examples=share,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            quiet(seed(number)(given(strategy)(check)))()
    return tried, taken


def _shares(examples: int) -> list[tuple[SearchStrategy[str], int]]:
    nodes = max(examples // 10, 1)
    return [(hypothesmith.from_grammar(), examples - nodes), (hypothesmith.from_node(), nodes)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try programs and say how many there were."""
    parser = argparse.ArgumentParser(prog="bench.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    started = time.process_time()
    tried, taken = run(options.examples, options.seed)
    print(f"{tried} programs, {taken} of which Python takes: no crash, nothing changed; {time.process_time() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
