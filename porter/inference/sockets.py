"""Socket objects followed through the program: which belong together, who holds them, what is done with them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from porter.facts.model import Scope
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.values import Container, ExternalInstance, Value

SOCKET = "socket.socket"
MAKEFILE = "socket.socket.makefile"
Lowering = Literal["pair", "object", "plain", "refused"]
UseKind = Literal["method", "attribute", "assign", "argument", "spawned", "with", "return", "discard", "iterate", "made", "other"]


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One expression that is a socket, or a file made of one, and what stands around it."""

    module: Module
    scope: Scope
    expr: ast.expr
    values: tuple[ExternalInstance, ...]
    kind: UseKind
    parent: ast.AST
    """The node that uses it: the call for ``method`` and ``argument``, the statement for ``assign`` and ``return``."""
    attr: str = ""
    """The method or attribute; for ``other``, what it is in words."""
    maybe_other: bool = False
    """Whether the expression may also be something else: None, or unknown."""


@dataclass(slots=True, eq=False)
class SocketGroup:
    """Sockets that may meet in one variable: one lowering for all."""

    name: str
    origins: list[ExternalInstance]
    files: list[ExternalInstance] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    lowering: Lowering = "refused"
    reason: str = ""
    """Why not a better lowering."""

    @property
    def listens(self) -> bool:
        """Whether connections are accepted on it."""
        return any(use.kind == "method" and use.attr in ("accept", "listen") for use in self.uses) or any(
            origin.source == "socket.create_server" for origin in self.origins
        )


@dataclass(slots=True, eq=False)
class Sockets:
    """All groups of a program."""

    groups: list[SocketGroup] = field(default_factory=list)
    by_value: dict[Value, SocketGroup] = field(default_factory=dict)
    uses: dict[ast.expr, Use] = field(default_factory=dict)
    accept_loops: dict[ast.Call, AcceptLoop] = field(default_factory=dict)
    """By the call of ``accept``; only those that ``asyncio.start_server`` can stand for."""

    def by_origin(self, node: ast.AST) -> SocketGroup | None:
        """The group of the socket that an expression makes."""
        return next((g for g in self.groups if any(origin.origin is node for origin in g.origins)), None)

    def group(self, values: Iterable[Value]) -> SocketGroup | None:
        """The group of the first socket or file among ``values``."""
        for value in values:
            found = self.by_value.get(value)
            if found is not None:
                return found
        return None

    def listener(self, loop: AcceptLoop) -> SocketGroup | None:
        """The group of the socket that a loop accepts on."""
        return next((g for g in self.groups if any(use.parent is loop.accept for use in g.uses)), None)

    def lowering(self, expr: ast.expr) -> Lowering | None:
        """How the socket that an expression is, is lowered; ``None`` when it is none."""
        use = self.uses.get(expr)
        group = self.group(use.values) if use is not None else None
        return group.lowering if group is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class AcceptLoop:
    """``while True:`` that accepts a connection and hands it to a thread: what ``asyncio.start_server`` does."""

    module: Module
    scope: Scope
    loop: ast.While
    accept: ast.Call
    connection: str
    address: str
    """The target of the peer's address, ``""`` if it is not used."""
    before: tuple[ast.stmt, ...]
    """Statements between the accept and the thread."""
    thread: ast.Call
    """The call that makes the thread, or the handler object when it is a subclass."""
    statements: tuple[ast.stmt, ...]
    """The statements that make and start the thread."""


def find_sockets(inference: Inference) -> Sockets:
    """Group the program's sockets and record every use of them."""
    found = Sockets()
    parent: dict[ExternalInstance, ExternalInstance] = {}
    for values in _nodes(inference):
        here = [socket for value in values if (socket := _socket_behind(inference, value)) is not None]
        for value in here:
            parent.setdefault(value, value)
            _union(parent, here[0], value)
    _tie_wrapped(inference, parent)
    files = _files(inference)
    for item in files:
        if isinstance(item.maker, ExternalInstance) and item.maker in parent:
            parent.setdefault(item, item)
    groups: dict[ExternalInstance, SocketGroup] = {}
    for value in parent:
        if is_file(value):
            continue
        root = _find(parent, value)
        group = groups.get(root)
        if group is None:
            groups[root] = group = SocketGroup(f"socket{len(groups) + 1}", [])
            found.groups.append(group)
        group.origins.append(value)
        found.by_value[value] = group
    for item in files:
        if isinstance(item.maker, ExternalInstance):
            group = found.by_value.get(item.maker)
            if group is not None:
                group.files.append(item)
                found.by_value[item] = group
    if found.groups:
        _collect_uses(inference, found)
    return found


WRAPS = ("ssl.SSLContext.wrap_socket", "ssl.wrap_socket")
"""What makes a TLS socket of another socket, its first argument."""


