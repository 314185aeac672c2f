"""Frontiers: functions whose result Python, a decorator or other code takes at once, so that they cannot be coroutines."""

from __future__ import annotations

import ast
from collections.abc import Container
from typing import Literal

from porter.facts.model import Scope
from porter.inference.aliases import bound_names
from porter.inference.command_lines import is_command, is_of_library
from porter.inference.lazy_values import TAKING_FUNCTIONS
from porter.inference.program import Module, Program
from porter.inference.result import Inference
from porter.inference.stacks import stack_of
from porter.inference.state import Site
from porter.inference.values import ClassValue, External

AWAITABLE_SPECIAL = frozenset(("__enter__", "__exit__", "__iter__", "__next__", "__call__", "__getitem__"))
"""Special methods that have an asynchronous form, or whose every use can be given an ``await``."""

_SETTERS = frozenset(("setter", "deleter"))
_TAKES = {
    "__len__": "`len()` takes a number at once",
    "__bool__": "a test takes a truth value at once",
    "__contains__": "`in` takes a truth value at once",
    "__str__": "`str()` takes a text at once",
    "__repr__": "`repr()` takes a text at once",
    "__del__": "nobody can await what the garbage collector calls",
    "__hash__": "hashing takes a number at once",
    "__eq__": "a comparison takes a truth value at once",
}


def why_plain(program: Program, scope: Scope, finalizing: Container[Scope] = ()) -> tuple[str, str] | None:
    """Why ``scope`` can never be asynchronous, and what to do about it; None when it can.

    ``finalizing`` are methods that may be ``__del__``, too.
    """
    node = scope.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    in_class = scope.parent is not None and scope.parent.kind == "class"
    for name in sorted(bound_names(scope)) if in_class else ():
        if name == "__del__" and scope in finalizing:
            continue
        if name.startswith("__") and name.endswith("__") and name not in AWAITABLE_SPECIAL:
            if name != scope.name and name.startswith("__a"):
                continue  # its asynchronous form by another name
            why = _TAKES.get(name, f"Python calls `{name}` itself and does not await it")
            return why, f"move what blocks from `{name}` into an ordinary method"
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(target, ast.Attribute) and target.attr in _SETTERS and in_class:
            return "an assignment to a property cannot await", "make it a method"
    return None


_ASSIGNMENTS = frozenset(("__setitem__", "__delitem__"))


def is_unused(inference: Inference, scope: Scope) -> bool:
    """Whether a method that assignments would call, ``x[k] = v`` and ``del x[k]``, is called by none, of nothing known.

    Base classes from outside may call it.
    """
    if scope.name not in _ASSIGNMENTS or scope.parent is None or inference.callers(scope):
        return False
    cls = inference.program.classes[scope.parent]
    related = {base for one in inference.program.descendants(cls) for base in one.mro}
    return all(isinstance(base, ClassValue) or base.name == "builtins.object" for base in related)


EAGER = frozenset(
    f"builtins.{name}"
    for name in ("list", "set", "dict", "tuple", "frozenset", "sorted", "sum", "min", "max", "bytes", "bytearray")
) | {
    "collections.deque",
    "collections.Counter",
    "collections.OrderedDict",
    "math.fsum",
    "math.prod",
    "heapq.nlargest",
    "heapq.nsmallest",
    "functools.reduce",
    "itertools.product",
    "itertools.permutations",
    "itertools.combinations",
    "itertools.combinations_with_replacement",
}
"""Callables that have taken all elements of what they are given before they return."""

SCHEDULER = "sched.scheduler"
"""A class whose twin in the support module awaits what it is given to call."""
KEYED = ("builtins.sorted", "builtins.min", "builtins.max", "builtins.list.sort")
"""Callables that call a key function for each element."""
_MAPPING = ("builtins.map", "builtins.filter", "itertools.filterfalse")
_METHODS_OF = tuple(f"builtins.{name}." for name in ("str", "bytes", "bytearray", "list", "set", "frozenset", "dict")) + (
    "collections.deque.",
    "collections.Counter.",
    "collections.OrderedDict.",
    "collections.defaultdict.",
    "statistics.",
)


def callee(inference: Inference, node: ast.AST) -> str:
    """The one callable outside the program that a call reaches, by public name; ``""`` when it is not so."""
    site = inference.site(node)
    if site is None or site.functions or len(site.externals) != 1:
        return ""
    return inference.state.outside.public(next(iter(site.externals)))


def is_eager(name: str) -> bool:
    """Whether the outside callable takes all elements at once."""
    return name in EAGER or name.startswith(_METHODS_OF)


AT_EXIT = "atexit.register"
"""What keeps a function for the end of the program, where the entry's coroutine can await it."""
_TEST_FRAMEWORKS = ("pytest.", "unittest.")
_TEST_CASE = "TestCase."
_ASSERTIONS = ("assertRaises", "assertRaisesRegex", "assertWarns", "assertWarnsRegex")


