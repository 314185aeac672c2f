"""Methods made from a constructor: its two halves, and the factory that runs both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from porter.syntax.shapes import Statements, above, block, body_of, leading_lines, line, statements

_INDENT, _ROOM = 4, 79
"""Of a method, and of a line, where nothing says otherwise."""
_FOLD = re.compile(r"\s*[\r\n]\s*")


@dataclass(frozen=True, slots=True)
class Parts:
    """A constructor's statements."""

    node: cst.FunctionDef
    docstring: Statements
    kept: Statements
    moved: Statements
    inner: cst.SimpleStatementLine | None
    """The statement among ``kept`` that calls the base class's constructor, if it was marked."""

    def constructor(self, body: Statements) -> cst.FunctionDef:
        """The constructor with another body."""
        return self.node.with_changes(body=_like(self.node.body, body, footer=not self.moved))

    def summary(self, text: str) -> Statements:
        """A docstring in the constructor's quotes, where it has one."""
        if not self.docstring:
            return ()
        quotes = "'''" if _code(self.docstring[0]).rstrip().endswith("'''") else '"""'
        return statements(f"{quotes}{text}{quotes}\n")

    def opener(self, name: str, body: Statements, takes: frozenset[str] | None, defaults: frozenset[str]) -> cst.FunctionDef:
        """A coroutine method with those of the constructor's parameters that it ``takes``, all if None, and of their
        default values ``defaults``."""
        suite = _like(self.node.body, _first_at_once(body), footer=bool(self.moved), header=False)
        made = self.node.with_changes(
            name=cst.Name(name),
            asynchronous=cst.Asynchronous(),
            params=_taken(self.node, f"async def {name}(", takes, defaults),
            body=suite,
        )
        return made if takes is None else _hanging_as_before(self.node, made)


def split_constructor(node: cst.FunctionDef, split: str, inner: str) -> Parts:
    """A constructor's statements before and behind the mark ``split``, and the one before the mark ``inner``."""
    body = list(body_of(node.body)) if not isinstance(node.body, cst.IndentedBlock) else list(node.body.body)
    docstring = tuple(body[:1]) if node.get_docstring(clean=False) is not None else ()
    body = body[len(docstring) :]
    kept: list[cst.BaseStatement] = []
    calls: cst.SimpleStatementLine | None = None
    for index, statement in enumerate(body):
        if _is_mark(statement, split):
            lines = leading_lines(statement)
            return Parts(node, docstring, tuple(kept), above(tuple(body[index + 1 :]), lines), calls)
        if _is_mark(statement, inner):
            calls = cst.ensure_type(kept[-1], cst.SimpleStatementLine)
        else:
            kept.append(statement)
    return Parts(node, docstring, tuple(kept), (), calls)


def _is_mark(statement: cst.BaseStatement, name: str) -> bool:
    return isinstance(statement, cst.If) and isinstance(statement.test, cst.Name) and statement.test.value == name


def _like(suite: cst.BaseSuite, body: Statements, *, footer: bool, header: bool = True) -> cst.IndentedBlock:
    """A block like a constructor's with other statements; ``footer``: with the comments at its end."""
    made = block(body or (line(cst.Pass()),))
    if isinstance(suite, cst.IndentedBlock):
        made = suite.with_changes(body=made.body, footer=suite.footer if footer else ())
        return made if header else made.with_changes(header=cst.TrailingWhitespace())
    return made


def _first_at_once(body: Statements) -> Statements:
    """The statements without blank lines above the first."""
    if not body:
        return body
    lines = list(leading_lines(body[0]))
    while lines and lines[0].comment is None:
        lines.pop(0)
    return (body[0].with_changes(leading_lines=lines), *body[1:])


@dataclass(frozen=True, slots=True)
class Factory:
    """What a factory is called and does."""

    name: str
    opener: str
    """The coroutine method that it awaits; empty: none."""
    made: str
    """How it makes the object: ``init``: with its arguments, ``plain``: without, ``new``: by ``__new__``."""
    returns: str
    """Its return annotation; empty: none."""
    takes: frozenset[str] | None
    """The parameters that it gives to that coroutine method; None: all."""


