"""The checks that look at the whole new program."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import Final

from porter.inference.program import Module
from porter.verify import arity, awaitables, awaits, contexts, definitions, handed, names, protocols, streams
from porter.verify.dead import is_dead
from porter.verify.finding import Finding
from porter.verify.view import View

Check = Callable[[View, Module], Iterator[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    awaitables.check,
    names.check,
    protocols.check,
    awaits.check,
    handed.check,
    definitions.check,
    contexts.check,
    streams.check,
    arity.check,
)


def closed(view: View, left_out: Container[str] = ()) -> list[Finding]:
    """All that is wrong with the colours of a program, module by module, in order of lines; ``left_out`` are paths."""
    found: list[Finding] = []
    for module in view.modules:
        if module.source.shown in left_out:
            continue
        findings = (finding for check in CHECKS for finding in check(view, module))
        here = {
            (finding.line, finding.check, finding.message): finding
            for finding in findings
            if not is_dead(view, finding.module, finding.node)
        }
        found.extend(here[key] for key in sorted(here))
    return found
