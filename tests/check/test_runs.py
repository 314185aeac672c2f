"""Running one side: what a program sees, and that it cannot outlive its time."""

import random
from pathlib import Path

import pytest

from porter.check.comparison import Comparison
from porter.check.errors import FixtureError
from porter.check.pythons import running_python
from porter.check.runs import Launch, Ports, Run, Side, run_side


def run(path: Path, text: str, how: Comparison | None = None, seed: int = 0) -> Run:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    side = Side(path if how is None or "-m" not in how.run else path.parent.parent)
    return run_side(side, how or Comparison(), Launch(running_python(), seed, 12345))


def test_a_file_runs_as_main_beside_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text("NAME = 'neighbour'\n")
    text = (
        "import sys, neighbour\n"
        "def show(): print(__name__, __file__, neighbour.NAME, sys.argv, sys.modules['__main__'].show is show)\n"
        "show()\n"
        "print(sorted(name for name in globals() if not name.startswith('__')))\n"
    )
    result = run(tmp_path / "program.py", text, Comparison(run=("{file}", "x")))
    assert result == Run("__main__ program.py neighbour ['program.py', 'x'] True\n['neighbour', 'show', 'sys']\n", "", 0)


def test_a_module_runs_as_main(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "other.py").write_text("NAME = 'other'\n")
    text = "import sys\nfrom .other import NAME\nprint(__name__, NAME, sys.argv[1:])\n"
    result = run(tmp_path / "package" / "__main__.py", text, Comparison(run=("-m", "package", "x")))
    assert result == Run("__main__ other ['x']\n", "", 0)


@pytest.mark.parametrize("seed", [0, 3])
def test_random_is_seeded(tmp_path: Path, seed: int) -> None:
    text = "import random\nprint(random.randrange(10**6))\n"
    assert run(tmp_path / "program.py", text, seed=seed).stdout == f"{random.Random(seed).randrange(10**6)}\n"


def test_the_environment_is_strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    text = (
        "import os, sys, asyncio\n"
        "async def main(): return asyncio.get_running_loop().get_debug()\n"
        "print(sys.flags.dev_mode, 'error' in sys.warnoptions, asyncio.run(main()), sys.stdout.encoding)\n"
        "print(os.environ['PORTER_PORT'], os.environ['PYTHONHASHSEED'], 'PYTHONPATH' in os.environ)\n"
    )
    assert run(tmp_path / "program.py", text, seed=4).stdout == "True True True utf-8\n12345 4 False\n"


def test_text_in_any_language_comes_through(tmp_path: Path) -> None:
    assert run(tmp_path / "program.py", "print('더 따뜻함')\n").stdout == "더 따뜻함\n"


def test_exit_codes_and_tracebacks_come_through(tmp_path: Path) -> None:
    assert run(tmp_path / "program.py", "raise SystemExit(3)\n").code == 3
    failed = run(tmp_path / "program.py", "\nboom\n")
    assert failed.code == 1
    assert 'File "program.py", line 2' in failed.stderr


def test_a_run_out_of_time_is_killed_with_its_children(tmp_path: Path) -> None:
    # The child holds standard output open: unless it is killed as well, reading that would not end.
    text = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('started', flush=True)\n"
        "time.sleep(600)\n"
    )
    result = run(tmp_path / "program.py", text, Comparison(timeout=1.0))
    assert result.timed_out and result.code != 0
    assert result.stdout in {"started\n", ""}


def test_a_step_that_was_slow_for_lack_of_processor_is_not_an_error(tmp_path: Path) -> None:
    text = (
        "import sys\n"
        "print('Executing <Task finished name=1> took 0.250 seconds', file=sys.stderr)\n"
        "print('Executing <Task finished name=1> took 1.500 seconds', file=sys.stderr)\n"
    )
    assert run(tmp_path / "program.py", text).stderr == "Executing <Task finished name=1> took 1.500 seconds\n"


def test_a_folder_must_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match="needs `run`"):
        Side(tmp_path).arguments(())


def test_ports_are_dealt_once() -> None:
    ports = Ports()
    assert len({ports.deal() for _ in range(50)}) == 50
