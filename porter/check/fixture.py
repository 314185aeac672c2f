"""What a fixture asks for, as data, whichever of its two forms it is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from porter.check.comparison import Comparison
from porter.project.settings import Settings
from porter.project.settings_check import checked


@dataclass(frozen=True, slots=True)
class Fixture:
    """A threaded program and the port it must become."""

    before: Path
    """A file or a folder."""
    after: Path | None = None
    """The golden, of the same kind, which a new fixture has not yet; None: the port changes nothing."""
    settings: Settings | None = None
    """None: those of the nearest pyproject.toml."""
    refused: tuple[str, ...] = ()
    """Each is part of some refusal's reason."""
    unnamed_refusals: bool = False
    """Whether there may be refusals that ``refused`` does not name."""
    how: Comparison | None = None
    """How to run and compare the two sides; None: they are not run."""
    min_python: tuple[int, int] = (0, 0)
    """The oldest Python that takes this program."""


def settings_of(values: Mapping[str, object], path: Path, header: str) -> Settings:
    """Settings from the same keys and values as in ``[tool.porter]``.

    Raises UsageFault, which names ``path`` and the line below the table ``header``.
    """
    return Settings(**checked(values, path, header))  # type: ignore[arg-type]
