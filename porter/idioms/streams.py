"""Streams: one socket becomes a reader and a writer.

Rewrites
    ``socket.create_connection(address)`` → ``reader, writer = await asyncio.open_connection(*address)``; a parameter or
    attribute that holds the connection → two; ``send`` and ``sendall`` → ``writer.write`` and ``await writer.drain()``;
    ``recv``, and reading from the socket's file → ``await reader.read``, ``readline``, ``readexactly``; ``close`` → closing
    the writer and waiting for it.

Why it means the same
    The same bytes go out and come in, in the same order. What differs: a lost peer shows at a later drain rather than at
    the write, and writing after close is not an error; a line longer than the reader's limit (64 KiB) raises ValueError;
    what a file would have buffered goes out at once.

Declines when
    The socket is compared, tested, put into a container, may be None, has a timeout, is read as text, or a method of it has
    no counterpart: then the socket stays whole (idiom ``sockets``).

Source
    https://docs.python.org/3/library/asyncio-stream.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.making import family_of
from porter.inference.pairs import Pair, PairNames, family, pair_names, parameters
from porter.inference.program import Module
from porter.inference.sockets import SocketGroup, Use, is_file
from porter.inference.values import External, Instance
from porter.syntax.precedence import needs_parentheses
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "streams"

EXAMPLES = (
    Example(
        "echo_client",
        "import socket\n\n\ndef ask(address, data):\n    with socket.create_connection(address) as connection:\n"
        "        connection.sendall(data)\n        return connection.recv(100)\n",
        "import asyncio\nimport contextlib\n\n\nasync def ask(address, data):\n"
        "    reader, writer = await asyncio.open_connection(*address)\n    try:\n        writer.write(data)\n"
        "        await writer.drain()\n        return await reader.read(100)\n    finally:\n        writer.close()\n"
        "        with contextlib.suppress(OSError):\n            await writer.wait_closed()\n",
        "closed on every path, as the with statement did",
    ),
)
REFUSALS = (
    Example(
        "own_class",
        "class Socket:\n    def recv(self, n):\n        return b''\n\n\ndef read():\n    return Socket().recv(1)\n",
        "class Socket:\n    def recv(self, n):\n        return b''\n\n\ndef read():\n    return Socket().recv(1)\n",
        "a class of the program's own, which does not block",
    ),
)

_ASYNCIO = ("import asyncio",)
_CLOSE = "{w}.close()\nwith contextlib.suppress(OSError):\n    await {w}.wait_closed()"


def propose(view: View) -> Proposal:
    """Edits for every use of every group that becomes pairs."""
    groups = [group for group in view.sockets.groups if group.lowering == "pair"]
    if not groups:
        return Proposal()
    names = pair_names(view.inference, view.sockets)
    edits: list[Edit] = []
    for group in groups:
        for use in group.uses:
            edits.extend(_use(view, names, group, use))
    edits.extend(_parameters(view, names))
    edits.extend(_results(view))
    edits.extend(_declarations(view, names))
    return Proposal(tuple(edits))


def _use(view: View, names: PairNames, group: SocketGroup, use: Use) -> Iterator[Edit]:
    if _is_origin(view, use.expr):
        yield from _origin(view, names, use)
        return
    match use.kind:
        case "method":
            yield from _method(view, names, use)
        case "assign":
            yield from _assignment(view, names, use)
        case "argument":
            yield from _argument(view, names, use)
        case "attribute":
            pair = names.of(use.expr, use.module, use.scope)
            if pair is not None:
                code = f"{pair.reader}.{use.attr}"
                yield view.edit(NAME, use.module, use.parent, "replace_expression", code=code)
        case "return":
            spelling = _spelling(names, use)
            if spelling:
                yield view.edit(NAME, use.module, use.expr, "replace_expression", code=", ".join(spelling), tuple=True)
        case "iterate":
            spelling = _spelling(names, use)
            if spelling:
                yield view.edit(NAME, use.module, use.expr, "replace_expression", code=spelling[0])
            action = "async_for" if isinstance(use.parent, ast.For) else "async_comprehension"
            yield view.edit(NAME, use.module, use.parent, action)


def _declarations(view: View, names: PairNames) -> Iterator[Edit]:
    """Attributes that are annotated and not assigned: ``sock: socket.socket`` in a class, ``self.sock: socket.socket``."""
    for module in view.targets:
        said: set[tuple[Scope, str]] = set()
        for node in module.facts.nodes:
            if not isinstance(node, ast.AnnAssign) or node.value is not None:
                continue
            scope = module.facts.scope_of(node)
            pair = names.of(node.target, module, scope)
            cls = view.inference.program.classes.get(scope)
            if isinstance(node.target, ast.Name) and cls is not None:
                pair = names.fields.get((family(cls), node.target.id))
            if pair is None:
                continue
            halves = ((pair.reader, "StreamReader", pair.has_reader), (pair.writer, "StreamWriter", pair.has_writer))
            new = {half: kind for half, kind, is_there in halves if is_there and (scope, half) not in said}
            lines = [f"{half}: asyncio.{kind}" for half, kind in new.items()]
            said.update((scope, half) for half in new)
            action = "replace_statement" if lines else "remove"
            yield view.edit(NAME, module, node, action, imports=_ASYNCIO if lines else (), code="\n".join(lines))


def _is_origin(view: View, expr: ast.expr) -> bool:
    return isinstance(expr, ast.Call) and any(
        origin.origin is expr
        for group in view.sockets.groups
        for origin in group.origins
        if origin.source in ("socket.create_connection", "socket.socket")
    )


def _spelling(names: PairNames, use: Use) -> tuple[str, ...]:
    """The names that stand for what the expression is; empty when it is the result of a call."""
    pair = names.of(use.expr, use.module, use.scope)
    if pair is not None:
        return pair.names
    if isinstance(use.expr, ast.Call) and isinstance(use.expr.func, ast.Attribute) and use.expr.func.attr == "makefile":
        return _file_names(names, use)
    return ()


def _file_names(names: PairNames, use: Use) -> tuple[str, ...]:
    """What a ``makefile`` call gives: the halves of its socket that its mode asks for."""
    from porter.inference.pairs import file_mode

    call = use.expr
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    source = names.of(call.func.value, use.module, use.scope)
    if source is None:
        return ()
    mode = "".join(file_mode(value) for value in use.values if is_file(value))
    return Pair(source.reader, source.writer, "r" in mode, "w" in mode).names


# --- where connections are made ------------------------------------------------------------------------------------


def _origin(view: View, names: PairNames, use: Use) -> Iterator[Edit]:
    call = use.expr
    assert isinstance(call, ast.Call)
    if use.values[0].source == "socket.socket":
        if isinstance(use.parent, (ast.Assign, ast.AnnAssign)):
            yield view.edit(NAME, use.module, use.parent, "remove")
        return
    action = "open_in_tuple" if isinstance(use.parent, (ast.Call, ast.keyword)) else "open"
    yield view.edit(NAME, use.module, call, action, imports=_ASYNCIO, extra=_address(use.module, call))
    if isinstance(use.parent, ast.Assign):
        yield from _target(view, names, use, use.parent.targets[0])
    elif isinstance(use.parent, ast.AnnAssign):
        pair = names.of(use.parent.target, use.module, use.scope)
        if pair is not None:  # several names cannot be annotated together
            code, parts = f"{', '.join(pair.names)} = {{0}}", (use.module.facts.span(call),)
            yield view.edit(NAME, use.module, use.parent, "replace_statement", code=code, parts=parts)
    elif isinstance(use.parent, ast.Call) and use.kind == "argument":
        yield view.edit(NAME, use.module, call, "star", target="argument")


def _address(module: Module, call: ast.Call) -> dict[str, object]:
    """The address: host and port when they are written out, else something to unpack."""
    address = call.args[0]
    if isinstance(address, ast.Tuple) and len(address.elts) == 2:
        return {"parts": tuple(module.facts.span(item) for item in address.elts), "unpack": False}
    return {"parts": (module.facts.span(address),), "unpack": True}


def _target(view: View, names: PairNames, use: Use, target: ast.expr) -> Iterator[Edit]:
    """The target of an assignment: two names."""
    pair = names.of(target, use.module, use.scope)
    if pair is not None:
        yield view.edit(NAME, use.module, target, "replace_expression", code=", ".join(pair.names), tuple=True)


# --- methods -------------------------------------------------------------------------------------------------------


def _method(view: View, names: PairNames, use: Use) -> Iterator[Edit]:
    call = use.parent
    assert isinstance(call, ast.Call)
    pair = names.of(use.expr, use.module, use.scope)
    if pair is None:
        return
    statement = use.module.facts.parents[call]
    files = all(is_file(value) for value in use.values)
    code = _STATEMENTS.get(("file." if files else "") + use.attr)
    parts = tuple(use.module.facts.span(arg) for arg in call.args)
    if code is not None:
        if files and use.attr == "write" and not _is_flushed(use, call):
            code = _STATEMENTS["send"]
        yield _statement(view, use, statement, pair, code, parts, call)
    elif use.attr == "read" and call.args:
        yield _read_exactly(view, use, statement, pair, parts)
    elif use.attr == "connect":
        yield _connect(view, use, statement, pair, call)
    elif use.attr in _EXPRESSIONS:
        template = _EXPRESSIONS[use.attr].format(r=pair.reader, w=pair.writer, args=_holes(parts))
        parens = needs_parentheses(use.module.facts.parents.get(call), call) and template.startswith("await ")
        yield view.edit(NAME, use.module, call, "replace_expression", imports=_ASYNCIO, code=template, parts=parts, parens=parens)


def _is_flushed(use: Use, write: ast.Call) -> bool:
    """Whether a ``flush`` of the same file comes after a ``write``, or comes round again in a loop around both."""
    file, around = ast.unparse(use.expr), set(_loops(use, write))
    for node in ast.walk(use.scope.node):
        if isinstance(node, ast.Attribute) and node.attr == "flush" and ast.unparse(node.value) == file:
            later = (node.lineno, node.col_offset) > (write.lineno, write.col_offset)
            if later or any(loop in around for loop in _loops(use, node)):
                return True
    return False


def _loops(use: Use, node: ast.AST | None) -> Iterator[ast.AST]:
    while node is not None and node is not use.scope.node:
        if isinstance(node, (ast.For, ast.While)):
            yield node
        node = use.module.facts.parents.get(node)


def _statement(
    view: View, use: Use, statement: ast.AST, pair: Pair, code: str, parts: tuple[object, ...], call: ast.Call
) -> Edit:
    if use.attr == "shutdown":
        how = ast.unparse(call.args[0]).rpartition(".")[2]
        code = "{w}.write_eof()" if how in ("SHUT_WR", "1") else "{w}.close()"
        parts = ()
    text = code.replace("{r}", pair.reader).replace("{w}", pair.writer)
    action = "replace_statement" if text else "remove"
    imports = ("import asyncio", "import contextlib") if "contextlib" in text else _ASYNCIO
    return view.edit(NAME, use.module, statement, action, imports=imports, code=text, parts=parts)


_STATEMENTS = {
    "send": "{w}.write({0})\nawait {w}.drain()",
    "sendall": "{w}.write({0})\nawait {w}.drain()",
    "close": _CLOSE,
    "shutdown": "{w}.write_eof()",
    "file.write": "{w}.write({0})",
    "file.flush": "await {w}.drain()",
    "file.close": "",
}
_EXPRESSIONS = {
    "recv": "await {r}.read({args})",
    "read": "await {r}.read({args})",
    "read1": "await {r}.read({args})",
    "readline": "await {r}.readline()",
    "readlines": "[line async for line in {r}]",
    "getpeername": "{w}.get_extra_info('peername')",
    "getsockname": "{w}.get_extra_info('sockname')",
    "fileno": "{w}.get_extra_info('socket').fileno()",
    "setsockopt": "{w}.get_extra_info('socket').setsockopt({args})",
    "getsockopt": "{w}.get_extra_info('socket').getsockopt({args})",
}


def _holes(parts: tuple[object, ...]) -> str:
    return ", ".join(f"{{{position}}}" for position in range(len(parts)))


def _read_exactly(view: View, use: Use, statement: ast.AST, pair: Pair, parts: tuple[object, ...]) -> Edit:
    """``file.read(n)`` waits for all n bytes, and gives what there was at the end."""
    lead = "return " if isinstance(statement, ast.Return) else ""
    if isinstance(statement, ast.Assign):
        lead = " = ".join(ast.unparse(target) for target in statement.targets) + " = "
    code = (
        f"try:\n    {lead}await {pair.reader}.readexactly({{0}})\n"
        f"except asyncio.IncompleteReadError as error:\n    {lead}error.partial"
    )
    return view.edit(NAME, use.module, statement, "replace_statement", imports=_ASYNCIO, code=code, parts=parts)


def _connect(view: View, use: Use, statement: ast.AST, pair: Pair, call: ast.Call) -> Edit:
    if family_of(use) == "AF_UNIX":
        code = f"{pair.reader}, {pair.writer} = await asyncio.open_unix_connection({{0}})"
        parts = (use.module.facts.span(call.args[0]),)
        return view.edit(NAME, use.module, statement, "replace_statement", imports=_ASYNCIO, code=code, parts=parts)
    address = _address(use.module, call)
    parts = address["parts"]  # type: ignore[assignment]
    assert isinstance(parts, tuple)
    arguments = "*{0}" if address["unpack"] else "{0}, {1}"
    code = f"{pair.reader}, {pair.writer} = await asyncio.open_connection({arguments})"
    return view.edit(NAME, use.module, statement, "replace_statement", imports=_ASYNCIO, code=code, parts=parts)


# --- holders -------------------------------------------------------------------------------------------------------


def _assignment(view: View, names: PairNames, use: Use) -> Iterator[Edit]:
    statement = use.parent
    assert isinstance(statement, (ast.Assign, ast.AnnAssign))
    holder = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    target = names.of(holder, use.module, use.scope)
    source = _spelling(names, use)
    if target is None:
        return
    if not source:
        yield from _target(view, names, use, holder)
        return
    of = _source(names, use)
    known = _set_beside(names, holder, use) if isinstance(use.expr, ast.Call) else set()
    halves = ((target.reader, of.reader, target.has_reader), (target.writer, of.writer, target.has_writer))
    lines = [f"{to} = {source}" for to, source, there in halves if there and to != source and to not in known]
    action = "replace_statement" if lines else "remove"
    yield view.edit(NAME, use.module, statement, action, code="\n".join(lines))


def _source(names: PairNames, use: Use) -> Pair:
    """Both names behind what is assigned."""
    call = use.expr
    expr = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else call
    pair = names.of(expr, use.module, use.scope)
    assert pair is not None  # it has a spelling
    return pair


def _set_beside(names: PairNames, target: ast.expr, use: Use) -> set[str]:
    """Names that another holder in the same scope or class sets already: a file's are those of its socket."""
    if isinstance(target, ast.Name):
        pairs = [pair for (scope, name), pair in names.variables.items() if scope is use.scope and name != target.id]
        return {name for pair in pairs for name in pair.names}
    assert isinstance(target, ast.Attribute)
    text = ast.unparse(target.value)
    assert names.inference is not None
    owners = {family(v.cls) for v in names.inference.values(target.value, use.module, use.scope) if isinstance(v, Instance)}
    sockets = [pair for (cls, attr), pair in names.fields.items() if attr != target.attr and cls in owners]
    return {f"{text}.{name}" for pair in sockets for name in pair.names}


