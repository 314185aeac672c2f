"""What ``porter explain`` knows: idioms and catalogue rows, as text and as data."""

from __future__ import annotations

import inspect
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from porter.catalogue import Row, load
from porter.cli.idioms import idioms_by_name
from porter.idioms.idiom import Example, Idiom


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that can be explained."""

    name: str
    kind: str
    headline: str
    lines: tuple[str, ...]
    data: Mapping[str, object]


def topics() -> dict[str, Topic]:
    """Everything that can be explained, by name: idioms in their order, then rows in the catalogue's."""
    found = {name: _idiom(idiom) for name, idiom in idioms_by_name().items()}
    for row in load().rows:
        found.setdefault(row.name, _row(row))
    return found


def counted(chosen: Iterable[Topic]) -> Counter[str]:
    """How many rows there are among some topics: cases, which porter ports or leaves as they are, and refusals.

    The two add up to the rows. The idioms' own examples are counted apart: those that become something else, and those
    that stay.
    """
    counts: Counter[str] = Counter(rows=0, cases=0, refusals=0, examples=0, declined=0)
    for topic in chosen:
        match topic.data:
            case {"kind": "idiom", "examples": list(examples), "refusals": list(refusals)}:
                changed = sum(one["before"] != one["after"] for one in examples)
                counts.update(examples=changed, declined=len(examples) - changed + len(refusals))
            case {"becomes": becomes}:
                counts.update(rows=1, cases=becomes != "none", refusals=becomes == "none")
    return counts


def listing(known: Mapping[str, Topic]) -> Iterator[str]:
    """All names with their headlines, by kind."""
    for kind in dict.fromkeys(topic.kind for topic in known.values()):
        yield f"{kind}:"
        for topic in known.values():
            if topic.kind == kind:
                yield f"  {topic.name}: {topic.headline}"


def _idiom(idiom: Idiom) -> Topic:
    text = inspect.cleandoc(idiom.doc)
    lines = [f"{idiom.name} (idiom)", "", *text.split("\n")]
    for example in (*idiom.examples, *idiom.refusals):
        lines += ["", *_example(example)]
    data = {
        "kind": "idiom",
        "name": idiom.name,
        "text": text,
        "examples": [asdict(example) for example in idiom.examples],
        "refusals": [asdict(refusal) for refusal in idiom.refusals],
    }
    return Topic(idiom.name, "idioms", text.split("\n")[0], tuple(lines), data)


def _example(example: Example) -> Iterator[str]:
    if example.before == example.after:
        yield f"{example.name}: stays as it is" + (f", because {example.why}" if example.why else "")
        yield _indented(example.before)
        return
    yield example.name + (f": {example.why}" if example.why else "")
    yield _indented(example.before)
    yield "  becomes"
    yield _indented(example.after)


def _indented(text: str) -> str:
    return textwrap.indent(text.strip("\n"), "    ")


def _row(row: Row) -> Topic:
    said = {key: value for key, value in asdict(row).items() if value not in ("", (), False, ("", ""))}
    name = said.pop("name")
    before, after = said.pop("example", ("", ""))
    lines = [f"{name} (catalogue row)", *(f"  {key}: {_text(value)}" for key, value in said.items())]
    if before:
        lines += ["  example:", _indented(before), "  becomes", _indented(after)]
    data = {"kind": "catalogue row", "name": name, **said, "example": {"before": before, "after": after}}
    return Topic(name, "catalogue rows", f"{row.becomes} {row.asyncio}".strip(), tuple(lines), data)


def _text(value: object) -> str:
    return ".".join(map(str, value)) if isinstance(value, tuple) else str(value)
