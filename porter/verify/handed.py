"""Closed: no coroutine function is given to a caller that does not await what it gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from porter.facts import Scope
from porter.inference.program import Module
from porter.inference.values import BoundMethod, FunctionValue, PartialValue, Value
from porter.verify.awaits import WANT_AWAITABLES
from porter.verify.finding import Finding
from porter.verify.gives import given, of_function
from porter.verify.view import View

CHECK = "handed over"

_TAKERS: Final[dict[str, tuple[int | str, ...]]] = {
    "builtins.sorted": ("key",),
    "builtins.min": ("key",),
    "builtins.max": ("key",),
    "builtins.list.sort": ("key",),
    "builtins.map": (0,),
    "builtins.filter": (0,),
    "itertools.groupby": (1, "key"),
    "itertools.takewhile": (0,),
    "itertools.dropwhile": (0,),
    "functools.reduce": (0,),
    "functools.cmp_to_key": (0,),
    "functools.cache": (0,),
    "functools.lru_cache": (0,),
    "threading.Thread": (1, "target"),
    "threading.Timer": (1, "function"),
    "_thread.start_new_thread": (0,),
    "multiprocessing.Process": (1, "target"),
    "atexit.register": (0,),
    "signal.signal": (1,),
    "weakref.finalize": (1,),
    "collections.defaultdict": (0,),
    "re.sub": (1, "repl"),
    "asyncio.to_thread": (0,),
    "contextlib.ExitStack.callback": (0,),
    "contextlib.AsyncExitStack.callback": (0,),
    "dataclasses.field": ("default_factory",),
    "concurrent.futures.Executor.submit": (0,),
    "concurrent.futures.Executor.map": (0,),
    "concurrent.futures.ThreadPoolExecutor.submit": (0,),
    "concurrent.futures.ProcessPoolExecutor.submit": (0,),
}
"""Callables and which of their arguments they call, without awaiting what it gives."""

_TAKING_METHODS: Final[dict[str, tuple[int | str, ...]]] = {
    "call_soon": (0,),
    "call_soon_threadsafe": (0,),
    "call_later": (1,),
    "call_at": (1,),
    "add_signal_handler": (1,),
    "add_reader": (1,),
    "add_writer": (1,),
    "add_done_callback": (0,),
    "run_in_executor": (1,),
}
"""Methods of event loops and futures, known by their names alone."""

_FUNCTION_ATTRIBUTES: Final = frozenset(dir(lambda: None)) | frozenset(
    ("cache_clear", "cache_info", "cache_parameters", "register", "dispatch", "registry", "setter", "getter", "deleter")
    + ("mock_calls", "called", "call_args", "side_effect", "return_value", "delay", "apply_async", "fget", "fset")
)


def check(view: View, module: Module) -> Iterator[Finding]:
    """Coroutine functions as keys, targets, handlers, factories; or where their result was wanted."""
    for call in view.nodes(module, ast.Call):
        names = view.callees(call)
        for argument in _taken(call, names):
            found = _coroutine_function(view, module, argument)
            if found is not None:
                yield _not_awaited(module, argument, found, call)
        if names & WANT_AWAITABLES:
            for argument in call.args:
                found = _coroutine_function(view, module, argument)
                if found is not None and not isinstance(argument, ast.Lambda):
                    text = ast.unparse(argument)
                    yield Finding(module, argument, CHECK, f"`{text}` is given where its coroutine is wanted", found.scope.node)
    yield from _in_place_of_results(view, module)


def _taken(call: ast.Call, names: frozenset[str]) -> Iterator[ast.expr]:
    if not names and not (isinstance(call.func, ast.Attribute) and call.func.attr in _TAKING_METHODS):
        return
    places: set[int | str] = set()
    for name in names:
        places.update(_TAKERS.get(name, ()))
    if isinstance(call.func, ast.Attribute):
        places.update(_TAKING_METHODS.get(call.func.attr, ()))
    for place in places:
        if isinstance(place, int):
            if place < len(call.args) and not any(isinstance(one, ast.Starred) for one in call.args[: place + 1]):
                yield call.args[place]
        else:
            yield from (keyword.value for keyword in call.keywords if keyword.arg == place)


def _coroutine_function(view: View, module: Module, expr: ast.expr) -> FunctionValue | None:
    """The coroutine function that an expression surely is, if it is one."""
    if isinstance(expr, ast.Lambda):
        return _lambda(view, module, expr)
    if not isinstance(expr, (ast.Name, ast.Attribute, ast.Call)):
        return None
    found = [function_of(view, value) for value in view.values(expr, module)]
    asynchronous = [one for one in found if one is not None and _gives_coroutine(view, one)]
    return asynchronous[0] if found and len(asynchronous) == len(found) else None


def function_of(view: View, value: Value) -> FunctionValue | None:
    """The function of the program that calling a value runs, if it is one."""
    match value:
        case FunctionValue():
            return value
        case BoundMethod(function=function):
            return function
        case PartialValue():
            inner = view.inference.state.slot(value, "function").values
            return next((one for one in (function_of(view, item) for item in inner) if one is not None), None)
        case _:
            return None


def _gives_coroutine(view: View, value: FunctionValue) -> bool:
    node = value.scope.node
    if isinstance(node, ast.Lambda):
        return _lambda(view, view.module_of(value.scope), node) is not None
    if isinstance(node, ast.AsyncFunctionDef) and value.scope.is_generator:
        return value.kind == "plain"
    return of_function(view, value.scope) == "coroutine"


def _lambda(view: View, module: Module, node: ast.Lambda) -> FunctionValue | None:
    body = node.body
    if isinstance(body, ast.Call) and given(view, body).kind == "coroutine":
        return next((v for v in view.values(node, module) if isinstance(v, FunctionValue)), None)
    return None


def _not_awaited(module: Module, argument: ast.expr, found: FunctionValue, call: ast.Call) -> Finding:
    callee, what = ast.unparse(call.func), " ".join(ast.unparse(argument).split())
    return Finding(module, argument, CHECK, f"`{callee}` does not await what `{what}` gives", found.scope.node)


def _in_place_of_results(view: View, module: Module) -> Iterator[Finding]:
    """A bound method or function where only its result makes sense: formatted, an operand, looped over, entered."""
    for expr in _operands(view, module):
        found = _uncalled(view, module, expr)
        if found is not None and _gives_coroutine(view, found):
            yield _not_called(module, expr, found)
    for expr in _entered(view, module):
        found = _uncalled(view, module, expr)
        if found is not None:
            yield _not_called(module, expr, found)


def _uncalled(view: View, module: Module, expr: ast.expr) -> FunctionValue | None:
    """The function that a name surely is; nothing can be looped over, entered, or counted with in a function itself."""
    if not isinstance(expr, (ast.Name, ast.Attribute)) or view.site(expr, "property") is not None:
        return None
    found = [function_of(view, value) for value in view.values(expr, module)]
    if not found or not all(found):
        return None
    if isinstance(expr, ast.Name) and module.facts.scope_of(expr).kind == "class":
        return None  # what a class body reads, it may read before it binds the name: then it is another one
    return None if isinstance(expr, ast.Name) and _is_computed(view, module, expr) else found[0]


def _is_computed(view: View, module: Module, name: ast.Name) -> bool:
    """Whether a variable also gets what a call or an index gives, of which too little may be known."""
    owner = view.owner(module, name, name.id)
    stores = view.stores(module, owner, name.id) if owner is not None else []
    holders = [view.parent(module, store) for store in stores]
    return any(isinstance(one, ast.Assign) and isinstance(one.value, (ast.Subscript, ast.Call)) for one in holders)


def _not_called(module: Module, expr: ast.expr, found: FunctionValue) -> Finding:
    message = f"`{ast.unparse(expr)}` stands where its result is wanted; it is not called"
    return Finding(module, expr, CHECK, message, found.scope.node)


def _is_near(expr: ast.expr) -> bool:
    """A variable or an own attribute: of what lies further off, less is known."""
    return isinstance(expr, ast.Name) or isinstance(expr, ast.Attribute) and getattr(expr.value, "id", "") == "self"


def _is_definition(view: View, module: Module, expr: ast.expr) -> bool:
    """Whether a dotted name says a function of the program by itself, such as a class's own method."""
    if not isinstance(expr, ast.Attribute):
        return False
    found = view.inference.program.resolve(expr, module.facts.scope_of(expr))
    return isinstance(found, Scope) and found.kind == "function"


