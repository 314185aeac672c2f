"""What Python does with a value: attributes, items, iteration, entering, operators, decorators."""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference import generics
from porter.inference.graph import Node, watching
from porter.inference.state import Frame, State
from porter.inference.values import (
    Arguments,
    BoundMethod,
    ClassValue,
    Constant,
    Container,
    External,
    ExternalInstance,
    FunctionValue,
    GeneratorValue,
    Instance,
    ManagerValue,
    ModuleValue,
    PartialValue,
    SuperValue,
    Unknown,
    Value,
)

# --- attributes ----------------------------------------------------------------------------------------------------


def load(state: State, value: Value, attr: str, result: Node, site: ast.AST, frame: Frame) -> None:
    """``result`` gets what ``value.attr`` may be."""
    match value:
        case Instance(cls=cls) if attr == "__class__":
            state.graph.add(result, cls)
        case Instance(cls=cls):
            state.graph.flow(state.field(value, attr), result)
            _load_class(state, cls.mro, attr, value, result, site, frame)
        case ClassValue():
            _load_class(state, value.mro, attr, value, result, site, frame)
        case SuperValue(cls=cls, receiver=receiver):
            owner = receiver.cls if isinstance(receiver, Instance) else receiver
            mro = owner.mro if isinstance(owner, ClassValue) else cls.mro
            rest = mro[mro.index(cls) + 1 :] if cls in mro else cls.mro[1:]
            _load_class(state, rest, attr, receiver, result, site, frame)
        case ModuleValue(name=name):
            _load_module(state, name, attr, result)
        case External():
            for item in state.outside.attribute(state, value, attr):
                state.graph.add(result, item)
        case ExternalInstance() | Container() | GeneratorValue() | ManagerValue() | Constant():
            if isinstance(value, ExternalInstance) and value.origin is not None:
                state.graph.flow(state.field(value, attr), result)
            for item in state.outside.member_values(state, value, attr, site):
                if not (isinstance(item, Unknown) and isinstance(value, ExternalInstance) and value.cls == _NONE):
                    state.graph.add(result, item)  # what None has not fails, and gives nothing
        case FunctionValue() | BoundMethod() | PartialValue():
            if attr in ("__wrapped__", "__func__"):
                state.graph.add(result, value)
            else:
                state.graph.flow(state.field(value, attr), result)
        case _:
            state.graph.add(result, state.unknown)


def _load_module(state: State, name: str, attr: str, result: Node) -> None:
    frame = state.module_frames.get(name)
    if frame is not None and (attr in frame.scope.bound or attr in frame.vars):
        state.graph.flow(frame.var(attr), result)
    submodule = state.program.module_values.get(f"{name}.{attr}" if name else attr)
    if submodule is not None:
        state.graph.add(result, submodule)
    elif frame is not None and attr not in frame.scope.bound:
        state.graph.flow(frame.var(attr), result)  # a star import may still bring it


def _load_class(
    state: State,
    mro: tuple[ClassValue | External, ...],
    attr: str,
    receiver: Value,
    result: Node,
    site: ast.AST,
    frame: Frame,
) -> None:
    """The first class of ``mro`` that has ``attr`` gives it, bound to ``receiver``."""
    for cls in mro:
        if isinstance(cls, ClassValue):
            if attr in cls.scope.bound:
                node = state.class_frames[cls].var(attr) if cls in state.class_frames else None
                if node is not None:
                    state.graph.watch(node, lambda item: bind(state, item, receiver, result, site, frame))
                return
        elif found := state.outside.class_member(state, cls, attr, receiver, site):
            for item in found:
                state.graph.add(result, item)
            return
    hook = _find(state, mro, "__getattr__")
    if hook is not None and isinstance(receiver, Instance) and not attr.startswith("__"):
        state.graph.watch(hook, lambda item: _call_hook(state, item, receiver, result, site, frame))


def _find(state: State, mro: tuple[ClassValue | External, ...], attr: str) -> Node | None:
    for cls in mro:
        if isinstance(cls, ClassValue) and attr in cls.scope.bound and cls in state.class_frames:
            return state.class_frames[cls].var(attr)
    return None


def method(state: State, cls: ClassValue, attr: str) -> Node | None:
    """The node of a special method as the class has it, found through its ancestors in the program."""
    return _find(state, cls.mro, attr)


