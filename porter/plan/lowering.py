"""Lowering: which form each group of sockets takes in the port.

A stream pair where every use of the group can be said with a reader and a writer; else an async socket object, which keeps
the shape of the code; else the group stays as it is, with the reason.
"""

from __future__ import annotations

import ast
import io
import socket
import ssl
from collections.abc import Callable, Container, Mapping

from porter.facts.model import Scope
from porter.idioms.idiom import Refusal
from porter.idioms.pooling import POOLS
from porter.inference.accepting import find_accept_loops
from porter.inference.construction import outside_constructor
from porter.inference.draining import drains_with
from porter.inference.handled import SOURCE as SERVED
from porter.inference.lending import borrower
from porter.inference.making import statement_after, stream_family
from porter.inference.method_names import is_only_called
from porter.inference.pairs import file_mode, pair_names, parameters
from porter.inference.result import Inference
from porter.inference.sockets import (
    TAKERS,
    WRAPS,
    Lowering,
    SocketGroup,
    Sockets,
    Use,
    holds_in_container,
    is_closed_file,
    is_file,
    taken_files,
    wrapped_argument,
)
from porter.inference.spawning import kept_in
from porter.inference.values import ClassValue, ExternalInstance, Instance

_PAIR_EXPRESSIONS = frozenset({"getpeername", "getsockname", "fileno", "setsockopt", "getsockopt", "makefile"})
_PAIR_STATEMENTS = frozenset({"send", "sendall", "close", "shutdown", "write", "flush"})
_PAIR_READS = frozenset({"recv", "readline", "readlines", "read", "read1"})
_PAIR_METHODS = _PAIR_EXPRESSIONS | _PAIR_STATEMENTS | _PAIR_READS | {"connect"}
_PLAIN_METHODS = frozenset({"close", "detach", "setblocking", "setsockopt", "settimeout", "shutdown"})
"""Methods of sockets that wait for nothing, and stay plain."""
_OBJECT_METHODS = frozenset(
    {
        *("accept", "bind", "close", "connect", "connect_ex", "detach", "fileno", "flush", "getpeername", "getsockname"),
        *("getsockopt", "gettimeout", "listen", "makefile", "peek", "read", "read1", "readable", "readinto", "readline"),
        *("readlines", "recv", "recv_into", "recvfrom", "send", "sendall", "sendto", "setblocking", "getblocking"),
        *("setsockopt", "settimeout", "shutdown", "write", "writable", "writelines", "fileno", "seekable", "isatty"),
        *("recvfrom_into", "recvmsg", "sendmsg", "sendfile", "unwrap", "do_handshake", "getpeercert", "cipher"),
        *("version", "pending", "compression", "shared_ciphers", "selected_alpn_protocol", "get_channel_binding"),
        *("__enter__", "__exit__", "get_inheritable", "set_inheritable"),
    }
)
_OBJECT_ATTRIBUTES = frozenset(
    {
        *("family", "type", "proto", "timeout", "closed", "_closed", "name", "mode", "encoding", "errors", "newlines"),
        *("context", "server_side", "server_hostname", "session", "session_reused"),
    }
)
_QUIET = frozenset({"bind", "close", "fileno", "getsockname", "getsockopt", "listen", "setsockopt"})
_MADE_AT_ONCE = ("socket.socket", "socket.create_server", "socket.socketpair")
_PAIR_DRAINS = frozenset({"readline"})
_DRAINS = frozenset({"readline", "read", "recv"})
_CONSUMERS = frozenset(
    f"builtins.{name}" for name in ("next", "iter", "list", "tuple", "set", "sorted", "enumerate", "sum", "any", "all", "map")
)
_FILES = (io.BufferedReader, io.BufferedWriter, io.BufferedRWPair, io.TextIOWrapper, socket.SocketIO)
_SOCKETS = (socket.socket, ssl.SSLSocket)
_LOGS = ("logging.Logger.", "logging.LoggerAdapter.", "logging.debug", "logging.info", "logging.warning", "logging.error")
_SERVERS = ("socketserver.", "http.server.")
_SUBMIT = "concurrent.futures.thread.ThreadPoolExecutor.submit"
_POLLERS = ("selectors.", "select.poll.", "select.epoll.")
"""What looks at a socket by its descriptor alone."""
_REGISTERS = frozenset({"register", "unregister", "modify", "get_key"})
_LOOKS = frozenset(f"builtins.{name}" for name in ("hasattr", "getattr", "setattr", "delattr", "vars", "dir", "iter", "next"))
"""What finds out by itself what an object has."""
_HARMLESS = frozenset(
    {f"builtins.{name}" for name in ("print", "id", "repr", "str", "hash", "bool", "isinstance", "type", "format")}
    | {"functools.partial", "warnings.warn", "logging.exception", "logging.critical", "logging.log"}
)


