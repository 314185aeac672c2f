"""Expressions to constraint nodes: one small function per kind of expression."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from porter.inference import calls, entering, indexing, iterating, members, narrowing, texts
from porter.inference.graph import Node, watching
from porter.inference.state import Frame, State
from porter.inference.values import Arguments, Constant, Container, External, ExternalInstance, Slot, Value


def evaluate(state: State, node: ast.expr, frame: Frame) -> Node:
    """The node of what ``node`` may be in ``frame``. Each expression is evaluated once per frame."""
    found = frame.exprs.get(node)
    if found is None:
        handler = _HANDLERS.get(type(node))
        if handler is None:
            return state.nothing
        found = handler(state, node, frame)
        if not isinstance(node, (ast.Name, ast.Constant)):
            frame.exprs[node] = found
    return found


def lookup(state: State, name: str, frame: Frame) -> Node:
    """The node of a variable, by Python's scope rules."""
    owner = frame.scope.binding(name)
    if owner is None:
        return _builtin(state, name, frame)
    at: Frame | None = frame
    while at is not None and at.scope is not owner:
        at = at.outer
    if at is None:
        at = state.module_frames[frame.module.name]
    return at.var(name)


def _builtin(state: State, name: str, frame: Frame) -> Node:
    module = state.module_frames[frame.module.name]
    if name in module.vars:  # from a star import
        return module.vars[name]
    if module.module in state.program.starred:
        found = state.program.resolve_name(name, module.scope)
        if isinstance(found, External) and not found.name.startswith("builtins."):
            state.graph.add(module.var(name), found)
            return module.vars[name]
    if name in ("__name__", "__file__", "__doc__", "__qualname__"):
        return state.typed("builtins.str")
    return state.graph.seed([state.external(f"builtins.{name}")])


def _name(state: State, node: ast.Name, frame: Frame) -> Node:
    if frame.narrowed and node.id in frame.narrowed:
        frame.exprs[node] = frame.narrowed[node.id]  # what it is here is less than what the variable is
        return frame.narrowed[node.id]
    if frame.latest and node.id in frame.latest:
        return frame.latest[node.id]
    if frame.scope.kind == "class" and node.id in frame.scope.bound and frame.outer is not None:
        first = frame.scope.first.get(node.id)
        if first is not None and node.lineno < first:
            return lookup(state, node.id, _around_classes(frame.outer))
    return lookup(state, node.id, frame)


def _around_classes(frame: Frame) -> Frame:
    """The frame whose names a class body sees that has not bound one itself yet."""
    while frame.scope.kind == "class" and frame.outer is not None:
        frame = frame.outer
    return frame


def _constant(state: State, node: ast.Constant, frame: Frame) -> Node:
    value = node.value
    if isinstance(value, str):
        if len(value) <= 40:
            result = Node()
            state.graph.add(result, state.constant(value))
            return result
        return state.typed("builtins.str")
    if value is None:
        return state.typed("types.NoneType")
    return state.typed(f"builtins.{type(value).__name__}")


def _attribute(state: State, node: ast.Attribute, frame: Frame) -> Node:
    base = evaluate(state, node.value, frame)
    result = Node()
    attr = members.mangled(node.attr, frame)
    state.graph.watch(base, lambda value: members.load(state, value, attr, result, node, frame))
    return result


def _call(state: State, node: ast.Call, frame: Frame) -> Node:
    function = evaluate(state, node.func, frame)
    arguments = Arguments()
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            spread = evaluate(state, argument.value, frame)
            elements(state, spread, Node(), argument, frame)
            arguments.star.append(spread)
        elif arguments.star:
            arguments.star.append(one_element(state, evaluate(state, argument, frame), node, argument))
        else:
            arguments.positional.append(evaluate(state, argument, frame))
    for keyword in node.keywords:
        value = evaluate(state, keyword.value, frame)
        if keyword.arg is None:
            arguments.double_star.append(value)
        else:
            arguments.keywords[keyword.arg] = value
    result = Node()
    call = calls.Call(state, node, frame, arguments, result)
    state.graph.watch(function, call.apply)
    return result


