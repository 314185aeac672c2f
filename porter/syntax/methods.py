"""Methods made from a constructor: its two halves, and the factory that runs both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from porter.syntax.shapes import Statements, above, block, body_of, leading_lines, line, statements

_WIDTH = 79
_STEP = 4
"""The columns by which a method's statements are indented, as a rule."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A constructor's statements."""

    node: cst.FunctionDef
    docstring: Statements
    kept: Statements
    moved: Statements
    inner: cst.SimpleStatementLine | None
    """The statement among ``kept`` that calls the base class's constructor, if it was marked."""
    column: int
    """The column of its ``def``."""

    def constructor(self, body: Statements) -> cst.FunctionDef:
        """The constructor with another body."""
        return self.node.with_changes(body=_like(self.node.body, body, footer=not self.moved))

    def opener(self, name: str, body: Statements) -> cst.FunctionDef:
        """A coroutine method with the constructor's parameters."""
        suite = _like(self.node.body, _first_at_once(body), footer=bool(self.moved), header=False)
        return self.node.with_changes(
            name=cst.Name(name),
            asynchronous=cst.Asynchronous(),
            params=_aligned(self.node, self.node.params, f"async def {name}(", self.column),
            body=suite,
        )


def split_constructor(node: cst.FunctionDef, split: str, inner: str, column: int) -> Parts:
    """A constructor's statements before and behind the mark ``split``, and the one before the mark ``inner``."""
    body = list(body_of(node.body)) if not isinstance(node.body, cst.IndentedBlock) else list(node.body.body)
    docstring = tuple(body[:1]) if node.get_docstring(clean=False) is not None else ()
    body = body[len(docstring) :]
    kept: list[cst.BaseStatement] = []
    calls: cst.SimpleStatementLine | None = None
    for index, statement in enumerate(body):
        if _is_mark(statement, split):
            lines = leading_lines(statement)
            return Parts(node, docstring, tuple(kept), above(tuple(body[index + 1 :]), lines), calls, column)
        if _is_mark(statement, inner):
            calls = cst.ensure_type(kept[-1], cst.SimpleStatementLine)
        else:
            kept.append(statement)
    return Parts(node, docstring, tuple(kept), (), calls, column)


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
    column: int
    """The column of its ``def``."""


def factory_of(node: cst.FunctionDef, factory: Factory, docstring: Statements) -> cst.FunctionDef:
    """The class method that takes a constructor's place."""
    first, arguments = _passed(node.params)
    names = {argument.lstrip("*").partition("=")[0] for argument in arguments}
    cls = "cls" if "cls" not in names else "cls_"
    made = {
        "init": _wrapped(f"{cls}(", arguments, len(f"{first} = "), factory.column),
        "plain": f"{cls}()",
        "new": f"{cls}.__new__({cls})",
    }[factory.made]
    if factory.opener:
        opened = _wrapped(f"{first}.{factory.opener}(", arguments, len("await "), factory.column)
        code = f"{first} = {made}\nawait {opened}\nreturn {first}\n"
    else:
        code = f"return {made}\n"
    params = _aligned(node, _named(node.params, cls), f"async def {factory.name}(", factory.column)
    returns = cst.Annotation(cst.parse_expression(factory.returns)) if factory.returns else None
    return node.with_changes(
        name=cst.Name(factory.name),
        decorators=[cst.Decorator(cst.Name("classmethod"))],
        asynchronous=cst.Asynchronous(),
        params=params,
        returns=returns,
        body=cst.IndentedBlock((*docstring, *statements(code))),
    )


def _passed(params: cst.Parameters) -> tuple[str, list[str]]:
    """The first parameter's name, and the arguments that hand the others on."""
    first, *positional = [param.name.value for param in (*params.posonly_params, *params.params)]
    arguments = positional
    if isinstance(params.star_arg, cst.Param):
        arguments.append(f"*{params.star_arg.name.value}")
    arguments += [f"{param.name.value}={param.name.value}" for param in params.kwonly_params]
    if params.star_kwarg is not None:
        arguments.append(f"**{params.star_kwarg.name.value}")
    return first, arguments


def _wrapped(head: str, arguments: Sequence[str], before: int, column: int) -> str:
    """A call, on several lines where one is too long."""
    text = f"{head}{', '.join(arguments)})"
    room = _WIDTH - column - _STEP - before
    return text if len(text) <= room else head + _filled([*arguments[:-1], arguments[-1] + ")"], len(head), room, before)


def _filled(parts: Sequence[str], head: int, room: int, before: int = 0) -> str:
    """Parts in lines of ``room`` columns at most, each below the first, which stands behind ``head`` columns."""
    lines: list[str] = []
    for part in parts:
        if lines and head + len(lines[-1]) + 2 + len(part) < room:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return f",\n{' ' * (before + head)}".join(lines)


def _named(params: cst.Parameters, first: str) -> cst.Parameters:
    """The parameters with another name for the first, which bears no annotation any more."""
    group = "posonly_params" if params.posonly_params else "params"
    head, *rest = getattr(params, group)
    return params.with_changes(**{group: [head.with_changes(name=cst.Name(first), annotation=None), *rest]})


def _aligned(node: cst.FunctionDef, params: cst.Parameters, head: str, column: int) -> cst.Parameters:
    """Parameters on lines of their own, below the first one, stay below it; in new lines where one gets too long."""
    made = cst.ensure_type(params.visit(_Aligning(len(f"def {node.name.value}("), len(head))), cst.Parameters)
    room = _WIDTH - column
    before, after = f"def {node.name.value}({_code(node.params)}):", _code(made)
    fitted = max(map(len, before.split("\n"))) <= room
    if not fitted or max(map(len, f"{head}{after}):".split("\n"))) <= room or after.startswith("\n"):
        return made
    if any(mark in after for mark in ("#", "\\", '"""', "'''")):
        return made
    filled = _filled(_parts(" ".join(after.split())), len(head), room)
    pasted = cst.ensure_type(cst.parse_statement(f"{head}{filled}): pass"), cst.FunctionDef)
    return pasted.params


def realigned(call: cst.Call, func: cst.BaseExpression, before: str = "") -> cst.Call:
    """A call of something else, with ``before`` in front: arguments on lines of their own stay below the first."""
    old, new = len(_code(call.func)) + 1, len(before) + len(_code(func)) + 1
    made = cst.ensure_type(call.visit(_Aligning(old, new)), cst.Call)
    return made.with_changes(func=func, lpar=(), rpar=())


def _code(node: cst.CSTNode) -> str:
    return cst.Module(()).code_for_node(node)


def _parts(code: str) -> list[str]:
    """What the commas on the top level of ``code`` separate."""
    found: list[str] = []
    depth = start = 0
    for index, character in enumerate(code):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            found.append(code[start:index].strip())
            start = index + 1
    return [*found, code[start:].strip()] if code[start:].strip() else found


class _Aligning(cst.CSTTransformer):
    """Moves the lines that begin in one column to another."""

    def __init__(self, old: int, new: int) -> None:
        super().__init__()
        self.old, self.new = old, new

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        """The whitespace before a parameter."""
        if updated_node.indent and len(updated_node.last_line.value) == self.old:
            return updated_node.with_changes(last_line=cst.SimpleWhitespace(" " * self.new))
        return updated_node


__all__ = ["Factory", "Parts", "factory_of", "realigned", "split_constructor"]
