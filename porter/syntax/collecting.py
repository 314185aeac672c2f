"""Collecting: comprehensions and loops made of generator expressions and of calls that take all elements; on libcst."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from porter.syntax.shapes import Statements, expression, line, parenthesised


def collected(node: cst.BaseExpression, name: str) -> cst.ListComp:
    """A list of the elements: a generator expression in brackets; of anything else, named ``name`` (``key, value``: pairs)."""
    if isinstance(node, cst.GeneratorExp):
        return cst.ListComp(
            node.elt,
            node.for_in,
            lbracket=cst.LeftSquareBracket(node.lpar[0].whitespace_after if node.lpar else cst.SimpleWhitespace("")),
            rbracket=cst.RightSquareBracket(node.rpar[-1].whitespace_before if node.rpar else cst.SimpleWhitespace("")),
            lpar=node.lpar[1:],
            rpar=node.rpar[1:],
        )
    element = f"({name})" if "," in name else name
    return cst.ensure_type(expression(f"[{element} async for {name} in {{it}}]", it=node), cst.ListComp)


def unwrapped(node: cst.BaseExpression, kind: str) -> cst.BaseExpression:
    """``list([...])``, ``set([...])``, ``dict([...])``, ``[*[...]]``, ``{*[...]}`` as the comprehension of that kind."""
    inner, before, behind = _inside(node)
    if not isinstance(inner, cst.ListComp) or inner.lpar:
        return node
    left = inner.lbracket.whitespace_after if not inner.lbracket.whitespace_after.empty else before
    right = inner.rbracket.whitespace_before if not inner.rbracket.whitespace_before.empty else behind
    around = {"lpar": node.lpar, "rpar": node.rpar}
    if kind == "list":
        return inner.with_changes(lbracket=cst.LeftSquareBracket(left), rbracket=cst.RightSquareBracket(right), **around)
    braces = {"lbrace": cst.LeftCurlyBrace(left), "rbrace": cst.RightCurlyBrace(right), **around}
    if kind == "set":
        return cst.SetComp(inner.elt, inner.for_in, **braces)  # type: ignore[arg-type]
    match inner.elt:
        case cst.Tuple(elements=[cst.Element(value=key), cst.Element(value=value)]):
            return cst.DictComp(key, value, inner.for_in, **braces)  # type: ignore[arg-type]
    return node


def _inside(
    node: cst.BaseExpression,
) -> tuple[cst.BaseExpression | None, cst.BaseParenthesizableWhitespace, cst.BaseParenthesizableWhitespace]:
    """What stands in a call or a display as its only element, and the space around it."""
    match node:
        case cst.Call(args=[cst.Arg(value=value) as argument]):
            behind = argument.whitespace_after_arg
            if isinstance(argument.comma, cst.Comma):
                behind = argument.comma.whitespace_after
            return value, node.whitespace_before_args, behind
        case cst.List(elements=[cst.StarredElement(value=value)]):
            return value, node.lbracket.whitespace_after, node.rbracket.whitespace_before
        case cst.Set(elements=[cst.StarredElement(value=value)]):
            return value, node.lbrace.whitespace_after, node.rbrace.whitespace_before
    return None, cst.SimpleWhitespace(""), cst.SimpleWhitespace("")


def mapped(node: cst.Call, kind: str, name: str, *, waits: bool, loops: bool) -> cst.ListComp:
    """``map(f, xs)`` or ``filter(f, xs)`` as a list; ``waits``: for ``f``, ``loops``: asynchronously over ``xs``."""
    function, iterable = node.args[0].value, node.args[1].value
    word = "async for" if loops else "for"
    if isinstance(function, cst.Lambda):
        return _inlined(function, kind, word, iterable)
    called = f"await {{f}}({name})" if waits else f"{{f}}({name})"
    if kind == "starmap":
        unpacked = f"await {{f}}(*{name})" if waits else f"{{f}}(*{name})"
        made = expression(f"[{unpacked} {word} {name} in {{it}}]", f=function, it=iterable)
    elif kind == "map":
        made = expression(f"[{called} {word} {name} in {{it}}]", f=function, it=iterable)
    elif isinstance(function, cst.Name) and function.value in ("None", "bool"):
        made = expression(f"[{name} {word} {name} in {{it}} if {name}]", it=iterable)
    else:
        made = expression(f"[{name} {word} {name} in {{it}} if {called}]", f=function, it=iterable)
    return cst.ensure_type(made, cst.ListComp)


def decorated(node: cst.Call, name: str, *, loops: bool, iterable: cst.BaseExpression | None = None) -> cst.Call:
    """``sorted(xs, key=f)``, or ``min`` or ``max``, of pairs of an awaited key and an element; ``default`` is paired, too."""
    given = [arg for arg in node.args if arg.keyword is None]
    words = {arg.keyword.value: arg for arg in node.args if arg.keyword is not None}
    key = words["key"].value
    if iterable is None and len(given) > 1:
        iterable = cst.Tuple([cst.Element(arg.value) for arg in given])
    source = iterable if iterable is not None else given[0].value
    word = "async for" if loops else "for"
    pairs = cst.ensure_type(expression(f"[(key, {name}) {word} {name} in {{it}}]", it=source), cst.ListComp)
    value = key.body if isinstance(key, cst.Lambda) else expression(f"await {{f}}({name})", f=key)
    pair = cst.ensure_type(pairs.elt, cst.Tuple)
    pair = pair.with_changes(elements=[pair.elements[0].with_changes(value=value), pair.elements[1]])
    words["key"] = words["key"].with_changes(value=expression("operator.itemgetter(0)"))
    if "default" in words:
        paired = expression("(None, {default})", default=words["default"].value)
        words["default"] = words["default"].with_changes(value=paired)
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return node.with_changes(args=[cst.Arg(pairs.with_changes(elt=pair), comma=comma), *words.values()])


def generated(made: cst.ListComp, *, bare: bool) -> cst.GeneratorExp:
    """The list's elements, made one by one; ``bare``: the only argument of a call, whose parentheses do."""
    around: dict[str, object] = {} if not bare else {"lpar": (), "rpar": ()}
    return cst.GeneratorExp(made.elt, made.for_in, **around)  # type: ignore[arg-type]