def _argument(view: View, names: PairNames, use: Use) -> Iterator[Edit]:
    spelling = _spelling(names, use)
    call = use.parent
    assert isinstance(call, ast.Call)
    if not spelling:
        yield view.edit(NAME, use.module, use.expr, "star", target="argument")
        return
    keyword = next((k for k in call.keywords if k.value is use.expr), None)
    wanted = _wanted(view, names, call, use)
    if wanted is not None:
        source = _source(names, use)
        halves = ((source.reader, wanted.has_reader), (source.writer, wanted.has_writer))
        spelling = tuple(name for name, there in halves if there)
    keywords = wanted.names if keyword is not None and wanted is not None else ()
    yield view.edit(NAME, use.module, use.expr, "arguments", target="argument", names=spelling, keywords=keywords)


def _wanted(view: View, names: PairNames, call: ast.Call, use: Use) -> Pair | None:
    """What the parameter that takes the argument became."""
    site = view.inference.site(call)
    for function in site.functions if site is not None else ():
        for name in parameters(function):
            pair = names.variables.get((function, name))
            if pair is not None and _takes(view, function, name, use):
                return pair
    return None


def _takes(view: View, function: Scope, name: str, use: Use) -> bool:
    values = view.inference.variable(function, name)
    return any(value in values for value in use.values)


