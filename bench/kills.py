"""Kill ``porter port --in-place`` at random moments, fill the disk, forbid writing; and look at what is left.

    python -m bench.kills SRC [--config porter.toml] [--kills 20] [--seed N]

A third of the kills fall anywhere into the run, a third behind its first write, and a third as soon as the first file has
changed, between two moves if the machine lets them. After each, every file must be wholly old or wholly new, and the next
run must finish. SIGINT, as Ctrl+C sends it, must leave everything old or everything new. As root, a small tmpfs is the full
disk, then one that may only be read; without root's rights, a folder that may only be read. Exit code 1 if anything is
torn, or a fault is not one line.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
Tree = dict[str, bytes]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each kill and each obstacle."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(options.src.resolve(), Path(folder), options.config)
        print(f"{len(bench.old)} files, of which {bench.changing} change; a run takes {bench.seconds:.1f} s", flush=True)
        chance = random.Random(options.seed)
        failures = sum(not bench.kill(number, chance) for number in range(options.kills))
        failures += sum(not bench.interrupt(number, chance) for number in range(max(options.kills // 4, 1)))
        if os.getuid() != 0:
            failures += not bench.read_only_folder()
        elif sys.platform == "linux":
            failures += not bench.full_disk()
            failures += not bench.read_only()
    print("all held" if not failures else f"{failures} failed")
    return int(failures > 0)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.kills", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("src", type=Path, help="the program's folder; it is copied and never touched")
    parser.add_argument("--config", type=Path, help="its porter.toml; patterns in it are relative to SRC")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


class _Bench:
    """One program, its port, and how long porting takes."""

    def __init__(self, src: Path, folder: Path, config: Path | None) -> None:
        self.src, self.folder = src, folder
        self.config = ["--config", str(config.resolve())] if config is not None else []
        self.old = _tree(src)
        target = self.copy("reference")
        started = time.monotonic()
        done = self.run(target)
        self.seconds = time.monotonic() - started
        if done.returncode not in (0, 3):
            sys.exit(done.stderr)
        self.new = _tree(target)
        self.changing = sum(self.new.get(name) != content for name, content in self.old.items())

    def copy(self, name: str) -> Path:
        """A fresh copy of the program."""
        target = self.folder / name / self.src.name
        shutil.rmtree(target.parent, ignore_errors=True)
        shutil.copytree(self.src, target)
        return target

    def command(self, target: Path) -> list[str]:
        """What is run."""
        return [sys.executable, "-m", "porter", "port", str(target), "--in-place", "--quiet", *self.config]

    def run(self, target: Path) -> subprocess.CompletedProcess[str]:
        """A run that nobody kills."""
        return subprocess.run(self.command(target), cwd=ROOT, capture_output=True, text=True)

    def kill(self, number: int, chance: random.Random) -> bool:
        """Kill one run; whether all is well afterwards."""
        target = self.copy(f"kill{number}")
        process = subprocess.Popen(self.command(target), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        match number % 3:
            case 0:
                moment, where = chance.uniform(0, self.seconds), "of the run"
            case 1:
                _wait(process, lambda: _staged(target))
                moment, where = chance.uniform(0, 0.1), "behind the first write"
            case _:
                files = [(path, path.stat().st_ino) for path in map(target.joinpath, self.old)]
                _wait(process, lambda: any(_number(path) != number for path, number in files))
                moment, where = 0.0, "behind the first move"
        time.sleep(moment)
        process.kill()
        process.wait()
        found = _tree(target)
        torn = [name for name, content in self.old.items() if found.get(name) not in (content, self.new.get(name))]
        written = sum(found.get(name) != content for name, content in self.old.items())
        again = self.run(target)
        whole = _tree(target) == self.new and not _staged(target)
        print(
            f"kill {number + 1:2}, {moment:7.3f} s {where:22}: {written:3} files written, {len(torn)} torn; "
            f"the next run {'finishes' if whole else 'DOES NOT finish: ' + again.stderr.strip()}",
            flush=True,
        )
        return whole and not torn

    def interrupt(self, number: int, chance: random.Random) -> bool:
        """Ctrl+C at some moment: all is old, or the run was done."""
        target = self.copy(f"interrupt{number}")
        process = subprocess.Popen(self.command(target), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        moment = chance.uniform(0.3, self.seconds)
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
        found = _tree(target)
        well = found in (self.old, self.new) and not _staged(target)
        state = "all old" if found == self.old else "all new" if found == self.new else "MIXED"
        ended = f"exit code {process.returncode}; {said.splitlines()[-1:]}"
        print(f"Ctrl+C {number + 1}, {moment:7.3f} s of the run: {state}; {ended}", flush=True)
        return well and "Traceback" not in said

    def read_only_folder(self) -> bool:
        """A folder that its owner may not write to; root may write anywhere."""
        target = self.copy("folder")
        for path in [target, *(path for path in target.rglob("*") if path.is_dir())]:
            path.chmod(0o555)
        done = self.run(target)
        well = self._stays("read-only folder", target, done)
        for path in [target, *(path for path in target.rglob("*") if path.is_dir())]:
            path.chmod(0o755)
        return well

    def full_disk(self) -> bool:
        """A disk that takes the program and not its port."""
        with _disk(self.folder / "full", sum(map(len, self.old.values())) + (256 << 10)) as disk:
            target = disk / self.src.name
            shutil.copytree(self.src, target)
            with (disk / "filler").open("wb") as filler:
                while _takes(filler.fileno(), b"x" * 4096):
                    pass
            with (disk / "filler").open("r+b") as filler:
                filler.truncate((disk / "filler").stat().st_size - (16 << 10))
            return self._stays("full disk", target, self.run(target))

    def read_only(self) -> bool:
        """A disk that may only be read."""
        with _disk(self.folder / "readonly", 64 << 20) as disk:
            target = disk / self.src.name
            shutil.copytree(self.src, target)
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            return self._stays("read-only disk", target, self.run(target))

    def _stays(self, what: str, target: Path, done: subprocess.CompletedProcess[str]) -> bool:
        lines = [line for line in done.stderr.splitlines() if line.startswith("porter: ")]
        well = _tree(target) == self.old and done.returncode == 2 and len(lines) == 1 and "Traceback" not in done.stderr
        print(f"{what}: {'nothing changed' if _tree(target) == self.old else 'CHANGED'}; exit code {done.returncode}; {lines}")
        return well


@contextmanager
def _disk(place: Path, size: int) -> Iterator[Path]:
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _wait(process: subprocess.Popen[bytes], has_come: Callable[[], bool]) -> None:
    while process.poll() is None and not has_come():
        time.sleep(0.0001)


def _number(path: Path) -> int:
    """The file behind a path; 0 where there is none for a moment."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def _takes(descriptor: int, block: bytes) -> bool:
    try:
        return os.write(descriptor, block) == len(block)
    except OSError:
        return False


def _tree(folder: Path) -> Tree:
    """What a user sees: no caches, and nothing that waits for its move."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if not path.name.startswith(".")}


def _staged(folder: Path) -> bool:
    return any(name.startswith(".") and "porter" in name for _, _, names in os.walk(folder) for name in names)


if __name__ == "__main__":
    sys.exit(main())
