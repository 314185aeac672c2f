"""Functions that ``[project.scripts]`` names: what stays plain, and what coroutines are given instead."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from porter.pipeline import port

CLI = """
import asyncio


async def main_async(argv=None):
    await asyncio.sleep(0.001)
    return 0


def main(argv=None):
    return asyncio.run(main_async(argv))
"""


def ported(folder: Path, entry: str, naming: str = "keep", **files: str) -> dict[str, str]:
    """The new texts of a package ``tool`` whose command calls ``entry``, by module."""
    package = folder / "tool"
    package.mkdir()
    (folder / "pyproject.toml").write_text(f'[project]\nname = "tool"\n\n[project.scripts]\ntool = "{entry}"\n')
    cli = "import time\n\n\ndef main(argv=None):\n    time.sleep(0.001)\n    return 0\n"
    for name, text in {"__init__": "", "cli": cli, **files}.items():
        (package / f"{name}.py").write_text(textwrap.dedent(text).lstrip("\n"))
    found = port([folder], naming=naming)
    assert not found.faults
    return {Path(change.path).stem: change.new for change in found.files}


def test_the_function_runs_its_twin(tmp_path: Path) -> None:
    assert ported(tmp_path, "tool.cli:main") == {"cli": CLI.lstrip("\n")}


def test_a_command_may_name_what_the_package_imports(tmp_path: Path) -> None:
    assert ported(tmp_path, "tool:main", __init__="from .cli import main\n") == {"cli": CLI.lstrip("\n")}


USES = {
    "at_module_level": (
        "from .cli import main\n\nraise SystemExit(main(['x']))\n",
        "from .cli import main\n\nraise SystemExit(main(['x']))\n",
    ),
    "several_at_module_level": (
        "from .cli import main\n\nfor name in 'ab':\n    main([name])\n",
        "import asyncio\n\nfrom .cli import main_async\n\n\n"
        "async def run_main():\n    for name in 'ab':\n        await main_async([name])\n\n\nasyncio.run(run_main())\n",
    ),
    "in_a_coroutine": (
        "from .cli import main\n\n\ndef twice():\n    return main() + main([])\n",
        "from .cli import main_async\n\n\nasync def twice():\n    return await main_async() + await main_async([])\n",
    ),
    "under_another_name": (
        "from .cli import main as run\n\n\ndef once():\n    return run()\n\n\nrun()\n",
        "from .cli import main as run, main_async\n\n\nasync def once():\n    return await main_async()\n\n\nrun()\n",
    ),
    "of_a_module": (
        "from tool import cli\n\n\ndef once():\n    return cli.main()\n",
        "from tool import cli\n\n\nasync def once():\n    return await cli.main_async()\n",
    ),
    "by_a_variable": (
        "from .cli import main\n\nCOMMANDS = {'main': main}\n\n\ndef once(name):\n    return COMMANDS[name]()\n",
        "from .cli import main_async\n\nCOMMANDS = {'main': main_async}\n\n\n"
        "async def once(name):\n    return await COMMANDS[name]()\n",
    ),
    "in_a_thread": (
        "import threading\n\nfrom .cli import main\n\n\ndef once():\n    thread = threading.Thread(target=main)\n"
        "    thread.start()\n    thread.join()\n",
        "import asyncio\n\nfrom .cli import main_async\n\n\nasync def once():\n    task = asyncio.create_task(main_async())\n"
        "    await asyncio.wait([task])\n",
    ),
}


@pytest.mark.parametrize("name", USES)
def test_use_in_another_module(tmp_path: Path, name: str) -> None:
    before, after = USES[name]
    assert ported(tmp_path, "tool.cli:main", use=before).get("use", before) == after


def test_the_twin_has_a_name_of_its_own(tmp_path: Path) -> None:
    new = ported(tmp_path, "tool.cli:main", other="main_async = 1\n")["cli"]
    assert "async def main_async_(argv=None):" in new
    assert "return asyncio.run(main_async_(argv))" in new


def test_the_name_that_settings_give_is_the_twins(tmp_path: Path) -> None:
    use = "from .cli import main\n\n\nif __name__ == '__main__':\n    main()\n"
    assert ported(tmp_path, "tool.cli:main", "twin", use=use) == {
        "cli": CLI.lstrip("\n"),
        "use": "import asyncio\n\nfrom .cli import main_async\n\n\nif __name__ == '__main__':\n    asyncio.run(main_async())\n",
    }


def test_all_parameters_are_handed_on(tmp_path: Path) -> None:
    cli = """
        import time


        def main(a, /, b: int, *rest, c=1, **more) -> int:
            time.sleep(0.001)
            return b
    """
    new = ported(tmp_path, "tool.cli:main", cli=cli)["cli"]
    assert "def main(a, /, b: int, *rest, c=1, **more) -> int:\n" in new
    assert "    return asyncio.run(main_async(a, b, *rest, c=c, **more))\n" in new
