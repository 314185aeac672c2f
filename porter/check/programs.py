"""Programs: fixtures that are folders, described by their ``fixture.toml``.

Keys: ``before`` and ``after``, a file or a folder each; ``settings``, a table with the keys of ``[tool.porter]``;
``refused``, parts of refusals' reasons; ``changed = false`` when the port must change nothing; and how to run the two
sides: ``run``, ``seeds``, ``order``, ``actors``, ``daemons``, ``timeout`` (see ``porter.check.comparison.Comparison``).
Without ``after`` the port changes nothing either, and the reason is in ``refused``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from porter.check.comparison import ORDERS, Comparison, Order
from porter.check.errors import FixtureError, unknown
from porter.check.fixture import Fixture, settings_of

DESCRIPTION = "fixture.toml"

_KEYS = (
    *("before", "after", "settings", "refused", "changed"),
    *("run", "seeds", "order", "actors", "daemons", "timeout"),
)


def read_program(folder: Path) -> Fixture:
    """The fixture in a folder. Raises UsageFault where its description is wrong."""
    path = folder / DESCRIPTION
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FixtureError(f"{path}: {error}; it must be a readable TOML file") from None
    for key in values:
        if key not in _KEYS:
            raise FixtureError(f"{path}: {unknown('key', key, _KEYS)}")
    return _fixture(_Table(path, values))


def described_comparison(before: Path, after: Path) -> Comparison | None:
    """How a ``fixture.toml`` beside two paths says to compare them; None when there is none, or not for these two."""
    folder = before.absolute().parent
    if not (folder / DESCRIPTION).is_file():
        return None
    fixture = read_program(folder)
    same = fixture.after is not None and (fixture.before, fixture.after) == (before.absolute(), after.absolute())
    return fixture.how if same else None


@dataclass(frozen=True, slots=True)
class _Table:
    """The values of one description; its methods check a value's type and say which key is wrong."""

    path: Path
    values: Mapping[str, object]

    def wrong(self, key: str, must: str) -> FixtureError:
        return FixtureError(f"{self.path}: `{key}` must be {must}")

    def side(self, key: str) -> Path | None:
        name = self.values.get(key)
        if name is None:
            return None
        if not isinstance(name, str) or not name:
            raise self.wrong(key, "the name of a file or a folder beside it")
        return (self.path.parent / name).absolute()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(key, 'a list of texts, such as ["a", "b"]')
        return tuple(value)

    def count(self, key: str, default: int) -> int:
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, "a whole number, 0 or more")
        return value

    def seconds(self, key: str, default: float) -> float:
        value = self.values.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            raise self.wrong(key, "a number of seconds, more than 0")
        return value


def _fixture(table: _Table) -> Fixture:
    before, after = table.side("before"), table.side("after")
    if before is None or not before.exists():
        raise table.wrong("before", "the threaded side: a file or a folder beside it")
    if after is not None and after.exists() and before.is_dir() != after.is_dir():
        raise table.wrong("after", "of the same kind as `before`, a file or a folder")
    refused = table.texts("refused")
    changed = table.values.get("changed", after is not None)
    if not isinstance(changed, bool) or changed != (after is not None):
        raise table.wrong("changed", "false where there is no `after`, and left out where there is one")
    if after is None and not refused and "changed" not in table.values:
        raise table.wrong("after", "given; or say `changed = false`, or what is `refused`")
    settings = table.values.get("settings")
    if not isinstance(settings, Mapping | None):
        raise table.wrong("settings", "a table with the keys of [tool.porter]")
    return Fixture(
        before=before,
        after=after,
        settings=settings_of(settings, table.path, "settings") if settings is not None else None,
        refused=refused,
        how=_comparison(table) if after is not None and table.count("seeds", 1) else None,
    )


def _comparison(table: _Table) -> Comparison:
    order = table.values.get("order", "exact")
    if order not in ORDERS:
        raise table.wrong("order", f"one of {', '.join(ORDERS)}")
    actors, daemons = table.texts("actors"), table.texts("daemons")
    if bool(actors) != (order == "actors"):
        raise table.wrong("actors", 'given with `order = "actors"`, and only then')
    if not set(daemons) <= set(actors):
        raise table.wrong("daemons", "some of `actors`")
    return Comparison(
        run=table.texts("run"),
        seeds=table.count("seeds", 1),
        order=cast(Order, order),
        actors=actors,
        daemons=daemons,
        timeout=table.seconds("timeout", Comparison().timeout),
    )
