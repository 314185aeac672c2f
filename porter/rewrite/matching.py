"""Which libcst node an edit means: the one of its kind at its place.

Statements are told by their start, since no two of a kind share one; expressions by their span. Three kinds differ:
``ast`` counts the parentheses of tuples, generator expressions and sequence patterns in, libcst does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import libcst as cst

from porter.syntax.places import Span

Found = tuple[cst.CSTNode, Span]
"""A node and the span it is found by."""

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
    "Constant": (
        cst.SimpleString,
        cst.ConcatenatedString,
        cst.Integer,
        cst.Float,
        cst.Imaginary,
        cst.Ellipsis,
        cst.Name,
    ),
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


class Finder:
    """Finds nodes of one parsed source. It remembers only those that begin where a span of ``spans`` does."""

    def __init__(self, source: str, positions: Mapping[cst.CSTNode, Span], spans: Iterable[Span]) -> None:
        self.source = source
        self._by_start: dict[int, list[Found]] = {}
        for span in spans:
            self._by_start[span.start] = []
            self._by_start[self._inside(span)] = []
        for node, place in positions.items():
            for span in _anchored(node, place, positions):
                if span.start in self._by_start:
                    self._by_start[span.start].append((node, span))

    def find(self, target: str, span: Span) -> cst.CSTNode | None:
        """The node of the kind ``target``, an ``ast`` class name, at ``span``; None when there is none."""
        if kinds := _BY_START.get(target):
            return next((node for node, _ in self._by_start[span.start] if isinstance(node, kinds)), None)
        return self._spanning(_BY_SPAN.get(target, ()), span)

    def expression(self, span: Span) -> cst.BaseExpression | None:
        """The expression, of whatever kind, at ``span``."""
        found = self._spanning((cst.BaseExpression,), span)
        return found if isinstance(found, cst.BaseExpression) else None

    def _spanning(self, kinds: tuple[type[cst.CSTNode], ...], span: Span) -> cst.CSTNode | None:
        for node, place in self._by_start[span.start]:
            if place == span and isinstance(node, kinds):
                return node
        for node, place in self._by_start[self._inside(span)]:
            if place.end <= span.end and isinstance(node, kinds) and isinstance(_anchor(node), _PAREN_IS_OURS):
                return node
        return None

    def _inside(self, span: Span) -> int:
        """Where the text behind the parenthesis that opens a span begins; -1 when none does."""
        opening = _OPENING.match(self.source, span.start, span.end)
        return opening.end() if opening else -1


def _anchor(node: cst.CSTNode) -> cst.CSTNode:
    """The node whose place stands for this one's: an argument is found by its value, a parameter by its name."""
    match node:
        case cst.Param():
            return node.name
        case cst.CompFor():
            return node.target
        case cst.WithItem():
            return node.item
        case cst.Arg():
            return node.value
        case _:
            return node


def _anchored(node: cst.CSTNode, place: Span, positions: Mapping[cst.CSTNode, Span]) -> Iterator[Span]:
    """The spans by which a node is found; arguments also by their own, keyword and star included."""
    anchor = _anchor(node)
    if anchor is not node:
        yield positions[anchor]
    if anchor is node or isinstance(node, cst.Arg):
        yield place