TAKERS = {"shutil.copyfileobj": "aio_io", "builtins.print": "aio_io", "http.client.parse_headers": "aio_headers"}
"""Functions that read or write the files they are given, those of sockets among them; and the support modules that have
their asynchronous forms.
"""


def taken_files(name: str, call: ast.Call) -> list[ast.expr]:
    """The arguments that such a function reads or writes."""
    if name == "builtins.print":
        return [keyword.value for keyword in call.keywords if keyword.arg == "file"]
    unpacks = any(isinstance(arg, ast.Starred) for arg in call.args) or any(k.arg is None for k in call.keywords)
    return [] if unpacks else call.args


def wrapped_argument(call: ast.Call) -> ast.expr | None:
    """The socket that a call of ``wrap_socket`` is given."""
    if call.args and not isinstance(call.args[0], ast.Starred):
        return call.args[0]
    return next((keyword.value for keyword in call.keywords if keyword.arg == "sock"), None)


def _tie_wrapped(inference: Inference, parent: dict[ExternalInstance, ExternalInstance]) -> None:
    """A TLS socket and the socket that it was made of share their form."""
    for value in list(parent):
        call = value.origin
        given = wrapped_argument(call) if isinstance(call, ast.Call) and value.source in WRAPS else None
        site = inference.site(call) if given is not None and isinstance(call, ast.Call) else None
        if site is None or given is None:
            continue
        for part in inference.values(given, inference.program.module_for(site.caller)):
            if isinstance(part, ExternalInstance) and part in parent:
                _union(parent, part, value)


def is_socket(inference: Inference, value: ExternalInstance) -> bool:
    """Whether a value is a socket object."""
    return value.cls == SOCKET or inference.state.outside.is_subclass(value.cls, SOCKET)


def _socket_behind(inference: Inference, value: Value) -> ExternalInstance | None:
    """The socket that a value is, or that a file was made of: files that meet bind their sockets together."""
    if not isinstance(value, ExternalInstance):
        return None
    if is_socket(inference, value):
        return value
    return value.maker if is_file(value) and isinstance(value.maker, ExternalInstance) else None


def is_closing(inference: Inference, call: ast.Call) -> bool:
    """Whether a call is ``contextlib.closing(...)``."""
    site = inference.site(call)
    return site is not None and any(name.startswith("contextlib.closing") for name in site.externals)


def is_file(value: ExternalInstance) -> bool:
    """Whether a value is a file made of a socket."""
    return value.source == MAKEFILE


def is_closed_file(use: Use) -> bool:
    """Whether it is a file, and surely one, that ``closing`` is given: entering and leaving the file itself does the same."""
    return use.kind == "with" and use.attr == "closing" and all(map(is_file, use.values)) and not use.maybe_other


def _nodes(inference: Inference) -> Iterator[list[Value]]:
    state = inference.state
    for frames in state.frames.values():
        for frame in frames:
            for node in frame.vars.values():
                yield list(node.values)
            for node in frame.exprs.values():
                yield list(node.values)
    for node in state.fields.values():
        yield list(node.values)
    for _owner, slots in state.slots.items():
        for node in slots.values():
            yield list(node.values)


def _files(inference: Inference) -> list[ExternalInstance]:
    found: dict[ExternalInstance, None] = {}
    for values in _nodes(inference):
        for value in values:
            if isinstance(value, ExternalInstance) and is_file(value):
                found[value] = None
    return list(found)


def _find(parent: dict[ExternalInstance, ExternalInstance], item: ExternalInstance) -> ExternalInstance:
    while parent[item] is not item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item


def _union(parent: dict[ExternalInstance, ExternalInstance], first: ExternalInstance, second: ExternalInstance) -> None:
    a, b = _find(parent, first), _find(parent, second)
    if a is not b:
        parent[b] = a


# --- uses ----------------------------------------------------------------------------------------------------------

_EXPRESSIONS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.IfExp, ast.BoolOp, ast.NamedExpr)


def _collect_uses(inference: Inference, found: Sockets) -> None:
    holders = inference.holders(found.by_value)
    for module in inference.program.modules.values():
        for scope in module.facts.scopes.values():
            for node in _own_expressions(scope, module):
                if node not in holders or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
                    continue
                values = inference.values(node, module, scope)
                sockets = tuple(v for v in values if isinstance(v, ExternalInstance) and v in found.by_value)
                if not sockets:
                    continue
                other = any(v not in found.by_value for v in (*values, *_unnarrowed(inference, scope, node)))
                use = _classify(inference, module, scope, node, sockets, other)
                group = found.group(sockets)
                assert group is not None
                group.uses.append(use)
                found.uses[node] = use


