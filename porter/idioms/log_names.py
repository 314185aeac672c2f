"""Log records that name threads: whether the program's log lines, or its filters, say in which thread they were written."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator

from porter.idioms.groups import support_import
from porter.idioms.idiom import Edit, View
from porter.inference.program import Module
from porter.inference.result import Inference

SUPPORT = "aio_threads"
_FIELD = re.compile(r"%\(thread(Name)?\)|\{thread(Name)?[}:!]|\$\{?thread(Name)?\b")


@functools.lru_cache(maxsize=2)
def names_threads_in_logs(inference: Inference) -> bool:
    """Whether a format of the program shows the thread of a record, or its code asks a record for it."""
    return any("logging" in module.facts.text and _asks(module) for module in inference.program.modules.values())


def _asks(module: Module) -> bool:
    if "thread" not in module.facts.text:
        return False
    for node in module.facts.nodes:
        match node:
            case ast.Constant(value=str() as text) if _FIELD.search(text):
                return True
            case ast.Attribute(attr="threadName"):
                return True
    return False


def record_edits(view: View, idiom: str, module: Module, statement: ast.stmt) -> Iterator[Edit]:
    """Before ``statement``, have records name the task where they named the thread."""
    imported, copy = support_import(module, SUPPORT)
    yield view.edit(
        idiom,
        module,
        statement,
        "insert",
        where="before",
        imports=("import logging", imported),
        code=f"logging.setLogRecordFactory(_{SUPPORT}.LogRecord)",
        support=(SUPPORT, copy),
    )