def callback(inference: Inference, site: Site, scope: Scope) -> Literal["", "kept", "awaited", "either"]:
    """Whether ``scope``, a callback given at ``site``, may be a coroutine function: kept by what awaits it, or awaited in place.

    ``either``: kept by what takes functions of both colours.

    ``atexit`` keeps what the program's entry can await at its end; ``addCleanup`` has an asynchronous twin;
    ``assertRaises(Error, f)`` can be a ``with`` block; ``list(map(f, xs))`` can be a comprehension; the decorators of test
    frameworks know coroutine functions.
    """
    if site.node in getattr(scope.node, "decorator_list", ()):
        target = site.node.func if isinstance(site.node, ast.Call) else site.node
        found = inference.program.resolve(target, scope.parent or scope)  # type: ignore[arg-type]
        if is_command(inference.program, scope) and is_of_library(inference.program, site.node, scope.parent or scope):  # type: ignore[arg-type]
            return "kept"
        is_marker = isinstance(found, External) and found.name.startswith(_TEST_FRAMEWORKS)
        return "kept" if is_marker or (isinstance(found, External) and found.name == AT_EXIT) else ""
    name = callee(inference, site.node)
    if name == AT_EXIT:
        return "kept" if _is_statement(inference, site) else ""
    if name.startswith("inspect."):
        return "kept"  # it looks at the function, and does not call it
    owner, _, method = name.rpartition(".")
    if f"{owner}.".endswith(_TEST_CASE):
        if method == "addCleanup":
            return "kept"
        return "awaited" if method in _ASSERTIONS and _is_statement(inference, site) else ""
    if name == "builtins.iter":
        return "awaited"
    if name == "contextlib.ExitStack.callback":
        plain = isinstance(site.node, ast.Call) and isinstance(site.node.args[0], (ast.Name, ast.Attribute))
        return "awaited" if plain and stack_of(inference.program.module_for(site.caller), site.node) is not None else ""
    if name == "contextlib.closing":
        return "awaited" if closes_alone(inference.program.module_for(site.caller), site.node) else ""
    if name in (SCHEDULER, f"{SCHEDULER}.enter", f"{SCHEDULER}.enterabs"):
        return "either"
    if name in KEYED:
        return "awaited" if key_of(inference, site.node) is not None else ""
    return "awaited" if name in TAKING_FUNCTIONS or name == "functools.reduce" else ""


def is_cleanup(inference: Inference, site: Site) -> bool:
    """Whether a function is handed to ``addCleanup`` of a test case, which has a twin that awaits what it is given."""
    owner, _, method = callee(inference, site.node).rpartition(".")
    if site.role != "callback" or method != "addCleanup" or not f"{owner}.".endswith(_TEST_CASE):
        return False
    node = site.node
    given = node.args[:1] if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else []
    return bool(given) and not isinstance(given[0], ast.Starred)


def is_applied_below(module: Module, decorator: ast.AST) -> bool:
    """Whether a decorator can be applied below its function, by a statement that awaits it: it is the only one, in a function."""
    node = module.facts.parents.get(decorator)
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.decorator_list != [decorator]:
        return False
    around = module.facts.scopes[node].parent
    return around is not None and around.kind == "function"


def closes_alone(module: Module, node: ast.AST) -> ast.With | None:
    """The ``with closing(thing):``, or ``with closing(thing) as name:``, that a call of ``closing`` stands in by itself."""
    item = module.facts.parents.get(node)
    statement = module.facts.parents.get(item) if isinstance(item, ast.withitem) else None
    if not isinstance(statement, ast.With) or len(statement.items) != 1 or not isinstance(node, ast.Call) or node.keywords:
        return None
    named = isinstance(statement.items[0].optional_vars, (ast.Name, type(None)))
    return statement if named and len(node.args) == 1 and not isinstance(node.args[0], ast.Starred) else None


def _is_statement(inference: Inference, site: Site) -> bool:
    parents = inference.program.module_for(site.caller).facts.parents
    return isinstance(parents.get(site.node), ast.Expr)


def parameter_of(node: ast.expr) -> str:
    """The one parameter of a lambda whose body can stand in a comprehension instead; ``""`` for anything else."""
    if not isinstance(node, ast.Lambda) or any(isinstance(part, (ast.NamedExpr, ast.Lambda)) for part in ast.walk(node.body)):
        return ""
    args = node.args
    others = (*args.posonlyargs, *args.kwonlyargs, *args.defaults, args.vararg, args.kwarg)
    return args.args[0].arg if len(args.args) == 1 and not any(others) else ""


def is_plain_mapping(node: ast.Call) -> bool:
    """Whether ``map`` or ``filter`` is given a named function, or a plain lambda, and one iterable."""
    if len(node.args) != 2 or node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
        return False
    return isinstance(node.args[0], (ast.Name, ast.Attribute, ast.Constant)) or parameter_of(node.args[0]) != ""


def key_of(inference: Inference, node: ast.AST) -> ast.expr | None:
    """The key function of a call of ``sorted``, ``min``, ``max`` or ``list.sort``, where the keys can be computed before it."""
    name = callee(inference, node)
    if not isinstance(node, ast.Call) or name not in KEYED or any(isinstance(arg, ast.Starred) for arg in node.args):
        return None
    keys = [keyword.value for keyword in node.keywords if keyword.arg == "key"]
    named = keys and (isinstance(keys[0], (ast.Name, ast.Attribute)) or parameter_of(keys[0]) != "")
    counts = bool(node.args) or (name == "builtins.list.sort" and isinstance(node.func, ast.Attribute))
    return keys[0] if named and counts and all(keyword.arg for keyword in node.keywords) else None


def is_inlined(inference: Inference, module: Module, node: ast.AST) -> bool:
    """Whether a lambda is what ``map``, ``filter`` or a sort is given where its body comes to stand in a comprehension."""
    call = module.facts.parents.get(node)
    call = module.facts.parents.get(call) if isinstance(call, ast.keyword) else call
    if not isinstance(call, ast.Call) or not isinstance(node, ast.Lambda) or parameter_of(node) == "":
        return False
    if key_of(inference, call) is node:
        return True
    return callee(inference, call) in _MAPPING and call.args[:1] == [node] and is_plain_mapping(call)