def lower(
    inference: Inference,
    sockets: Sockets,
    refused: Mapping[str, Refusal],
    targets: Container[Scope],
    finalized: Container[Scope] = frozenset(),
) -> None:
    """Choose the lowering of each group, in place; ``finalized`` functions are what the garbage collector may run."""
    sockets.accept_loops = find_accept_loops(inference, sockets)
    for group in sockets.groups:
        known = refused.get(group.name) or (refused.get(SERVED) if _is_served(group) else None)
        if known is not None:
            group.lowering, group.reason = "refused", known.reason
            continue
        group.lowering, group.reason = _choose(inference, sockets, group, (targets, finalized), _why_pools_stay(refused))
    _listeners(inference, sockets, refused)


def _why_pools_stay(refused: Mapping[str, Refusal]) -> str:
    return refused[POOLS].reason if POOLS in refused else ""


def _is_served(group: SocketGroup) -> bool:
    """Whether it is a connection that a handler of requests serves."""
    return any(origin.source == SERVED for origin in group.origins)


def _choose(
    inference: Inference, sockets: Sockets, group: SocketGroup, places: tuple[Container[Scope], Container[Scope]], pools: str
) -> tuple[Lowering, str]:
    targets, finalized = places
    if any(use.scope.module not in targets for use in group.uses):
        return "refused", "it is used in a file that is not among the targets"
    if _never_waits(group):
        return "plain", ""
    if not group.listens:
        problem = "the garbage collector may close it" if any(use.scope in finalized for use in group.uses) else ""
        problem = problem or _first(group, lambda use: _pair_problem(inference, sockets, use))
        problem = problem or _origin_problem(sockets, group)
        problem = problem or holds_in_container(inference, group, sockets.accept_loops.values())
        if not problem:
            problem = _overlap(inference, sockets, group)
        if not problem:
            return "pair", ""
        worse = _first(group, lambda use: _object_problem(inference, use, pools))
        return ("refused", worse) if worse else ("object", problem)
    worse = _first(group, lambda use: _object_problem(inference, use, pools))
    return ("refused", worse) if worse else ("object", "")


def _never_waits(group: SocketGroup) -> bool:
    """Whether nothing that is done with these sockets can block."""
    if any(origin.source not in _MADE_AT_ONCE for origin in group.origins):
        return False
    quiet = all(use.kind in ("with", "discard", "assign") or (use.kind == "method" and use.attr in _QUIET) for use in group.uses)
    return quiet and not group.files and bool(group.uses)


def _overlap(inference: Inference, sockets: Sockets, group: SocketGroup) -> str:
    """Two parameters of one function that would have the same new name."""
    group.lowering = "pair"
    names = pair_names(inference, sockets)
    by_function: dict[Scope, list[str]] = {}
    for (scope, name), pair in names.variables.items():
        if name in parameters(scope):
            by_function.setdefault(scope, []).extend(pair.names)
    if any(len(set(found)) < len(found) for found in by_function.values()):
        return "a function takes it and a file of it, and reads both"
    return ""


def _first(group: SocketGroup, problem: Callable[[Use], str]) -> str:
    return next((found for use in group.uses if (found := problem(use))), "")


def _listeners(inference: Inference, sockets: Sockets, refused: Mapping[str, Refusal]) -> None:
    """A listening socket stays plain where ``asyncio.start_server`` takes it; it shares the fate of what it accepts."""
    for _ in range(len(sockets.groups) + 1):
        for group in sockets.groups:
            if not group.listens:
                continue
            accepted = _accepted(sockets, group)
            calls = [use.parent for use in group.uses if use.kind == "method" and use.attr == "accept"]
            if any(other.lowering == "refused" for other in accepted) or group.lowering == "refused":
                reason = next((g.reason for g in (*accepted, group) if g.lowering == "refused"), "")
                for member in (*accepted, group):
                    member.lowering, member.reason = "refused", reason
            elif calls and all(call in sockets.accept_loops for call in calls):
                if all(other.lowering == "pair" for other in accepted) and not _closed_apart(inference, sockets, group):
                    group.lowering = "plain"
                else:
                    _as_objects(inference, accepted, "the server's socket is closed apart from it", _why_pools_stay(refused))
            else:
                _as_objects(inference, accepted, "it is not only accepted where a thread serves it", _why_pools_stay(refused))