def _parameters(view: View, names: PairNames) -> Iterator[Edit]:
    """Parameters become two, annotations with them."""
    for (scope, name), pair in names.variables.items():
        node = scope.node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            if arg.arg == name and pair.names != (name,):
                module = view.module(scope)
                annotated = arg.annotation is not None
                yield view.edit(
                    NAME,
                    module,
                    arg,
                    "parameters",
                    imports=_ASYNCIO if annotated else (),
                    names=pair.names,
                    types=tuple(_type(pair, n) for n in pair.names) if annotated else (),
                )


def _type(pair: Pair, name: str) -> str:
    return "asyncio.StreamReader" if name == pair.reader else "asyncio.StreamWriter"


def _results(view: View) -> Iterator[Edit]:
    """``-> socket.socket`` of a function that returns a connection."""
    for module in view.targets:
        for scope in module.facts.scopes.values():
            node = scope.node
            if isinstance(node, ast.FunctionDef) and node.returns is not None and _returns_pair(view, scope):
                found = view.inference.program.resolve(node.returns, scope.parent or scope)
                if isinstance(found, External) and found.name == "socket.socket":
                    yield view.edit(
                        NAME,
                        module,
                        node.returns,
                        "replace_expression",
                        imports=_ASYNCIO,
                        code="tuple[asyncio.StreamReader, asyncio.StreamWriter]",
                    )


