"""Statements and definitions to constraints: a frame's body is evaluated once."""

from __future__ import annotations

import ast
from typing import Any

from porter.facts.model import Scope
from porter.inference import decorators, entering, handled, indexing, members, narrowing, records, straight
from porter.inference.expressions import assign, elements, evaluate, lookup
from porter.inference.graph import Node, watching
from porter.inference.state import Frame, State
from porter.inference.values import ClassValue, Constant, Container, ExternalInstance, FunctionValue, Value
from porter.inference.wrappers import note_wrapper

_CLONES = 64
_DEPTH = 6


def run_module(state: State, frame: Frame) -> None:
    """Constraints of a module's top level."""
    assert isinstance(frame.scope.node, ast.Module)
    _block(state, frame.scope.node.body, frame)


def _block(state: State, statements: list[ast.stmt], frame: Frame, narrowed: narrowing.Narrowed | None = None) -> None:
    """The constraints of a suite, under what the test before it has narrowed."""
    before, latest = frame.narrowed, frame.latest
    if narrowed:
        frame.narrowed = narrowing.under(frame, narrowed)
    for statement in statements:
        handler = _STATEMENTS.get(type(statement))
        if handler is not None:
            straight.before(state, statement, frame)
            straight.after(state, statement, frame, handler(state, statement, frame))
    frame.narrowed, frame.latest = before, latest


# --- functions -----------------------------------------------------------------------------------------------------


def define(state: State, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame) -> FunctionValue:
    """The function value of a ``def`` or ``lambda`` evaluated in ``frame``; its body is queued."""
    scope = frame.module.facts.scopes[node]
    key = (FunctionValue, scope, frame)
    value = state.intern(key, lambda: FunctionValue(scope, frame.module.name, frame, owner=frame.owner))
    assert isinstance(value, FunctionValue)
    if state.once("default", value):
        inner = frame_for(state, value, None)
        arguments = node.args
        for arg, default in zip(reversed((*arguments.posonlyargs, *arguments.args)), reversed(arguments.defaults), strict=False):
            state.graph.flow(evaluate(state, default, frame), inner.given(arg.arg))
        for arg, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=False):
            if keyword_default is not None:
                state.graph.flow(evaluate(state, keyword_default, frame), inner.given(arg.arg))
    return value


def frame_for(state: State, function: FunctionValue, site: object, apart: object = None) -> Frame:
    """The frame that a call at ``site`` runs in: one for all, except for functions that make closures.

    ``apart`` tells calls of any function apart, wherever they stand.
    """
    key = apart
    if key is None and site is not None and _makes_closures(function.scope) and _depth(function.outer) < _DEPTH:
        key = site
    made = function.scope, function.outer, key  # whatever decorates it: a static method and its function are one
    frame = state.clones.get(made)
    if frame is not None:
        return frame
    if key is not None and len(state.frames.get(function.scope, ())) >= _CLONES:
        return frame_for(state, function, None)
    frame = Frame(function.scope, state.program.module_for(function.scope), function.outer, function=function)
    straight.enter(state, frame)
    state.clones[made] = frame
    state.frames.setdefault(function.scope, []).append(frame)
    if key is not None:
        default = frame_for(state, function, None)
        for name in _defaulted(function.scope):
            state.graph.flow(default.given(name), frame.given(name))
    created = frame
    state.todo.append(lambda: _run_function(state, created))
    return frame


def _makes_closures(scope: Scope) -> bool:
    if any(child.kind == "class" for child in scope.children):
        return False  # there is one value for a class, which would close over the first of the frames
    return any(_has_function(child) for child in scope.children)


def _has_function(scope: Scope) -> bool:
    return scope.kind in ("function", "lambda") or any(_has_function(child) for child in scope.children)


def _depth(frame: Frame | None) -> int:
    depth = 0
    while frame is not None:
        depth, frame = depth + 1, frame.outer
    return depth


def _defaulted(scope: Scope) -> list[str]:
    node = scope.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    positional = [*node.args.posonlyargs, *node.args.args]
    named = positional[len(positional) - len(node.args.defaults) :]
    named += [arg for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=False) if default is not None]
    return [arg.arg for arg in named]


def _run_function(state: State, frame: Frame) -> None:
    node = frame.scope.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    function = frame.function
    if node.args.vararg is not None:
        state.graph.add(frame.given(node.args.vararg.arg), state.container("builtins.tuple", (frame, "args")))
    if node.args.kwarg is not None:
        state.graph.add(frame.given(node.args.kwarg.arg), state.container("builtins.dict", (frame, "kwargs")))
    if function is not None and function.owner is not None and not isinstance(node, ast.Lambda):
        _seed_self(state, frame, function, function.owner, node)
    if isinstance(node, ast.Lambda):
        state.graph.flow(evaluate(state, node.body, frame), frame.result)
    else:
        frame.latest = frame.entries
        _block(state, node.body, frame)


