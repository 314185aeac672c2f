"""Imports go one way: each package of porter may import what this table says, and nothing else of porter."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import porter

HOUSE = Path(porter.__file__).parent

STAGES = {"project", "facts", "inference", "idioms", "plan", "rewrite", "verify", "report"}
PUBLIC = {"porter"}
"""The public names of porter/__init__.py, for those that stand at its front."""
FRONT = {"pipeline", "check", "verify", "report", "project", "catalogue", "idioms"} | PUBLIC

MAY_IMPORT: dict[str, set[str]] = {
    "catalogue": set(),
    "syntax": set(),
    "support": set(),
    "project": {"catalogue", "syntax"},
    "facts": {"syntax"},
    "inference": {"facts", "project", "catalogue", "syntax"},
    "idioms": {"inference", "facts", "project", "catalogue", "syntax"},
    "plan": {"idioms", "inference", "facts", "project", "catalogue", "syntax"},
    "rewrite": {"plan", "idioms", "project", "syntax"},
    "verify": {"plan.model", "idioms.idiom", "inference", "facts", "project", "catalogue", "syntax.places"},
    "report": {"plan", "idioms.idiom", "inference", "verify", "project", "catalogue"},
    "pipeline": STAGES | {"catalogue"},
    "check": {"pipeline", "verify", "project"} | PUBLIC,
    "codemod": FRONT,
    "cli": FRONT,
    "__main__": {"cli"},
}

MODULES = sorted(path for path in HOUSE.rglob("*.py") if path != HOUSE / "__init__.py")


def dotted(path: Path) -> str:
    """A module's name below porter: ``plan.model``."""
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = HOUSE.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def imported(path: Path) -> Iterator[str]:
    """What a module imports of porter, by name below porter; ``porter`` itself for its public names."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("porter.") for alias in node.names if is_porter(alias.name))
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            if node.module == "porter":
                yield from (alias.name if is_module(alias.name) else "porter" for alias in node.names)
            elif node.module and is_porter(node.module):
                base = node.module.removeprefix("porter.")
                inner = [f"{base}.{alias.name}" for alias in node.names]
                yield from (name if is_module(name) else base for name in inner)


def is_porter(name: str) -> bool:
    return name == "porter" or name.startswith("porter.")


def allowed(importer: str, name: str) -> bool:
    package = importer.split(".")[0]
    permitted = MAY_IMPORT[package] | {package}
    return any(name == one or name.startswith(f"{one}.") for one in permitted)


def test_every_package_is_in_the_table():
    assert {dotted(path).split(".")[0] for path in MODULES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_module_imports_only_what_the_table_names(path):
    wrong = sorted({name for name in imported(path) if not allowed(dotted(path), name)})
    assert not wrong, f"porter/{path.relative_to(HOUSE)} imports {wrong}, which MAY_IMPORT in this file does not allow"


def is_idiom(name: str) -> bool:
    """Whether a module below idioms is an idiom: it proposes."""
    path = HOUSE.joinpath(*name.split(".")).with_suffix(".py")
    if not path.is_file():
        return False
    body = ast.parse(path.read_text("utf-8")).body
    return any(isinstance(node, ast.FunctionDef) and node.name == "propose" for node in body)


@pytest.mark.parametrize("path", [path for path in MODULES if dotted(path).startswith("idioms.")], ids=dotted)
def test_no_idiom_imports_another(path):
    if dotted(path) == "idioms.all":
        return
    others = {name for name in imported(path) if name.startswith("idioms.") and is_idiom(name)}
    assert not others - {dotted(path)}


def modules_after(code: str) -> set[str]:
    """The modules that are loaded when ``code`` has run in a fresh interpreter."""
    script = f"{code}\nimport sys\nprint(*sys.modules, sep='\\n', file=sys.__stdout__)"
    environment = {**os.environ, "PYTHONPATH": str(HOUSE.parent)}
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split("\n"))


def test_the_checker_does_not_share_the_writers_library():
    modules = [dotted(path) for path in MODULES if dotted(path).split(".")[0] == "verify"]
    if not modules:
        pytest.skip("there is no porter.verify")
    loaded = modules_after("\n".join(f"import porter.{name}" for name in modules))
    assert not {name for name in loaded if name.split(".")[0] == "libcst"}


@pytest.mark.parametrize("arguments", [["--help"], ["port", "--help"], ["check", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import contextlib, io\nfrom porter.cli.main import run\n"
        f"with contextlib.redirect_stdout(io.StringIO()):\n    assert run({arguments!r}) == 0"
    )
    loaded = {name.split(".")[0] for name in modules_after(code)}
    assert not loaded & {"libcst", "black", "rich", "typeshed_client"}


def test_the_public_names_are_lazy():
    assert "libcst" not in modules_after("import porter; dir(porter)")
    assert set(porter.__all__) <= set(dir(porter))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        porter.nothing  # noqa: B018