def _unnarrowed(inference: Inference, scope: Scope, node: ast.expr) -> tuple[Value, ...]:
    """What the variable of a name may be anywhere: it has one spelling, whatever a test has left of it at one place."""
    owner = scope.binding(node.id) if isinstance(node, ast.Name) else None
    return inference.variable(owner, node.id) if owner is not None and isinstance(node, ast.Name) else ()


def _own_expressions(scope: Scope, module: Module) -> Iterator[ast.expr]:
    """Expressions evaluated in a scope itself, in source order."""
    inner = {child.node for child in scope.children}
    stack: list[ast.AST] = list(reversed(_roots(scope)))
    while stack:
        node = stack.pop()
        if isinstance(node, _EXPRESSIONS):
            yield node
        if node in inner:
            stack.extend(reversed(_evaluated_outside(node)))
        else:
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _roots(scope: Scope) -> list[ast.AST]:
    node = scope.node
    match node:
        case ast.Lambda():
            return [node.body]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            first = node.generators[0]
            parts: list[ast.AST] = [first.target, *first.ifs, *node.generators[1:]]
            return [*parts, *([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])]
        case _:
            return list(getattr(node, "body", []))


def _evaluated_outside(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        case ast.Lambda():
            return [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        case ast.ClassDef():
            return [*node.decorator_list, *node.bases, *node.keywords]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return [node.generators[0].iter]
    return []


def _classify(
    inference: Inference,
    module: Module,
    scope: Scope,
    expr: ast.expr,
    values: tuple[ExternalInstance, ...],
    other: bool,
) -> Use:
    parents = module.facts.parents
    parent = parents[expr]

    def use(kind: UseKind, node: ast.AST = parent, attr: str = "") -> Use:
        return Use(module, scope, expr, values, kind, node, attr, other)

    match parent:
        case ast.Attribute(attr=attr):
            above = parents.get(parent)
            if isinstance(above, ast.Call) and above.func is parent:
                return use("method", above, attr)
            return use("attribute", parent, attr)
        case ast.Assign() | ast.AnnAssign() if parent.value is expr:
            return use("assign")
        case ast.NamedExpr():
            return use("other", attr="bound by `:=`")
        case ast.Call() if expr in parent.args and is_closing(inference, parent) and isinstance(parents[parent], ast.withitem):
            return use("with", parents[parent], "closing")
        case ast.Call() if expr in parent.args:
            return use("argument")
        case ast.keyword():
            return use("argument", parents[parent])
        case ast.withitem() if parent.context_expr is expr:
            return use("with")
        case ast.Return():
            return use("return")
        case ast.Expr():
            return use("discard")
        case ast.For() | ast.comprehension() if parent.iter is expr:
            return use("iterate")
        case ast.Tuple() | ast.List():
            spawning = _spawning(inference, parents, parent)
            if spawning is not None:
                return use("spawned", spawning)
            return use("other", attr="put into a tuple or list")
    return use("other", attr=_in_words(parent, expr))


def _spawning(inference: Inference, parents: Mapping[ast.AST, ast.AST], node: ast.AST) -> ast.Call | None:
    """The ``Thread(...)`` call whose ``args`` this tuple is."""
    above = parents.get(node)
    if isinstance(above, ast.keyword) and above.arg == "args":
        call = parents.get(above)
        if isinstance(call, ast.Call) and inference.site(call, "spawn") is not None:
            return call
    return None


def _in_words(parent: ast.AST, expr: ast.expr) -> str:
    match parent:
        case ast.Compare():
            return "compared"
        case ast.Dict() | ast.Set() | ast.Subscript() | ast.Starred():
            return "put into a container"
        case ast.If() | ast.While() | ast.IfExp() | ast.BoolOp() | ast.UnaryOp() | ast.Assert():
            return "tested or chosen in an expression"
        case ast.Yield() | ast.YieldFrom():
            return "yielded"
        case ast.FormattedValue():
            return "formatted"
        case ast.Lambda():
            return "returned by a lambda"
        case ast.Delete():
            return "deleted"
    return f"used in {type(parent).__name__.lower()}"


def holds_in_container(inference: Inference, group: SocketGroup, loops: Iterable[AcceptLoop]) -> str:
    """Why a group's sockets lie in containers, ``""`` if they do only where the lowering can follow them."""
    state = inference.state
    members = set(group.origins) | set(group.files)
    for owner, slots in state.slots.items():
        if not any(value in members for node in slots.values() for value in node.values):
            continue
        if isinstance(owner, Container):
            site = owner.site
            if isinstance(site, tuple) and len(site) == 2 and site[1] == "args":
                continue
            if isinstance(site, tuple) and isinstance(site[0], ast.Call):
                continue  # what accept() gives
            if isinstance(site, (ast.Tuple, ast.List)) and any(use.kind == "spawned" for use in group.uses):
                if all(use.kind == "spawned" for use in group.uses if use.expr in site.elts):
                    continue
            return "kept in a container"
        return "kept in a container"
    return ""