def _call_hook(state: State, item: Value, receiver: Value, result: Node, site: ast.AST, frame: Frame) -> None:
    if isinstance(item, FunctionValue):
        call_role(state, state.bound(item, receiver), site, "property", frame, Arguments(), result)


def bind(state: State, item: Value, receiver: Value, result: Node, site: ast.AST, frame: Frame) -> None:
    """What a class attribute becomes when it is read through ``receiver``."""
    if isinstance(item, FunctionValue):
        match item.kind:
            case "staticmethod":
                state.graph.add(result, item)
            case "classmethod":
                owner = receiver.cls if isinstance(receiver, Instance) else receiver
                state.graph.add(result, state.bound(item, owner))
            case "property" | "cached_property" if isinstance(receiver, Instance):
                call_role(state, state.bound(item, receiver), site, "property", frame, Arguments(), result)
            case _ if isinstance(receiver, ClassValue):
                state.graph.add(result, item)
            case _:
                state.graph.add(result, state.bound(item, receiver))
    elif isinstance(item, Instance) and isinstance(receiver, Instance):
        getter = method(state, item.cls, "__get__")
        if getter is None:
            state.graph.add(result, item)
        else:
            arguments = Arguments(positional=[state.graph.seed([receiver]), state.graph.seed([receiver.cls])])
            state.graph.watch(
                getter,
                lambda found: call_bound(state, found, item, site, "property", frame, arguments, result),
            )
    else:
        state.graph.add(result, item)


def call_bound(
    state: State,
    found: Value,
    receiver: Value,
    site: ast.AST,
    role: str,
    frame: Frame,
    arguments: Arguments,
    result: Node,
) -> None:
    """Call a class attribute as a method of ``receiver``."""
    if isinstance(found, FunctionValue):
        target = found if found.kind == "staticmethod" else state.bound(found, receiver)
        call_role(state, target, site, role, frame, arguments, result)


def call_role(
    state: State, value: Value, site: ast.AST, role: str, frame: Frame, arguments: Arguments, result: Node
) -> None:
    """Call ``value`` on Python's own behalf at ``site``."""
    from porter.inference.calls import Call

    Call(state, site, frame, arguments, result, role).apply(value)


def store(state: State, owner: Value, attr: str, value: Node, site: ast.AST, frame: Frame) -> None:
    """``owner.attr = value``."""
    match owner:
        case Instance(cls=cls):
            setter = _find(state, cls.mro, attr)
            if setter is not None and _is_property(state, cls, attr):
                arguments = Arguments(positional=[value])
                state.graph.watch(
                    setter, lambda item: call_bound(state, item, owner, site, "set", frame, arguments, Node())
                )
            else:
                state.graph.flow(value, state.field(owner, attr))
        case ClassValue():
            if owner in state.class_frames:
                state.graph.flow(value, state.class_frames[owner].var(attr))
        case ModuleValue(name=name):
            if name in state.module_frames:
                state.graph.flow(value, state.module_frames[name].var(attr))
        case ExternalInstance() | FunctionValue() | Container():
            state.graph.flow(value, state.field(owner, attr))
        case _:
            pass


def _is_property(state: State, cls: ClassValue, attr: str) -> bool:
    for base in cls.mro:
        if isinstance(base, ClassValue) and attr in base.scope.bound:
            return any(
                isinstance(binder, ast.FunctionDef)
                and any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in binder.decorator_list)
                for binder in state.program.bindings(base.scope).get(attr, ())
            )
    return False


def star_import(state: State, base: Value, frame: Frame) -> None:
    """``from base import *``."""
    if isinstance(base, ModuleValue) and base.name in state.module_frames:
        source = state.module_frames[base.name]
        for name in sorted(source.scope.bound):
            if not name.startswith("_"):
                state.graph.flow(source.var(name), frame.var(name))
        if state.once("star", source, frame):
            for name in list(source.vars):
                if not name.startswith("_"):
                    state.graph.flow(source.var(name), frame.var(name))
    elif isinstance(base, External):
        for name, item in state.outside.star(base):
            state.graph.add(frame.var(name), item)


# --- items and iteration -------------------------------------------------------------------------------------------


