"""``porter explain``."""

from __future__ import annotations

import difflib
from collections import Counter

import click

from porter.project.faults import UsageFault


@click.command(short_help="Explain an idiom or a catalogue row.")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Explain every idiom and every catalogue row.")
@click.option("--json", "json", is_flag=True, help="Print one JSON object in place of text.")
def explain(name: str | None, everything: bool, json: bool) -> int:
    """Explain an idiom or a catalogue row: what it does, examples, limits. Without NAME: list what there is."""
    from porter.cli.topics import counted, listing, topics
    from porter.cli.work import print_json

    known = topics()
    if name is None and not everything:
        if json:
            print_json({"version": 1, "names": sorted(known)})
        else:
            click.echo("\n".join(listing(known)))
        return 0
    chosen = list(known.values()) if name is None else [topic for key, topic in known.items() if _is_meant(key, name)]
    if not chosen:
        close = difflib.get_close_matches(name or "", known, n=3)
        remedy = f"did you mean {' or '.join(close)}?" if close else "`porter explain` lists the names there are"
        raise UsageFault(f"{name}: nothing has that name; {remedy}")
    if json:
        counts = Counter(topic.kind for topic in chosen) + counted(chosen)
        print_json({"version": 1, "counts": counts, "topics": [topic.data for topic in chosen]})
    else:
        click.echo("\n\n".join("\n".join(topic.lines) for topic in chosen))
    return 0


def _is_meant(key: str, name: str) -> bool:
    return key == name or key.endswith(f".{name}")