def factory_of(node: cst.FunctionDef, factory: Factory, docstring: Statements) -> cst.FunctionDef:
    """The class method that takes a constructor's place."""
    first, arguments = _passed(node.params)
    _, given = _passed(node.params, factory.takes)
    names = {argument.lstrip("*").partition("=")[0] for argument in arguments}
    cls = "cls" if "cls" not in names else "cls_"
    passed = ", ".join(arguments)
    made = {"init": f"{cls}({passed})", "plain": f"{cls}()", "new": f"{cls}.__new__({cls})"}[factory.made]
    if factory.opener:
        code = f"{first} = {made}\nawait {first}.{factory.opener}({', '.join(given)})\nreturn {first}\n"
    else:
        code = f"return {made}\n"
    returns = cst.Annotation(cst.parse_expression(factory.returns)) if factory.returns else None
    return node.with_changes(
        name=cst.Name(factory.name),
        decorators=[cst.Decorator(cst.Name("classmethod"))],
        asynchronous=cst.Asynchronous(),
        params=_below(node, _named(node.params, cls), f"async def {factory.name}("),
        returns=returns,
        body=cst.IndentedBlock((*docstring, *statements(code))),
    )


def overload_of(node: cst.FunctionDef, name: str, returns: str) -> cst.FunctionDef:
    """A signature of a constructor as one of the factory ``name``; of an annotated ``self``, the factory gives such an object."""
    first = (*node.params.posonly_params, *node.params.params)[0]
    given = first.annotation or cst.Annotation(cst.parse_expression(returns))
    return node.with_changes(
        name=cst.Name(name),
        decorators=[*node.decorators, cst.Decorator(cst.Name("classmethod"))],
        asynchronous=cst.Asynchronous(),
        params=_below(node, _named(node.params, "cls"), f"async def {name}("),
        returns=cst.Annotation(given.annotation),
    )


def _passed(params: cst.Parameters, takes: frozenset[str] | None = None) -> tuple[str, list[str]]:
    """The first parameter's name, and the arguments that hand the others on, or those of them that somebody takes."""
    first, *positional = [param.name.value for param in (*params.posonly_params, *params.params)]
    arguments = [(name, name) for name in positional]
    if isinstance(params.star_arg, cst.Param):
        arguments.append((params.star_arg.name.value, f"*{params.star_arg.name.value}"))
    arguments += [(param.name.value, f"{param.name.value}={param.name.value}") for param in params.kwonly_params]
    if params.star_kwarg is not None:
        arguments.append((params.star_kwarg.name.value, f"**{params.star_kwarg.name.value}"))
    return first, [text for name, text in arguments if takes is None or name in takes]


def _taken(node: cst.FunctionDef, head: str, takes: frozenset[str] | None, defaults: frozenset[str]) -> cst.Parameters:
    """Some of a constructor's parameters. Behind one with a default value the others keep theirs."""
    params = node.params
    if takes is None:
        return _below(node, params, head)
    first = (params.posonly_params or params.params)[0].name.value
    posonly = [_bare(one) for one in params.posonly_params if one.name.value in takes | {first}]
    others = [_bare(one) for one in params.params if one.name.value in takes | {first}]
    keeps = False
    for group in (posonly, others):
        for at, one in enumerate(group):
            keeps = keeps or one.name.value in defaults
            group[at] = one if keeps else _required(one)
    kwonly = [_bare(one) for one in params.kwonly_params if one.name.value in takes]
    kwonly = [one if one.name.value in defaults else _required(one) for one in kwonly]
    star: cst.Param | cst.ParamStar | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
    if isinstance(params.star_arg, cst.Param) and params.star_arg.name.value in takes:
        star = _bare(params.star_arg)
    elif kwonly:
        star = cst.ParamStar()
    rest = params.star_kwarg if params.star_kwarg and params.star_kwarg.name.value in takes else None
    return cst.Parameters(others, star, kwonly, _bare(rest) if rest else None, posonly)