def rejected(made: cst.ListComp) -> cst.ListComp:
    """The list of those that the one condition of another leaves out."""
    return made.with_changes(for_in=made.for_in.with_changes(ifs=[cst.CompIf(_negated(made.for_in.ifs[0].test))]))


def _inlined(function: cst.Lambda, kind: str, word: str, iterable: cst.BaseExpression) -> cst.ListComp:
    """The body of a lambda where it was called: its parameter is the variable of the comprehension."""
    name = function.params.params[0].name.value
    condition = f" if {name}" if kind == "filter" else ""
    made = cst.ensure_type(expression(f"[{name} {word} {name} in {{it}}{condition}]", it=iterable), cst.ListComp)
    if kind == "map":
        return made.with_changes(elt=function.body)
    test = parenthesised(function.body) if isinstance(function.body, cst.IfExp) else function.body
    return made.with_changes(for_in=made.for_in.with_changes(ifs=[made.for_in.ifs[0].with_changes(test=test)]))


def first_found(node: cst.Call, kind: str, name: str) -> cst.Await:
    """``any(...)`` or ``all(...)`` as the wait for the first element that decides."""
    found, otherwise = ("True", "False") if kind == "any" else ("False", "True")
    argument = node.args[0].value
    if isinstance(argument, cst.GeneratorExp):
        test = argument.elt if kind == "any" else _negated(argument.elt)
        generator = argument.with_changes(elt=cst.Name(found), for_in=_with_condition(argument.for_in, test), lpar=(), rpar=())
    else:
        test = cst.Name(name) if kind == "any" else _negated(cst.Name(name))
        template = expression(f"({found} async for {name} in {{it}})", it=argument)
        generator = cst.ensure_type(template, cst.GeneratorExp)
        generator = generator.with_changes(for_in=_with_condition(generator.for_in, test))
    made = expression(f"await anext({{generator}}, {otherwise})", generator=parenthesised(generator))
    return cst.ensure_type(made.with_changes(lpar=node.lpar, rpar=node.rpar), cst.Await)


def first_equal(iterable: cst.BaseExpression, name: str, test: cst.BaseExpression) -> cst.Await:
    """The wait for the first element, called ``name``, that passes ``test``: True, or False when none does."""
    generator = cst.ensure_type(expression(f"(True async for {name} in {{it}})", it=iterable), cst.GeneratorExp)
    generator = generator.with_changes(for_in=_with_condition(generator.for_in, test))
    return cst.ensure_type(expression("await anext({generator}, False)", generator=generator), cst.Await)


def _with_condition(clause: cst.CompFor, test: cst.BaseExpression) -> cst.CompFor:
    """A condition more on the innermost clause."""
    if clause.inner_for_in is not None:
        return clause.with_changes(inner_for_in=_with_condition(clause.inner_for_in, test))
    if isinstance(test, cst.IfExp | cst.Lambda | cst.NamedExpr):
        test = parenthesised(test)
    return clause.with_changes(ifs=[*clause.ifs, cst.CompIf(test)])


def _negated(test: cst.BaseExpression) -> cst.BaseExpression:
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not) and not test.lpar:
        return test.expression
    loose = isinstance(test, cst.BooleanOperation | cst.IfExp | cst.Lambda | cst.NamedExpr)
    return cst.UnaryOperation(cst.Not(), parenthesised(test) if loose else test)


def loop_and_return(call: cst.Call, kind: str) -> Statements:
    """``return any(...)`` as the loop that returns at the first element that decides."""
    generator = cst.ensure_type(call.args[0].value, cst.GeneratorExp)
    clause = generator.for_in
    test = generator.elt if kind == "any" else _negated(generator.elt)
    found, otherwise = ("True", "False") if kind == "any" else ("False", "True")
    condition = conjunction([*(one.test for one in clause.ifs), test])
    body = cst.If(condition, cst.IndentedBlock([line(cst.Return(cst.Name(found)))]))
    loop = cst.For(clause.target, clause.iter, cst.IndentedBlock([body]), asynchronous=clause.asynchronous)
    return (loop, line(cst.Return(cst.Name(otherwise))))


def conjunction(tests: Sequence[cst.BaseExpression]) -> cst.BaseExpression:
    """The tests joined by ``and``."""
    first, *others = tests if len(tests) == 1 else [_as_operand(test) for test in tests]
    joined = first
    for other in others:
        joined = cst.BooleanOperation(joined, cst.And(), other)
    return joined


def _as_operand(test: cst.BaseExpression) -> cst.BaseExpression:
    is_or = isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.Or)
    loose = isinstance(test, cst.IfExp | cst.Lambda | cst.NamedExpr)
    return parenthesised(test) if is_or or loose else test