def _returns_pair(view: View, scope: Scope) -> bool:
    for frame in view.inference.state.frames.get(scope, []):
        group = view.sockets.group(frame.result.values)
        if group is not None and group.lowering == "pair":
            return True
    return False


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements | cst.FlattenSentinel[cst.CSTNode]:
    """``open``: the awaited ``asyncio.open_connection``; ``arguments``, ``parameters``: one becomes several."""
    data = edit.data
    match edit.action:
        case "open" | "open_in_tuple":
            return _opened(node, data)
        case "star":
            return cst.ensure_type(node, cst.Arg).with_changes(star="*")
        case "arguments":
            return _several(cst.ensure_type(node, cst.Arg), data)
        case "parameters":
            return _parameters_of(cst.ensure_type(node, cst.Param), data)
        case "async_for" | "async_comprehension":
            return node.with_changes(asynchronous=cst.Asynchronous())
        case "replace_expression" if data.get("tuple"):
            return _tuple(str(data["code"]))
    filled = fill(edit.action, data, node)
    assert filled is not None, edit.action
    return filled


def _tuple(code: str) -> cst.BaseExpression:
    names = code.split(", ")
    if len(names) == 1:
        return cst.parse_expression(code)
    elements = [cst.Element(cst.parse_expression(name)) for name in names]
    return cst.Tuple(elements, lpar=[], rpar=[])


