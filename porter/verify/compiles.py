"""Every file that is written compiles, which finds an ``await`` outside a coroutine, too."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from porter.plan.model import Fault
from porter.project.stack import ordinary_limit

CHECK = "compiles"


def check(path: str, text: str) -> Iterator[Fault]:
    """Compile ``text``; nothing is run."""
    try:
        with warnings.catch_warnings(), ordinary_limit():
            warnings.simplefilter("ignore")
            compile(text, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        yield Fault(path, error.lineno or 1, CHECK, f"does not compile: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        yield Fault(path, 1, CHECK, f"does not compile: {error or type(error).__name__}")
