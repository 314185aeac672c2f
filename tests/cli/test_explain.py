"""``porter explain``, and idioms named by options."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("porter.idioms.all")

from porter.catalogue import load
from porter.cli.idioms import idiom_names


def test_without_a_name_all_names_are_listed(cli):
    out = cli("explain").out
    assert out.startswith("idioms:\n")
    assert all(f"\n  {name}: " in out for name in idiom_names())
    assert "\ncatalogue rows:\n" in out


def test_an_idiom_and_a_row(cli):
    name = idiom_names()[0]
    assert cli("explain", name).out.startswith(f"{name} (idiom)\n")
    assert cli("explain", "socket.socket.recv").out.startswith("socket.socket.recv (catalogue row)\n")
    assert "\nsocket.socket.recv (catalogue row)\n" in "\n" + cli("explain", "recv").out, "a part is enough"


def test_everything_as_json(cli):
    data = json.loads(cli("explain", "--all", "--json").out)
    assert data["version"] == 1
    found = {topic["name"]: topic for topic in data["topics"]}
    assert set(idiom_names()) < set(found)
    assert {"kind", "name", "text", "examples", "refusals"} == set(found[idiom_names()[0]])
    counts = data["counts"]
    assert counts["rows"] == len(load().rows) >= 400
    assert counts["cases"] + counts["refusals"] == counts["rows"] and counts["cases"] > 400
    assert json.loads(cli("explain", "--json").out)["names"] == sorted(found)


def test_unknown_names(cli, build):
    build({"a.py": ""})
    ran = cli("explain", "socket.socket.recvv")
    assert ran.code == 2
    assert "did you mean" in ran.err and "socket.socket.recv" in ran.err
    ran = cli("plan", "a.py", "--only", idiom_names()[0] + "x")
    assert ran.code == 2
    assert f"did you mean {idiom_names()[0]}" in ran.err
    assert cli("plan", "a.py", "--skip", idiom_names()[0]).code == 0
