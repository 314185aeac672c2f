"""Which libcst node an edit means: the one of its kind at its place.

Statements are told by their start, since no two of a kind share one; expressions by their span. Three kinds differ:
``ast`` counts the parentheses of tuples, generator expressions and sequence patterns in, libcst does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import libcst as cst

from porter.syntax.places import Span

Places = Mapping[tuple[int, int], list[cst.CSTNode]]

_BY_START: Mapping[str, tuple[type[cst.CSTNode], ...]] = {
    "FunctionDef": (cst.FunctionDef,),
    "AsyncFunctionDef": (cst.FunctionDef,),
    "ClassDef": (cst.ClassDef,),
    "Return": (cst.Return,),
    "Delete": (cst.Del,),
    "Assign": (cst.Assign,),
    "AugAssign": (cst.AugAssign,),
    "AnnAssign": (cst.AnnAssign,),
    "TypeAlias": (cst.TypeAlias,),
    "For": (cst.For,),
    "AsyncFor": (cst.For,),
    "While": (cst.While,),
    "If": (cst.If,),
    "With": (cst.With,),
    "AsyncWith": (cst.With,),
    "Match": (cst.Match,),
    "Raise": (cst.Raise,),
    "Try": (cst.Try,),
    "TryStar": (cst.TryStar,),
    "Assert": (cst.Assert,),
    "Import": (cst.Import,),
    "ImportFrom": (cst.ImportFrom,),
    "Global": (cst.Global,),
    "Nonlocal": (cst.Nonlocal,),
    "Expr": (cst.Expr,),
    "Pass": (cst.Pass,),
    "Break": (cst.Break,),
    "Continue": (cst.Continue,),
    "ExceptHandler": (cst.ExceptHandler, cst.ExceptStarHandler),
    "arg": (cst.Param,),
    "keyword": (cst.Arg, cst.MatchKeywordElement),
    "alias": (cst.ImportAlias, cst.ImportStar),
}
_BY_SPAN: Mapping[str, tuple[type[cst.CSTNode], ...]] = {
    "argument": (cst.Arg,),
    "withitem": (cst.WithItem,),
    "comprehension": (cst.CompFor,),
    "Call": (cst.Call,),
    "Attribute": (cst.Attribute,),
    "Subscript": (cst.Subscript,),
    "Name": (cst.Name,),
    "Constant": (cst.SimpleString, cst.ConcatenatedString, cst.Integer, cst.Float, cst.Imaginary, cst.Ellipsis, cst.Name),
    "JoinedStr": (cst.FormattedString, cst.ConcatenatedString),
    "FormattedValue": (cst.FormattedStringExpression,),
    "Starred": (cst.StarredElement, cst.Arg),
    "Await": (cst.Await,),
    "BinOp": (cst.BinaryOperation,),
    "BoolOp": (cst.BooleanOperation,),
    "UnaryOp": (cst.UnaryOperation,),
    "Compare": (cst.Comparison,),
    "IfExp": (cst.IfExp,),
    "Lambda": (cst.Lambda,),
    "NamedExpr": (cst.NamedExpr,),
    "Yield": (cst.Yield,),
    "YieldFrom": (cst.Yield,),
    "List": (cst.List,),
    "Set": (cst.Set,),
    "Dict": (cst.Dict,),
    "Tuple": (cst.Tuple,),
    "ListComp": (cst.ListComp,),
    "SetComp": (cst.SetComp,),
    "DictComp": (cst.DictComp,),
    "GeneratorExp": (cst.GeneratorExp,),
    "Slice": (cst.Slice,),
    "MatchValue": (cst.MatchValue,),
    "MatchSingleton": (cst.MatchSingleton,),
    "MatchSequence": (cst.MatchList, cst.MatchTuple),
    "MatchMapping": (cst.MatchMapping,),
    "MatchClass": (cst.MatchClass,),
    "MatchStar": (cst.MatchStar,),
    "MatchAs": (cst.MatchAs,),
    "MatchOr": (cst.MatchOr,),
}
_PAREN_IS_OURS = (cst.Tuple, cst.GeneratorExp, cst.MatchTuple)
_OPENING = re.compile(r"\((?:[ \t\f\r\n]|\\(?:\r\n|\r|\n)|#[^\r\n]*)*")


def find(target: str, span: Span, places: Iterable[tuple[cst.CSTNode, int, int]], source: str) -> cst.CSTNode | None:
    """The node of kind ``target`` at ``span`` of ``source``, among ``places`` that begin near there."""
    if kinds := _BY_START.get(target):
        return next((node for node, start, _ in places if isinstance(node, kinds) and start == span.start), None)
    kinds = _BY_SPAN.get(target, ())
    return _by_span(kinds, span, places, source)


def find_expression(span: Span, places: Iterable[tuple[cst.CSTNode, int, int]], source: str) -> cst.CSTNode | None:
    """The expression, of whatever kind, at ``span``."""
    return _by_span((cst.BaseExpression,), span, places, source)


def _by_span(
    kinds: tuple[type[cst.CSTNode], ...], span: Span, places: Iterable[tuple[cst.CSTNode, int, int]], source: str
) -> cst.CSTNode | None:
    inner = inner_start(span, source)
    peeled: cst.CSTNode | None = None
    for node, start, end in places:
        if not isinstance(node, kinds):
            continue
        if start == span.start and end == span.end:
            return node
        if start == inner and end <= span.end and isinstance(anchor(node), _PAREN_IS_OURS):
            peeled = peeled or node
    return peeled


def inner_start(span: Span, source: str) -> int:
    """Where the text behind the opening parenthesis at the start of ``span`` begins; -1 when there is none."""
    opening = _OPENING.match(source, span.start, span.end)
    return opening.end() if opening else -1


def anchor(node: cst.CSTNode) -> cst.CSTNode:
    """The node whose place stands for this one's: an argument is found by its value, a parameter by its name."""
    match node:
        case cst.Param():
            return node.name
        case cst.CompFor():
            return node.target
        case cst.WithItem():
            return node.item
        case _:
            return node
