"""How outputs are compared."""

import pytest

from porter.check.comparison import Comparison, difference

ACTORS = Comparison(order="actors", actors=("a:", "b:"))
DAEMON = Comparison(order="actors", actors=("a:", "b:"), daemons=("b:",))


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        pytest.param("x\ny\n", "x\ny\n", Comparison(), id="exact"),
        pytest.param("x\ny\n", "y\nx\n", Comparison(order="sorted"), id="sorted"),
        pytest.param("a:1\nb:1\na:2\n", "b:1\na:1\na:2\n", ACTORS, id="actors_interleave"),
        pytest.param("a:1\n", "a:1\nb:1\n", DAEMON, id="daemon_cut_short_on_the_threaded_side"),
    ],
)
def test_outputs_agree(before: str, after: str, how: Comparison) -> None:
    assert difference(before, after, how) == ""


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        pytest.param("x\ny\n", "y\nx\n", Comparison(), id="exact_minds_order"),
        pytest.param("x\n", "x", Comparison(), id="exact_minds_the_last_newline"),
        pytest.param("x\nx\n", "x\n", Comparison(order="sorted"), id="sorted_counts"),
        pytest.param("a:1\na:2\n", "a:2\na:1\n", ACTORS, id="an_actor_keeps_its_order"),
        pytest.param("a:1\n", "a:1\na:2\n", ACTORS, id="an_actor_says_more"),
        pytest.param("a:1\nother\n", "a:1\n", ACTORS, id="lines_of_nobody_count"),
        pytest.param("a:1\nb:1\n", "a:1\n", DAEMON, id="daemon_cut_short_on_the_ported_side"),
        pytest.param("b:1\n", "b:2\nb:1\n", DAEMON, id="daemon_says_something_else"),
    ],
)
def test_outputs_differ(before: str, after: str, how: Comparison) -> None:
    assert difference(before, after, how)


def test_the_longest_prefix_names_the_actor() -> None:
    how = Comparison(order="actors", actors=("node", "node 2"))
    assert difference("node 2 x\nnode x\n", "node x\nnode 2 x\n", how) == ""


def test_an_actor_is_named_in_the_difference() -> None:
    assert difference("b:1\n", "b:2\n", ACTORS).startswith("b::\n")


def test_a_long_difference_is_cut() -> None:
    after = "".join(f"{number}\n" for number in range(500))
    assert len(difference("", after, Comparison()).splitlines()) < 50
