"""Measure the inference: its cost against ``ast.parse`` of the same files, its memory, and how both grow.

    python -m bench.inference [--twins WORK [--prepare TWINS.py]] [--repeat N] [--copies 1 2 4 8]

Each measurement runs cold in a process of its own, the cyclic collector off; of N the least CPU time counts. Rows: the
pymongo tree of the twins; the standard library's network modules plus that tree, as one program; copies of the first row
as independent packages of one program. Without the twins: the standard library's modules only. Exits with 1 if a figure
is over its limit.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import math
import re
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

RATIO, MEGABYTES, EXPONENT = 12.0, 200.0, 1.1
"""The limits: CPU of index and inference by that of ``ast.parse``, peak memory of the first row, growth."""

NETWORK = (
    *("asynchat", "asyncore", "concurrent", "ftplib", "http", "imaplib", "multiprocessing", "nntplib", "poplib"),
    *("queue", "selectors", "smtpd", "smtplib", "socket", "socketserver", "ssl", "subprocess", "telnetlib"),
    *("threading", "urllib", "webbrowser", "wsgiref", "xmlrpc"),
)
"""Modules of the standard library that open connections or wait; those that this Python has are read."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One program: sizes, CPU seconds, and the peak of the process in megabytes."""

    files: int
    targets: int
    lines: int
    parse: float
    inference: float
    peak: float
    capped: int

    @property
    def ratio(self) -> float:
        """How many times the CPU of ``ast.parse`` the inference costs."""
        return self.inference / self.parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit code whether the limits hold."""
    options = _options(arguments)
    library = _network_files()
    twin = _twin(options)
    print(f"{'program':34} files targets  lines  parse s  infer s  ratio  klines/s  peak MB  capped")
    first = _row("pymongo" if twin else "network modules", twin or library, options.repeat)
    if twin:
        _row("network modules and pymongo", [*library, twin[0]], options.repeat)
    exponent = _growth(twin or library, options)
    print(f"limits: ratio {RATIO:g}, peak {MEGABYTES:g} MB of the first row, time as n^{EXPONENT:g}")
    return int(first.ratio > RATIO or first.peak > MEGABYTES or exponent > EXPONENT)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.inference", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--twins", type=Path, metavar="WORK", help="the twins' work folder")
    parser.add_argument("--prepare", type=Path, metavar="TWINS.py", help="prepares WORK if it is empty")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="measurements of each row")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 2, 4, 8], metavar="N")
    parser.add_argument("--measure", nargs="+", metavar="PATH", help=argparse.SUPPRESS)  # what a process of its own does
    options = parser.parse_args(arguments)
    if options.measure:
        print(json.dumps(measure([Path(path) for path in options.measure])))
        sys.exit()
    return options


# --- inputs ----------------------------------------------------------------------------------------------------------


def _twin(options: argparse.Namespace) -> list[Path]:
    """The pymongo tree, prepared if need be; empty without the twins."""
    if options.twins is None:
        return []
    tree: Path = options.twins / "lib" / "pymongo" / "sync"
    if not tree.is_dir() and options.prepare is not None:
        for step in ("prepare", "boundary"):
            command = [sys.executable, str(options.prepare), step, "pymongo", "--work", str(options.twins)]
            subprocess.run(command, check=True, stdout=sys.stderr)
    if not tree.is_dir():
        sys.exit(f"{tree}: no such folder; name a prepared work folder, or --prepare TWINS.py")
    return [tree]


def _network_files() -> list[Path]:
    folder = Path(sysconfig.get_path("stdlib"))
    found = (path for name in NETWORK for path in (folder / name, folder / f"{name}.py"))
    return [path for path in found if path.exists()]


def _copies(paths: Sequence[Path], count: int, into: Path) -> None:
    """``count`` copies of the packages and modules in ``paths``; each copy imports, and means, only itself."""
    tops = [top for path in paths for top in (sorted(path.iterdir()) if path.name == "sync" else [path])]
    names = {top.stem for top in tops if top.is_dir() or top.suffix == ".py"}
    word = re.compile(rb"\b(" + "|".join(sorted(names)).encode() + rb")\b")
    for top in tops:
        for file in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
            text = file.read_bytes()
            for number in range(count):
                suffix = f"_copy{number}"
                relative = file.relative_to(top.parent)
                place = into / Path(f"{top.stem}{suffix}{top.suffix}", *relative.parts[1:])
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(word.sub(rb"\1" + suffix.encode(), text))


# --- measuring -------------------------------------------------------------------------------------------------------


def measure(paths: Sequence[Path]) -> Mapping[str, float]:
    """Measure one program in this process, as the fields of ``Measured``."""
    from porter import pipeline
    from porter.catalogue import load

    config = paths[0].parent / "porter.toml"
    alone = len(paths) == 1 and config.is_file()
    project = pipeline.read(list(paths), config=config if alone else None)
    catalogue = load(project.settings.catalogue)
    gc.disable()
    started = time.process_time()
    for file in project.files:
        ast.parse(file.text)
    parsed = time.process_time()
    inference = pipeline.understand(project, catalogue)
    inferred = time.process_time()
    return {
        "files": len(project.files),
        "targets": sum(file.is_target for file in project.files),
        "lines": sum(file.text.count("\n") for file in project.files),
        "parse": parsed - started,
        "inference": inferred - parsed,
        "peak": _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss),
        "capped": len(inference.state.graph.capped),
    }


def _megabytes(peak: int) -> float:
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)


def _measured(paths: Sequence[Path], repeat: int) -> Measured:
    """The least times and memory of some fresh processes."""
    command = [sys.executable, "-m", "bench.inference", "--measure", *map(str, paths)]
    runs = list(_runs(command, repeat))
    least = {key: min(getattr(run, key) for run in runs) for key in ("parse", "inference", "peak")}
    return replace(runs[0], **least)


def _runs(command: Sequence[str], repeat: int) -> Iterator[Measured]:
    for _ in range(repeat):
        done = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, capture_output=True, text=True)
        yield Measured(**json.loads(done.stdout))


def _row(name: str, paths: Sequence[Path], repeat: int) -> Measured:
    found = _measured([path.resolve() for path in paths], repeat)
    print(
        f"{name:34} {found.files:5} {found.targets:7} {found.lines:6} {found.parse:8.2f} {found.inference:8.2f}"
        f" {found.ratio:6.1f} {found.lines / found.inference / 1000:9.1f} {found.peak:8.0f} {found.capped:7}",
        flush=True,
    )
    return found


def _growth(paths: Sequence[Path], options: argparse.Namespace) -> float:
    """The exponent with which time grows in the number of copies: the slope of the logarithms, by least squares."""
    points = []
    for count in options.copies:
        with tempfile.TemporaryDirectory() as folder:
            _copies(paths, count, Path(folder))
            found = _row(f"{count} × the first", [Path(folder)], options.repeat)
        points.append((math.log(count), math.log(found.inference)))
    if len(points) < 2:
        return 0.0
    mean_x, mean_y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    exponent: float = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    print(f"time grows as n^{exponent:.2f}")
    return exponent


if __name__ == "__main__":
    sys.exit(main())
