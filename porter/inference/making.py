"""Sockets that are made in one statement and connected in the next: of which family, and whether they are streams."""

from __future__ import annotations

import ast

from porter.facts.model import FileFacts
from porter.inference.sockets import Use


def stream_family(made: ast.AST | None) -> str | None:
    """``AF_INET`` or ``AF_UNIX`` if a call of ``socket.socket`` makes a stream of that family; None where it may not."""
    if not isinstance(made, ast.Call) or any(isinstance(arg, ast.Starred) for arg in made.args):
        return None
    given = dict(zip(("family", "type", "proto", "fileno"), made.args, strict=False))
    given |= {keyword.arg or "": keyword.value for keyword in made.keywords}
    spelled = {name: ast.unparse(value).rpartition(".")[2] for name, value in given.items()}
    family, kind = spelled.pop("family", "AF_INET"), spelled.pop("type", "SOCK_STREAM")
    proto = spelled.pop("proto", "0")
    is_stream = kind == "SOCK_STREAM" and proto in ("0", "IPPROTO_TCP") and not spelled
    return family if is_stream and family in ("AF_INET", "AF_UNIX") else None


def family_of(connecting: Use) -> str | None:
    """The family of the stream that ``s.connect(address)`` connects, if the statement before makes it."""
    here = connecting.module.facts.statement(connecting.expr)
    for value in connecting.values:
        if value.source == "socket.socket" and isinstance(value.origin, ast.Call):
            if value.origin in connecting.module.facts.parents and _after(connecting.module.facts, value.origin) is here:
                return stream_family(value.origin)
    return None


def statement_after(made: Use) -> ast.stmt | None:
    """The statement behind the one that keeps a new socket, or the first one in the ``with`` that enters it."""
    if made.kind not in ("with", "assign"):
        return None
    return _after(made.module.facts, made.expr)


def _after(facts: FileFacts, made: ast.expr) -> ast.stmt | None:
    statement = facts.statement(made)
    if isinstance(statement, ast.With):
        return statement.body[0] if len(statement.items) == 1 else None
    parent = facts.parents[statement]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and statement in block:
            return next(iter(block[block.index(statement) + 1 :]), None)
    return None
