"""Shapes: small libcst builders that idioms share. They build and take apart; they decide nothing.

What is built carries no newline and no indentation of its own: it takes on those of the file it is put into. Statements
travel as ``Statements``, a tuple; the empty tuple means that the statement goes away.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

import libcst as cst
from libcst.helpers import parse_template_expression, parse_template_module

Statements = tuple[cst.BaseStatement, ...]
"""What becomes of a statement: those that stand in its place, in order."""

Piece = cst.CSTNode | Sequence[cst.CSTNode]

_PRIMARY = (
    cst.Name,
    cst.Attribute,
    cst.Subscript,
    cst.Call,
    cst.List,
    cst.Dict,
    cst.Set,
    cst.ListComp,
    cst.SetComp,
    cst.DictComp,
    cst.SimpleString,
    cst.FormattedString,
    cst.Float,
    cst.Imaginary,
    cst.Ellipsis,
)
_OPEN = cst.LeftParen()
_CLOSE = cst.RightParen()


# names


def dotted(name: str) -> cst.Name | cst.Attribute:
    """``a.b.c`` as nodes."""
    head, *rest = name.split(".")
    node: cst.Name | cst.Attribute = cst.Name(head)
    for part in rest:
        node = cst.Attribute(node, cst.Name(part))
    return node


def name_of(node: cst.CSTNode | None) -> str:
    """The dotted name that a node spells: ``a.b.c``; for a call or a subscript that of what is called or subscripted.

    The empty string when it spells none.
    """
    match node:
        case cst.Name():
            return node.value
        case cst.Attribute():
            head = name_of(node.value) if isinstance(node.value, cst.Name | cst.Attribute) else ""
            return f"{head}.{node.attr.value}" if head else ""
        case cst.Call():
            return name_of(node.func)
        case cst.Subscript():
            return name_of(node.value)
        case cst.Decorator():
            return name_of(node.decorator)
        case _:
            return ""


# expressions


def expression(code: str, **pieces: cst.BaseExpression) -> cst.BaseExpression:
    """``code`` parsed; ``{name}`` in it stands for the node given under that name, parenthesised where it must be."""
    code = textwrap.dedent(code).strip()
    if not pieces:
        return cst.parse_expression(code)
    fitted = {name: _fitted(code, name, node) for name, node in pieces.items()}
    return parse_template_expression(code, cst.PartialParserConfig(), **fitted)


def _fitted(code: str, name: str, node: cst.BaseExpression) -> cst.BaseExpression:
    """The node as it may stand at its place in ``code``: bare as a whole argument, element or value."""
    if isinstance(node, cst.Tuple | cst.NamedExpr | cst.Yield | cst.GeneratorExp):
        return parenthesised(node)
    slot = re.escape("{" + name + "}")
    alone = re.findall(rf"(?:^|[(\[,:]|[^=!<>]=|\breturn\s)[ \t]*{slot}[ \t]*(?=$|[)\],:])", code, re.MULTILINE)
    if isinstance(node, cst.Await) and re.search(rf"[(\[,][ \t]*{slot}[ \t]*[)\],]", code):
        return bare(node)  # it needed its parentheses where it stood before
    return node if len(alone) == len(re.findall(slot, code)) else primary(node)


def is_primary(node: cst.BaseExpression) -> bool:
    """Whether ``.x``, ``()`` and ``await`` bind to all of the node as it stands."""
    return bool(node.lpar) or isinstance(node, _PRIMARY)


def primary(node: cst.BaseExpression) -> cst.BaseExpression:
    """The node, in parentheses unless it is a primary already."""
    return node if is_primary(node) else parenthesised(node)


def parenthesised(node: cst.BaseExpression) -> cst.BaseExpression:
    """The node in parentheses; as it is when it has some."""
    return node if node.lpar else node.with_changes(lpar=[_OPEN], rpar=[_CLOSE])


def bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """The node without parentheses of its own, unless it needs them to span lines."""
    if not node.lpar or isinstance(node, cst.GeneratorExp | cst.Tuple | cst.NamedExpr | cst.Yield):
        return node
    without = node.with_changes(lpar=(), rpar=())
    return node if "\n" in cst.Module(()).code_for_node(without) else without


def awaited(node: cst.BaseExpression, *, parens: bool = False) -> cst.BaseExpression:
    """``await node``. The node's own parentheses move outside, so that ``(f()).x`` becomes ``(await f()).x``.

    ``parens`` asks for parentheses around the whole where the node has none; an operand that is no primary (``a or b``)
    keeps or gets its own.
    """
    if isinstance(node, _PRIMARY):
        made = cst.Await(node.with_changes(lpar=(), rpar=()), lpar=node.lpar, rpar=node.rpar)
    else:
        made = cst.Await(parenthesised(node))
    return cst.ensure_type(parenthesised(made), cst.Await) if parens else made


def call(func: str | cst.BaseExpression, *args: cst.BaseExpression | cst.Arg, **keywords: cst.BaseExpression) -> cst.Call:
    """``func(args, keyword=value)``; ``cst.Arg`` arguments (starred ones, say) are taken as they are."""
    callee = dotted(func) if isinstance(func, str) else primary(func)
    given = [arg if isinstance(arg, cst.Arg) else cst.Arg(arg) for arg in args]
    return cst.Call(callee, [*given, *(keyword(name, value) for name, value in keywords.items())])


def keyword(name: str, value: cst.BaseExpression) -> cst.Arg:
    """The argument ``name=value``."""
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(value, keyword=cst.Name(name), equal=tight)


def argument(node: cst.Call, position: int, name: str = "") -> cst.BaseExpression | None:
    """The value given to a parameter by position (from 0; -1: none) or by name; None when it is not given plainly."""
    for index, arg in enumerate(node.args):
        if arg.keyword is not None:
            if arg.keyword.value == name:
                return arg.value
        elif arg.star:
            position = -1
        elif index == position:
            return arg.value
    return None


# statements


def line(small: cst.BaseSmallStatement | cst.BaseExpression) -> cst.SimpleStatementLine:
    """A small statement, or an expression, as a line of its own."""
    small = cst.Expr(small) if isinstance(small, cst.BaseExpression) else small
    return cst.SimpleStatementLine([small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])


def assign(target: str | cst.BaseAssignTargetExpression, value: cst.BaseExpression) -> cst.SimpleStatementLine:
    """``target = value``; a target given as text may be ``reader, writer``."""
    if isinstance(target, str):
        parsed = cst.ensure_type(cst.parse_statement(f"{target} = 0"), cst.SimpleStatementLine)
        return line(cst.ensure_type(parsed.body[0], cst.Assign).with_changes(value=value))
    return line(cst.Assign([cst.AssignTarget(target)], value))


def statements(code: str, **pieces: Piece) -> Statements:
    """``code`` parsed, dedented first. ``{name}`` stands for the node given under that name.

    A piece may be an expression (parenthesised where it must be), or, where ``{name}`` is a line of its own, a suite or
    a sequence of statements. Comments above the first and below the last statement come along.
    """
    code = textwrap.dedent(code).strip("\n") + "\n"
    single: dict[str, cst.BaseExpression | cst.Arg] = {}
    runs: dict[str, Piece] = {}
    for name, piece in pieces.items():
        if isinstance(piece, cst.BaseExpression):
            single[name] = _fitted(code, name, piece)
        elif isinstance(piece, cst.Arg):
            single[name] = piece
        else:
            runs[_mark(name)] = piece
            code = code.replace("{" + name + "}", _mark(name))
    module = parse_template_module(code, cst.PartialParserConfig(), **single) if single else cst.parse_module(code)
    return _with_margins(cst.ensure_type(module.visit(_Fill(runs)), cst.Module) if runs else module)


def _mark(name: str) -> str:
    return f"porter_run_{name}"


class _Fill(cst.CSTTransformer):
    """Puts runs of statements where their marks stand; a block that is the whole of another stays as it is."""

    def __init__(self, runs: dict[str, Piece]) -> None:
        super().__init__()
        self.runs = runs

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        """Replace a mark."""
        piece = self._piece(original_node)
        return updated_node if piece is None else cst.FlattenSentinel(above(body_of(piece), original_node.leading_lines))

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.BaseSuite:
        """Replace a block that holds nothing but a mark."""
        piece = self._piece(original_node.body[0]) if len(original_node.body) == 1 else None
        return piece if isinstance(piece, cst.IndentedBlock) else updated_node

    def _piece(self, node: cst.CSTNode) -> Piece | None:
        match node:
            case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Name(value=name))]):
                return self.runs.get(name)
            case _:
                return None


def _with_margins(module: cst.Module) -> Statements:
    """A module's statements, its header's comments put above the first."""
    return above(tuple(module.body), [empty for empty in module.header if empty.comment])


def above(body: Statements, lines: Iterable[cst.EmptyLine]) -> Statements:
    """The statements with comment or blank lines put above the first."""
    if not body or not (lines := tuple(lines)):
        return body
    first = body[0]
    return (first.with_changes(leading_lines=(*lines, *leading_lines(first))), *body[1:])


def leading_lines(node: cst.CSTNode) -> Sequence[cst.EmptyLine]:
    """The comment and blank lines above a statement."""
    found: Sequence[cst.EmptyLine] = getattr(node, "leading_lines", ())
    return found


def comment_line(text: str) -> cst.EmptyLine:
    """A comment (``# ...``) on a line of its own."""
    return cst.EmptyLine(comment=cst.Comment(text))


def body_of(suite: Piece) -> Statements:
    """The statements of a suite, or of what has one; a one-line suite's are put on a line.

    The comment behind the header and those at the end of the block come along, as lines above and, if there is no
    statement below to carry them, above the last.
    """
    match suite:
        case cst.IndentedBlock():
            lines = [comment_line(suite.header.comment.value)] if suite.header.comment else []
            body: Statements = above(tuple(suite.body), lines)
            tail = [empty for empty in suite.footer if empty.comment]
            if body and tail:
                return (*body[:-1], body[-1].with_changes(leading_lines=(*leading_lines(body[-1]), *tail)))
            return body
        case cst.SimpleStatementSuite():
            return (cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace),)
        case cst.BaseStatement():
            return (suite,)
        case cst.BaseSmallStatement():
            return (line(suite),)
        case cst.CSTNode():
            return body_of(suite.body)  # type: ignore[attr-defined]
        case _:
            return tuple(statement for one in suite for statement in body_of(one))


def block(body: Piece) -> cst.IndentedBlock:
    """An indented block of statements; a block stays as it is, comments included. ``pass`` when there are none."""
    if isinstance(body, cst.IndentedBlock):
        return body
    return cst.IndentedBlock(body_of(body) or (line(cst.Pass()),))


def try_finally(body: Piece, final: Piece) -> cst.Try:
    """``try: body finally: final``; ``body`` may be the suite of another statement, which keeps its comments."""
    return cst.Try(block(body), finalbody=cst.Finally(block(final)))


def with_block(items: Sequence[cst.WithItem], body: Piece, *, asynchronous: bool = False) -> cst.With:
    """``with items: body``, or ``async with``."""
    return cst.With(items, block(body), asynchronous=cst.Asynchronous() if asynchronous else None)
