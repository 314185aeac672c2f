"""What Python does with a value: attributes, items, iteration, entering, operators, decorators."""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference import generics, records
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
        case Instance(cls=cls) if attr == "value" and is_enumeration(cls):
            state.graph.flow(state.field(value, attr), result)
        case Instance() if attr == "__dict__":
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
            if isinstance(value, ExternalInstance) and value.origin is not None:
                state.graph.flow(state.field(value, attr), result)
            for item in state.outside.member_values(state, value, attr, site):
                if not (isinstance(item, Unknown) and isinstance(value, ExternalInstance) and value.cls == _NONE):
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


def _load_module(state: State, name: str, attr: str, result: Node, site: ast.AST, frame: Frame) -> None:
    module = state.module_frames.get(name)
    if module is not None and (attr in module.scope.bound or attr in module.vars):
        state.graph.flow(module.var(attr), result)
    submodule = state.program.module_values.get(f"{name}.{attr}" if name else attr)
    if submodule is not None:
        state.graph.add(result, submodule)
    elif module is not None and attr not in module.scope.bound:
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

    if state.once("dictionary", owner):
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
    if hook is not None and isinstance(receiver, Instance) and not attr.startswith("__"):
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


def _call_hook(
    state: State, item: Value, receiver: Value | None, attr: str, result: Node, site: ast.AST, frame: Frame
) -> None:
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
            else:
                item(state, value, node.slice, result)
        case ExternalInstance():
            generics.result_of(state, value, "__getitem__", result, node, frame)
        case ClassValue() if is_enumeration(value):
            state.graph.add(result, state.instance(value))
        case ClassValue() | External():
            state.graph.add(result, value)
        case Unknown():
            state.graph.add(result, value)
        case _:
            pass


def item(state: State, value: Value, key: ast.expr, result: Node) -> None:
    """The element of a container at ``key``; all of them when the key is not a constant."""
    if isinstance(value, Container):
        constant = _constant(key)
        if isinstance(constant, int) and constant < 0:
            constant = position(value, constant)
        if constant is None:
            state.graph.flow(generics.all_slots(state, value), result)
        else:
            state.graph.flow(state.slot(value, constant), result)
            state.graph.flow(state.slot(value, None), result)
    elif isinstance(value, Instance):
        names = records.field_names(value.cls) if records.is_record(state, value.cls) else []
        constant = _constant(key)
        if isinstance(constant, int) and -len(names) <= constant < len(names):
            state.graph.flow(state.field(value, names[constant]), result)
        elif any(isinstance(base, External) for base in value.cls.mro):
            state.graph.flow(generics.all_slots(state, value), result)
    elif isinstance(value, Unknown):
        state.graph.add(result, value)


def _constant(key: ast.expr) -> str | int | None:
    """A key that is written out."""
    match key:
        case ast.Constant(value=str() | int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
    return None


def length(value: Value) -> int | None:
    """How many items a tuple has, if that is written out."""
    if isinstance(value, Container) and isinstance(value.site, ast.Tuple):
        if not any(isinstance(part, ast.Starred) for part in value.site.elts):
            return len(value.site.elts)
    return None


def position(value: Value, index: int) -> int | None:
    """The position that an index from the end means."""
    known = length(value)
    return known + index if known is not None and known + index >= 0 else None


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
    if isinstance(owner, (Container, ExternalInstance, Instance)):
        key = target.slice
        constant = _constant(key) if isinstance(owner, Container) else None
        state.graph.flow(value, state.slot(owner, constant))
        if key in frame.exprs or isinstance(key, ast.Name):
            from porter.inference.expressions import evaluate

            state.graph.flow(evaluate(state, key, frame), state.slot(owner, "\0key"))


def unpack(state: State, value: Value, index: int | None, result: Node, site: ast.AST, frame: Frame) -> None:
    """One target of an unpacking: the element at ``index``, from the end if negative, or any."""
    if isinstance(value, Container) and value.cls == "builtins.tuple":
        if index is not None and index < 0:
            index = position(value, index)
        if index is None:
            state.graph.flow(generics.all_slots(state, value), result)
        else:
            state.graph.flow(state.slot(value, index), result)
            state.graph.flow(state.slot(value, None), result)
    elif isinstance(value, ExternalInstance) and (typed := state.outside.tuple_item(value.key, index)) is not None:
        generics.out_values(state, typed, result, value)
    elif isinstance(value, Instance) and index is not None and records.is_record(state, value.cls):
        names = records.field_names(value.cls)
        if -len(names) <= index < len(names):
            state.graph.flow(state.field(value, names[index]), result)
    else:
        iterate(state, value, result, site, frame)


def unpack_rest(state: State, value: Value, first: int, after: int, result: Node, site: ast.AST, frame: Frame) -> None:
    """The starred target of an unpacking: the elements from ``first`` up to the last ``after``."""
    known = length(value)
    if known is None:
        unpack(state, value, None, result, site, frame)
        return
    for index in range(first, known - after):
        state.graph.flow(state.slot(value, index), result)


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
        case ClassValue() if is_enumeration(value):
            state.site(site, "iterate", frame).plain = True
            state.graph.add(target, state.instance(value))
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
        else:
            _iterate_external(state, value, cls, target, site, frame)
        return
    iterator = Node()
    state.graph.watch(
        found, lambda item: call_bound(state, item, value, site, "iterate", frame, Arguments(), iterator)
    )
    state.graph.watch(iterator, lambda item: advance(state, item, target, site, frame))


def _iterate_external(
    state: State, value: Instance, cls: ClassValue, target: Node, site: ast.AST, frame: Frame
) -> None:
    """The ``__iter__`` that a class of the program inherits from outside."""
    for base in cls.mro:
        if isinstance(base, External) and state.outside.has_member(base.name, "__iter__"):
            state.site(site, "iterate", frame).plain = True
            generics.iterate_as(state, value, base.name, target, site)
            return
    for name in records.field_names(cls) if records.is_record(state, cls) else ():
        state.graph.flow(state.field(value, name), target)


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
    if name in _TRANSPARENT:
        return value
    from porter.inference.calls import Call
    from porter.inference.expressions import evaluate

    dispatcher = _dispatcher(state, decorator, frame)
    if dispatcher is not None:  # who calls the generic function may reach each of its implementations
        state.graph.flow(value, evaluate(state, dispatcher, frame))
        return value
    if not name and isinstance(decorator, ast.Attribute) and decorator.attr == "register":
        return value

    result = Node()
    call = Call(state, decorator, frame, Arguments(positional=[value]), result, "call")
    if name:
        state.graph.flow(value, result)  # an outside decorator: the function keeps its identity
    state.graph.watch(evaluate(state, decorator, frame), call.apply)
    return result


_GENERIC = ("functools.singledispatch", "functools.singledispatchmethod")


def _dispatcher(state: State, decorator: ast.expr, frame: Frame) -> ast.expr | None:
    """The generic function that ``@function.register`` or ``@function.register(Type)`` adds an implementation to."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(target, ast.Attribute) or target.attr != "register":
        return None
    found = state.program.resolve(target.value, frame.scope)
    if not isinstance(found, Scope) or not isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    outer = state.module_frames[state.program.module_for(found).name]
    names = [decorator_name(state, one, outer) for one in found.node.decorator_list]
    return target.value if any(name in _GENERIC for name in names) else None


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