def one_element(state: State, node: Node, site: ast.AST, key: object) -> Node:
    """A node with a tuple of unknown length that holds ``node``'s values."""
    container = state.container("builtins.tuple", (site, key))
    state.graph.flow(node, state.slot(container, None))
    return state.graph.seed([container])


def _binop(state: State, node: ast.BinOp, frame: Frame) -> Node:
    left, right = evaluate(state, node.left, frame), evaluate(state, node.right, frame)
    result = Node()
    text = texts.built(state, node)
    if isinstance(node.op, ast.Mod) and isinstance(node.left, (ast.Constant, ast.JoinedStr)):
        return state.graph.seed([text]) if text is not None else state.typed("builtins.str")
    if text is not None:
        state.graph.watch(left, lambda value: entering.own_operator(state, value, node, result, frame))
        state.graph.add(result, text)
        return result
    if isinstance(node.op, ast.Add) and _is_fixed(node.left):
        state.graph.watch(left, lambda value: entering.own_operator(state, value, node, result, frame))
        state.graph.add(result, _after(state, node, left, right))
        return result
    state.graph.watch(left, lambda value: entering.operator(state, value, node, result, frame))
    state.graph.watch(right, lambda value: _right_operand(state, value, result))
    return result


def _is_fixed(node: ast.expr) -> bool:
    """Whether an expression is a tuple that is written out, so that its length is known."""
    return isinstance(node, ast.Tuple) and not any(isinstance(item, ast.Starred) for item in node.elts)


def _after(state: State, node: ast.BinOp, left: Node, right: Node) -> Value:
    """``(a, b) + rest``: what stands in ``rest`` comes two places later."""
    assert isinstance(node.left, ast.Tuple)
    joined, length = state.container("builtins.tuple", node), len(node.left.elts)

    def put(key: Slot, item: Node, offset: int) -> None:
        known = isinstance(key, int) and key + offset < calls.POSITIONS
        if isinstance(key, int) or key is None:
            state.graph.flow(item, state.slot(joined, key + offset if known else None))  # type: ignore[operator]

    def take(value: Value, offset: int) -> None:
        if isinstance(value, Container):
            state.watch_slots(value, lambda key, item: put(key, item, offset))

    state.graph.watch(left, lambda value: take(value, 0))
    state.graph.watch(right, lambda value: take(value, length))
    return joined


def _right_operand(state: State, value: Value, result: Node) -> None:
    """``[] + xs`` and ``1 + x``: what the right side is, the result may be."""
    if isinstance(value, (Container, ExternalInstance)):
        state.graph.add(result, value)
    elif isinstance(value, Constant):
        state.graph.add(result, state.external_instance("builtins.str"))


def _boolop(state: State, node: ast.BoolOp, frame: Frame) -> Node:
    result = Node()
    for value in narrowing.in_turn(state, node, frame, evaluate):
        state.graph.flow(value, result)
    return result


def _ifexp(state: State, node: ast.IfExp, frame: Frame) -> Node:
    evaluate(state, node.test, frame)
    result = Node()
    before = frame.narrowed
    for part, narrowed in zip((node.body, node.orelse), narrowing.outcomes(state, node.test, frame), strict=True):
        frame.narrowed = narrowing.under(frame, narrowed)
        state.graph.flow(evaluate(state, part, frame), result)
        frame.narrowed = before
    return result


def _compare(state: State, node: ast.Compare, frame: Frame) -> Node:
    left = evaluate(state, node.left, frame)
    for operator, comparator in zip(node.ops, node.comparators, strict=False):
        right = evaluate(state, comparator, frame)
        if isinstance(operator, (ast.In, ast.NotIn)):
            state.graph.watch(
                right,
                watching(lambda value, item, at: iterating.contains(state, value, item, at, frame), left, comparator),
            )
        left = right
    return state.typed("builtins.bool")


def _unary(state: State, node: ast.UnaryOp, frame: Frame) -> Node:
    operand = evaluate(state, node.operand, frame)
    return state.typed("builtins.bool") if isinstance(node.op, ast.Not) else operand


