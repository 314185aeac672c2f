"""What becomes of the calls that make, start and join a thread; on libcst."""

from __future__ import annotations

import libcst as cst

from porter.idioms.idiom import Edit
from porter.syntax.shapes import Statements, argument, awaited, body_of, call, keyword, statements


def task_made(node: cst.Call, edit: Edit) -> cst.Call:
    """``asyncio.create_task(target(*args))`` for ``Thread(target=..., args=...)``."""
    target = argument(node, 1, "target")
    assert target is not None
    target = cst.Name(str(edit.data["coroutine"])) if edit.data["coroutine"] else target
    given = argument(node, 3, "args")
    kwargs = argument(node, 4, "kwargs")
    arguments = [*_positional(given, dict(edit.data["pairs"])), *_keywords(kwargs)]  # type: ignore[call-overload]
    if edit.data["ready"]:
        arguments.append(cst.Arg(cst.Name(str(edit.data["ready"]))))
    name = argument(node, 2, "name")
    named = [keyword("name", name)] if name is not None else []
    return call("asyncio.create_task", _coroutine(target, arguments), *named).with_changes(lpar=node.lpar, rpar=node.rpar)


def _coroutine(target: cst.BaseExpression, arguments: list[cst.Arg]) -> cst.BaseExpression:
    """The call that the thread would have made; a lambda's body, a partial's call, without the detour."""
    if isinstance(target, cst.Lambda) and not arguments and not target.params.params:
        body = target.body  # what waits in it, the task awaits
        return body.expression if isinstance(body, cst.Await) else body
    if isinstance(target, cst.Call) and _is_partial(target.func) and target.args and not target.args[0].star:
        function, *first = target.args
        return call(function.value, *_in_order([*(_plain(arg) for arg in first), *arguments]))
    return call(target, *_in_order(arguments))


def _in_order(arguments: list[cst.Arg]) -> list[cst.Arg]:
    """Positional arguments first."""
    return sorted(arguments, key=lambda arg: arg.keyword is not None or arg.star == "**")


def _is_partial(node: cst.BaseExpression) -> bool:
    match node:
        case cst.Name(value="partial") | cst.Attribute(attr=cst.Name(value="partial")):
            return True
    return False


def _plain(arg: cst.Arg) -> cst.Arg:
    return arg.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace(""))


def _positional(given: cst.BaseExpression | None, pairs: dict[str, tuple[str, ...]]) -> list[cst.Arg]:
    if given is None:
        return []
    if not isinstance(given, (cst.Tuple, cst.List)):
        return [cst.Arg(given, star="*")]
    arguments: list[cst.Arg] = []
    for element in given.elements:
        value = element.value
        if isinstance(value, cst.Name) and value.value in pairs:
            arguments.extend(cst.Arg(cst.Name(name)) for name in pairs[value.value])
        else:
            arguments.append(cst.Arg(value, star="*" if isinstance(element, cst.StarredElement) else ""))
    return arguments


def _keywords(kwargs: cst.BaseExpression | None) -> list[cst.Arg]:
    if kwargs is None:
        return []
    if isinstance(kwargs, cst.Dict):
        found = []
        for element in kwargs.elements:
            match element:
                case cst.DictElement(key=cst.SimpleString() as key, value=value):
                    found.append(keyword(str(key.evaluated_value), value))
                case _:
                    return [cst.Arg(kwargs, star="**")]
        return found
    match kwargs:
        case cst.Call(func=cst.Name(value="dict"), args=args):
            return [_plain(arg) for arg in args]
    return [cst.Arg(kwargs, star="**")]


def task_statement(node: cst.Expr, edit: Edit) -> Statements:
    """``Thread(...).start()`` as an assignment, with what goes before and after."""
    start = cst.ensure_type(node.value, cst.Call)
    made = cst.ensure_type(cst.ensure_type(start.func, cst.Attribute).value, cst.Call)
    task = task_made(made, edit)
    before, after = str(edit.data["before"]), str(edit.data["after"])
    assigned = statements(f"{edit.data['name']} = {{task}}", task=task)
    return (*(statements(before) if before else ()), *assigned, *(statements(after) if after else ()))


def joined(node: cst.Call, parens: bool) -> cst.BaseExpression:
    """``await asyncio.wait([task])``, with the timeout that join had."""
    receiver = cst.ensure_type(node.func, cst.Attribute).value
    timeout = argument(node, 0, "timeout")
    extra = [keyword("timeout", timeout)] if timeout is not None else []
    waiting = call("asyncio.wait", cst.List([cst.Element(receiver)]), *extra)
    return awaited(waiting, parens=parens)


def without_base(node: cst.ClassDef, base: str) -> cst.ClassDef:
    """A class without the base that is spelt ``base``."""
    text = cst.Module([]).code_for_node
    bases = [arg for arg in node.bases if text(arg.value) != base]
    if bases:
        bases[-1] = bases[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return node.with_changes(bases=bases)
    return node.with_changes(bases=(), lpar=cst.MaybeSentinel.DEFAULT, rpar=cst.MaybeSentinel.DEFAULT)


def methods_made(methods: object) -> Statements:
    """Methods, each behind a blank line."""
    assert isinstance(methods, tuple)
    made: list[cst.BaseStatement] = []
    for method in methods:
        for statement in statements(str(method)):
            made.append(statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)]))
    return tuple(made)


def with_finally(node: cst.FunctionDef | cst.With, edit: Edit) -> cst.FunctionDef | cst.With:
    """The last statements of a block inside ``try``, what ends the task in ``finally``."""
    tail = edit.data["tail"]
    assert isinstance(tail, int)
    body = list(body_of(node.body))
    at = max(0, len(body) - tail)
    head, rest = body[:at], body[at:]
    tried = cst.Try(cst.IndentedBlock(rest), finalbody=cst.Finally(cst.IndentedBlock(statements(str(edit.data["code"])))))
    return node.with_changes(body=cst.IndentedBlock([*head, tried]))


def with_space(made: Statements, first: bool) -> Statements:
    """A function with an empty line above it, unless it is the first statement of its block, and below it."""
    blank = [cst.EmptyLine(indent=False)]
    function = cst.ensure_type(made[0], cst.FunctionDef)
    body = cst.ensure_type(function.body, cst.IndentedBlock).with_changes(footer=blank)
    return (function.with_changes(leading_lines=[] if first else blank, body=body),)
