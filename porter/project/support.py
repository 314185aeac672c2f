"""Support modules: what a port may need beside it, and how their copies import each other."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator

_IMPORT = re.compile(r"^from porter\.support\.(\w+) import ", re.MULTILINE)


def support_text(name: str) -> str:
    """The text of a support module's copy. A name with a dot before it: of one that goes into a package."""
    dot = "." if name.startswith(".") else ""
    return _IMPORT.sub(rf"from {dot}_\1 import ", _source(name))


def support_needs(name: str) -> Iterator[str]:
    """The support modules that one needs beside it, named likewise."""
    dot = "." if name.startswith(".") else ""
    for other in _IMPORT.findall(_source(name)):
        yield f"{dot}{other}" if _IMPORT.search(_source(other)) else other
        yield from support_needs(f"{dot}{other}")


def _source(name: str) -> str:
    folder = importlib.resources.files("porter.support")
    return (folder / f"{name.removeprefix('.').removesuffix('.py')}.py").read_text("utf-8")
