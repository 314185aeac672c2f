"""Methods of installed classes that no stub lists: read from their sources, which are found by path and never imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter import pipeline
from porter.inference import sources

BASE = """
import unheard_of
from unheard_of_base import Root as Origin
from .deeper import Deep as Deeper

raise RuntimeError("this file is imported")


if unheard_of:

    class Poller(Origin, unheard_of.Other):
        if unheard_of:

            def ready(self, item):
                def inner(): pass
                return self.chosen(item)

        mode = "r"


class Other(Deeper):
    pass
"""

PROGRAM = """import time

from polling_things.base import Poller


class Mine(Poller):
    def ready(self, item):
        self.later(item)

    def later(self, item):
        time.sleep(1)

    def start_up(self):
        time.sleep(1)


def main():
    mine = Mine()
    mine.later(1)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "installed"
    (folder / "polling_things").mkdir(parents=True)
    (folder / "polling_things" / "__init__.py").write_text("from .base import Other as Named\n")
    (folder / "polling_things" / "base.py").write_text(BASE)
    (folder / "polling_things" / "deeper.py").write_text("class Deep:\n    def close_down(self): pass\n")
    (folder / "unheard_of_base.py").write_text("class Root:\n    def start_up(self): pass\n")
    monkeypatch.syspath_prepend(str(folder))
    for cached in (sources._methods, sources._tree, sources._text, sources._path):
        cached.cache_clear()
    return folder


def test_methods_are_found_through_conditions_imports_and_bases(installed: Path) -> None:
    assert sources.defines("polling_things.base.Poller", "ready")
    assert not sources.defines("polling_things.base.Poller", "start_up")
    assert sources.has_method("polling_things.base.Poller", "start_up")
    assert sources.has_method("polling_things.Named", "close_down")
    for name in ("inner", "mode", "chosen", "close_down"):
        assert not sources.has_method("polling_things.base.Poller", name)


def test_what_cannot_be_found_or_parsed_has_none(installed: Path) -> None:
    (installed / "broken_things.py").write_text("class Poller(:\n    def ready(self): pass\n")
    for cls in ("broken_things.Poller", "no_such_module_at_all.Poller", "builtins.dict", "Poller"):
        assert not sources.has_method(cls, "ready")
        assert not sources.defines(cls, "ready")


def test_an_override_of_an_installed_class_is_refused_with_its_reason(installed: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    found = pipeline.port([program])
    assert not [change.path for change in found.files if change.changed]
    reasons = [refusal.reason for refusal in found.plan.refusals]
    assert any("overrides a method of `polling_things.base.Poller`, which calls it without `await`" in one for one in reasons)
