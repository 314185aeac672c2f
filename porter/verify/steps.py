"""One step of an awaitable: from an expression that holds it to what the text around does with that expression."""

from __future__ import annotations

import ast

from porter.verify.arguments import argument
from porter.verify.flow import Item, Step, ends, misused
from porter.verify.variables import assigned, from_generator, returned
from porter.verify.view import View

_COROUTINE_ATTRIBUTES = frozenset(
    ("close", "send", "throw", "__await__", "__name__", "__qualname__", "cr_await", "cr_code", "cr_frame", "cr_origin")
    + ("cr_running", "cr_suspended")
)
_TAKERS = frozenset(("pop", "popleft", "get", "setdefault"))
_VIEWS = frozenset(("values", "copy", "union", "__iter__"))


def step(view: View, item: Item, is_future: bool) -> Step:
    """What becomes of ``item`` at the place where it stands."""
    parent = view.parent(item.module, item.node)
    match parent:
        case ast.Await():
            return _awaited(item, parent)
        case ast.Attribute():
            return _attribute(view, item, parent, is_future)
        case ast.Call(func=func):
            return misused(item, "called") if func is item.node else argument(view, item, parent, item.node)
        case ast.keyword():
            call = view.parent(item.module, parent)
            return argument(view, item, call, item.node) if isinstance(call, ast.Call) else ends(item, "escapes")
        case ast.Starred():
            return _starred(view, item, parent)
        case ast.expr():
            return _in_expression(view, item, parent)
        case ast.comprehension():
            return _in_comprehension(view, item, parent)
        case ast.stmt():
            return _in_statement(view, item, parent)
        case ast.withitem():
            return misused(item, "entered by `with`")
        case _:
            return ends(item, "escapes")


def _awaited(item: Item, parent: ast.Await) -> Step:
    if item.bare:
        return ends(item, "awaited")
    return [item.out(parent)] if not item.held else ends(item, "misused", "awaited inside a container")


def _attribute(view: View, item: Item, parent: ast.Attribute, is_future: bool) -> Step:
    if item.bare:
        if is_future:
            return ends(item, "awaited")
        known = parent.attr in _COROUTINE_ATTRIBUTES and not _is_awaited_call(view, item, parent)
        return ends(item, "escapes") if known else ends(item, "misused", f"asked for `.{parent.attr}`")
    if not item.held:
        return ends(item, "escapes")
    call = view.parent(item.module, parent)
    if not isinstance(call, ast.Call) or call.func is not parent:
        return ends(item, "escapes")
    if parent.attr in _TAKERS:
        return [item.out(call)]
    if parent.attr in _VIEWS:
        return [item.at(call)]
    if parent.attr == "items":
        return [item.inside(call)]
    return [] if parent.attr in ("append", "add", "extend", "insert", "clear", "update", "remove") else ends(item, "escapes")


def _is_awaited_call(view: View, item: Item, method: ast.Attribute) -> bool:
    """``await f().close()``: no method of a coroutine gives anything that can be awaited."""
    call = view.parent(item.module, method)
    return isinstance(call, ast.Call) and call.func is method and isinstance(view.parent(item.module, call), ast.Await)


def _starred(view: View, item: Item, parent: ast.Starred) -> Step:
    if not item.held:
        return misused(item, "unpacked")
    holder = view.parent(item.module, parent)
    if isinstance(holder, ast.Call):
        return argument(view, item.out(item.node), holder, parent)
    return [item.at(holder)] if isinstance(holder, (ast.List, ast.Tuple, ast.Set)) else ends(item, "escapes")


