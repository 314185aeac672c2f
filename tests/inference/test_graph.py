"""The constraint graph: whatever the order of its growth, every node has and tells exactly what reaches it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from porter.inference.graph import CAP, FUNCTION_CAP, Graph, Node
from porter.inference.values import ANY_STRING, UNKNOWN, Constant, Container, External, FunctionValue, Unknown, Value

_NODES = st.integers(0, 7)
_STEPS = st.one_of(
    st.tuples(st.just("add"), _NODES, st.integers(0, 9)),
    st.tuples(st.just("flow"), _NODES, _NODES),
    st.tuples(st.just("watch"), _NODES, st.none()),
    st.tuples(st.just("link"), _NODES, _NODES),
    st.tuples(st.just("solve"), st.none(), st.none()),
)


@given(st.lists(_STEPS, max_size=60))
def test_fixpoint_is_reachability(steps: list[tuple[str, int, int]]) -> None:
    """Nodes have what the edges bring; each watcher is told each value once. ``link``: a watcher that adds an edge."""
    graph, nodes, values = Graph(), [Node() for _ in range(8)], [Unknown(str(n)) for n in range(10)]
    added: list[tuple[int, int]] = []
    edges: list[tuple[int, int]] = []
    links: list[tuple[int, int]] = []
    heard: list[tuple[int, list[Value]]] = []
    for kind, first, second in steps:
        match kind:
            case "add":
                graph.add(nodes[first], values[second])
                added.append((first, second))
            case "flow":
                graph.flow(nodes[first], nodes[second])
                edges.append((first, second))
            case "watch":
                heard.append((first, told := []))
                graph.watch(nodes[first], told.append)
            case "link":
                source, target = nodes[first], nodes[second]
                graph.watch(source, lambda _, source=source, target=target: graph.flow(source, target))
                links.append((first, second))
            case _:
                graph.solve()
    graph.solve()
    wanted = _reachable(added, [*edges, *links])  # a link from a node without values brings none
    for number, node in enumerate(nodes):
        assert set(node.values) == {values[value] for value in wanted[number]}
    for number, seen in heard:
        assert sorted(map(id, seen)) == sorted(id(values[value]) for value in wanted[number])


def _reachable(added: list[tuple[int, int]], edges: list[tuple[int, int]]) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(8)]
    for node, value in added:
        found[node].add(value)
    changed = True
    while changed:
        changed = False
        for source, target in edges:
            if not found[source] <= found[target]:
                found[target] |= found[source]
                changed = True
    return found


def _filled(values: list[Value]) -> tuple[Graph, Node]:
    graph, node = Graph(), Node()
    for value in values:
        graph.add(node, value)
    return graph, node


def test_capped_node_is_reported_once() -> None:
    graph, node = _filled([Unknown(str(n)) for n in range(CAP + 5)])
    assert len(node.values) == CAP
    assert graph.capped == [node]


def test_node_full_of_containers_takes_no_more_objects() -> None:
    graph, node = _filled([Container("builtins.list", n) for n in range(CAP)])
    graph.add(node, Unknown())
    assert graph.capped == [node]
    assert all(isinstance(value, Container) for value in node.values)


def test_capped_node_takes_functions_up_to_their_own_cap() -> None:
    graph, node = _filled([Unknown(str(n)) for n in range(CAP + 1)])
    for _ in range(2 * FUNCTION_CAP):
        graph.add(node, FunctionValue(None, "m", None))  # type: ignore[arg-type]
    assert len(node.values) == FUNCTION_CAP


def test_many_strings_are_any_string() -> None:
    graph, node = _filled([Constant(str(n)) for n in range(CAP)])
    assert ANY_STRING in node.values
    assert not graph.capped


def test_many_unknown_names_are_unknown_and_known_ones_stay() -> None:
    _, node = _filled([External(f"m.f{n}", "unknown") for n in range(CAP)])
    assert UNKNOWN in node.values
    _, node = _filled([External(f"m.f{n}", "function") for n in range(40)])
    assert len(node.values) == 40


def test_copy_of_capped_node_follows_its_own_way() -> None:
    graph, node = _filled([Unknown(str(n)) for n in range(CAP)])
    copy, function = Node(), FunctionValue(None, "m", None)  # type: ignore[arg-type]
    graph.flow(node, copy)
    assert copy.values is node.values
    graph.add(copy, function)
    assert function in copy.values
    assert function not in node.values