def _joined(state: State, node: ast.JoinedStr, frame: Frame) -> Node:
    for part in node.values:
        evaluate(state, part, frame)
    text = texts.built(state, node)
    return state.graph.seed([text]) if text is not None else state.typed("builtins.str")


def _formatted(state: State, node: ast.FormattedValue, frame: Frame) -> Node:
    evaluate(state, node.value, frame)
    if node.format_spec is not None:
        evaluate(state, node.format_spec, frame)
    return state.typed("builtins.str")


def _sequence(cls: str) -> Callable[[State, Any, Frame], Node]:
    def build(state: State, node: ast.Tuple | ast.List | ast.Set, frame: Frame) -> Node:
        container = state.container(cls, node)
        exact = cls == "builtins.tuple"
        for position, item in enumerate(node.elts):
            if isinstance(item, ast.Starred):
                exact = False
                elements(state, evaluate(state, item.value, frame), state.slot(container, None), item, frame)
            else:
                key = position if exact else None
                state.graph.flow(evaluate(state, item, frame), state.slot(container, key))
        return state.graph.seed([container])

    return build


def _dict(state: State, node: ast.Dict, frame: Frame) -> Node:
    container = state.container("builtins.dict", node)
    for key, item in zip(node.keys, node.values, strict=False):
        value = evaluate(state, item, frame)
        if key is None:
            state.graph.watch(value, lambda other: _merge_dict(state, other, container))
            continue
        evaluate(state, key, frame)
        constant = key.value if isinstance(key, ast.Constant) and isinstance(key.value, (str, int)) else None
        state.graph.flow(value, state.slot(container, constant))
    return state.graph.seed([container])


def _merge_dict(state: State, other: Value, target: Value) -> None:
    if isinstance(other, Container) and state.once("merge", other, target):
        state.watch_slots(other, lambda key, node: state.graph.flow(node, state.slot(target, key)))


def _subscript(state: State, node: ast.Subscript, frame: Frame) -> Node:
    base = evaluate(state, node.value, frame)
    evaluate(state, node.slice, frame)
    if _is_this_module(state, node, frame):
        return state.graph.seed([state.program.module_values[frame.module.name]])
    result = Node()
    state.graph.watch(base, lambda value: indexing.subscript(state, value, node, result, frame))
    return result


