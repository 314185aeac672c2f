"""Why one function must be async, or why it is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from porter.plan.model import Plan, Verdict
from porter.project.faults import UsageFault
from porter.project.locate import Locator
from porter.project.model import Project
from porter.report.text import few


def why_lines(project: Project, plan: Plan, name: str) -> Iterator[str]:
    """The verdict on the function ``name`` and the chain of calls behind it, one line per call.

    ``name`` is qualified as far as is needed to tell it apart: ``Session.loop``. Raises ``UsageFault`` otherwise.
    """
    verdict = _named(plan, name)
    at = Locator(project)
    place = at.at(verdict.path, verdict.span)
    becomes = "becomes async" if verdict.becomes_async else "stays synchronous"
    renamed = f", as {verdict.renamed}" if verdict.renamed else ""
    yield f"{place} {verdict.function} {becomes}{renamed}: {verdict.reason}"
    for step in verdict.chain:
        yield f"  {at.at(step.path, step.span)} {step.caller} → {step.callee}"
    if not verdict.becomes_async:
        yield from _inside(plan, verdict, at)


def why_data(project: Project, plan: Plan, name: str) -> dict[str, object]:
    """The same as plain data."""
    verdict = _named(plan, name)
    lines = list(why_lines(project, plan, name))
    return {"function": verdict.function, "becomes_async": verdict.becomes_async, "lines": lines}


def _named(plan: Plan, name: str) -> Verdict:
    exact = [verdict for verdict in plan.verdicts if verdict.function == name]
    found = exact or [verdict for verdict in plan.verdicts if verdict.function.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted({verdict.function for verdict in found}))
        raise UsageFault(f"{name}: names {len(found)} functions; say which: {names}")
    tails = {tail: verdict.function for verdict in plan.verdicts for tail in _tails(verdict.function)}
    close = dict.fromkeys(tails[tail] for tail in difflib.get_close_matches(name, tails, n=5))
    remedy = f"did you mean {' or '.join(close)}?" if close else "name a function or Class.method of SRC"
    raise UsageFault(f"{name}: no such function; {remedy}")


def _tails(qualified: str) -> list[str]:
    parts = qualified.split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]


def _inside(plan: Plan, verdict: Verdict, at: Locator) -> Iterator[str]:
    """What stands in a function that stays synchronous, although it blocks or may block."""
    for call in plan.calls:
        if call.path == verdict.path and call.caller == verdict.function:
            told = "; ".join(part for part in (call.reason, call.remedy) if part)
            yield f"  {at.at(call.path, call.span)} {call.callee} is {call.outcome}" + (f": {told}" if told else "")
    for one in plan.uncertain:
        if one.path == verdict.path and verdict.span.contains(one.span):
            yield f"  {at.at(one.path, one.span)} {one.name} is uncertain: may be {few(one.candidates)}"