def _as_objects(inference: Inference, accepted: list[SocketGroup], reason: str, pools: str) -> None:
    """What ``accept`` of an async socket object gives is one, too."""
    for group in accepted:
        if group.lowering == "pair":
            worse = _first(group, lambda use: _object_problem(inference, use, pools))
            group.lowering, group.reason = ("refused", worse) if worse else ("object", reason)


def _closed_apart(inference: Inference, sockets: Sockets, listener: SocketGroup) -> bool:
    """Whether a listening socket is closed where neither its loop runs nor the loop's thread is started.

    There nothing can stop the server first, and a server does not survive that its socket is closed under it.
    """
    loops = [loop for loop in sockets.accept_loops.values() if sockets.listener(loop) is listener]
    homes = {loop.scope for loop in loops}
    for site in (site for loop in loops for site in inference.callers(loop.scope) if site.role == "spawn"):
        homes.add(site.caller)
        owner = site.caller.parent
        if owner is not None and kept_in(inference.program.module_for(site.caller), site.node):
            homes.update(owner.children)  # its methods have the task at hand
    closes = (use for use in listener.uses if use.kind == "with" or (use.kind == "method" and use.attr == "close"))
    return any(use.scope not in homes for use in closes)


def _accepted(sockets: Sockets, listener: SocketGroup) -> list[SocketGroup]:
    """The groups of what is accepted on a listening socket."""
    calls = {use.parent for use in listener.uses if use.kind == "method" and use.attr == "accept"}
    return [
        group for group in sockets.groups if group is not listener and any(origin.origin in calls for origin in group.origins)
    ]


def _origin_problem(sockets: Sockets, group: SocketGroup) -> str:
    for origin in group.origins:
        match origin.source:
            case "socket.create_connection":
                call = origin.origin
                if isinstance(call, ast.Call) and (len(call.args) != 1 or call.keywords):
                    return "made with a timeout or a source address"
                if isinstance(call, ast.Call) and isinstance(call.args[0], ast.Starred):
                    return "made with arguments that are not known"
            case "socket.socket.accept":
                if origin.origin not in sockets.accept_loops:
                    return "accepted outside of a loop that hands each connection to a thread"
            case "socket.socket":
                if stream_family(origin.origin) is None:
                    return "made for something else than a stream, or for a family that is not spelled out"
                if not _connects_at_once(group, origin):
                    return "made and connected in different places"
            case "annotation":
                pass
            case _:
                return f"made by {origin.source or 'unknown code'}"
    return ""


def _connects_at_once(group: SocketGroup, origin: ExternalInstance) -> bool:
    """``s = socket.socket()`` or ``with socket.socket() as s:``, and ``s.connect(address)`` as the next statement."""
    use = next((use for use in group.uses if use.expr is origin.origin), None)
    connects = [u for u in group.uses if u.kind == "method" and u.attr == "connect"]
    if use is None or len(connects) != len([o for o in group.origins if o.source == "socket.socket"]):
        return False
    following = statement_after(use)
    return isinstance(following, ast.Expr) and any(u.parent is following.value for u in connects)


# --- uses ----------------------------------------------------------------------------------------------------------


def _pair_problem(inference: Inference, sockets: Sockets, use: Use) -> str:
    """Why this use cannot be said with a reader and a writer."""
    if use.maybe_other:
        return "it may also be None or something else"
    for value in use.values:
        if is_file(value) and file_mode(value) not in ("rb", "wb", "rwb", "br", "bw"):
            return "a file of it is in text mode"
    match use.kind:
        case "method":
            return _pair_method_problem(use)
        case "attribute" if use.attr in _PAIR_DRAINS and drains_with(use.module, use.parent) is not None:
            return ""
        case "attribute":
            return f"its attribute `{use.attr}` is read"
        case "assign":
            return _assign_problem(inference, use)
        case "argument":
            return _argument_problem(inference, use)
        case "with":
            return _with_problem(use)
        case "iterate":
            return "" if all(is_file(v) for v in use.values) else "it is iterated over"
        case "other":
            return f"it is {use.attr}"
        case "discard":
            return "" if isinstance(use.expr, ast.Name) else "it is made and dropped"
        case "spawned" | "return" | "made":
            return ""


