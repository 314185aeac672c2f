"""Attributes: what reading one gives, and where assigning one puts the value."""

from __future__ import annotations

import ast

from porter.inference.graph import Node, watching
from porter.inference.handled import is_server, is_stored, shared
from porter.inference.parser_defaults import defaults, is_namespace, namespace
from porter.inference.set_at_start import has_from_start
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


def load(state: State, value: Value, attr: str, result: Node, site: ast.AST, frame: Frame) -> None:
    """``result`` gets what ``value.attr`` may be."""
    match value:
        case Instance(cls=cls) if attr == "__class__":
            state.graph.add(result, cls)
        case Instance(cls=cls) if attr == "value" and is_enumeration(cls):
            state.graph.flow(state.field(value, attr), result)
        case Instance() | ClassValue() | ModuleValue() if attr == "__dict__":
            state.graph.add(result, dictionary(state, value))
        case Instance(cls=cls):
            state.graph.flow(state.field(value, attr), result)
            _load_class(state, cls.mro, attr, value, result, site, frame)
        case ClassValue() if is_member(value, attr):
            state.graph.add(result, state.instance(value))
        case ClassValue():
            if not _load_class(state, value.mro, attr, value, result, site, frame):
                state.graph.flow(state.field(value, attr), result)
                if attr == "__new__":
                    state.graph.add(result, state.bound_external("builtins.object.__new__", attr, value))
        case SuperValue(cls=cls, receiver=receiver):
            owner = receiver.cls if isinstance(receiver, Instance) else receiver
            mro = owner.mro if isinstance(owner, ClassValue) else cls.mro
            rest = mro[mro.index(cls) + 1 :] if cls in mro else cls.mro[1:]
            _load_class(state, rest, attr, receiver, result, site, frame)
        case ModuleValue(name=name):
            _load_module(state, name, attr, result, site, frame)
        case External():
            for item in state.outside.attribute(state, value, attr):
                state.graph.add(result, item)
        case Container() if attr in state.slots.get(value, {}) and value.cls == "builtins.tuple":
            state.graph.flow(state.slot(value, attr), result)  # a named tuple
        case ExternalInstance() | Container() | GeneratorValue() | ManagerValue() | Constant():
            server = is_server(state, value)
            if is_namespace(value):
                state.graph.flow(state.field(namespace(state), attr), result)
            if server or isinstance(value, ExternalInstance) and value.origin is not None:
                state.graph.flow(state.field(value, attr), result)
            settled = server and is_stored(state, attr) or isinstance(value, ExternalInstance) and value.cls == _NONE
            settled = settled or (is_namespace(value) and attr in defaults(state))
            for item in state.outside.member_values(state, value, attr, site):
                if not (isinstance(item, Unknown) and settled):
                    state.graph.add(result, item)  # what None has not fails, and gives nothing
        case FunctionValue() | BoundMethod() | PartialValue():
            if attr in ("__wrapped__", "__func__"):
                state.graph.add(result, value)
            elif attr == "__get__":
                state.graph.add(result, state.bound_external("types.FunctionType.__get__", attr, value))
            else:
                state.graph.flow(state.field(value, attr), result)
        case _:
            state.graph.add(result, state.unknown)
            if attr in defaults(state):  # most likely the arguments of a command line
                state.graph.flow(state.field(namespace(state), attr), result)


def _load_module(state: State, name: str, attr: str, result: Node, site: ast.AST, frame: Frame) -> None:
    module = state.module_frames.get(name)
    if module is not None and (attr in module.scope.bound or attr in module.vars):
        state.graph.flow(module.var(attr), result)
    submodule = state.program.module_values.get(f"{name}.{attr}" if name else attr)
    if submodule is not None:
        state.graph.add(result, submodule)
    elif module is None:  # a package of which only other files are at hand
        state.graph.add(result, state.external(f"{name}.{attr}"))
    elif attr not in module.scope.bound:
        state.graph.flow(module.var(attr), result)  # a star import may still bring it
        if "__getattr__" in module.scope.bound:
            state.graph.watch(module.var("__getattr__"), lambda item: _call_hook(state, item, None, attr, result, site, frame))


def mangled(attr: str, frame: Frame) -> str:
    """The name that ``attr`` stands for in ``frame``: ``__private`` is another one in each class."""
    if not attr.startswith("__") or attr.endswith("__"):
        return attr
    at: Frame | None = frame
    while at is not None:
        owner = at.owner or (at.function.owner if at.function is not None else None)
        if owner is not None:
            return f"_{owner.scope.name.lstrip('_')}{attr}"
        at = at.outer
    return attr


def own_name(cls: ClassValue, attr: str) -> str:
    """The name under which the body of ``cls`` binds what is called ``attr`` from outside."""
    if attr[:1] == "_" and "__" in attr:
        prefix = f"_{cls.scope.name.lstrip('_')}"
        if attr.startswith(f"{prefix}__") and not attr.endswith("__"):
            return attr[len(prefix) :]
    return attr


def dictionary(state: State, owner: Value) -> Value:
    """``owner.__dict__``: what stands under a constant key there is an attribute, and the other way round."""
    found = state.container("builtins.dict", (owner, "__dict__"))

    def tie(key: object, node: Node) -> None:
        if isinstance(key, str) and not key.startswith("\0"):
            state.graph.flow(node, state.field(owner, key))
            state.graph.flow(state.field(owner, key), node)

    if isinstance(owner, Instance) and state.once("dictionary", owner):
        state.watch_slots(found, tie)
    return found


