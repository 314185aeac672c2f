"""What ``porter explain`` knows: idioms and catalogue rows, as text and as data."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import ModuleType

from porter.catalogue import load
from porter.cli.idioms import idioms_by_name
from porter.idioms.idiom import Example


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
    found = {name: _idiom(name, module) for name, module in idioms_by_name().items()}
    for row in load().rows:
        topic = _row(row)
        found.setdefault(topic.name, topic)
    return found


def listing(known: Mapping[str, Topic]) -> Iterator[str]:
    """All names with their headlines, by kind."""
    for kind in dict.fromkeys(topic.kind for topic in known.values()):
        yield f"{kind}:"
        for topic in known.values():
            if topic.kind == kind:
                yield f"  {topic.name}: {topic.headline}"


def _idiom(name: str, module: ModuleType) -> Topic:
    text = inspect.cleandoc(module.__doc__ or "")
    examples: Iterable[Example] = getattr(module, "EXAMPLES", ())
    refusals: Iterable[object] = getattr(module, "REFUSALS", ())
    lines = [f"{name} (idiom)", "", *text.split("\n")]
    for example in examples:
        lines += ["", *_example(example)]
    told = [refusal if isinstance(refusal, Example) else str(refusal) for refusal in refusals]
    for refusal in told:
        lines += ["", *(_example(refusal) if isinstance(refusal, Example) else [f"refused: {refusal}"])]
    data = {
        "kind": "idiom",
        "name": name,
        "text": text,
        "examples": [_plain(example) for example in examples],
        "refusals": [_plain(refusal) if isinstance(refusal, Example) else refusal for refusal in told],
    }
    return Topic(name, "idioms", text.split("\n")[0], tuple(lines), data)


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


def _plain(example: Example) -> dict[str, str]:
    return {field.name: getattr(example, field.name) for field in fields(example)}


def _row(row: object) -> Topic:
    values = {field.name: getattr(row, field.name) for field in fields(row)}  # type: ignore[arg-type]
    shown = {key: _text(value) for key, value in values.items() if value not in (None, "", (), False)}
    name = shown.pop("name")
    lines = [f"{name} (catalogue row)"]
    for key, value in shown.items():
        several = "\n" in value
        lines += [f"  {key}:", textwrap.indent(value.strip("\n"), "    ")] if several else [f"  {key}: {value}"]
    headline = f"{shown.get('becomes', '')} {shown.get('asyncio', '')}".strip()
    return Topic(name, "catalogue rows", headline, tuple(lines), {"kind": "catalogue row", "name": name, **shown})


def _text(value: object) -> str:
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(str(item) for item in value)
    return str(value)
