"""Finding interpreters."""

import os
import sys
from pathlib import Path

import pytest

from porter.check.pythons import VERSIONS, find_pythons, running_python


def test_the_running_interpreter_speaks_for_its_version() -> None:
    assert running_python() in find_pythons()
    assert str(running_python()) == "{}.{}".format(*sys.version_info[:2])


def test_there_is_one_for_each_version_in_order() -> None:
    versions = [python.version for python in find_pythons()]
    assert versions == sorted(set(versions))


@pytest.mark.skipif(os.name == "nt", reason="scripts stand in for interpreters")
def test_shims_that_lead_nowhere_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = next(version for version in VERSIONS if version != running_python().version)
    name = "python{}.{}".format(*other)
    shims, pyenv = tmp_path / "shims", tmp_path / "pyenv"
    real = pyenv / "versions" / "{}.{}.5".format(*other) / "bin" / name
    for script, body in ((shims / name, "exit 127"), (real, "echo {} {}".format(*other))):
        script.parent.mkdir(parents=True)
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(shims))
    monkeypatch.setenv("PYENV_ROOT", str(pyenv))
    assert real in [python.path for python in find_pythons()]
