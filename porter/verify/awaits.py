"""Closed: what is awaited can be awaited, as far as anything is known of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.facts import Scope
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.stubs_symbols import FunctionSymbol
from porter.inference.values import BoundExternal, BoundMethod, ClassValue, External, FunctionValue, Value
from porter.verify.finding import Finding
from porter.verify.gives import family, given, is_asynchronous_next, keeps_colour, of_function
from porter.verify.view import View

CHECK = "await"
WANT_AWAITABLES = frozenset(
    ("asyncio.run", "asyncio.create_task", "asyncio.ensure_future", "asyncio.gather", "asyncio.wait_for", "asyncio.shield")
    + ("asyncio.run_coroutine_threadsafe", "asyncio.TaskGroup.create_task")
)
"""Outside callables whose first argument is an awaitable."""


def check(view: View, module: Module) -> Iterator[Finding]:
    """``await`` of what a plain function gives, of a coroutine function that was not called, of a constant."""
    for node in view.nodes(module, ast.Await):
        value = node.value
        if isinstance(value, ast.Call):
            name = _plain_callee(view, module, value)
            if name is not None:
                yield Finding(module, node, CHECK, f"`{name}` gives nothing that can be awaited")
        elif isinstance(value, ast.Await) and isinstance(value.value, ast.Call):
            name = _plain_result(view, value.value)
            if name is not None:
                yield Finding(module, node, CHECK, f"`{name}` gives nothing that can be awaited once more")
        elif _is_function(view, module, value):
            yield Finding(module, node, CHECK, f"`{ast.unparse(value)}` is awaited but not called")
        elif isinstance(value, _PLAIN):
            yield Finding(module, node, CHECK, "what is awaited is a plain value")
    for call in view.nodes(module, ast.Call):
        wanting = view.callees(call) & WANT_AWAITABLES
        for argument in call.args[:1] if wanting else ():
            name = _plain_callee(view, module, argument) if isinstance(argument, ast.Call) else None
            if isinstance(argument, ast.Await) and isinstance(argument.value, ast.Call):
                name = _plain_result(view, argument.value)
            if name is not None:
                message = f"`{name}` gives nothing that can be awaited, and it is given to `{min(wanting)}`"
                yield Finding(module, call, CHECK, message)


def _plain_callee(view: View, module: Module, call: ast.Call) -> str | None:
    """The callee of an awaited call that surely gives nothing awaitable."""
    site = view.site(call)
    if site is None or is_asynchronous_next(view, call) or _is_asked_about(view, call.func):
        return None
    made = view.values(call.func, module)
    if made and all(isinstance(value, ClassValue) and _never_awaited(view, value) for value in made):
        return ast.unparse(call.func)
    plain = [scope for scope in site.functions if _never_awaitable(view, scope, site)]
    if len(plain) == len(site.functions) and all(_outside_plain(view, name) for name in site.externals):
        names = [scope.qualname for scope in plain] + [view.public(name) for name in site.externals]
        return names[0] if names and not site.unknown and not site.plain else None
    plain = plain if family(view, site) else [scope for scope in plain if isinstance(scope.node, ast.Lambda)]
    if plain and not view.guarded(module, call):
        return plain[0].qualname
    return None


def _is_asked_about(view: View, func: ast.expr) -> bool:
    """Whether the program asks whether that callee is a coroutine function."""
    asked = f"({ast.unparse(func)})" if view.colour_questions else ""
    return any(asked in question for question in view.colour_questions)


def _plain_result(view: View, call: ast.Call) -> str | None:
    """The coroutine function behind an awaited call if what it returns surely is nothing that can be awaited once more."""
    site = view.site(call)
    if site is None or site.unknown or site.plain or site.externals:
        return None
    own = [scope for scope in site.functions if isinstance(scope.node, ast.AsyncFunctionDef) and keeps_colour(view, scope)]
    if len(own) < len(site.functions) or any(_is_abstract(scope.node) for scope in own):
        return None
    results = ((view.module_of(scope), one.value) for scope in own for one in scope.returns if one.value is not None)
    return own[0].qualname if own and all(_plain_value(view, at, value, frozenset(own)) for at, value in results) else None


def _never_awaited(view: View, cls: ClassValue) -> bool:
    """Whether the objects of a class surely cannot be awaited."""
    made_otherwise = any(isinstance(base, ClassValue) and "__new__" in base.scope.bound for base in cls.mro)
    return not made_otherwise and view.own_method(cls, "__await__") is None


def _outside_plain(view: View, name: str) -> bool:
    return view.stubs.gives(name) in ("none", "value")


def _never_awaitable(view: View, scope: Scope, site: Site) -> bool:
    """Whether calling a function of the program surely gives nothing that can be awaited."""
    if scope.name == "__init__" or of_function(view, scope) != "plain":
        return False
    return _plainly(view, scope, frozenset())


def _plainly(view: View, scope: Scope, seen: frozenset[object]) -> bool:
    if scope in seen or not keeps_colour(view, scope):
        return scope in seen
    if of_function(view, scope) != "plain":
        return False
    if scope.is_generator:
        return True
    module = view.module_of(scope)
    if isinstance(scope.node, ast.Lambda):
        return _plain_value(view, module, scope.node.body, seen | {scope})
    if _is_abstract(scope.node):
        return False
    given_back = [node.value for node in scope.returns if node.value is not None]
    return all(_plain_value(view, module, value, seen | {scope}) for value in given_back)


def _is_abstract(node: ast.AST) -> bool:
    """A body that says nothing, or only raises in the end, tells nothing of what its overrides, or others, give."""
    body = [one for one in getattr(node, "body", []) if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    if body and isinstance(body[-1], ast.Raise):
        return True
    return all(isinstance(one, ast.Pass) for one in body)


_PLAIN = (
    ast.Constant,
    ast.JoinedStr,
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Compare,
)


def _plain_value(view: View, module: Module, expr: ast.expr, seen: frozenset[object]) -> bool:
    match expr:
        case ast.IfExp(body=body, orelse=other):
            return _plain_value(view, module, body, seen) and _plain_value(view, module, other, seen)
        case ast.BoolOp(values=values):
            return all(_plain_value(view, module, value, seen) for value in values)
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call():
            return _plain_call(view, expr, seen)
        case ast.Name():
            return _plain_variable(view, module, expr, seen)
        case _:
            return isinstance(expr, _PLAIN)


def _plain_call(view: View, call: ast.Call, seen: frozenset[object]) -> bool:
    site = view.site(call)
    if site is None or site.unknown or site.plain or given(view, call).kind != "plain":
        return False
    if any(scope.name == "__init__" for scope in site.functions):
        return False
    return all(_plainly(view, scope, seen) for scope in site.functions) and all(
        _outside_plain(view, name) for name in site.externals
    )


def _plain_variable(view: View, module: Module, name: ast.Name, seen: frozenset[object]) -> bool:
    owner = view.owner(module, name, name.id)
    if owner is None or owner.kind != "function":
        return False
    if (owner, name.id) in seen:
        return True
    seen |= {(owner, name.id)}
    stores = view.stores(module, owner, name.id)
    for store in stores:
        parent = view.parent(module, store)
        if not isinstance(parent, ast.Assign) or not _plain_value(view, module, parent.value, seen):
            return False
    return bool(stores) and name.id not in _arguments(owner.node)


def _arguments(node: ast.AST) -> set[str]:
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return set()
    return {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}


def _is_function(view: View, module: Module, expr: ast.expr) -> bool:
    if not isinstance(expr, (ast.Name, ast.Attribute)) or view.site(expr, "property") is not None:
        return False
    values = view.values(expr, module)
    return bool(values) and all(_is_callable(view, value) for value in values)


def _is_callable(view: View, value: Value) -> bool:
    """Whether a value surely is a function: of the program, or one outside that a stub knows."""
    match value:
        case FunctionValue() | BoundMethod():
            return True
        case External(name=name) | BoundExternal(name=name):
            return isinstance(view.stubs.lookup(name), FunctionSymbol)
        case _:
            return False
