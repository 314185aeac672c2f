"""Reading rows: what a row may say, defaults, a user's rows on top, and errors that name file, row, key and remedy."""

from __future__ import annotations

import pytest

from porter.catalogue import CatalogueError, load
from porter.catalogue.reading import read

GOOD = '[[catalogue]]\nblocking = "pkg.Stream.read"\nasyncio = "pkg.AsyncStream.read"\nbecomes = "await"\n'


def row(text):
    (found,) = read(text, "pkg.toml")
    return found


def test_a_short_row_gets_defaults():
    found = row(GOOD)

    assert (found.name, found.asyncio, found.becomes) == ("pkg.Stream.read", "pkg.AsyncStream.read", "await")
    assert (found.kind, found.blocks, found.files, found.since) == ("method", True, False, (3, 11))
    assert (found.library, found.tail) == ("pkg", "read")


def test_a_file_says_library_and_source_once():
    found = row('library = "wire"\nsource = "https://example.org"\n' + GOOD)

    assert (found.library, found.source) == ("wire", "https://example.org")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("time.sleep", "function"),
        ("pkg.Stream", "class"),
        ("pkg.Stream.read", "method"),
        ("socket.socket.recv", "method"),
        ("socket.socket.makefile().read", "method"),
    ],
)
def test_the_kind_shows_in_the_name(name, kind):
    assert row(f'[[catalogue]]\nblocking = "{name}"\nbecomes = "plain"\n').kind == kind


@pytest.mark.parametrize(
    ("extra", "blocks"),
    [
        ('becomes = "thread"', True),
        ('becomes = "plain"', False),
        ('becomes = "task"\nkind = "class"', False),
        ('becomes = "thread"\nkind = "class"\nblocks = true', True),
    ],
)
def test_what_blocks(extra, blocks):
    assert row(f'[[catalogue]]\nblocking = "pkg.call"\n{extra}\n').blocks is blocks


def test_also_repeats_a_row_under_other_names():
    found = read('[[catalogue]]\nblocking = "a.x"\nalso = ["a.y"]\nbecomes = "thread"\n', "a.toml")

    assert [each.name for each in found] == ["a.x", "a.y"]
    assert found[1].example == ("a.y(...)", "await asyncio.to_thread(a.y, ...)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[catalogue]\n", ("pkg.toml", "not TOML")),
        ('libary = "x"\n', ("pkg.toml", "`libary`", "did you mean `library`?")),
        ("catalogue = 1\n", ("pkg.toml", "[[catalogue]]")),
        ("catalogue = [1]\n", ("row 1", "not a table")),
        ('[[catalogue]]\nbecomes = "await"\n', ("row 1", "`blocking` is missing", "time.sleep")),
        ('[[catalogue]]\nblocking = "not a name"\nbecomes = "plain"\n', ("`blocking` is 'not a name'",)),
        ('[[catalogue]]\nblocking = "a.b"\n', ("row 1 (`a.b`)", "`becomes` is missing", "async with")),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "awaits"\n', ("`becomes` is 'awaits'", "use one of: await")),
        ('[[catalogue]]\nblocking = "a.b"\nbecome = "await"\n', ("unknown key `become`", "did you mean `becomes`?")),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "plain"\nblocks = "no"\n', ("`blocks`", "true or false")),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "plain"\nalso = "a.c"\n', ("`also`", "list of texts")),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "plain"\nsince = 3.11\n', ("`since`", "in quotes")),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "plain"\nsince = "new"\n', ("`since`", '"3.11"')),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "plain"\nexample = ["x"]\n', ("`example`", "before and after")),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "await"\n', ("`a.b`", "`asyncio`")),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "none"\n', ("`a.b`", "`remedy`")),
        ('[[catalogue]]\nblocking = "a.b"\nkind = "iteration"\nbecomes = "thread"\n', ("`a.b`", "loop")),
        (GOOD + GOOD, ("`pkg.Stream.read`", "two rows")),
    ],
)
def test_mistakes_are_named(text, said):
    with pytest.raises(CatalogueError) as caught:
        read(text, "pkg.toml")

    assert all(part in str(caught.value) for part in said), str(caught.value)


def test_a_users_row_wins():
    catalogue = load([{"blocking": "time.sleep", "asyncio": "pkg.nap", "becomes": "await"}])

    assert catalogue.row("time.sleep").asyncio == "pkg.nap"
    assert catalogue.row("time.sleep").library == "[[catalogue]]"
    assert load().row("time.sleep").asyncio == "asyncio.sleep"


def test_a_users_mistake_is_named():
    with pytest.raises(CatalogueError, match=r"\[\[catalogue\]\]: row 2 \(`a.b`\): key `becomes`"):
        load([{"blocking": "time.sleep", "becomes": "plain"}, {"blocking": "a.b", "becomes": "waits"}])


def test_tails_of_unknown_receivers():
    catalogue = load([{"blocking": "pkg.Stream.slurp", "becomes": "thread"}])

    assert {"recv", "readline", "join", "get", "wait", "slurp"} <= catalogue.blocking_tails
    assert not {"append", "copy", "__next__", "release", "gethostbyname"} & catalogue.blocking_tails
    assert [row.name for row in catalogue.with_tail("slurp")] == ["pkg.Stream.slurp"]
    assert catalogue.with_tail("nosuch") == ()
    assert catalogue.row("nosuch") is None
