"""Members that are asked for by name: ``getattr`` and ``setattr`` with a name that is written out, or built in the program."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from porter.inference import members
from porter.inference.graph import Node, watching
from porter.inference.texts import built, may_be
from porter.inference.values import (
    Arguments,
    Built,
    ClassValue,
    Constant,
    Container,
    FunctionValue,
    Instance,
    ModuleValue,
    Value,
)

if TYPE_CHECKING:
    from porter.inference.calls import Call
    from porter.inference.state import Frame, State


def load_named(site: Call, _: Value | None) -> None:
    """``getattr(owner, name, default)``."""
    if len(site.arguments.positional) < 2 or not isinstance(site.node, ast.Call):
        return
    given, names, *default = site.arguments.positional
    for value in default:
        site.state.graph.flow(value, site.result)
    _look_up(site, given, names)


def get_attribute(site: Call, _: Value | None) -> None:
    """A call of what ``operator.attrgetter`` gave: the name, and the object."""
    if len(site.arguments.positional) == 2:
        names, owner = site.arguments.positional
        whole = Node()
        site.state.graph.watch(names, lambda name: site.state.graph.add(whole, _undotted(site.state, name)))
        _look_up(site, owner, whole)


def _undotted(state: State, name: Value) -> Value:
    return state.unknown if isinstance(name, Constant) and "." in name.value else name


def namespace_item(state: State, owner: Value, key: ast.expr, site: ast.AST, result: Node, frame: Frame) -> None:
    """``globals()[key]``, ``vars(module)[key]``, ``Class.__dict__[key]``."""
    from porter.inference.calls import Call
    from porter.inference.expressions import evaluate

    _look_up(Call(state, site, frame, Arguments(), result), state.graph.seed([owner]), evaluate(state, key, frame))


def namespace_get(site: Call, receiver: Value | None) -> None:
    """``namespace.get(key, default)``."""
    owner = namespace_of(receiver)
    assert owner is not None
    names, *default = site.arguments.positional
    for value in default:
        site.state.graph.flow(value, site.result)
    _look_up(site, site.state.graph.seed([owner]), names)


def namespace_of(value: Value | None) -> Value | None:
    """The class or module whose ``__dict__`` a value is."""
    match value:
        case Container(site=(ClassValue() | ModuleValue() as owner, "__dict__")):
            return owner
    return None


def module_namespace(site: Call, _: Value | None) -> None:
    """``globals()``."""
    module = site.state.program.module_values[site.frame.module.name]
    site.state.graph.add(site.result, members.dictionary(site.state, module))


def _look_up(site: Call, given: Node, names: Node) -> None:
    state, owner = site.state, Node()
    state.graph.flow(given, owner)
    state.looked_up[site.node, site.frame] = owner, names, site.result

    def named(name: Value) -> None:
        if isinstance(name, Constant):
            state.graph.watch(owner, lambda value: members.load(state, value, name.value, site.result, site.node, site.frame))
        elif isinstance(name, Built):
            state.graph.watch(owner, watching(_load_matching, site, name))
        else:
            state.graph.add(site.result, state.unknown)
            _load_any(state, owner, site.result)

    state.graph.watch(names, named)


def _load_any(state: State, owner: Node, result: Node) -> None:
    """Nothing is known of the name: what is called is any method that takes the arguments."""
    if state.once("any member", owner, result):
        state.graph.watch(owner, watching(_add_any, state, result))


def _add_any(value: Value, state: State, result: Node) -> None:
    if isinstance(value, (Instance, ClassValue, ModuleValue)):
        state.graph.add(result, state.any_member(value))


def call_any(call: Call, owner: Value) -> None:
    """Call the public methods of an object that take what a call passes."""
    cls = owner.cls if isinstance(owner, Instance) else owner
    if isinstance(cls, ModuleValue) and cls.name in call.state.module_frames:
        module = call.state.module_frames[cls.name]
        for name in sorted(module.scope.bound):
            if not name.startswith("_"):
                call.state.graph.watch(module.var(name), watching(_call_one, call, owner))
    seen: set[str] = set()
    for base in cls.mro if isinstance(cls, ClassValue) else ():
        frame = call.state.class_frames.get(base) if isinstance(base, ClassValue) else None
        for name in sorted(base.scope.bound - seen) if frame is not None and isinstance(base, ClassValue) else ():
            seen.add(name)
            if not name.startswith("_") and frame is not None:
                call.state.graph.watch(frame.var(name), watching(_call_one, call, owner))


def _call_one(item: Value, call: Call, owner: Value) -> None:
    if not isinstance(item, FunctionValue) or item.scope.is_generator or item.kind not in _CALLED:
        return
    bound = isinstance(owner, Instance) and item.kind == "plain"
    if isinstance(owner, ModuleValue) and item.module != owner.name:
        return  # imported: names that people choose are the module's own
    if _takes(item.scope.node, call.arguments, int(bound or item.kind == "classmethod")):
        one = Node()
        members.bind(call.state, item, owner, one, call.node, call.frame)
        call.state.graph.watch(one, call.apply)


_CALLED = ("plain", "classmethod", "staticmethod")


def _takes(node: ast.AST, given: Arguments, first: int) -> bool:
    """Whether a function can be called so, ``first`` parameters of it being given already."""
    args = getattr(node, "args", None)
    if not isinstance(args, ast.arguments):
        return False
    positional = [arg.arg for arg in (*args.posonlyargs, *args.args)][first:]
    known = {*positional, *(arg.arg for arg in args.kwonlyargs)}
    if (len(given.positional) > len(positional) and args.vararg is None) or (
        given.keywords.keys() - known and args.kwarg is None
    ):
        return False
    if given.star or given.double_star:
        return True
    needed = positional[: max(len(positional) - len(args.defaults), 0)][len(given.positional) :]
    needed += [arg.arg for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None]
    return given.keywords.keys() >= set(needed)


def widen(state: State) -> bool:
    """Let names that nobody passes be any, and objects of classes that only the program's users make stand where their kin do.

    Whether there was one.

    Where members of several classes with a common base are asked for by name, other classes of that family are meant to be
    passed, too: the name is all that the program says of the method, no base class declares it.
    """
    found = False
    for owner, names, result in list(state.looked_up.values()):
        before = len(result.values)
        if not names.values:
            _load_any(state, owner, result)
        found = found or len(result.values) > before
        met = {value.cls: None for value in owner.values if isinstance(value, Instance)}
        bases = [base for cls in met for base in cls.mro if isinstance(base, ClassValue) and base is not cls]
        for base in dict.fromkeys(base for base in bases if bases.count(base) > 1):
            for cls in state.program.descendants(base):
                if cls not in met and cls not in state.made:
                    state.graph.add(owner, state.instance(cls))
                    found = found or state.instance(cls) in owner.values
    return found


def _load_matching(value: Value, site: Call, name: Built) -> None:
    """Every member whose name has the ends that are known."""
    state = site.state
    cls = value.cls if isinstance(value, Instance) else value
    names: dict[str, None] = {}
    if isinstance(cls, ClassValue):
        for base in cls.mro:
            if isinstance(base, ClassValue):
                names.update(dict.fromkeys(sorted(base.scope.bound)))
    elif isinstance(cls, ModuleValue) and cls.name in state.module_frames:
        names.update(dict.fromkeys(sorted(state.module_frames[cls.name].scope.bound)))
    for one in names:
        if may_be(name.prefix, name.suffix, one):
            members.load(state, value, one, site.result, site.node, site.frame)
    if isinstance(value, Instance):
        state.watch_fields(value, lambda field: _flow_field(site, value, name, field))


def _flow_field(site: Call, owner: Value, name: Built, field: str) -> None:
    if may_be(name.prefix, name.suffix, field):
        site.state.graph.flow(site.state.field(owner, field), site.result)


def store_named(site: Call, _: Value | None) -> None:
    """``setattr(owner, name, value)``."""
    state = site.state
    if len(site.arguments.positional) < 3:
        return
    owner, names, value = site.arguments.positional[:3]

    def named(name: Value) -> None:
        if isinstance(name, (Constant, Built)):
            attr = name.value if isinstance(name, Constant) else f"{name.prefix}*{name.suffix}"
            state.graph.watch(owner, lambda item: members.store(state, item, attr, value, site.node, site.frame))

    state.graph.watch(names, named)


def changed(change: Callable[[str, list[str]], str], arguments: int) -> Callable[[Call, Value | None], None]:
    """A method of texts that changes each end by itself; what it is given must be written out."""

    def model(site: Call, receiver: Value | None) -> None:
        given = [arg.value for arg in getattr(site.node, "args", ()) if isinstance(arg, ast.Constant)]
        texts = [text for text in given if isinstance(text, str)]
        followed = site.state.looks_names_up and isinstance(receiver, (Built, Constant)) and len(texts) == arguments
        if not followed or any(len(text) > 1 for text in texts[:1]):
            _by_stub(site, f"builtins.str.{_name(site)}", receiver)
        elif isinstance(receiver, Constant):
            site.state.graph.add(site.result, site.state.constant(change(receiver.value, texts)))
        elif isinstance(receiver, Built):
            site.state.graph.add(site.result, site.state.built(change(receiver.prefix, texts), change(receiver.suffix, texts)))

    return model


def _name(site: Call) -> str:
    func = getattr(site.node, "func", None)
    return func.attr if isinstance(func, ast.Attribute) else "replace"


def formatted(site: Call, receiver: Value | None) -> None:
    """``"do_{}".format(word)``."""
    text = built(site.state, site.node) if isinstance(site.node, ast.Call) else None
    if text is None:
        _by_stub(site, "builtins.str.format", receiver)
    else:
        site.state.graph.add(site.result, text)


def _by_stub(site: Call, name: str, receiver: Value | None) -> None:
    from porter.inference.outside_calls import external_call

    external_call(site, name, receiver)