def _hanging_as_before(old: cst.FunctionDef, made: cst.FunctionDef) -> cst.FunctionDef:
    """Parameters that had lines of their own, below the ``def``: all on its line if there is room, else as they were."""
    if not isinstance(old.whitespace_before_params, cst.ParenthesizedWhitespace):
        return made
    flat = made.with_changes(whitespace_before_params=cst.SimpleWhitespace(""), body=cst.SimpleStatementSuite([cst.Pass()]))
    if len(_code(flat).strip().partition("\n")[0]) + _INDENT <= _ROOM:
        return made.with_changes(whitespace_before_params=cst.SimpleWhitespace(""))
    before, after = old.params.params, made.params.params
    commas = [one.comma for one in before[:-1] if isinstance(one.comma, cst.Comma)]
    apart = all(isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace) for comma in commas)
    if not commas or not apart or len(after) < len(list(_all(made.params))) or len(before) < len(list(_all(old.params))):
        return made
    params = [one.with_changes(comma=commas[0]) for one in after[:-1]]
    params.append(after[-1].with_changes(comma=before[-1].comma, whitespace_after_param=before[-1].whitespace_after_param))
    return made.with_changes(params=made.params.with_changes(params=params))


def _all(params: cst.Parameters) -> Iterator[object]:
    yield from (*params.posonly_params, *params.params, *params.kwonly_params)
    yield from (one for one in (params.star_arg, params.star_kwarg) if isinstance(one, cst.Param | cst.ParamStar))


def _bare(param: cst.Param) -> cst.Param:
    """A parameter without the comma, the blanks and the lines around it."""
    return param.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_param=cst.SimpleWhitespace(""))


def _required(param: cst.Param) -> cst.Param:
    """A parameter without its default value."""
    return param.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT)


def on_one_line(argument: cst.Arg) -> cst.Arg:
    """An argument without the comma and the lines behind it."""
    return argument.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace(""))


def _named(params: cst.Parameters, first: str) -> cst.Parameters:
    """The parameters with another name for the first, which bears no annotation any more."""
    group = "posonly_params" if params.posonly_params else "params"
    head, *rest = getattr(params, group)
    return params.with_changes(**{group: [head.with_changes(name=cst.Name(first), annotation=None), *rest]})


def _below(node: cst.FunctionDef, params: cst.Parameters, head: str) -> cst.Parameters:
    """Parameters that stand below the first one stay below it, behind another head; those on lines of their own stay there.

    Where lines begin elsewhere, all come on one line: the rewriter folds what gets too long.
    """
    aligning = _Aligning(len(f"def {node.name.value}("), len(head))
    made = cst.ensure_type(params.visit(aligning), cst.Parameters)
    code = _code(params)
    hangs = isinstance(node.whitespace_before_params, cst.ParenthesizedWhitespace)
    if not aligning.others or hangs or any(mark in code for mark in ("#", "\\", '"""', "'''")):
        return made
    pasted = cst.ensure_type(cst.parse_statement(f"def f({re.sub(_FOLD, ' ', code)}): pass"), cst.FunctionDef)
    return pasted.params


def realigned(call: cst.Call, func: cst.BaseExpression, before: str = "") -> cst.Call:
    """A call of something else, with ``before`` in front: arguments on lines of their own stay below the first."""
    old, new = len(_code(call.func)) + 1, len(before) + len(_code(func)) + 1
    made = cst.ensure_type(call.visit(_Aligning(old, new)), cst.Call)
    return made.with_changes(func=func, lpar=(), rpar=())


def _code(node: cst.CSTNode) -> str:
    return cst.Module(()).code_for_node(node)


class _Aligning(cst.CSTTransformer):
    """Moves the lines that begin in one column to another."""

    def __init__(self, old: int, new: int) -> None:
        super().__init__()
        self.old, self.new = old, new
        self.others = 0
        """How many lines begin elsewhere."""

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        """The whitespace before a parameter."""
        if updated_node.indent and len(updated_node.last_line.value) == self.old:
            return updated_node.with_changes(last_line=cst.SimpleWhitespace(" " * self.new))
        self.others += 1
        return updated_node


__all__ = ["Factory", "Parts", "factory_of", "on_one_line", "realigned", "split_constructor"]