def subscript(state: State, value: Value, node: ast.Subscript, result: Node, frame: Frame) -> None:
    """``result`` gets what ``value[...]`` may be."""
    match value:
        case Container():
            if isinstance(node.slice, ast.Slice):
                state.graph.add(result, value)
            else:
                item(state, value, node.slice, result)
        case Instance(cls=cls):
            getter = method(state, cls, "__getitem__")
            if getter is not None:
                arguments = Arguments(positional=[frame.exprs.get(node.slice, state.nothing)])
                state.graph.watch(
                    getter,
                    lambda found: call_bound(state, found, value, node, "operator", frame, arguments, result),
                )
        case ExternalInstance():
            generics.result_of(state, value, "__getitem__", result, node, frame)
        case ClassValue() | External():
            state.graph.add(result, value)
        case Unknown():
            state.graph.add(result, value)
        case _:
            pass


def item(state: State, value: Value, key: ast.expr, result: Node) -> None:
    """The element of a container at ``key``; all of them when the key is not a constant."""
    if isinstance(value, Container):
        constant = key.value if isinstance(key, ast.Constant) and isinstance(key.value, (str, int)) else None
        if constant is None:
            state.graph.flow(generics.all_slots(state, value), result)
        else:
            state.graph.flow(state.slot(value, constant), result)
            state.graph.flow(state.slot(value, None), result)
    elif isinstance(value, Unknown):
        state.graph.add(result, value)


def store_item(state: State, owner: Value, target: ast.Subscript, value: Node, frame: Frame) -> None:
    """``owner[...] = value``."""
    if isinstance(owner, Instance):
        setter = method(state, owner.cls, "__setitem__")
        if setter is not None:
            arguments = Arguments(positional=[frame.exprs.get(target.slice, state.nothing), value])
            state.graph.watch(
                setter,
                lambda found: call_bound(state, found, owner, target, "operator", frame, arguments, Node()),
            )
        return
    if isinstance(owner, (Container, ExternalInstance)):
        key = target.slice
        constant = key.value if isinstance(key, ast.Constant) and isinstance(key.value, (str, int)) else None
        state.graph.flow(value, state.slot(owner, constant))
        if key in frame.exprs or isinstance(key, ast.Name):
            from porter.inference.expressions import evaluate

            state.graph.flow(evaluate(state, key, frame), state.slot(owner, "\0key"))


def unpack(state: State, value: Value, index: int | None, result: Node, site: ast.AST, frame: Frame) -> None:
    """One target of an unpacking: the element at ``index``, or any."""
    if isinstance(value, Container) and value.cls == "builtins.tuple":
        if index is None:
            state.graph.flow(generics.all_slots(state, value), result)
        else:
            state.graph.flow(state.slot(value, index), result)
            state.graph.flow(state.slot(value, None), result)
    elif isinstance(value, ExternalInstance) and (typed := state.outside.tuple_item(value.key, index)) is not None:
        generics.out_values(state, typed, result, value)
    else:
        iterate(state, value, result, site, frame)


def iterate(state: State, value: Value, target: Node, site: ast.AST, frame: Frame) -> None:
    """``target`` gets what iterating over ``value`` at ``site`` gives."""
    match value:
        case GeneratorValue(function=function, frame=generator):
            record = state.site(site, "iterate", frame)
            record.functions[function.scope] = None
            state.graph.flow(generator.yielded, target)
        case Instance(cls=cls):
            _iterate_instance(state, value, cls, target, site, frame)
        case Container():
            record = state.site(site, "iterate", frame)
            expression = generator_expression(state, value)
            if expression is None:
                record.plain = True
            else:
                record.generators[expression] = None
            generics.iterate(state, value, target, site)
        case ExternalInstance():
            record = state.site(site, "iterate", frame)
            record.externals.setdefault(f"{value.cls}.__next__", {})[value] = None
            generics.iterate(state, value, target, site)
        case Unknown():
            state.site(site, "iterate", frame).unknown = True
            state.graph.add(target, value)
        case _:
            pass


def generator_expression(state: State, value: Value) -> Scope | None:
    """The scope of the generator expression that made ``value``."""
    if not isinstance(value, Container):
        return None
    node = value.site[0] if isinstance(value.site, tuple) else value.site
    if not isinstance(node, ast.GeneratorExp):
        return None
    return state.program.comprehensions[node]


