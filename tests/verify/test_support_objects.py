"""A port of which one ``await`` was left out, before what a support module's object gives: verify tells by itself.

What the plan counts as ported is not asked: that its types knew too little is how such an ``await`` is left out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from porter.pipeline import port, read
from porter.syntax.places import Span
from porter.verify import verify

PROGRAMS = Path(__file__).parents[2] / "fixtures" / "programs"
_AWAIT = re.compile(r"\bawait (?!asyncio)")


@pytest.mark.parametrize("name", ["handlers_of_both_kinds", "rows_unix_servers", "rows_http_server"])
def test_each_await_is_missed(name: str) -> None:
    path = PROGRAMS / name / "threaded.py"
    made, project = port([path]), read([path])
    change = made.files[0]
    awaits = list(_AWAIT.finditer(change.new))
    assert len(awaits) >= 10
    unseen = []
    for one in awaits:
        new = change.new[: one.start()] + change.new[one.end() :]
        patches = tuple(replace(patch, new=_without(patch.new, one)) for patch in change.patches)
        faults = verify(project, made.plan, (replace(change, new=new, patches=patches), *made.files[1:]))
        if all(fault.check == "account" for fault in faults):
            unseen.append(new[one.start() :].partition("\n")[0])
    assert not unseen


def _without(span: Span, gone: re.Match[str]) -> Span:
    """Where a stretch of text is, once the other one is gone."""
    length = gone.end() - gone.start()
    return Span(span.start - length * (span.start > gone.start()), span.end - length * (span.end > gone.start()))
