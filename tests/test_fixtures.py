"""Every fixture of the project: ported, compared with its golden, ported again, and run on a few seeds.

``porter check fixtures/`` runs them on all their seeds.
"""

from pathlib import Path

import pytest

from porter.check.checking import check_fixture, discover

ROOT = Path(__file__).parents[1]
FIXTURES = discover([ROOT / "fixtures"])


@pytest.mark.parametrize("path", FIXTURES, ids=[path.relative_to(ROOT / "fixtures").as_posix() for path in FIXTURES])
def test_fixture(path: Path) -> None:
    checked = check_fixture(path, seeds=1)
    if checked.skipped:
        pytest.skip(checked.skipped)
    assert not checked.problems, "\n".join(checked.lines)
