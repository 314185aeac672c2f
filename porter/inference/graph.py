"""The constraint graph: nodes hold values, edges carry them on, watchers react to each new one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from porter.inference.values import Value

CAP = 64
"""Most values of one node. A node at the cap is megamorphic: it says nothing certain any more."""

Watcher = Callable[[Value], None]


def watching(function: Callable[..., None], *bound: object) -> Watcher:
    """A watcher that calls ``function(value, *bound)``: what a loop's variables are now, they stay for it."""
    return lambda value: function(value, *bound)


class Node:
    """A variable, field, parameter, element or result: the values it may have, in order of arrival."""

    __slots__ = ("values", "successors", "watchers", "pending", "capped")

    def __init__(self) -> None:
        self.values: dict[Value, None] = {}
        self.successors: dict[Node, None] | None = None
        self.watchers: list[Watcher] | None = None
        self.pending: list[Value] | None = None
        self.capped = False


class Graph:
    """A worklist over nodes: first in, first out, so that the same program always takes the same steps."""

    def __init__(self) -> None:
        self._work: deque[Node] = deque()
        self.capped: list[Node] = []

    def add(self, node: Node, value: Value) -> None:
        """Let ``node`` have ``value``."""
        values = node.values
        if value in values:
            return
        if len(values) >= CAP:
            if not node.capped:
                node.capped = True
                self.capped.append(node)
            return
        values[value] = None
        if node.successors is None and node.watchers is None:
            return
        if node.pending is None:
            node.pending = [value]
            self._work.append(node)
        else:
            node.pending.append(value)

    def flow(self, source: Node, target: Node) -> None:
        """Whatever ``source`` has or gets, ``target`` has too."""
        if source is target:
            return
        if source.successors is None:
            source.successors = {target: None}
        elif target in source.successors:
            return
        else:
            source.successors[target] = None
        for value in source.values:
            self.add(target, value)

    def watch(self, node: Node, watcher: Watcher) -> None:
        """Call ``watcher`` once for each value that ``node`` has or gets."""
        if node.watchers is None:
            node.watchers = [watcher]
        else:
            node.watchers.append(watcher)
        pending = set(node.pending) if node.pending else ()
        for value in list(node.values):
            if value not in pending:
                watcher(value)

    def seed(self, values: Iterable[Value]) -> Node:
        """A node that has these values from the start."""
        node = Node()
        for value in values:
            node.values[value] = None
        return node

    def solve(self) -> None:
        """Run to the fixpoint."""
        work = self._work
        add = self.add
        while work:
            node = work.popleft()
            delta, node.pending = node.pending, None
            if delta is None:
                continue
            for target in tuple(node.successors or ()):
                for value in delta:
                    add(target, value)
            for watcher in tuple(node.watchers or ()):
                for value in delta:
                    watcher(value)
