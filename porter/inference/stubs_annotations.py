"""Annotations of stubs as types: names become canonical, aliases are expanded, special forms take their meaning."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from porter.inference import stubs_types as types
from porter.inference.stubs_scopes import Definition, Scopes, dotted
from porter.inference.stubs_types import (
    NEVER,
    NONE,
    SELF,
    UNKNOWN,
    TypeExpr,
    TypeVarRef,
    substitute,
    type_variables,
    union,
)

_WRAPPERS = frozenset("Annotated ClassVar Final Required NotRequired ReadOnly".split())
_MAYBE_MORE = frozenset(("Any", "MaybeNone"))
"""``X | Any`` is typeshed's way to say: an ``X``, or ``None`` where nobody checks for it."""
_PARAMETERS = frozenset(("TypeVar", "ParamSpec", "TypeVarTuple"))


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an annotation stands."""

    module: str
    owner: str = ""
    """Canonical name of the enclosing class."""
    receiver: str = ""
    """Name of the type variable that annotates ``self``, read as ``Self``."""


class Annotations:
    """Turns annotation nodes into types, remembering aliases."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._aliases: dict[str, TypeExpr] = {}

    def convert(self, node: ast.expr | None, scope: Scope) -> TypeExpr:
        """The type that an annotation states; ``Unknown`` where there is none or it cannot be resolved."""
        match node:
            case ast.Name() | ast.Attribute():
                return self._apply(dotted(node), (), scope)
            case ast.Subscript(value=value, slice=ast.Tuple(elts=args)):
                return self._apply(dotted(value), args, scope)
            case ast.Subscript(value=value, slice=arg):
                return self._apply(dotted(value), (arg,), scope)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right) if dotted(right).rpartition(".")[2] in _MAYBE_MORE:
                return self.convert(left, scope)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return union((self.convert(left, scope), self.convert(right, scope)))
            case ast.Constant(value=None):
                return NONE
            case ast.Constant(value=str() as text):
                return self._quoted(text, scope)
            case _:
                return UNKNOWN

    def alias(self, found: Definition) -> TypeExpr | None:
        """What a variable stands for in annotations: a type, a type parameter; ``None`` for other variables."""
        if found.name not in self._aliases:
            self._aliases[found.name] = UNKNOWN
            value = self._alias(found)
            if value is None:
                del self._aliases[found.name]
                return None
            self._aliases[found.name] = value
        return self._aliases[found.name]

    def _alias(self, found: Definition) -> TypeExpr | None:
        scope = Scope(found.module, found.owner)
        match found.nodes[-1:]:
            case (ast.Assign(value=ast.Call(func=function) as call),):
                return self._declared(found.name, dotted(function).rpartition(".")[2], call, scope)
            case (ast.Assign(value=ast.Constant() | ast.Dict() | ast.List() | ast.Tuple()),):
                return None
            case (ast.Assign(value=value),):
                return self.convert(value, scope)
            case (ast.AnnAssign(annotation=annotation, value=value),) if dotted(annotation).endswith("TypeAlias"):
                return self.convert(value, scope)
            case _:
                return None

    def _declared(self, name: str, maker: str, call: ast.Call, scope: Scope) -> TypeExpr | None:
        if maker == "NewType" and len(call.args) == 2:
            return self.convert(call.args[1], scope)
        if maker not in _PARAMETERS:
            return None
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        bound = self.convert(keywords["bound"], scope) if "bound" in keywords else None
        if len(call.args) > 1:
            bound = union(self.convert(arg, scope) for arg in call.args[1:])
        default = self.convert(keywords["default"], scope) if "default" in keywords else None
        return TypeVarRef(name, bound, default)

    def _quoted(self, text: str, scope: Scope) -> TypeExpr:
        try:
            return self.convert(ast.parse(text.strip(), mode="eval").body, scope)
        except (SyntaxError, ValueError):
            return UNKNOWN

    def _apply(self, name: str, args: Sequence[ast.expr], scope: Scope) -> TypeExpr:
        found = self._scopes.in_scope(scope.module, scope.owner, name) if name else None
        if found is None:
            return UNKNOWN
        if found.kind == "class":
            return self._class(found.name, args, scope)
        if found.kind != "variable":
            return UNKNOWN
        if found.module == "typing" and not found.nodes:
            return self._special(found.name.rpartition(".")[2], args, scope)
        return self._expanded(found, args, scope)

    def _class(self, name: str, args: Sequence[ast.expr], scope: Scope) -> TypeExpr:
        if name == "builtins.tuple" and args:
            return self._tuple(args, scope)
        return types.Named(name, tuple(self.convert(arg, scope) for arg in args))

    def _expanded(self, found: Definition, args: Sequence[ast.expr], scope: Scope) -> TypeExpr:
        value = self.alias(found)
        if value is None:
            return UNKNOWN
        if isinstance(value, TypeVarRef):
            return SELF if value.name == scope.receiver else value
        if not args:
            return value
        given = [self.convert(arg, scope) for arg in args]
        return substitute(value, {var.name: arg for var, arg in zip(type_variables(value), given, strict=False)})

    def _special(self, form: str, args: Sequence[ast.expr], scope: Scope) -> TypeExpr:
        match form:
            case "Union":
                return union(self.convert(arg, scope) for arg in args)
            case "Optional":
                return union((*(self.convert(arg, scope) for arg in args), NONE))
            case "Callable":
                return self._callable(args, scope)
            case "Literal":
                return self._literal(args, scope)
            case "Tuple":
                return self._tuple(args, scope) if args else types.Named("builtins.tuple")
            case "Type":
                return self._class("builtins.type", args, scope)
            case "Self":
                return SELF
            case "Never" | "NoReturn":
                return NEVER
            case "LiteralString":
                return types.Named("builtins.str")
            case "TypeGuard" | "TypeIs":
                return types.Named("builtins.bool")
            case _ if form in _WRAPPERS and args:
                return self.convert(args[0], scope)
            case _:
                return UNKNOWN

    def _tuple(self, args: Sequence[ast.expr], scope: Scope) -> TypeExpr:
        match args:
            case (item, ast.Constant(value=value)) if value is Ellipsis:
                return types.TupleOf((self.convert(item, scope),), variadic=True)
            case (ast.Tuple(elts=[]),):
                return types.TupleOf(())
            case _ if any(isinstance(arg, ast.Starred) for arg in args):
                return types.TupleOf((UNKNOWN,), variadic=True)
            case _:
                return types.TupleOf(tuple(self.convert(arg, scope) for arg in args))

    def _callable(self, args: Sequence[ast.expr], scope: Scope) -> TypeExpr:
        match args:
            case (ast.List(elts=params), returns):
                return types.Callable(tuple(self.convert(param, scope) for param in params), self.convert(returns, scope))
            case (_, returns):
                return types.Callable(None, self.convert(returns, scope))
            case _:
                return types.Callable(None, UNKNOWN)

    def _literal(self, args: Sequence[ast.expr], scope: Scope) -> TypeExpr:
        return union(self._literal_item(arg, scope) for arg in args)

    def _literal_item(self, arg: ast.expr, scope: Scope) -> TypeExpr:
        match arg:
            case ast.Constant(value=str() | bytes() | int() | None as value):
                return types.Literal(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
                return types.Literal(-value)
            case ast.Attribute(value=owner):
                return self.convert(owner, scope)
            case _:
                return self.convert(arg, scope)