def _in_expression(view: View, item: Item, parent: ast.expr) -> Step:
    match parent:
        case ast.IfExp(test=test):
            return _truth(item) if test is item.node else [item.at(parent)]
        case ast.BoolOp(values=values):
            return [item.at(parent)] if values[-1] is item.node or not item.bare else _truth(item)
        case ast.NamedExpr(target=target):
            return [item.at(parent), *assigned(view, item, target)]
        case ast.UnaryOp(op=op):
            return _truth(item) if isinstance(op, ast.Not) else misused(item, "an operand")
        case ast.BinOp():
            return [item.at(parent)] if item.held else misused(item, "an operand")
        case ast.Compare(ops=ops):
            if item.held:
                return []
            by_identity = all(isinstance(op, (ast.Is, ast.IsNot)) for op in ops)
            kept = by_identity and not isinstance(item.node, ast.Call)  # a fresh coroutine is nothing else, and is lost here
            return ends(item, "escapes") if kept else misused(item, "compared")
        case ast.Subscript(value=value, slice=index):
            return _subscript(item, parent, value, index)
        case ast.FormattedValue():
            return ends(item, "misused", "formatted")
        case ast.List() | ast.Tuple() | ast.Set():
            return _in_display(view, item, parent)
        case ast.Dict(values=values):
            return [item.inside(parent)] if any(value is item.node for value in values) else misused(item, "a key")
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return [item.inside(parent)]
        case ast.DictComp(value=value):
            return [item.inside(parent)] if value is item.node else misused(item, "a key")
        case ast.Yield():
            return from_generator(view, item)
        case ast.YieldFrom():
            return ends(item, "escapes") if item.held else misused(item, "iterated over")
        case ast.Lambda(body=body) if body is item.node:
            return returned(view, item, item.module.facts.scopes[parent])
        case ast.Slice():
            return misused(item, "an index")
        case _:
            return ends(item, "escapes")


def _truth(item: Item) -> Step:
    return ends(item, "misused", "tested for truth") if item.bare else []


def _subscript(item: Item, parent: ast.Subscript, value: ast.expr, index: ast.expr) -> Step:
    if value is not item.node:
        return misused(item, "an index")
    if not item.held:
        return misused(item, "indexed")
    if not isinstance(parent.ctx, ast.Load):
        return []
    return [item.at(parent)] if isinstance(index, ast.Slice) else [item.out(parent)]


def _in_display(view: View, item: Item, parent: ast.List | ast.Tuple | ast.Set) -> Step:
    """``a, b = f(), g()`` assigns one by one; any other display is a container."""
    holder = view.parent(item.module, parent)
    if isinstance(holder, ast.Assign) and holder.value is parent and isinstance(parent, ast.Tuple):
        position = next(n for n, one in enumerate(parent.elts) if one is item.node)
        for target in holder.targets:
            if isinstance(target, ast.Tuple) and len(target.elts) == len(parent.elts):
                return assigned(view, item, target.elts[position])
    return [item.inside(parent)]


def _in_comprehension(view: View, item: Item, parent: ast.comprehension) -> Step:
    if parent.iter is not item.node:
        return _truth(item)
    return assigned(view, item.out(item.node), parent.target) if item.held else misused(item, "iterated over")


def _in_statement(view: View, item: Item, parent: ast.stmt) -> Step:
    match parent:
        case ast.Expr():
            return ends(item, "dropped")
        case ast.Return():
            scope = view.function(item.module, parent)
            return returned(view, item, scope) if scope is not None else ends(item, "escapes")
        case ast.Assign(targets=targets):
            return [made for target in targets for made in assigned(view, item, target)]
        case ast.AnnAssign(target=target):
            return assigned(view, item, target)
        case ast.AugAssign():
            return ends(item, "escapes") if item.held else misused(item, "an operand")
        case ast.For() | ast.AsyncFor():
            if item.held:
                return assigned(view, item.out(item.node), parent.target)
            return misused(item, "iterated over")
        case ast.If() | ast.While() | ast.Assert():
            return _truth(item)
        case ast.Match():
            return misused(item, "matched")
        case ast.Raise():
            return misused(item, "raised")
        case _:
            return ends(item, "escapes")
