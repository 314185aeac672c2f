"""Port programs together with the client libraries that they use, and run both sides against real servers.

    python -m bench.real_servers [NAME ...]

Each program of ``bench/clients`` lies beside a library of PyPI, whose source nobody here wrote: all of it, but for its
tests, is ported in one command, without settings. Both sides then talk to the same server, started here: beanstalkd,
MariaDB, memcached, mosquitto, nats-server, PostgreSQL, from Debian's packages of these names, and websockets. The port runs with
Python's and asyncio's debug modes on, and warnings are errors. A line each: the account, and whether what is printed and
the exit code are the same. Servers that are not installed are left out. Exits with 1 if one differs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_CLIENTS = Path(__file__).resolve().parent / "clients"
_PATIENCE = 60.0
"""Seconds for a server to start, and for a program to end."""
_SLOW = re.compile(r"^Executing <.*> took [\d.]+ seconds\n", re.MULTILINE)
"""What asyncio's debug mode says on a busy machine."""


@dataclass(frozen=True, slots=True)
class Case:
    """A program, the library beside it, and the server that it talks to."""

    name: str
    requirements: tuple[str, ...]
    package: str
    """The folder of the library that is ported with the program."""
    server: tuple[str, ...]
    """The command; ``{port}`` and ``{folder}`` are filled in."""
    set_up: tuple[str, ...] = ()
    """What makes the server's folder, before it starts."""
    user: str = ""
    """Who runs the server where this runs as root."""


CASES = (
    Case("beanstalkd", ("greenstalk==2.1.1",), "greenstalk", ("beanstalkd", "-l", "127.0.0.1", "-p", "{port}")),
    Case(
        "memcached",
        ("python-binary-memcached==0.33.0",),
        "bmemcached",
        ("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", "{port}"),
    ),
    Case(
        "pymemcache",
        ("pymemcache==4.0.0",),
        "pymemcache",
        ("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", "{port}"),
    ),
    Case(
        "websocket",
        ("websocket-client==1.9.0", "websockets==15.0.1"),
        "websocket",
        (sys.executable, str(_CLIENTS / "websocket_server.py"), "{port}"),
    ),
    Case("mosquitto", ("paho-mqtt==2.1.0",), "paho", ("mosquitto", "-p", "{port}")),
    Case("nats", ("nats-python==0.8.0", "setuptools<80"), "pynats", ("nats-server", "-a", "127.0.0.1", "-p", "{port}")),
    Case(
        "postgresql",
        ("pg8000==1.31.6",),
        "pg8000",
        ("postgres", "-D", "{folder}/data", "-p", "{port}", "-k", "{folder}", "-c", "listen_addresses=127.0.0.1"),
        ("initdb", "-D", "{folder}/data", "-U", "postgres", "-A", "scram-sha-256", "--pwfile", "{folder}/password"),
        "postgres",
    ),
    Case(
        "mariadb",
        ("PyMySQL==1.1.2",),
        "pymysql",
        (
            "mariadbd",
            "--no-defaults",
            "--datadir={folder}/data",
            "--port={port}",
            "--socket={folder}/socket",
            "--bind-address=127.0.0.1",
        ),
        ("mariadb-install-db", "--no-defaults", "--datadir={folder}/data", "--auth-root-authentication-method=normal"),
        "mysql",
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Port and run each program; the exit code says whether all are the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    names = parser.parse_args(arguments).names
    cases = [case for case in CASES if not names or case.name in names]
    return int(False in [_run(case) for case in cases])


def _run(case: Case) -> bool:
    commands = [command for command in (case.set_up, case.server) if command]
    if any(_program(command[0]) is None for command in commands):
        print(f"{case.name:11} left out: {case.server[0]} is not installed")
        return True
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        before, after, libraries = home / "before", home / "after", home / "libraries"
        _pip(case.requirements, libraries)
        shutil.copytree(libraries / case.package, before / case.package, ignore=shutil.ignore_patterns("test", "tests"))
        shutil.copy(_CLIENTS / f"{case.name}.py", before / "main.py")
        command = [sys.executable, "-m", "porter", "port", str(before), "-o", str(after), "--json"]
        ported = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
        if ported.returncode:
            print(f"{case.name:11} not ported: {ported.stderr.strip()[-300:]}")
            return False
        outputs = []
        for side, flags in (
            (before, ()),
            (
                after,
                ("-X", "dev", "-W", "ignore::DeprecationWarning", "-W", "error::ResourceWarning", "-W", "error::RuntimeWarning"),
            ),
        ):
            with _served(case, home / f"server-{side.name}", libraries) as port:
                outputs.append(_output(side, flags, port, libraries))
    account = json.loads(ported.stdout)["account"]
    told = ", ".join(f"{account[name]} {name}" for name in ("found", "ported", "offloaded", "kept", "refused"))
    same = outputs[0] == outputs[1] and outputs[0][1] == 0
    print(f"{case.name:11} {case.requirements[0]:32} {told}; {'the same' if same else 'DIFFERENT'}", flush=True)
    if not same:
        print(*(f"--- exit code {code}\n{text}" for text, code in outputs), sep="\n")
    return same


def _pip(requirements: Sequence[str], target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([*command, *requirements], check=True)


def _output(folder: Path, flags: Sequence[str], port: int, libraries: Path) -> tuple[str, int]:
    """What a side prints, and its exit code."""
    environment = os.environ | {"PYTHONPATH": str(libraries), "PYTHONASYNCIODEBUG": "1" if flags else "0"}
    command = [sys.executable, *flags, "main.py", str(port)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    return done.stdout + _SLOW.sub("", done.stderr), done.returncode


@contextmanager
def _served(case: Case, folder: Path, libraries: Path) -> Iterator[int]:
    """A new server on a free port, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder.mkdir()
    (folder / "password").write_text("secret")
    user = case.user if case.user and os.geteuid() == 0 else None  # some refuse to run as root
    if user is not None:
        shutil.chown(folder, user)
    set_up, server = ([part.format(port=port, folder=folder) for part in command] for command in (case.set_up, case.server))
    if set_up:
        program = _program(set_up[0])
        subprocess.run([str(program), *set_up[1:]], user=user, check=True, capture_output=True)
    program = _program(server[0])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"PYTHONPATH": str(libraries)}
    with subprocess.Popen([str(program), *server[1:]], user=user, cwd=folder, env=environment, **quiet) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _program(name: str) -> Path | None:
    """Where a server's program lies; Debian keeps those of PostgreSQL to themselves."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
    if found is not None:
        return Path(found)
    return next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None)


if __name__ == "__main__":
    sys.exit(main())
