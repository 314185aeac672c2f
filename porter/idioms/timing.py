"""Waiting with a timeout: the arguments that say so, and the statements that ``asyncio.timeout`` takes.

``Queue.get``, ``Event.wait`` and ``Lock.acquire`` of asyncio have no ``timeout``; it is put around them.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from porter.inference.program import Module
from porter.syntax.shapes import Statements, block, body_of, call, dotted, line, with_block

_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a call waits."""

    blocking: bool = True
    timeout: ast.expr | None = None
    """None: for as long as it takes."""
    given: bool = False
    """Whether arguments say so, which the asynchronous method does not take."""


def waiting(node: ast.Call, parameters: Sequence[str], forever: float | None = None) -> Waiting | str:
    """What a call's arguments say of waiting; a text where they cannot be known.

    ``parameters``: the method's own, in order; those besides ``blocking`` (or ``block``) and ``timeout`` do not matter.
    ``forever``: the number that means no timeout.
    """
    found: dict[str, ast.expr] = {}
    if any(isinstance(arg, ast.Starred) for arg in node.args) or any(k.arg is None for k in node.keywords):
        return "its arguments are unpacked"
    for name, arg in zip(parameters, node.args, strict=False):
        found[name] = arg
    found |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    block_ = found.get("blocking", found.get("block"))
    blocks = True if block_ is None else _constant(block_)
    if not isinstance(blocks, (bool, int)):
        return "whether it waits is computed"
    timeout = found.get("timeout")
    given = block_ is not None or timeout is not None
    if timeout is not None and _constant(timeout) in (None, forever):
        timeout = None
    return Waiting(bool(blocks), timeout if blocks else None, given)


def _constant(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return node


def is_zero(node: ast.expr | None) -> bool:
    """Whether a timeout is the number nought."""
    value = _constant(node) if node is not None else None
    return isinstance(value, (int, float)) and value == 0


def is_positive(node: ast.expr) -> bool:
    """Whether a timeout is a number above nought."""
    value = _constant(node)
    return isinstance(value, (int, float)) and value > 0


def statement_of(module: Module, node: ast.Call) -> ast.stmt | None:
    """The statement that is the call, assigns its result, or returns it."""
    parent = module.facts.parents[node]
    if isinstance(parent, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)) and parent.value is node:
        return parent
    return None


def condition_of(module: Module, node: ast.Call) -> tuple[ast.If, bool] | None:
    """The ``if`` whose whole condition is the call, and whether it is negated; no ``elif``."""
    parents = module.facts.parents
    parent, negated = parents[node], False
    test: ast.AST = node
    if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
        test, parent, negated = parent, parents[parent], True
    if not isinstance(parent, ast.If) or parent.test is not test:
        return None
    if module.facts.text.startswith("elif", module.facts.span(parent).start):
        return None
    return parent, negated


def raises_again(body: Sequence[ast.stmt]) -> bool:
    """Whether statements hold a bare ``raise``, which would mean another exception inside a handler."""
    return any(isinstance(node, ast.Raise) and node.exc is None for one in body for node in ast.walk(one))


def leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether control never runs off the end of statements."""
    return bool(body) and isinstance(body[-1], _LEAVES)


# --- rewriting --------------------------------------------------------------------------------------------------------


def in_timeout(node: cst.BaseSmallStatement, timeout: cst.BaseExpression, suppress: bool) -> Statements:
    """A statement inside ``async with asyncio.timeout(...)``; ``suppress``: and its end goes unnoticed."""
    inner = with_block([cst.WithItem(call("asyncio.timeout", timeout))], (line(node),), asynchronous=True)
    if not suppress:
        return (inner,)
    return (with_block([cst.WithItem(call("contextlib.suppress", dotted("TimeoutError")))], (inner,)),)


def timed_if(node: cst.If, waited: cst.BaseExpression, timeout: cst.BaseExpression, negated: bool) -> cst.Try:
    """``if waited-in-time: ... else: ...`` as ``try``, ``except TimeoutError``, ``else``."""
    other = _else_of(node)
    late, met = (node.body, other) if negated else (other, node.body)
    attempt = in_timeout(cst.Expr(waited), timeout, suppress=False)
    handler = cst.ExceptHandler(
        block(late) if late is not None else block((line(cst.Pass()),)),
        type=cst.Name("TimeoutError"),
        whitespace_after_except=cst.SimpleWhitespace(" "),
    )
    return cst.Try(block(attempt), handlers=[handler], orelse=cst.Else(block(met)) if met is not None else None)


def _else_of(node: cst.If) -> cst.BaseSuite | Statements | None:
    match node.orelse:
        case cst.If() as other:
            return (other,)
        case cst.Else() as other:
            return other.body if isinstance(other.body, cst.IndentedBlock) else body_of(other.body)
    return None