def is_member(cls: ClassValue, attr: str) -> bool:
    """Whether a class attribute is a member of an enumeration, and so an object of the class."""
    return attr in cls.scope.bound and is_enumeration(cls) and attr in member_names(cls)


def is_enumeration(cls: ClassValue) -> bool:
    """Whether a class is an ``enum.Enum``."""
    return any(isinstance(base, External) and base.name.startswith("enum.") and base.kind == "class" for base in cls.mro)


def member_names(cls: ClassValue) -> list[str]:
    """What the body of an enumeration assigns."""
    body = getattr(cls.scope.node, "body", ())
    targets = [target for statement in body if isinstance(statement, ast.Assign) for target in statement.targets]
    return [target.id for target in targets if isinstance(target, ast.Name) and not target.id.startswith("_")]


def _load_class(
    state: State,
    mro: tuple[ClassValue | External, ...],
    attr: str,
    receiver: Value,
    result: Node,
    site: ast.AST,
    frame: Frame,
) -> bool:
    """The first class of ``mro`` that has ``attr`` gives it, bound to ``receiver``; whether one has it."""
    for cls in mro:
        if isinstance(cls, ClassValue):
            own = own_name(cls, attr)
            if own in cls.scope.bound:
                node = state.class_frames[cls].var(own) if cls in state.class_frames else None
                if node is not None:
                    state.graph.watch(node, lambda item: bind(state, item, receiver, result, site, frame))
                return True
        elif found := state.outside.class_member(state, cls, attr, receiver, site):
            for item in found:
                state.graph.add(result, item)
            return True
    hook = _find(state, mro, "__getattr__")
    if hook is not None and isinstance(receiver, Instance) and not attr.startswith("__") and not has_from_start(mro, attr):
        state.graph.watch(hook, lambda item: _call_hook(state, item, receiver, attr, result, site, frame))
    return False


def _find(state: State, mro: tuple[ClassValue | External, ...], attr: str) -> Node | None:
    for cls in mro:
        if isinstance(cls, ClassValue) and attr in cls.scope.bound and cls in state.class_frames:
            return state.class_frames[cls].var(attr)
    return None


def method(state: State, cls: ClassValue, attr: str) -> Node | None:
    """The node of a special method as the class has it, found through its ancestors in the program."""
    return _find(state, cls.mro, attr)


def _call_hook(state: State, item: Value, receiver: Value | None, attr: str, result: Node, site: ast.AST, frame: Frame) -> None:
    """``__getattr__(attr)``: each name is looked up in a frame of its own."""
    from porter.inference.calls import Call

    if isinstance(item, FunctionValue):
        arguments = Arguments(positional=[state.graph.seed([state.constant(attr)])])
        Call(state, site, frame, arguments, result, "property", key=("__getattr__", attr)).function(item, receiver)


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
    elif isinstance(item, PartialValue) and isinstance(receiver, Instance) and ("method", item) in state.done:
        state.graph.add(result, _bound_partial(state, item, receiver))
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


def _bound_partial(state: State, item: PartialValue, receiver: Instance) -> Value:
    """What ``functools.partialmethod`` made, read through an object: a partial of the bound method."""
    made = state.intern((PartialValue, item, receiver), lambda: PartialValue(item.site, item.frame))
    if state.once("bound", made):
        for key, node in list(state.slots.get(item, {}).items()):
            if key == "function":
                to_method = watching(
                    lambda value, to: bind(state, value, receiver, to, item.site, item.frame), state.slot(made, key)
                )
                state.graph.watch(node, to_method)
            else:
                state.graph.flow(node, state.slot(made, key))
    return made


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


def call_role(state: State, value: Value, site: ast.AST, role: str, frame: Frame, arguments: Arguments, result: Node) -> None:
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
                state.graph.watch(setter, lambda item: call_bound(state, item, owner, site, "set", frame, arguments, Node()))
                return
            state.graph.flow(value, state.field(owner, attr))
            if setter is not None:
                state.graph.watch(setter, lambda item: _set(state, item, owner, value, site, frame))
        case ClassValue():
            _store_class(state, owner, attr, value, site, frame)
        case ModuleValue(name=name):
            if name in state.module_frames:
                state.graph.flow(value, state.module_frames[name].var(attr))
        case ExternalInstance() | FunctionValue() | Container():
            state.graph.flow(value, state.field(owner, attr))
            if is_namespace(owner):
                state.graph.flow(value, state.field(namespace(state), attr))
            if is_server(state, owner):
                state.graph.flow(value, state.field(shared(state), attr))
        case _:
            pass


def _set(state: State, item: Value, owner: Instance, value: Node, site: ast.AST, frame: Frame) -> None:
    """An assignment to what a class attribute, a descriptor, looks after."""
    setter = method(state, item.cls, "__set__") if isinstance(item, Instance) else None
    if setter is not None:
        arguments = Arguments(positional=[state.graph.seed([owner]), value])
        state.graph.watch(setter, lambda found: call_bound(state, found, item, site, "set", frame, arguments, Node()))


def _store_class(state: State, owner: ClassValue, attr: str, value: Node, site: ast.AST, frame: Frame) -> None:
    """``Class.attr = value``: where the body of the class does not bind it, its objects get it as a field."""
    own = own_name(owner, attr)
    if own in owner.scope.bound:
        if owner in state.class_frames:
            state.graph.flow(value, state.class_frames[owner].var(own))
        return
    for cls in state.program.descendants(owner):
        instance = state.instance(cls)
        state.graph.flow(value, state.field(cls, attr))
        state.graph.watch(
            value,
            watching(lambda item, to: bind(state, item, to, state.field(to, attr), site, frame), instance),
        )


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


_NONE = "types.NoneType"