def contains(state: State, value: Value, member: Node, comparator: ast.expr, frame: Frame) -> None:
    """``member in value``: by ``__contains__``, else by iteration."""
    found = method(state, value.cls, "__contains__") if isinstance(value, Instance) else None
    if found is None:
        iterate(state, value, Node(), comparator, frame)
        return
    arguments = Arguments(positional=[member])
    state.graph.watch(
        found, lambda item: call_bound(state, item, value, comparator, "operator", frame, arguments, Node())
    )


def _iterate_instance(
    state: State, value: Instance, cls: ClassValue, target: Node, site: ast.AST, frame: Frame
) -> None:
    found = method(state, cls, "__iter__") or method(state, cls, "__aiter__")
    if found is None and (method(state, cls, "__next__") or method(state, cls, "__anext__")) is not None:
        advance(state, value, target, site, frame)  # it has the `__iter__` of `collections.abc.Iterator`
        return
    if found is None:
        found = method(state, cls, "__getitem__")
        if found is not None:
            arguments = Arguments(positional=[state.typed("builtins.int")])
            state.graph.watch(
                found, lambda item: call_bound(state, item, value, site, "iterate", frame, arguments, target)
            )
        return
    iterator = Node()
    state.graph.watch(
        found, lambda item: call_bound(state, item, value, site, "iterate", frame, Arguments(), iterator)
    )
    state.graph.watch(iterator, lambda item: advance(state, item, target, site, frame))


def advance(state: State, value: Value, target: Node, site: ast.AST, frame: Frame) -> None:
    """``target`` gets what ``next`` gives on the iterator ``value``."""
    if isinstance(value, Instance):
        found = method(state, value.cls, "__next__") or method(state, value.cls, "__anext__")
        if found is not None:
            state.graph.watch(
                found, lambda item: call_bound(state, item, value, site, "next", frame, Arguments(), target)
            )
    elif isinstance(value, GeneratorValue):
        state.site(site, "next", frame).functions[value.function.scope] = None
        state.graph.flow(value.frame.yielded, target)
    elif (generator := generator_expression(state, value)) is not None:
        state.site(site, "next", frame).generators[generator] = None
        state.graph.flow(generics.all_slots(state, value), target)
    else:
        iterate(state, value, target, site, frame)


def generator_result(state: State, value: Value, result: Node) -> None:
    """The value of ``yield from``: what the generator returns."""
    if isinstance(value, GeneratorValue):
        state.graph.flow(value.frame.result, result)


# --- with, except, operators ---------------------------------------------------------------------------------------


def enter(state: State, value: Value, entered: Node, site: ast.expr, frame: Frame) -> None:
    """``with value as entered``."""
    match value:
        case ManagerValue(function=function, frame=manager):
            state.site(site, "enter", frame).functions[function.scope] = None
            state.graph.flow(manager.yielded, entered)
        case Instance(cls=cls):
            for name, role, result in (("__enter__", "enter", entered), ("__exit__", "exit", Node())):
                found = method(state, cls, name) or method(state, cls, name.replace("__", "__a", 1))
                if found is not None:
                    state.graph.watch(
                        found,
                        watching(
                            lambda item, role, result: call_bound(
                                state, item, value, site, role, frame, Arguments(), result
                            ),
                            role,
                            result,
                        ),
                    )
                else:
                    _enter_external(state, cls, value, entered, site, frame)
        case ExternalInstance():
            state.site(site, "enter", frame).externals.setdefault(f"{value.cls}.__enter__", {})[value] = None
            generics.enter(state, value, entered, site)
        case Container():
            generics.enter(state, value, entered, site)
        case Unknown():
            state.site(site, "enter", frame).unknown = True
            state.graph.add(entered, value)
        case _:
            pass


def _enter_external(
    state: State, cls: ClassValue, value: Value, entered: Node, site: ast.expr, frame: Frame
) -> None:
    for base in cls.mro:
        if isinstance(base, External) and state.outside.has_member(base.name, "__enter__"):
            state.site(site, "enter", frame).externals.setdefault(f"{base.name}.__enter__", {})[value] = None
            state.graph.add(entered, value)
            return


