"""File functions: functions of the standard library that read or write the files that they are given.

Rewrites
    ``shutil.copyfileobj(source, connection_file)`` → ``await _aio_io.copyfileobj(source, connection_file)``, where one of the two
    is a file of an async socket; ``http.client.parse_headers(connection_file)`` and ``print(text, file=connection_file)``
    likewise. The support module is copied beside the port.

Why it means the same
    They read and write the same; ``print`` in one piece. What differs: other tasks run meanwhile.

Declines when
    No file of a connection is among its arguments.

Source
    https://docs.python.org/3/library/shutil.html#shutil.copyfileobj
"""

from __future__ import annotations

import ast

import libcst as cst

from porter.idioms.groups import needs_parens, support_import
from porter.idioms.idiom import Decision, Edit, Example, Proposal, View
from porter.inference.blocking import Blocking
from porter.inference.sockets import TAKERS, taken_files
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "file_functions"

EXAMPLES = (
    Example(
        "to_a_connection",
        "import shutil\nimport socket\n\n\ndef send(address, path):\n"
        "    with socket.create_connection(address, 5) as connection:\n"
        "        with open(path, 'rb') as source, connection.makefile('wb') as target:\n"
        "            shutil.copyfileobj(source, target)\n",
        "import _aio_io\nimport _aio_socket\n\n\nasync def send(address, path):\n"
        "    with await _aio_socket.create_connection(address, 5) as connection:\n        with open(path, 'rb') as source:\n"
        "            async with connection.makefile('wb') as target:\n"
        "                await _aio_io.copyfileobj(source, target)\n",
        "writing to the connection waits",
    ),
)
REFUSALS: tuple[Example, ...] = ()


def decide(view: View, b: Blocking) -> Decision | None:
    """By the file of a connection among its arguments."""
    if b.row.name not in TAKERS:
        return None
    node = b.site.node
    for argument in taken_files(b.row.name, node) if isinstance(node, ast.Call) and b.site.role == "call" else ():
        use = view.sockets.uses.get(argument)
        group = view.sockets.group(use.values) if use is not None else None
        if group is not None and group.lowering == "object":
            return Decision("ported", awaited=True, group=group.name)
    return Decision("kept", reason="it is given no file of a connection")


def propose(view: View) -> Proposal:
    """An edit for each call that waits; arguments that are unpacked keep their group as it is."""
    edits: list[Edit] = []
    for b, decision in view.decisions.items():
        node = b.site.node
        if b.row.name in TAKERS and decision.awaited and isinstance(node, ast.Call):
            module = view.module(b.site.caller)
            support = TAKERS[b.row.name]
            statement, copy = support_import(module, support)
            left = "(" if needs_parens(module, node) else ""
            given = [f"{'*' * isinstance(arg, ast.Starred)}{{{n}}}" for n, arg in enumerate(node.args)]
            given += [f"{f'{k.arg}=' if k.arg else '**'}{{{n}}}" for n, k in enumerate(node.keywords, len(given))]
            code = f"{left}await _{support}.{b.row.tail}({', '.join(given)}){')' if left else ''}"
            parts = (
                *(a.value if isinstance(a, ast.Starred) else a for a in node.args),
                *(keyword.value for keyword in node.keywords),
            )
            data = {"code": code, "parts": tuple(map(module.facts.span, parts))}
            made = {"imports": (statement,), "group": decision.group, "extra": data, "support": (support, copy)}
            edits.append(view.edit(NAME, module, node, "replace_expression", **made))  # type: ignore[arg-type]
    return Proposal(tuple(edits))


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``replace_expression``: the support module's function, awaited."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
