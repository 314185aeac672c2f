"""The run as JSON. The keys are a contract; ``VERSION`` grows when one changes its meaning or goes.

Lines and columns count from 1, columns in characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from porter.idioms.idiom import Edit, Refusal
from porter.plan.model import BlockingCall, Fault, Plan, Port, Step, Uncertain, Verdict
from porter.project.locate import Locator
from porter.project.model import Problem, Project
from porter.report.outcomes import FileResult

VERSION = 1
Data = dict[str, object]
_Placed = BlockingCall | Edit | Refusal | Step | Uncertain | Verdict


def plan_data(project: Project, plan: Plan) -> Data:
    """What ``porter plan --json`` prints."""
    at = Locator(project)
    return {
        "version": VERSION,
        "account": asdict(plan.account),
        "resolution": asdict(plan.resolution),
        "calls": [_call(call, at) for call in plan.calls],
        "verdicts": [_verdict(verdict, at) for verdict in plan.verdicts],
        "edits": [_edit(edit, at) for edit in plan.edits],
        "refusals": [_refusal(refusal, at) for refusal in plan.refusals],
        "uncertain": [_uncertain(one, at) for one in plan.uncertain],
        "renames": dict(plan.renames),
        "dependencies": list(plan.dependencies),
        "problems": [_problem(problem) for problem in project.problems],
    }


def port_data(project: Project, port: Port, files: Sequence[FileResult]) -> Data:
    """What ``porter port --json`` prints: the plan, each file's outcome, and what verify found."""
    return {
        **plan_data(project, port.plan),
        "files": [{"path": file.path, "outcome": file.outcome} for file in files],
        "faults": [fault_data(fault) for fault in port.faults],
    }


def fault_data(fault: Fault) -> Data:
    """One fault of porter's own."""
    return {"path": fault.path, "line": fault.line, "check": fault.check, "message": fault.message}


def _place(item: _Placed, at: Locator) -> Data:
    place = at.place(item.path, item.span)
    return {"path": item.path, "line": place.line, "column": place.column + 1}


def _call(call: BlockingCall, at: Locator) -> Data:
    return {
        **_place(call, at),
        "callee": call.callee,
        "caller": call.caller,
        "outcome": call.outcome,
        "reason": call.reason,
        "remedy": call.remedy,
    }


def _verdict(verdict: Verdict, at: Locator) -> Data:
    return {
        **_place(verdict, at),
        "function": verdict.function,
        "becomes_async": verdict.becomes_async,
        "reason": verdict.reason,
        "renamed": verdict.renamed,
        "chain": [_step(step, at) for step in verdict.chain],
    }


def _step(step: Step, at: Locator) -> Data:
    return {**_place(step, at), "caller": step.caller, "callee": step.callee}


def _edit(edit: Edit, at: Locator) -> Data:
    return {**_place(edit, at), "idiom": edit.idiom, "action": edit.action, "group": edit.group}


def _refusal(refusal: Refusal, at: Locator) -> Data:
    return {
        **_place(refusal, at),
        "reason": refusal.reason,
        "remedy": refusal.remedy,
        "idiom": refusal.idiom,
        "group": refusal.group,
    }


def _uncertain(one: Uncertain, at: Locator) -> Data:
    return {**_place(one, at), "name": one.name, "candidates": list(one.candidates)}


def _problem(problem: Problem) -> Data:
    return {"path": problem.shown, "line": problem.line, "reason": problem.reason, "remedy": problem.remedy}