def _is_this_module(state: State, node: ast.Subscript, frame: Frame) -> bool:
    """Whether an expression is ``sys.modules[__name__]``."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=ast.expr() as sys, attr="modules"), slice=ast.Name(id="__name__")):
            found = state.program.resolve(sys, frame.scope)
            return isinstance(found, External) and found.name == "sys"
    return False


def _slice(state: State, node: ast.Slice, frame: Frame) -> Node:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            evaluate(state, part, frame)
    return state.nothing


def _lambda(state: State, node: ast.Lambda, frame: Frame) -> Node:
    from porter.inference import bodies

    return state.graph.seed([bodies.define(state, node, frame)])


def _comprehension(cls: str) -> Callable[[State, Any, Frame], Node]:
    def build(state: State, node: Any, frame: Frame) -> Node:
        inner = Frame(frame.module.facts.scopes[node], frame.module, frame, function=frame.function)
        if frame.narrowed:
            inner.narrowed = {name: kept for name, kept in frame.narrowed.items() if name not in inner.scope.bound}
        if frame.latest and not isinstance(node, ast.GeneratorExp):
            inner.latest = {name: kept for name, kept in frame.latest.items() if name not in inner.scope.bound}
        state.frames.setdefault(inner.scope, []).append(inner)
        for position, generator in enumerate(node.generators):
            iterable = evaluate(state, generator.iter, frame if position == 0 else inner)
            element = Node()
            elements(state, iterable, element, generator.iter, frame if position == 0 else inner)
            assign(state, generator.target, element, inner)
            for condition in generator.ifs:
                evaluate(state, condition, inner)
        is_clone = frame.function is not None and state.frames.get(frame.scope, [frame])[0] is not frame
        container = state.container(cls, (node, frame) if is_clone else node)
        if isinstance(node, ast.DictComp):
            state.graph.flow(evaluate(state, node.key, inner), state.slot(container, "\0key"))
            state.graph.flow(evaluate(state, node.value, inner), state.slot(container, None))
        else:
            state.graph.flow(evaluate(state, node.elt, inner), state.slot(container, None))
        return state.graph.seed([container])

    return build


def _named(state: State, node: ast.NamedExpr, frame: Frame) -> Node:
    value = evaluate(state, node.value, frame)
    owner = frame
    while owner.scope.kind == "comprehension" and owner.outer is not None:
        owner = owner.outer
    state.graph.flow(value, lookup(state, node.target.id, owner))
    return value


def _starred(state: State, node: ast.Starred, frame: Frame) -> Node:
    return evaluate(state, node.value, frame)


def _await(state: State, node: ast.Await, frame: Frame) -> Node:
    return evaluate(state, node.value, frame)


def _yield(state: State, node: ast.Yield, frame: Frame) -> Node:
    owner = _function_frame(frame)
    if node.value is not None:
        state.graph.flow(evaluate(state, node.value, frame), owner.yielded)
    return owner.sent


def _yield_from(state: State, node: ast.YieldFrom, frame: Frame) -> Node:
    owner = _function_frame(frame)
    source = evaluate(state, node.value, frame)
    elements(state, source, owner.yielded, node, frame)
    result = Node()
    state.graph.watch(source, lambda value: iterating.generator_result(state, value, result))
    return result


def _function_frame(frame: Frame) -> Frame:
    while frame.scope.kind == "comprehension" and frame.outer is not None:
        frame = frame.outer
    return frame


def elements(state: State, iterable: Node, target: Node, site: ast.AST, frame: Frame) -> None:
    """Let ``target`` have what iterating over ``iterable`` at ``site`` gives."""
    state.graph.watch(iterable, lambda value: iterating.iterate(state, value, target, site, frame))


def assign(state: State, target: ast.expr, value: Node, frame: Frame) -> None:
    """``target = value``: names, attributes, items and unpacking."""
    match target:
        case ast.Name(id=name):
            state.graph.flow(value, lookup(state, name, frame))
        case ast.Attribute():
            base = evaluate(state, target.value, frame)
            attr = members.mangled(target.attr, frame)
            state.graph.watch(base, lambda owner: members.store(state, owner, attr, value, target, frame))
        case ast.Subscript():
            base = evaluate(state, target.value, frame)
            evaluate(state, target.slice, frame)
            state.graph.watch(base, lambda owner: indexing.store_item(state, owner, target, value, frame))
        case ast.Starred():
            container = state.container("builtins.list", (target, frame))
            state.graph.flow(value, state.slot(container, None))
            assign(state, target.value, state.graph.seed([container]), frame)
        case ast.Tuple() | ast.List():
            _unpack(state, target, value, frame)


def _unpack(state: State, target: ast.Tuple | ast.List, value: Node, frame: Frame) -> None:
    starred = next((n for n, item in enumerate(target.elts) if isinstance(item, ast.Starred)), len(target.elts))
    for position, item in enumerate(target.elts):
        part = Node()
        after = len(target.elts) - position - 1
        if position == starred:
            rest = watching(
                lambda owner, n, m, p: indexing.unpack_rest(state, owner, n, m, p, target, frame), position, after, part
            )
            state.graph.watch(value, rest)
        else:
            index = position if position < starred else -after - 1
            take = watching(lambda owner, i, p: indexing.unpack(state, owner, i, p, target, frame), index, part)
            state.graph.watch(value, take)
        assign(state, item, part, frame)


_HANDLERS: dict[type[ast.expr], Any] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.BinOp: _binop,
    ast.BoolOp: _boolop,
    ast.IfExp: _ifexp,
    ast.Compare: _compare,
    ast.UnaryOp: _unary,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.Tuple: _sequence("builtins.tuple"),
    ast.List: _sequence("builtins.list"),
    ast.Set: _sequence("builtins.set"),
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension("builtins.list"),
    ast.SetComp: _comprehension("builtins.set"),
    ast.GeneratorExp: _comprehension("types.GeneratorType"),
    ast.DictComp: _comprehension("builtins.dict"),
    ast.NamedExpr: _named,
    ast.Starred: _starred,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
