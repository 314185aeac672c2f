"""Request servers: the classes of ``socketserver`` and ``http.server``, and those that the program derives from them.

A server makes an object of a handler class for each request, and calls its methods; so servers and handlers change together
or not at all. The support modules have the same classes, whose methods that may wait are coroutines: those of the catalogue's
rows.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from porter.catalogue import Catalogue
from porter.facts.model import Scope
from porter.inference.handled import HANDLER, SOURCE
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.values import ClassValue, External

GROUP = SOURCE
"""Their one group: what becomes of the connections becomes of the servers."""
SUPPORT = {"socketserver": "aio_socketserver", "http.server": "aio_http_server"}
"""The modules, and the support modules that have their classes."""
STARTING = frozenset(("server_bind", "server_activate"))
"""Methods that the constructor of a server calls."""
_ROOTS = tuple(f"socketserver.{name}" for name in ("BaseServer", "BaseRequestHandler", "ThreadingMixIn", "ForkingMixIn"))
_FAMILIES = ("socketserver", "http.server", "xmlrpc.server", "wsgiref.simple_server", "logging.config")
_LOOKED_UP = "do_"
_HOOKS = frozenset(("verify_request", "handle_error", "handle_timeout", "service_actions"))
_REMEDY = "keep the server in a thread, or use asyncio.start_server"


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Why the servers of a program stay as they are."""

    module: Module
    node: ast.AST
    reason: str
    remedy: str = _REMEDY


@dataclass(frozen=True, slots=True, eq=False)
class RequestServers:
    """What a program has of them; all empty if it has none."""

    coroutines: frozenset[Scope] = frozenset()
    """Methods of the program's own classes that override coroutines of the support modules."""
    looked_up: frozenset[Scope] = frozenset()
    """Hooks of servers, and what a handler's base class finds by name, ``do_GET``: of either colour for the support module."""
    waiting: frozenset[str] = frozenset()
    """Full names of the methods that are coroutines in the support modules."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The outside classes that have a counterpart, each with its name."""
    problem: Problem | None = None


@functools.lru_cache(maxsize=2)
def request_servers(inference: Inference, catalogue: Catalogue) -> RequestServers:
    """The request servers of a program."""
    modules = [module for module in inference.program.modules.values() if _uses(module)]
    if not modules:
        return RequestServers()
    rows = [row for row in catalogue.rows if row.library in SUPPORT]
    twins = {row.name: f"_{SUPPORT[row.library]}.{row.tail}" for row in rows if row.kind == "class"}
    classes = tuple(cls for cls in inference.program.classes.values() if any(_outside(inference, cls)))
    waiting = frozenset(row.name for row in rows if row.kind == "method")
    coroutines = frozenset(scope for cls in classes for scope in _overriding(inference, cls, waiting))
    children = [child for cls in classes for child in cls.scope.children]
    looked_up = frozenset(child for child in children if child.name.startswith(_LOOKED_UP) or child.name in _HOOKS)
    problem = next(_problems(inference, modules, classes, twins), None)
    return RequestServers(coroutines, looked_up, waiting, twins, problem)


def _uses(module: Module) -> bool:
    for _, node in module.facts.imports:
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
        if any(name in _FAMILIES for name in names):
            return True
    return False


def _outside(inference: Inference, cls: ClassValue) -> Iterator[str]:
    """The outside classes of the family that a class derives from, by their public names."""
    for base in cls.mro:
        if isinstance(base, External) and is_family(inference, base.name):
            yield inference.state.outside.public(base.name)


def is_family(inference: Inference, name: str) -> bool:
    """Whether an outside class is a server, a handler of requests, or made to be mixed with them."""
    outside = inference.state.outside
    return outside.is_class(name) and any(outside.is_subclass(name, root) for root in _ROOTS)


def is_handler(inference: Inference, cls: ClassValue) -> bool:
    """Whether a class of the program handles requests."""
    return any(inference.state.outside.is_subclass(name, HANDLER) for name in _outside(inference, cls))


def starts_server(inference: Inference, scope: Scope) -> bool:
    """Whether a method is a server's that runs once, before that serves anything: an outside server's, or a port's."""
    cls = inference.program.classes.get(scope.parent) if scope.parent is not None and scope.name in STARTING else None
    names = [base.name for base in cls.mro if isinstance(base, External)] if cls is not None else []
    return any(name.startswith(_FAMILIES) or f".{name}".rpartition(".")[0].endswith(_COPIES) for name in names)


_COPIES = tuple(f"._{support}" for support in SUPPORT.values())


def _overriding(inference: Inference, cls: ClassValue, waiting: frozenset[str]) -> Iterator[Scope]:
    """Methods of a class, or of one that it is mixed with, in whose place the base class has a coroutine."""
    names = tuple(_outside(inference, cls))
    for base in cls.mro:
        if not isinstance(base, ClassValue) or not inference.program.module_for(base.scope).source.is_target:
            continue
        for child in base.scope.children:
            if child.kind == "function" and not child.is_generator and _waits(inference, names, child.name, waiting):
                yield child


def _waits(inference: Inference, names: tuple[str, ...], method: str, waiting: frozenset[str]) -> bool:
    outside = inference.state.outside
    return any(one in waiting for name in names for one in outside.method_names(f"{name}.{method}"))


# --- what stands against it ------------------------------------------------------------------------------------------


def _problems(
    inference: Inference, modules: list[Module], classes: tuple[ClassValue, ...], twins: dict[str, str]
) -> Iterator[Problem]:
    for module in modules:
        for node in module.facts.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                found = inference.program.resolve(node, module.facts.scope_of(node))
                name = inference.state.outside.public(found.name) if isinstance(found, External) else ""
                if name and name not in twins and is_family(inference, name):
                    yield Problem(module, node, f"`{name}` has no counterpart that is asynchronous")
                elif name in twins and not module.source.is_target:
                    yield Problem(module, node, f"`{name}` is used in a file that is not among the targets")
    for cls in classes:
        module = inference.program.module_for(cls.scope)
        if is_handler(inference, cls):
            init = next((child for child in cls.scope.children if child.name == "__init__"), None)
            late = _after_serving(init) if init is not None else None
            if late is not None:
                reason = "it runs after the request was served, which the constructor does not do any more"
                yield Problem(module, late, reason, "move it into `finish`")
    yield from _made(inference, modules, classes)


def _after_serving(init: Scope) -> ast.stmt | None:
    """A statement of a handler's constructor behind the call of its base class's, which serves the request."""
    body: list[ast.stmt] = list(getattr(init.node, "body", ()))
    for at, statement in enumerate(body):
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        if any(isinstance(call.func, ast.Attribute) and call.func.attr == "__init__" for call in calls):
            if not isinstance(statement, ast.Expr):
                return statement
            return body[at + 1] if at + 1 < len(body) else None
    return None


def _made(inference: Inference, modules: list[Module], classes: tuple[ClassValue, ...]) -> Iterator[Problem]:
    """Handlers that the program makes itself."""
    handlers = {cls for cls in classes if is_handler(inference, cls)}
    for module in modules:
        for node in module.facts.nodes if handlers else ():
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                if any(value in handlers for value in inference.values(node.func, module)):
                    reason = "the program makes a handler itself, which serves a request at once"
                    yield Problem(module, node, reason, "let a server make it")