def _pair_method_problem(use: Use) -> str:
    call = use.parent
    assert isinstance(call, ast.Call)
    attr = use.attr
    if not isinstance(use.expr, (ast.Name, ast.Attribute)):
        return "it is used in the expression that makes it"
    if attr not in _PAIR_METHODS:
        return f"`{attr}` is called on it"
    statement = use.module.facts.parents[call]
    if attr in _PAIR_STATEMENTS and not isinstance(statement, ast.Expr):
        return f"the result of `{attr}` is used"
    if any(isinstance(arg, ast.Starred) for arg in call.args) or (call.keywords and attr != "makefile"):
        return f"`{attr}` is called with `*` or keywords"
    files = all(is_file(v) for v in use.values)
    if attr == "read" and files and call.args:
        if not isinstance(statement, (ast.Assign, ast.Return)):
            return "the result of `read` is used in an expression"
        return "`read` may be asked for all there is" if _may_mean_all(use, call.args[0]) else ""
    if attr in ("recv", "send", "sendall") and len(call.args) != 1:
        return f"`{attr}` is called with flags"
    if attr in ("readline", "readlines", "close", "flush") and call.args:
        return f"`{attr}` is called with a limit"
    if attr == "makefile" and isinstance(statement, ast.Attribute):
        return "a file of it is made and used in one expression"
    if attr == "shutdown" and ast.unparse(call.args[0]).rpartition(".")[2] not in ("SHUT_WR", "SHUT_RDWR", "1", "2"):
        return "`shutdown` closes another half than the writing one"
    return ""


def _may_mean_all(use: Use, size: ast.expr) -> bool:
    """Whether a size is None or negative, or a parameter that is so unless it is given."""
    if isinstance(size, ast.Name) and (owner := use.scope.binding(size.id)) is not None:
        args = getattr(owner.node, "args", None)
        if isinstance(args, ast.arguments):
            positional = [*args.posonlyargs, *args.args]
            defaults = [*zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True)]
            defaults += [(arg, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is not None]
            return any(arg.arg == size.id and _is_all(value) for arg, value in defaults)
    return _is_all(size)


def _is_all(size: ast.expr) -> bool:
    none = isinstance(size, ast.Constant) and size.value is None
    return none or (isinstance(size, ast.UnaryOp) and isinstance(size.op, ast.USub))


def _assign_problem(inference: Inference, use: Use) -> str:
    statement = use.parent
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=owner)]) | ast.AnnAssign(target=ast.Attribute(value=owner)):
            values = inference.values(owner, use.module, use.scope)
            if any(isinstance(value, Instance) and _has_slots(value.cls) for value in values):
                return "it is kept in one of `__slots__`"
            return ""
        case ast.Assign(targets=[ast.Name() | ast.Attribute()]) | ast.AnnAssign(target=ast.Name() | ast.Attribute()):
            return ""
    return "it is assigned to several targets"


def _has_slots(cls: ClassValue) -> bool:
    return any(isinstance(base, ClassValue) and "__slots__" in base.scope.bound for base in cls.mro)


def _argument_problem(inference: Inference, use: Use) -> str:
    call = use.parent
    assert isinstance(call, ast.Call)
    site = inference.site(call)
    if site is None or site.unknown:
        return "it is passed to unknown code"
    if site.externals:
        return f"it is passed to `{next(iter(site.externals))}`"
    for function in site.functions:
        node = function.node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.args.defaults and use.expr not in call.args:
            return "it is passed by keyword to a function with defaults"
    return "" if site.functions else "it is passed to a generated constructor"


def _with_problem(use: Use) -> str:
    return ""


