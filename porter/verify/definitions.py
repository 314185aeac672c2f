"""Closed: definitions whose colour Python, a decorator or the test runner does not accept."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.facts import Scope
from porter.inference.decorating import wraps_calls
from porter.inference.program import Module
from porter.inference.values import ClassValue, External, FunctionValue, Instance, ManagerValue, Value
from porter.verify.finding import Finding
from porter.verify.view import View, is_coroutine_function

CHECK = "definition"
_ASYNCHRONOUS = frozenset(("__aenter__", "__aexit__", "__anext__", "__aiter__", "__call__", "__getitem__"))
_AWAITED = frozenset(("__aenter__", "__aexit__", "__anext__"))
_FIXTURES = frozenset(("setUp", "tearDown", "setUpClass", "tearDownClass"))
_CASES = ("unittest.case.TestCase", "unittest.TestCase")
_ASYNC_CASES = ("unittest.async_case.IsolatedAsyncioTestCase", "unittest.IsolatedAsyncioTestCase")


def check(view: View, module: Module) -> Iterator[Finding]:
    """Special methods, decorated generators, and methods of test cases."""
    for node in view.nodes(module, ast.AsyncFunctionDef):
        scope = module.facts.scopes[node]
        owner = scope.parent if scope.parent is not None and scope.parent.kind == "class" else None
        if owner is not None:
            yield from _special(view, module, node, scope)
            yield from _test(view, module, node, view.inference.program.classes[owner])
    functions: Iterator[ast.FunctionDef | ast.AsyncFunctionDef] = view.nodes(module, ast.FunctionDef, ast.AsyncFunctionDef)
    for function in functions:
        yield from _decorated(view, module, function)
        name = view.original(function)
        if isinstance(function, ast.FunctionDef) and name in _AWAITED and _gives_itself(view, module, function):
            message = f"Python awaits what `{name}` gives, and it is a plain function"
            yield Finding(module, function, CHECK, message, function)


def _gives_itself(view: View, module: Module, node: ast.FunctionDef) -> bool:
    """Whether a plain method surely gives its own object, or a constant, and neither can be awaited."""
    scope = module.facts.scopes[node]
    owner = view.inference.program.classes.get(scope.parent) if scope.parent is not None else None
    if owner is None or node.decorator_list or scope.is_generator or view.own_method(owner, "__await__") is not None:
        return False
    given = [one.value for one in scope.returns]
    receiver = node.args.args[0].arg if node.args.args else ""
    return bool(given) and all(isinstance(one, ast.Constant | None) or getattr(one, "id", "") == receiver for one in given)


def _special(view: View, module: Module, node: ast.AsyncFunctionDef, scope: Scope) -> Iterator[Finding]:
    name = view.original(node)
    if not (name.startswith("__") and name.endswith("__") and len(name) > 4):
        return
    if name not in _ASYNCHRONOUS and _is_special(name):
        yield Finding(module, node, CHECK, f"Python does not await `{name}`", node)
    elif name == "__aiter__" and not scope.is_generator:
        yield Finding(module, node, CHECK, "Python does not await `__aiter__`; it must be a plain method", node)


def _is_special(name: str) -> bool:
    """Whether Python itself calls a method of that name."""
    known = {attr for cls in (int, str, list, dict, set, type, object) for attr in dir(cls)}
    return name in known or name in (
        "__enter__",
        "__exit__",
        "__next__",
        "__del__",
        "__bool__",
        "__getattr__",
        "__missing__",
    )


def _test(view: View, module: Module, node: ast.AsyncFunctionDef, cls: ClassValue) -> Iterator[Finding]:
    bases = [base.name for base in cls.mro if isinstance(base, External)]
    isolated = any(_descends(view, name, _ASYNC_CASES) for name in bases)
    if not isolated and not any(_descends(view, name, _CASES) for name in bases):
        return
    if node.name in _FIXTURES:
        yield Finding(module, node, CHECK, f"unittest does not await `{node.name}`", node)
    elif node.name.startswith("test") and not isolated:
        yield Finding(module, node, CHECK, f"a plain `TestCase` does not await `{node.name}`", node)


def _descends(view: View, name: str, bases: tuple[str, ...]) -> bool:
    return any(base in bases for base in view.stubs.mro(name) or (name,))


def _decorated(view: View, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Finding]:
    scope = module.facts.scopes[node]
    is_async = isinstance(node, ast.AsyncFunctionDef)
    for decorator in node.decorator_list:
        yield from _entered(view, module, node, decorator)
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = view.inference.program.resolve(target, scope.parent or scope)
        if isinstance(found, Scope) and isinstance(found.node, ast.AsyncFunctionDef) and not found.is_generator:
            yield Finding(module, decorator, CHECK, f"`{found.qualname}` is a coroutine function, and it decorates", found.node)
        elif isinstance(decorator, ast.Call) and (made := _coroutine_function(view, module, decorator)) is not None:
            yield Finding(module, decorator, CHECK, f"`{made.qualname}` is a coroutine function, and it decorates", made.node)
        name = view.public(found.name) if isinstance(found, External) else ""
        if name == "contextlib.contextmanager" and is_async:
            yield Finding(module, node, CHECK, f"`contextmanager` cannot use the asynchronous `{node.name}`", node)
        elif name == "contextlib.asynccontextmanager" and not is_async and scope.is_generator:
            yield Finding(module, node, CHECK, f"`asynccontextmanager` cannot use the plain generator `{node.name}`", node)
        elif name in ("functools.cache", "functools.lru_cache") and is_async and not scope.is_generator:
            yield Finding(module, node, CHECK, f"the cache gives the coroutine of `{node.name}` out twice", node)


def _coroutine_function(view: View, module: Module, decorator: ast.Call) -> Scope | None:
    """The coroutine function that a call surely gives, which then would be the decorator."""
    values = view.values(decorator, module)
    scopes = [value.scope for value in values if isinstance(value, FunctionValue) and is_coroutine_function(value)]
    return scopes[0] if scopes and len(scopes) == len(values) and not scopes[0].is_generator else None


def _entered(view: View, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef, decorator: ast.expr) -> Iterator[Finding]:
    """A manager that decorates: a plain one leaves a coroutine function before its body runs, an asynchronous one awaits it."""
    is_async = isinstance(node, ast.AsyncFunctionDef)
    for value in view.values(decorator, module):
        if wraps_calls(value) and _is_asynchronous(value) != is_async:
            way = "leaves" if is_async else "awaits"
            message = f"`{ast.unparse(decorator)}` {way} what `{node.name}` gives, and `{node.name}` is "
            yield Finding(module, decorator, CHECK, message + ("a coroutine function" if is_async else "a plain function"), node)


def _is_asynchronous(value: Value) -> bool:
    match value:
        case ManagerValue(function=function):
            return isinstance(function.scope.node, ast.AsyncFunctionDef)
        case Instance(cls=cls):
            return any(isinstance(base, External) and base.name.endswith("AsyncContextDecorator") for base in cls.mro)
    return False
