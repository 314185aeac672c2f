"""The run in words: the account first, then what becomes of each function and each call that was not ported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from porter.idioms.idiom import Refusal
from porter.plan.model import BlockingCall, Fault, Plan, Port
from porter.project.locate import Locator
from porter.project.model import Problem, Project
from porter.report.outcomes import FileResult

_FEW = 3


def account_line(plan: Plan) -> str:
    """The books in one line."""
    account = plan.account
    return (
        f"{_counted(account.found, 'blocking call')} found = {account.ported} ported + {account.offloaded} offloaded"
        f" + {account.kept} kept + {account.refused} refused; {account.uncertain} uncertain"
    )


def plan_lines(project: Project, plan: Plan) -> Iterator[str]:
    """What ``porter plan`` prints."""
    yield from _head(plan)
    yield from _becoming_async(project, plan)
    yield from _accounted(project, plan)


def port_lines(project: Project, port: Port, files: Sequence[FileResult]) -> Iterator[str]:
    """The summary of a port: the account, what was not ported and why, and the files."""
    yield from _head(port.plan)
    yield from _accounted(project, port.plan)
    if port.faults:
        yield f"not all of this was carried out: {_counted(len(port.faults), 'fault')} of porter's own, told above"
    count = {outcome: sum(file.outcome == outcome for file in files) for outcome in ("changed", "added", "unchanged")}
    yield "files: " + ", ".join(f"{number} {outcome}" for outcome, number in count.items())


def problem_line(problem: Problem) -> str:
    """A file that was met and could not be read, for standard error."""
    place = f"{problem.shown}:{problem.line}" if problem.line else problem.shown
    return f"{place}: {problem.reason}; left as it is ({problem.remedy})"


def fault_line(fault: Fault) -> str:
    """A mistake of porter's own, for standard error."""
    return f"{fault.path}:{fault.line}: {fault.check}: {fault.message} (a fault of porter's own; left as it was)"


def _head(plan: Plan) -> Iterator[str]:
    yield account_line(plan)
    calls = plan.resolution
    yield f"calls resolved: {calls.by_type} by type, {calls.by_name} by name; {calls.unresolved} unresolved"
    if calls.capped:
        yield f"{calls.capped} of them meet too many objects for all to be followed; what such a call reaches is incomplete"
    if plan.dependencies:
        yield f"the port newly imports: {', '.join(plan.dependencies)}"


def _becoming_async(project: Project, plan: Plan) -> Iterator[str]:
    at = Locator(project)
    chosen = [verdict for verdict in plan.verdicts if verdict.becomes_async]
    yield from _titled("becomes async", len(chosen))
    for verdict in chosen:
        name = f"{verdict.function} → {verdict.renamed}" if verdict.renamed else verdict.function
        yield f"  {at.at(verdict.path, verdict.span)} {name}: {verdict.reason}"


def _accounted(project: Project, plan: Plan) -> Iterator[str]:
    """The calls that are not awaited in the port, each with its reason."""
    at = Locator(project)
    for outcome in ("offloaded", "kept", "refused"):
        calls = [call for call in plan.calls if call.outcome == outcome]
        yield from _titled(outcome, len(calls))
        yield from _by_reason((f"{at.at(call.path, call.span)} {call.callee}", _told(call)) for call in calls)
    told_calls = {(call.path, call.span) for call in plan.calls if call.outcome == "refused"}
    others = [refusal for refusal in plan.refusals if (refusal.path, refusal.span) not in told_calls]
    yield from _titled("refused places", len(others))
    yield from _by_reason((at.at(refusal.path, refusal.span), _told(refusal)) for refusal in others)
    yield from _titled("uncertain", len(plan.uncertain))
    for one in plan.uncertain:
        yield f"  {at.at(one.path, one.span)} {one.name}: may be {few(one.candidates)}"


def few(names: Sequence[str]) -> str:
    """The first names; a name such as `write` has too many meanings to read them all. JSON tells them all."""
    more = len(names) - _FEW
    return " or ".join(names) if more <= 1 else f"{' or '.join(names[:_FEW])} or one of {more} more"


def _told(item: BlockingCall | Refusal) -> str:
    return "; ".join(part for part in (item.reason, item.remedy) if part)


def _by_reason(items: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Pairs of a place and what is told of it: what is told of several places once, above them."""
    places: dict[str, list[str]] = {}
    for place, told in items:
        places.setdefault(told, []).append(place)
    for told, here in places.items():
        if told and len(here) > 1:
            yield f"  {told}:"
        for place in here:
            yield f"    {place}" if told and len(here) > 1 else f"  {place}" + (f": {told}" if told else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _titled(title: str, count: int) -> Iterator[str]:
    if count:
        yield f"{title} ({count}):"
