"""Function statements of stubs as parameters and result types."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from porter.inference.stubs_annotations import Annotations, Scope
from porter.inference.stubs_scopes import Functions, dotted
from porter.inference.stubs_symbols import FunctionSymbol, Param
from porter.inference.stubs_types import UNKNOWN, Named, TypeExpr, TypeVarRef

Function = ast.FunctionDef | ast.AsyncFunctionDef
_IMPLICIT_CLASSMETHODS = frozenset(("__new__", "__init_subclass__", "__class_getitem__"))
_MANAGERS = {
    "contextmanager": "contextlib._GeneratorContextManager",
    "asynccontextmanager": "contextlib._AsyncGeneratorContextManager",
}


def decorators(node: Function) -> frozenset[str]:
    """The last names of a function's decorators: ``overload``, ``property``, ``setter``."""
    called = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return frozenset(dotted(item).rpartition(".")[2] for item in called)


def kind_of(node: Function, owner: str) -> Literal["function", "method", "classmethod", "staticmethod"]:
    """How a function takes its receiver."""
    if not owner:
        return "function"
    names = decorators(node)
    if "staticmethod" in names:
        return "staticmethod"
    return "classmethod" if "classmethod" in names or node.name in _IMPLICIT_CLASSMETHODS else "method"


def effective(nodes: tuple[ast.stmt, ...]) -> tuple[Function, ...]:
    """The functions that one name stands for: all its overloads, or the last definition; property setters left out."""
    functions = [node for node in nodes if isinstance(node, Functions)]
    functions = [node for node in functions if not decorators(node) & {"setter", "deleter"}]
    overloads = [node for node in functions if "overload" in decorators(node)]
    return tuple(overloads or functions[-1:])


class Signatures:
    """Parameters and result types of function statements, remembered by statement."""

    def __init__(self, annotations: Annotations) -> None:
        self._annotations = annotations
        self._params: dict[Function, tuple[Param, ...]] = {}
        self._returns: dict[Function, TypeExpr] = {}
        self._scopes: dict[Function, Scope] = {}

    def params(self, symbol: FunctionSymbol, node: Function) -> tuple[Param, ...]:
        """The parameters of one overload, the receiver left out."""
        if node not in self._params:
            scope = self._scope(symbol, node)
            params = tuple(self._all_params(node.args, scope))
            drop = symbol.takes_receiver and params and params[0].kind in ("positional", "either")
            self._params[node] = params[1:] if drop else params
        return self._params[node]

    def returns(self, symbol: FunctionSymbol, node: Function) -> TypeExpr:
        """What one overload gives to its caller: for ``async def`` the coroutine, not what it returns."""
        if node not in self._returns:
            returned = self._annotations.convert(node.returns, self._scope(symbol, node))
            if isinstance(node, ast.AsyncFunctionDef) and not decorators(node) & _MANAGERS.keys():
                returned = Named("types.CoroutineType", (UNKNOWN, UNKNOWN, returned))
            for manager in decorators(node) & _MANAGERS.keys():
                given = returned.args[:1] if isinstance(returned, Named) else ()
                returned = Named(_MANAGERS[manager], given)
            self._returns[node] = returned
        return self._returns[node]

    def receiver(self, symbol: FunctionSymbol, node: Function) -> TypeExpr | None:
        """What an overload asks of its receiver: ``self: Popen[str]``."""
        first = (node.args.posonlyargs + node.args.args)[:1]
        if not symbol.takes_receiver or not first or first[0].annotation is None:
            return None
        return self._annotations.convert(first[0].annotation, self._scope(symbol, node))

    def _scope(self, symbol: FunctionSymbol, node: Function) -> Scope:
        if node not in self._scopes:
            scope = Scope(symbol.module, symbol.owner)
            first = (node.args.posonlyargs + node.args.args)[:1]
            if symbol.takes_receiver and first and first[0].annotation is not None:
                stated = self._annotations.convert(first[0].annotation, scope)
                if isinstance(stated, Named) and stated.name == "builtins.type" and stated.args:
                    stated = stated.args[0]
                if isinstance(stated, TypeVarRef):
                    scope = Scope(symbol.module, symbol.owner, stated.name)
            self._scopes[node] = scope
        return self._scopes[node]

    def _all_params(self, args: ast.arguments, scope: Scope) -> Iterator[Param]:
        ordered = args.posonlyargs + args.args
        optional = len(ordered) - len(args.defaults)
        for index, arg in enumerate(ordered):
            hidden = arg.arg.startswith("__") and not arg.arg.endswith("__")
            kind: Literal["positional", "either"] = "positional" if hidden or index < len(args.posonlyargs) else "either"
            yield Param(arg.arg, kind, self._annotations.convert(arg.annotation, scope), index < optional)
        if args.vararg is not None:
            yield Param(args.vararg.arg, "star", self._annotations.convert(args.vararg.annotation, scope), False)
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            yield Param(arg.arg, "keyword", self._annotations.convert(arg.annotation, scope), default is None)
        if args.kwarg is not None:
            yield Param(args.kwarg.arg, "double_star", self._annotations.convert(args.kwarg.annotation, scope), False)
