"""Trying a fixture: port it, compare it with its golden, port the port, run both sides."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from porter import Port
from porter.check.comparison import diff
from porter.check.fixture import Fixture
from porter.check.pythons import Python
from porter.check.sides import compare_runs
from porter.check.trees import Tree, ported_tree, root_of, syntax_problems, tree_differences, tree_of
from porter.project.settings import Settings

Porting = Callable[[Path, Settings | None], Port]
"""Ports an absolute path and writes nothing."""


def trial(fixture: Fixture, porting: Porting, pythons: Sequence[Python]) -> Iterator[str]:
    """What is wrong with the port of a fixture; nothing when all is well. Raises UsageFault for a wrong fixture."""
    port = porting(fixture.before, fixture.settings)
    yield from _books(port)
    yield from _refusals(port, fixture)
    result = ported_tree(fixture.before, port)
    yield from syntax_problems(tree_of(fixture.before))
    yield from syntax_problems(result)
    if fixture.after is not None and not fixture.after.exists():
        yield f"{fixture.after.name}: no such golden; a refresh writes it"
        return
    yield from tree_differences(golden_tree(fixture, result), result)
    if fixture.after is not None:
        yield from _again(fixture.after, porting(fixture.after, fixture.settings))
        yield from _runs(fixture, fixture.after, pythons)


def skipped(fixture: Fixture) -> str:
    """Why this interpreter cannot try a fixture; empty when it can."""
    if fixture.min_python <= sys.version_info[:2]:
        return ""
    return "needs Python {}.{}".format(*fixture.min_python)


def golden_tree(fixture: Fixture, result: Tree) -> Tree:
    """What the port must be. Where the golden is one file, support modules are looked for beside it."""
    if fixture.after is None:
        return tree_of(fixture.before)
    if fixture.after.is_dir():
        return tree_of(fixture.after)
    beside = {name: root_of(fixture.after) / name for name in result if name != fixture.before.name}
    support = {name: path.read_bytes() for name, path in beside.items() if path.is_file()}
    return support | {fixture.before.name: fixture.after.read_bytes()}


def _books(port: Port) -> Iterator[str]:
    """Porter's own faults, and an account that does not add up."""
    for fault in port.faults:
        yield f"{fault.path}:{fault.line}: {fault.check}: {fault.message}"
    account = port.plan.account
    settled = account.ported + account.offloaded + account.kept + account.refused
    if account.found != settled:
        yield f"the account does not add up: {account.found} blocking calls found, {settled} accounted for"
    told = [(call.path, call.reason, call.remedy) for call in port.plan.calls if call.outcome == "refused"]
    told += [(refusal.path, refusal.reason, refusal.remedy) for refusal in port.plan.refusals]
    for path, reason, remedy in told:
        if not reason or not remedy:
            yield f"{Path(path).name}: a refusal without a {'remedy' if reason else 'reason'}: {reason}"


def _refusals(port: Port, fixture: Fixture) -> Iterator[str]:
    reasons = [refusal.reason for refusal in port.plan.refusals]
    reasons += [call.reason for call in port.plan.calls if call.outcome == "refused" and call.reason]
    reasons = list(dict.fromkeys(reasons))
    for text in fixture.refused:
        if not any(text in reason for reason in reasons):
            said = "; ".join(reasons) or "nothing is refused"
            yield f"no refusal says {text!r} ({said})"
    if not fixture.unnamed_refusals:
        for reason in reasons:
            if not any(text in reason for text in fixture.refused):
                yield f"refused, which the fixture does not name: {reason}"


def _again(after: Path, port: Port) -> Iterator[str]:
    """Porting a port changes nothing."""
    for change in port.files:
        if change.changed:
            name = Path(change.path).name
            text = diff(change.old.splitlines(), change.new.splitlines(), (f"{name} (port)", f"{name} (ported again)"))
            yield f"porting the port again changes it:\n{text}"
    for _, shown in port.plan.support:
        if not Path(shown).is_file():
            yield f"porting the port again adds {Path(shown).name} beside {after.name}"


def _runs(fixture: Fixture, after: Path, pythons: Sequence[Python]) -> Iterator[str]:
    able = [python for python in pythons if python.version >= fixture.min_python]
    if fixture.how is not None and able:
        yield from compare_runs(fixture.before, after, fixture.how, pythons=able)