def _opened(node: cst.CSTNode, data: object) -> cst.BaseExpression:
    assert isinstance(data, dict) or hasattr(data, "get")
    parts = data["parts"]  # type: ignore[index]
    unpack = data["unpack"]  # type: ignore[index]
    arguments = [cst.Arg(part, star="*" if unpack else "") for part in parts]
    call = cst.Call(cst.parse_expression("asyncio.open_connection"), arguments)
    old = cst.ensure_type(node, cst.Call)
    return cst.Await(call, lpar=old.lpar, rpar=old.rpar)


def _several(node: cst.Arg, data: object) -> cst.FlattenSentinel[cst.CSTNode]:
    names: tuple[str, ...] = data["names"]  # type: ignore[index]
    keywords: tuple[str, ...] = data["keywords"]  # type: ignore[index]
    made = []
    for position, name in enumerate(names):
        last = position == len(names) - 1
        comma = node.comma if last else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        arg = node.with_changes(value=cst.parse_expression(name), comma=comma)
        if keywords:
            arg = arg.with_changes(keyword=cst.Name(keywords[position]))
        made.append(arg)
    return cst.FlattenSentinel(made)


def _parameters_of(node: cst.Param, data: object) -> cst.FlattenSentinel[cst.CSTNode]:
    names: tuple[str, ...] = data["names"]  # type: ignore[index]
    types: tuple[str, ...] = data["types"]  # type: ignore[index]
    made = []
    for position, name in enumerate(names):
        last = position == len(names) - 1
        comma = node.comma if last else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        param = node.with_changes(name=cst.Name(name), comma=comma)
        if types:
            assert node.annotation is not None
            annotation = node.annotation.with_changes(annotation=cst.parse_expression(types[position]))
            param = param.with_changes(annotation=annotation)
        made.append(param)
    return cst.FlattenSentinel(made)
