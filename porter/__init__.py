"""porter ports threaded, blocking Python to asyncio.

The public names, each imported when it is first asked for: libcst alone takes longer to load than ``porter --help``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from porter.pipeline import port as port
    from porter.plan.model import Fault as Fault
    from porter.plan.model import Plan as Plan
    from porter.plan.model import Port as Port
    from porter.project.faults import UsageFault as UsageFault
    from porter.project.model import Project as Project
    from porter.project.settings import Settings as Settings

__version__ = "0.1.0"

_HOMES = {
    "port": "porter.pipeline",
    "Fault": "porter.plan.model",
    "Plan": "porter.plan.model",
    "Port": "porter.plan.model",
    "Project": "porter.project.model",
    "Settings": "porter.project.settings",
    "UsageFault": "porter.project.faults",
}

__all__ = ["Fault", "Plan", "Port", "Project", "Settings", "UsageFault", "port"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