def _seed_self(state: State, frame: Frame, function: FunctionValue, owner: ClassValue, node: Any) -> None:
    """The first parameter of a method may be an object of the class or of any of its subclasses."""
    parameters = [*node.args.posonlyargs, *node.args.args]
    kind = decorators.decorated_kind(state, function)
    if not parameters or kind == "staticmethod":
        return
    target = frame.given(parameters[0].arg)
    for cls in state.program.descendants(owner):
        of_class = kind == "classmethod" or function.scope.name in ("__new__", "__init_subclass__", "__class_getitem__")
        state.graph.add(target, cls if of_class else state.instance(cls))
    handled.give(state, frame, owner, node)


def _function(state: State, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    value: Node = state.graph.seed([define(state, node, frame)])
    for decorator in reversed(node.decorator_list):
        value = decorators.decorate(state, decorator, value, frame)
        state.graph.watch(value, watching(note_wrapper, state, frame.module.facts.scopes[node]))
    state.graph.flow(value, lookup(state, node.name, frame))


def _class(state: State, node: ast.ClassDef, frame: Frame) -> None:
    scope = frame.module.facts.scopes[node]
    cls = state.program.classes[scope]
    inner = state.class_frames.get(cls)
    if inner is None:
        inner = Frame(scope, frame.module, frame, function=frame.function, owner=cls)
        state.class_frames[cls] = inner
        for part in (*node.bases, *(keyword.value for keyword in node.keywords)):
            evaluate(state, part, frame)
        _block(state, node.body, inner)
        if members.is_enumeration(cls):
            for name in members.member_names(cls):
                state.graph.flow(inner.var(name), state.field(state.instance(cls), "value"))
    value = state.graph.seed([cls])
    for decorator in reversed(node.decorator_list):
        value = decorators.decorate(state, decorator, value, frame)
    state.graph.flow(value, lookup(state, node.name, frame))


# --- statements ----------------------------------------------------------------------------------------------------


def _assign(state: State, node: ast.Assign, frame: Frame) -> Node:
    value = evaluate(state, node.value, frame)
    for target in node.targets:
        assign(state, target, value, frame)
    return value


def _annotated(state: State, node: ast.AnnAssign, frame: Frame) -> None:
    if node.value is None:
        if isinstance(node.target, ast.Attribute):
            evaluate(state, node.target.value, frame)
            state.declared.append((node.target, node.annotation, frame))
        return
    value = Node()
    state.graph.flow(evaluate(state, node.value, frame), value)
    state.hints.append((value, node.annotation, frame.scope))
    assign(state, node.target, value, frame)


def _augmented(state: State, node: ast.AugAssign, frame: Frame) -> None:
    value = evaluate(state, node.value, frame)
    if isinstance(node.target, ast.Name):
        state.graph.flow(value, lookup(state, node.target.id, frame))
    else:
        evaluate(state, node.target, frame)
        added = Node()
        state.graph.watch(value, lambda one: state.graph.add(added, one) if isinstance(one, Container) else None)
        assign(state, node.target, added, frame)


def _expression(state: State, node: ast.Expr, frame: Frame) -> None:
    evaluate(state, node.value, frame)


def _return(state: State, node: ast.Return, frame: Frame) -> None:
    if node.value is not None:
        state.graph.flow(evaluate(state, node.value, frame), frame.result)


def _for(state: State, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
    element = Node()
    elements(state, evaluate(state, node.iter, frame), element, node.iter, frame)
    assign(state, node.target, element, frame)
    _block(state, node.body, frame)
    _block(state, node.orelse, frame)


def _if(state: State, node: ast.While | ast.If, frame: Frame) -> None:
    evaluate(state, node.test, frame)
    yes, no = narrowing.outcomes(state, node.test, frame)
    _block(state, node.body, frame, yes)
    _block(state, node.orelse, frame, no)
    if no and isinstance(node, ast.If) and narrowing.always_leaves(node.body):
        frame.narrowed = narrowing.under(frame, no)


def _with(state: State, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
    for item in node.items:
        manager = evaluate(state, item.context_expr, frame)
        entered = Node()
        _enter(state, manager, entered, item.context_expr, frame)
        if item.optional_vars is not None:
            assign(state, item.optional_vars, entered, frame)
    _block(state, node.body, frame)


def _enter(state: State, manager: Node, entered: Node, site: ast.expr, frame: Frame) -> None:
    state.graph.watch(manager, lambda value: entering.enter(state, value, entered, site, frame))


def _try(state: State, node: Any, frame: Frame) -> None:
    _block(state, node.body, frame)
    for handler in node.handlers:
        if handler.type is not None:
            caught = evaluate(state, handler.type, frame)
            if handler.name:
                target = lookup(state, handler.name, frame)
                state.graph.watch(caught, watching(lambda value, to: entering.caught(state, value, to), target))
        _block(state, handler.body, frame)
    _block(state, node.orelse, frame)
    _block(state, node.finalbody, frame)


def _import(state: State, node: ast.Import, frame: Frame) -> None:
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.split(".")[0]
        if state.program.is_replaced(frame.scope, alias.asname or name, node):
            continue
        found = state.program.named_module(name)
        target = lookup(state, alias.asname or name, frame)
        state.graph.add(target, found if found is not None else state.unknown)


def _import_from(state: State, node: ast.ImportFrom, frame: Frame) -> None:
    base = state.program.named_module(state.program.absolute(frame.module, node))
    if base is None:
        return
    for alias in node.names:
        if alias.name == "*":
            members.star_import(state, base, frame)
        elif not state.program.is_replaced(frame.scope, alias.asname or alias.name, node):
            target = lookup(state, alias.asname or alias.name, frame)
            members.load(state, base, alias.name, target, node, frame)


def _raise(state: State, node: ast.Raise, frame: Frame) -> None:
    for part in (node.exc, node.cause):
        if part is not None:
            evaluate(state, part, frame)


def _assert(state: State, node: ast.Assert, frame: Frame) -> None:
    evaluate(state, node.test, frame)
    if node.msg is not None:
        evaluate(state, node.msg, frame)
    frame.narrowed = narrowing.under(frame, narrowing.outcomes(state, node.test, frame)[0])


def _delete(state: State, node: ast.Delete, frame: Frame) -> None:
    for target in node.targets:
        if isinstance(target, (ast.Attribute, ast.Subscript)):
            evaluate(state, target.value, frame)
            if isinstance(target, ast.Subscript):
                evaluate(state, target.slice, frame)


def _match(state: State, node: ast.Match, frame: Frame) -> None:
    subject = evaluate(state, node.subject, frame)
    for case in node.cases:
        _pattern(state, case.pattern, subject, frame)
        narrowed = narrowing.by_pattern(state, node.subject, _matched(state, case.pattern, subject, frame), subject, frame)
        if case.guard is not None:
            evaluate(state, case.guard, frame)
        _block(state, case.body, frame, narrowed)


def _matched(state: State, pattern: ast.pattern | None, subject: Node, frame: Frame) -> Node:
    """What the subject may be where ``pattern`` has matched it."""
    match pattern:
        case ast.MatchClass(cls=cls):
            narrowed = Node()
            state.graph.watch(evaluate(state, cls, frame), lambda v: entering.caught(state, v, narrowed))
            classes = narrowing.meant(state, cls, frame)
            if classes is not None:
                state.graph.flow(narrowing.matching(state, subject, classes), narrowed)
            return narrowed
        case ast.MatchOr(patterns=patterns):
            either = Node()
            for one in patterns:
                state.graph.flow(_matched(state, one, subject, frame), either)
            return either
        case ast.MatchAs(pattern=inner) if inner is not None:
            return _matched(state, inner, subject, frame)
    return subject


def _sequence(state: State, pattern: ast.pattern, patterns: list[ast.pattern], subject: Node, frame: Frame) -> None:
    """The parts of a sequence pattern; a starred one takes what the others leave."""
    starred = next((n for n, item in enumerate(patterns) if isinstance(item, ast.MatchStar)), len(patterns))
    for position, item in enumerate(patterns):
        part = Node()
        after = len(patterns) - position - 1
        if isinstance(item, ast.MatchStar):
            rest = watching(lambda v, p, i, n: indexing.unpack_rest(state, v, i, n, p, pattern, frame), part, position, after)
            state.graph.watch(subject, rest)
            if item.name:
                container = state.container("builtins.list", (item, frame))
                state.graph.flow(part, state.slot(container, None))
                state.graph.add(lookup(state, item.name, frame), container)
            continue
        index = position if position < starred else -after - 1
        take = watching(lambda v, i, p: indexing.unpack(state, v, i, p, pattern, frame), index, part)
        state.graph.watch(subject, take)
        _pattern(state, item, part, frame)


def _pattern(state: State, pattern: ast.pattern, subject: Node, frame: Frame) -> None:
    """Captures get what the subject, or its part, may be."""
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                _pattern(state, inner, subject, frame)
            if name:
                state.graph.flow(_matched(state, inner, subject, frame), lookup(state, name, frame))
        case ast.MatchOr(patterns=patterns):
            for item in patterns:
                _pattern(state, item, subject, frame)
        case ast.MatchSequence(patterns=patterns):
            _sequence(state, pattern, patterns, subject, frame)
        case ast.MatchMapping(patterns=patterns, rest=_):
            for key, item in zip(pattern.keys, patterns, strict=False):
                part = Node()
                state.graph.watch(subject, watching(lambda v, k, p: indexing.item(state, v, k, p), key, part))
                _pattern(state, item, part, frame)
        case ast.MatchClass(kwd_attrs=names, kwd_patterns=patterns):
            narrowed = _matched(state, pattern, subject, frame)
            positional = records.match_names(state, pattern.cls, frame)
            for name, item in zip((*positional, *names), (*pattern.patterns[: len(positional)], *patterns), strict=False):
                part = Node()
                load = watching(lambda v, a, p: members.load(state, v, a, p, pattern, frame), name, part)
                state.graph.watch(narrowed, load)
                _pattern(state, item, part, frame)
            for item in pattern.patterns[len(positional) :]:
                _pattern(state, item, narrowed, frame)  # ``str(text)``: the object itself


_STATEMENTS: dict[type[ast.stmt], Any] = {
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.Return: _return,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _if,
    ast.If: _if,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Match: _match,
}

__all__ = ["Constant", "ExternalInstance", "Value", "define", "frame_for", "run_module"]