def _object_problem(inference: Inference, use: Use, pools: str) -> str:
    """Why this use cannot be said with an async socket object either; ``pools``: why pools stay ones of threads, if so."""
    match use.kind:
        case "method" | "attribute" if not any(hasattr(cls, use.attr) for cls in (*_SOCKETS, *_FILES)):
            return ""  # none has it: it raises as before, or is another object's
        case "method" if use.attr not in _OBJECT_METHODS:
            return f"`{use.attr}` is called on a socket, which porter cannot port yet"
        case "method" if use.attr in ("__enter__", "__exit__") and any(map(is_file, use.values)):
            return f"`{use.attr}` is called on a file of it, which cannot wait; enter it by `with` instead"
        case "attribute" if use.attr in _DRAINS and drains_with(use.module, use.parent) is not None:
            return ""
        case "attribute" if all(map(is_file, use.values)) and not any(hasattr(cls, use.attr) for cls in _FILES):
            return ""  # there is none, so that it raises as before
        case "attribute" if use.attr in _OBJECT_METHODS and _is_only_called(inference, use):
            return ""
        case "attribute" if use.attr in _PLAIN_METHODS and _is_called_later(inference, use):
            return ""
        case "attribute" if use.attr not in _OBJECT_ATTRIBUTES:
            return f"the attribute `{use.attr}` of a socket is used, which porter cannot port yet"
        case "with" if use.attr == "closing" and any(is_file(value) for value in use.values) and not is_closed_file(use):
            return "a file of it is passed to `contextlib.closing`, which cannot wait"
        case "argument":
            call = use.parent
            assert isinstance(call, ast.Call)
            site = inference.site(call)
            if site is not None and (outer := outside_constructor(inference, call)):
                if _is_lent(inference, use, call):
                    return ""
                return f"it is given to `{outer}`, whose constructor is not of the program"
            if site is None or not (site.functions or site.externals or site.plain):
                # a callback that nobody sets is no reason to stay; a class that nobody names makes objects that use it
                return f"it is given to `{ast.unparse(call.func)}`, of which nothing is known" if _is_class(call) else ""
            for name in site.externals:
                if name in TAKERS and use.expr in taken_files(name, call):
                    if all(map(is_file, use.values)):
                        continue
                    return f"a socket is passed to `{name}`, which takes files"
                if name in _HARMLESS or name.startswith(_LOGS) or _is_container_method(name):
                    continue
                if name.startswith("builtins.") and name not in _LOOKS and not any(map(is_file, use.values)):
                    continue  # it takes no socket at all, so that it raises as before, or gets another object
                if name == "builtins.hasattr" and _answers_as_before(call):
                    continue
                if name == "fcntl.fcntl" and _keeps_mode(call):
                    continue
                if name.startswith(_POLLERS) and name.rpartition(".")[2] in _REGISTERS:
                    continue
                if name in WRAPS and wrapped_argument(call) is use.expr:
                    continue
                if name == _SUBMIT and (run := inference.site(call, "spawn")) is not None and run.functions:
                    if pools:
                        return f"it is given to a pool, which stays one of threads: {pools}"
                    continue  # it goes to a task, as the pool does
                if name.startswith(_SERVERS):
                    continue  # they stay or go with the connections that they serve
                if name in _CONSUMERS and all(is_file(value) for value in use.values):
                    continue
                if _is_lent(inference, use, call):
                    continue
                return f"a socket is passed to `{name}`, which needs a blocking one"
    return ""


def _is_called_later(inference: Inference, use: Use) -> bool:
    """Whether a socket's method is kept by the program, or given to what calls it at the end, in the same thread."""
    if any(map(is_file, use.values)):
        return False
    parent = use.module.facts.parents.get(use.parent)
    call = use.module.facts.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    if isinstance(call, ast.Assign):
        return call.value is use.parent
    if not isinstance(call, ast.Call) or call.func is use.parent:
        return False
    site = inference.site(call)
    if site is None or site.unknown:
        return False
    return bool(site.functions) and not site.externals or not site.functions and _calls_later(inference, list(site.externals))


def _calls_later(inference: Inference, names: list[str]) -> bool:
    found = {inference.state.outside.public(name) for name in names}
    return bool(found) and all(name.endswith((".ExitStack.callback", ".TestCase.addCleanup")) for name in found)


def _is_only_called(inference: Inference, use: Use) -> bool:
    return isinstance(use.parent, ast.expr) and is_only_called(inference, use.module, use.parent)


def _answers_as_before(call: ast.Call) -> bool:
    """Whether ``hasattr`` says the same of an async socket."""
    match call.args:
        case [_, ast.Constant(value=str(name))]:
            return name in _OBJECT_METHODS | _OBJECT_ATTRIBUTES or not any(hasattr(cls, name) for cls in (*_SOCKETS, *_FILES))
    return False


def _keeps_mode(call: ast.Call) -> bool:
    """Whether ``fcntl`` is asked for what does not make a socket block again."""
    command = ast.unparse(call.args[1]) if len(call.args) > 1 else ""
    return command.rpartition(".")[2] in ("F_GETFD", "F_SETFD", "F_GETFL", "F_GETOWN", "F_SETOWN")


def _is_lent(inference: Inference, use: Use, call: ast.Call) -> bool:
    """Whether a file is given to an object that a thread can work with."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return all(map(is_file, use.values)) and use.expr in given and borrower(inference, call) is not None


def _is_class(call: ast.Call) -> bool:
    """Whether what is called is spelled as classes are."""
    name = ast.unparse(call.func).rpartition(".")[2].lstrip("_")
    return name[:1].isupper() and not name.isupper()


def _is_container_method(name: str) -> bool:
    owner = name.rpartition(".")[0]
    return owner.startswith("builtins.") or owner.startswith(("collections.", "queue.", "contextlib.", "dataclasses."))
