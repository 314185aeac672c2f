"""The constraint graph: nodes hold values, edges carry them on, watchers react to each new one.

A node that so far has exactly what another has *mirrors* it: it shares its dictionary until it gets a value of its own.
Most nodes are such copies, so this is what keeps a fixpoint over megamorphic data small and quick.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from porter.inference.values import ANY_STRING, UNKNOWN, BoundMethod, Built, Constant, Container, External, FunctionValue, Value

CAP = 64
"""Most values of one node. A node at a cap is megamorphic: it says nothing certain any more, and takes only functions."""

FUNCTION_CAP = 256
"""Most values of a node that takes only functions: a call through it runs them all, so none is lightly left out."""

_FUNCTIONS = frozenset((FunctionValue, BoundMethod))

_KIND_CAPS: Mapping[type, int] = {Container: 12, Constant: 8, Built: 8, External: 4}
"""Most values of one node of kinds that smear far and say little; of ``External`` only unknown ones count. A node with so
many containers holds mere data, and objects in it would smear as they do: it is megamorphic then."""

_REST: Mapping[type, Value] = {Constant: ANY_STRING, Built: ANY_STRING, External: UNKNOWN}
"""What stands for the values of a kind beyond its cap; such a node is not megamorphic."""

Watcher = Callable[[Value], None]


def watching(function: Callable[..., None], *bound: object) -> Watcher:
    """A watcher that calls ``function(value, *bound)``: what a loop's variables are now, they stay for it."""
    return lambda value: function(value, *bound)


class Node:
    """A variable, field, parameter, element or result: the values it may have, in order of arrival."""

    __slots__ = ("values", "successors", "watchers", "pending", "source", "mirrors", "kinds", "capped")

    def __init__(self) -> None:
        self.values: dict[Value, None] = {}
        self.successors: dict[Node, None] | None = None
        self.watchers: list[Watcher] | None = None
        self.pending: list[Value] | None = None
        """Values that the successors, watchers and mirrors have not seen yet; a mirror has those of its root."""
        self.source: Node | None = None
        """The node that this one mirrors."""
        self.mirrors: dict[Node, None] | None = None
        self.kinds: dict[type, int] | None = None
        self.capped = False

    @property
    def root(self) -> Node:
        """The node whose values this one shares: itself, unless it is a mirror."""
        node = self
        while node.source is not None:
            node = node.source
        return node

    def family(self) -> list[Node]:
        """The node and all that mirror it, directly or not."""
        found = [self]
        for node in found:
            if node.mirrors:
                found.extend(node.mirrors)
        return found


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
        kind = value.__class__
        holder = node if node.source is None else node.root
        limited = kind in _KIND_CAPS
        if limited and holder.kinds is not None and _has_enough(holder, value):
            rest = _REST.get(kind)
            if rest is None:
                self._cap(holder)
            else:
                self.add(node, rest)
            return
        room = FUNCTION_CAP if kind in _FUNCTIONS else 0 if holder.capped else CAP
        if len(values) >= room:
            self._cap(holder)
            return
        if node.source is not None:
            self._part(node)
        node.values[value] = None
        if limited:
            node.kinds = _counted((value,), node.kinds)
        if node.pending is not None:
            node.pending.append(value)
        elif node.successors or node.watchers or node.mirrors:
            node.pending = [value]
            self._work.append(node)

    def _cap(self, node: Node) -> None:
        if not node.capped:
            node.capped = True
            self.capped.append(node)

    def flow(self, source: Node, target: Node) -> None:
        """Whatever ``source`` has or gets, ``target`` has too."""
        if source is target or target.source is source:
            return
        if source.successors is not None and target in source.successors:
            return
        if self._mirror(source, target):
            return
        if source.successors is None:
            source.successors = {target: None}
        else:
            source.successors[target] = None
        if source.values is not target.values:
            for value in tuple(source.values):
                self.add(target, value)

    def _mirror(self, source: Node, target: Node) -> bool:
        """Let ``target`` share the values of ``source``, if it has none and nobody has to be told of them."""
        if target.values or target.source is not None or target.values is source.values:
            return False
        if source.values and (target.successors or target.watchers or target.mirrors):
            return False
        target.source = source
        if source.mirrors is None:
            source.mirrors = {}
        source.mirrors[target] = None
        for node in target.family():
            node.values = source.values
        return True

    def _part(self, node: Node) -> None:
        """``node`` gets values of its own: the mirror becomes a copy, what it mirrored a plain source."""
        source = node.source
        assert source is not None and source.mirrors is not None
        root = node.root
        coming = root.pending or ()
        values = dict.fromkeys(value for value in node.values if value not in coming) if coming else dict(node.values)
        for member in node.family():
            member.values = values
        node.source = None
        del source.mirrors[node]
        if source.successors is None:
            source.successors = {}
        source.successors[node] = None
        node.kinds = _counted(values)
        node.capped = root.capped

    def watch(self, node: Node, watcher: Watcher) -> None:
        """Call ``watcher`` once for each value that ``node`` has or gets."""
        if node.watchers is None:
            node.watchers = [watcher]
        else:
            node.watchers.append(watcher)
        if node.values:
            coming = (node if node.source is None else node.root).pending
            pending = set(coming) if coming else ()
            for value in tuple(node.values):
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
        while work:
            node = work.popleft()
            delta, node.pending = node.pending, None
            if delta is not None:
                self._tell(node, delta)

    def _tell(self, node: Node, delta: list[Value]) -> None:
        """Hand new values on; to whom is fixed first, since who comes later is told of all values by then."""
        family = node.family() if node.mirrors else (node,)
        told = [
            (tuple(member.successors or ()), tuple(member.watchers or ()))
            for member in family
            if member.successors or member.watchers
        ]
        add = self.add
        for successors, watchers in told:
            for target in successors:
                for value in delta:
                    if value not in target.values:
                        add(target, value)
            for watcher in watchers:
                for value in delta:
                    watcher(value)


def _has_enough(node: Node, value: Value) -> bool:
    """Whether a node, no mirror, has all that it may of this kind of value."""
    kind = value.__class__
    assert node.kinds is not None
    if kind is External and value.kind != "unknown":  # type: ignore[union-attr]
        return False
    return node.kinds.get(kind, 0) >= _KIND_CAPS[kind]


def _counted(values: Iterable[Value], known: dict[type, int] | None = None) -> dict[type, int]:
    """``known``, if given, and how many of ``values`` there are of each kind with a cap of its own."""
    found = {} if known is None else known
    for value in values:
        kind = value.__class__
        if kind in _KIND_CAPS and not (kind is External and value.kind != "unknown"):  # type: ignore[union-attr]
            found[kind] = found.get(kind, 0) + 1
    return found
