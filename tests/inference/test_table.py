"""The table of inference cases: callees, colours, await sites and uncertainty, each as a user gets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter import pipeline
from porter.catalogue import Catalogue
from porter.facts import index
from porter.inference.engine import infer
from porter.inference.result import Inference
from porter.inference.typeshed import Typeshed
from porter.plan.model import Port
from porter.project.model import Project
from porter.syntax.places import Span
from tests.inference.table_cases import Case, Place, all_cases, differing_lines

CASES = all_cases()


@pytest.fixture(scope="module")
def typeshed() -> Typeshed:
    """One for all cases: stubs are parsed once."""
    return Typeshed((3, 11))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, tmp_path: Path, typeshed: Typeshed, monkeypatch: pytest.MonkeyPatch) -> None:
    inferences: list[Inference] = []

    def understand(project: Project, catalogue: Catalogue) -> Inference:
        facts = [(file, index(file.text)) for file in project.files]
        inferences.append(infer(facts, pipeline.tracked_classes(catalogue), typeshed))
        return inferences[0]

    monkeypatch.setattr(pipeline, "understand", understand)
    case.write(tmp_path)
    project = pipeline.read([tmp_path])
    found = pipeline.port_project(project)
    assert not [(fault.line, fault.message) for fault in found.faults]
    marks = _marks(found, project, tmp_path)
    wanted = {(place, mark) for place, mark in case.marks if mark != "sync"}
    assert {"missing": sorted(wanted - marks), "unexpected": sorted(marks - wanted)} == {"missing": [], "unexpected": []}
    assert [line for change in found.files for line in differing_lines(change.new)] == []
    assert sum(line.count(" #> ") for change in found.files for line in change.new.splitlines()) == case.rewritten
    if case.must_not_change:
        assert not [change.path for change in found.files if change.changed]
    reached = _reached(inferences[0], tmp_path) if case.calls else {}
    assert {place: reached.get(place, set()) for place in case.calls} == case.calls


def test_the_table_is_large_and_two_fifths_of_it_say_what_stays() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 200
    assert sum(case.says_what_stays for case in CASES) >= 0.4 * len(CASES)


def _marks(found: Port, project: Project, folder: Path) -> set[tuple[Place, str]]:
    """Where the port has what marks stand for."""
    plan = found.plan
    places: dict[str, list[tuple[str, Span]]] = {
        "async": [(verdict.path, verdict.span) for verdict in plan.verdicts if verdict.becomes_async],
        "kept": [(call.path, call.span) for call in plan.calls if call.outcome == "kept"],
        "refused": [(refusal.path, refusal.span) for refusal in plan.refusals],
        "uncertain": [(item.path, item.span) for item in plan.uncertain],
    }
    sources = {source.shown: source for source in project.files}
    marks = set()
    for mark, spans in places.items():
        for path, span in spans:
            source = sources[path]
            line = source.text.count("\n", 0, span.start) + 1
            marks.add(((source.path.relative_to(folder).as_posix(), line), mark))
    return marks


def _reached(inference: Inference, folder: Path) -> dict[Place, set[str]]:
    """What each line reaches."""
    outside = inference.state.outside
    found: dict[Place, set[str]] = {}
    for site in inference.sites:
        source = inference.program.module_for(site.caller).source
        names = [scope.qualname for scope in site.functions] + [outside.public(name) for name in site.externals]
        place = source.path.relative_to(folder).as_posix(), getattr(site.node, "lineno", 0)
        found.setdefault(place, set()).update(names)
    return found
