"""Stubs as a program sees them that awaits: what a coroutine gives is what awaiting it gives.

The inference passes a value through ``await`` as it is. So the stubs it works on here leave coroutines out, and let
``with`` and ``for`` find the asynchronous protocols; what is really coroutine, future or plain is asked of the stubs
themselves.
"""

from __future__ import annotations

from typing import Final, Literal

from porter.inference.stubs_symbols import CallShape, ClassSymbol, FunctionSymbol, Param, Symbol
from porter.inference.stubs_types import Named, NoneType, TypeExpr, Union, alternatives, union
from porter.inference.typeshed import NO_ARGUMENTS, Typeshed

Gives = Literal["coroutine", "future", "value", "none", "unknown"]
PROTOCOLS: Final = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}
"""Special methods of the asynchronous protocols, and their plain twins."""

_TWINS: Final = {plain: name for name, plain in PROTOCOLS.items()}
_COROUTINES: Final = frozenset(("types.CoroutineType", "typing.Coroutine", "typing.Awaitable"))
_FUTURES: Final = frozenset(("_asyncio.Future", "_asyncio.Task", "asyncio.futures.Future", "asyncio.tasks.Task"))


class AwaitedStubs(Typeshed):
    """The standard library's stubs with every ``await`` already done."""

    def __init__(self) -> None:
        """Empty but for what the stubs say."""
        super().__init__()
        self._given: dict[str, Gives] = {}

    def member(self, class_name: str, name: str) -> Symbol | None:
        """An attribute of a class; the asynchronous form of a protocol's method stands in for the plain one."""
        found = super().member(class_name, name)
        return super().member(class_name, _TWINS[name]) if found is None and name in _TWINS else found

    def signature(self, symbol: Symbol, call: CallShape | None = None) -> tuple[Param, ...]:
        """Parameters that want an awaitable take what it gives."""
        params = super().signature(symbol, call)
        return tuple(Param(one.name, one.kind, _awaited(one.type), one.required) for one in params)

    def returns(self, symbol: Symbol | None, call: CallShape = NO_ARGUMENTS) -> TypeExpr:
        """What a call gives once it is awaited; a future stands beside its result."""
        return _awaited(super().returns(symbol, call))

    # What the stubs say before anything is awaited.

    def has(self, class_name: str, name: str) -> bool:
        """Whether a class really has a member of that name."""
        return super().member(class_name, name) is not None

    def gives(self, name: str) -> Gives:
        """What calling the outside function or method ``name`` gives."""
        if name not in self._given:
            self._given[name] = self._gives(name)
        return self._given[name]

    def _gives(self, name: str) -> Gives:
        symbol = self.lookup(name)
        if isinstance(symbol, ClassSymbol):
            return "value" if self._kind(Named(symbol.name)) == "value" else "unknown"
        if not isinstance(symbol, FunctionSymbol):
            return "unknown"
        kinds = {self._kind(item) for item in alternatives(super().returns(symbol))}
        return kinds.pop() if len(kinds) == 1 else ("value" if kinds == {"value", "none"} else "unknown")

    def _kind(self, type_: TypeExpr) -> Gives:
        match type_:
            case Named(name=name) if name in _COROUTINES:
                return "coroutine"
            case Named(name=name) if name in _FUTURES:
                return "future"
            case NoneType():
                return "none"
            case Named(name=name) if self.mro(name) and not self.has(name, "__await__") and name != "builtins.object":
                return "value"
            case _:
                return "unknown"


def _awaited(type_: TypeExpr) -> TypeExpr:
    match type_:
        case Named(name=name, args=args) if name in _COROUTINES and args:
            return _awaited(args[-1])
        case Named(name=name, args=args) if name in _FUTURES and args:
            return union((type_, _awaited(args[-1])))
        case Union(items=items) if items:
            return union(_awaited(item) for item in items)
        case _:
            return type_