def _of_functions(view: View) -> frozenset[str]:
    """Attributes that a function may have: Python's own, what decorators add, what the program sets somewhere."""
    return view.stored_attributes | _FUNCTION_ATTRIBUTES


def _operands(view: View, module: Module) -> Iterator[ast.expr]:
    for formatted in view.nodes(module, ast.FormattedValue):
        yield formatted.value
    for operation in view.nodes(module, ast.BinOp):
        yield from (operation.left, operation.right)
    for subscript in view.nodes(module, ast.Subscript):
        if isinstance(subscript.ctx, ast.Load) and not view.in_annotation(module, subscript):
            yield subscript.value


def _entered(view: View, module: Module) -> Iterator[ast.expr]:
    for loop in view.nodes(module, ast.For, ast.AsyncFor, ast.comprehension):
        yield loop.iter  # type: ignore[attr-defined]
    for assignment in view.nodes(module, ast.Assign):
        if any(isinstance(target, (ast.Tuple, ast.List)) for target in assignment.targets):
            yield assignment.value
    known = _of_functions(view)
    for attribute in view.nodes(module, ast.Attribute):
        if attribute.attr in known or not isinstance(attribute.ctx, ast.Load):
            continue
        if _is_near(attribute.value) or _is_definition(view, module, attribute.value):
            yield attribute.value
    for statement in view.nodes(module, ast.With, ast.AsyncWith):
        yield from (item.context_expr for item in statement.items)  # type: ignore[attr-defined]