def caught(state: State, value: Value, target: Node) -> None:
    """``except value as target``, ``isinstance`` and class patterns: an object of that class."""
    match value:
        case ClassValue():
            state.graph.add(target, state.instance(value))
        case External(kind="class", name=name):
            state.graph.add(target, state.external_instance(name))
        case Container():
            state.watch_slots(value, lambda _, node: state.graph.watch(node, lambda v: caught(state, v, target)))
        case _:
            pass


_NONE = "types.NoneType"
_OPERATORS = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.BitAnd: "and",
    ast.FloorDiv: "floordiv",
}


def operator(state: State, value: Value, node: ast.BinOp, result: Node, frame: Frame) -> None:
    """The left operand of a binary operator."""
    if isinstance(value, Instance):
        found = method(state, value.cls, f"__{_OPERATORS[type(node.op)]}__")
        if found is not None:
            arguments = Arguments(positional=[frame.exprs.get(node.right, state.nothing)])
            state.graph.watch(
                found, lambda item: call_bound(state, item, value, node, "operator", frame, arguments, result)
            )
    elif isinstance(value, Constant):
        state.graph.add(result, state.external_instance("builtins.str"))
    elif isinstance(value, (Container, ExternalInstance, Unknown)):
        state.graph.add(result, value)


# --- decorators ----------------------------------------------------------------------------------------------------

_KINDS = {
    "builtins.property": "property",
    "abc.abstractproperty": "property",
    "functools.cached_property": "cached_property",
    "builtins.classmethod": "classmethod",
    "builtins.staticmethod": "staticmethod",
    "contextlib.contextmanager": "contextmanager",
    "contextlib.asynccontextmanager": "asynccontextmanager",
}
_TRANSPARENT = {
    "abc.abstractmethod",
    "functools.lru_cache",
    "functools.cache",
    "functools.singledispatch",
    "functools.singledispatchmethod",
    "functools.wraps",
    "functools.total_ordering",
    "typing.overload",
    "typing.final",
    "typing.override",
    "typing.no_type_check",
    "typing.runtime_checkable",
    "dataclasses.dataclass",
    "enum.unique",
    "atexit.register",
}


def decorator_name(state: State, node: ast.expr, frame: Frame) -> str:
    """The outside name of a decorator, ``""`` when it is the program's own."""
    target = node.func if isinstance(node, ast.Call) else node
    found = state.program.resolve(target, frame.scope)
    return found.name if isinstance(found, External) else ""


def decorated_kind(state: State, function: FunctionValue) -> str:
    """How the standard decorators change what a ``def`` gives."""
    node = function.scope.node
    if isinstance(node, ast.Lambda) or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return "plain"
    for decorator in node.decorator_list:
        kind = _KINDS.get(decorator_name(state, decorator, function.outer))
        if kind is not None:
            return kind
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter", "getter"):
            return "property"
    return "plain"


def decorate(state: State, decorator: ast.expr, value: Node, frame: Frame) -> Node:
    """The node of ``decorator(value)``."""
    name = decorator_name(state, decorator, frame)
    if isinstance(decorator, ast.Call) and name:
        for argument in decorator.args:
            from porter.inference.expressions import evaluate

            evaluate(state, argument, frame)
    if name in _KINDS:
        return _mapped(state, value, _KINDS[name])
    if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter", "getter"):
        return _mapped(state, value, "property")
    if name in _TRANSPARENT or isinstance(decorator, ast.Attribute) and decorator.attr == "register":
        return value
    from porter.inference.calls import Call
    from porter.inference.expressions import evaluate

    result = Node()
    call = Call(state, decorator, frame, Arguments(positional=[value]), result, "call")
    if name:
        state.graph.flow(value, result)  # an outside decorator: the function keeps its identity
    state.graph.watch(evaluate(state, decorator, frame), call.apply)
    return result


def _mapped(state: State, value: Node, kind: str) -> Node:
    result = Node()
    state.graph.watch(value, lambda item: state.graph.add(result, _with_kind(state, item, kind)))
    return result


def _with_kind(state: State, item: Value, kind: str) -> Value:
    if not isinstance(item, FunctionValue) or item.kind == kind:
        return item
    made = state.intern(
        (FunctionValue, item.scope, item.outer, kind),
        lambda: FunctionValue(item.scope, item.module, item.outer, kind, item.owner),  # type: ignore[arg-type]
    )
    return made
