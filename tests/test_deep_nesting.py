"""Deep programs: what Python compiles is ported; what it does not is named with its line, and the others go on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import porter
from porter.cli.main import run
from porter.project.stack import deeply

HEAD = "import time\n\n\ndef nap(x):\n    time.sleep(0)\n    return x\n\n\n"

DEEP = {
    "sum": "def main(x):\n    return nap(x)" + " + nap(x)" * 500 + "\n",
    "alternatives": "def main(x):\n    if x < 0:\n        return nap(x)\n"
    + "".join(f"    elif x == {n}:\n        return nap({n})\n" for n in range(250)),
    "attributes": "def main(x):\n    nap(x)\n    return x" + ".real" * 900 + "\n",
    "calls": "def main(x):\n    nap(x)\n    return x" + ".conjugate()" * 400 + "\n",
    "conditions": "def main(x):\n    return " + "".join(f"{n} if x == {n} else " for n in range(400)) + "nap(x)\n",
    "negations": "def main(x):\n    return " + "not " * 900 + "nap(x)\n",
    "indentation": "".join(" " * depth + "if True:\n" for depth in range(98)) + " " * 98 + "nap(1)\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_ported(name: str, tmp_path: Path) -> None:
    source = tmp_path / "deep.py"
    source.write_text(HEAD + DEEP[name])
    limit = sys.getrecursionlimit()
    port = porter.port([source])
    assert not port.faults
    assert "async def nap(" in port.files[0].new
    assert sys.getrecursionlimit() == limit
    compile(port.files[0].new, "deep.py", "exec")


def test_what_python_does_not_compile_is_named_and_the_rest_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "src", tmp_path / "out"
    source.mkdir()
    (source / "deep.py").write_text("x = 1\n\n\ny = x" + " + x" * 20_000 + "\n")
    (source / "good.py").write_text(HEAD + "def main(x):\n    return nap(x)\n")
    assert run(["port", str(source), "-o", str(out)]) == 0
    assert f"{source}/deep.py:4: is nested too deeply for Python" in capsys.readouterr().err
    assert (out / "deep.py").read_text() == (source / "deep.py").read_text()
    assert "await nap(x)" in (out / "good.py").read_text()


def test_what_is_raised_there_is_raised_here() -> None:
    @deeply
    def fail() -> None:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        fail()


def test_depth_that_only_a_large_stack_holds() -> None:
    @deeply
    def depth(levels: int) -> int:
        return 0 if not levels else 1 + depth(levels - 1)

    assert depth(20_000) == 20_000
