"""Outside callables that inference must understand by name: they make, call or carry the program's own values.

Everything else outside follows its stub (``generics``).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import TYPE_CHECKING

from porter.inference import (
    decorators,
    dynamic,
    escapes,
    indexing,
    iterating,
    members,
    outside_calls,
    outside_protocols,
    parser_defaults,
    partials,
    records,
    registering,
    texts,
)
from porter.inference.graph import Node, watching
from porter.inference.lazy_values import made_by
from porter.inference.values import (
    Arguments,
    BoundMethod,
    Built,
    ClassValue,
    Constant,
    Container,
    External,
    ExternalInstance,
    FunctionValue,
    GeneratorValue,
    Instance,
    PartialValue,
    Value,
)

if TYPE_CHECKING:
    from porter.inference.calls import Call

THREADS = ("threading.Thread", "threading.Timer")
_MAKEFILE = "socket.socket.makefile"


def call(site: Call, name: str, receiver: Value | None) -> None:
    """A call of the outside callable ``name``."""
    model = _MODELS.get(name) or _MODELS.get(site.state.outside.public(name))
    if name.endswith(".__new__") and isinstance(receiver, ClassValue):
        site.state.graph.add(site.result, site.state.instance(receiver))
    elif model is not None:
        model(site, receiver)
    elif receiver is not None and name.rpartition(".")[2] in _DRIVERS and _is_generator(site, receiver):
        _drive(site, name.rpartition(".")[2], receiver)
    elif isinstance(receiver, Instance) and name.endswith(".start") and _is_thread(site, receiver):
        _start_subclass(site, receiver)
    else:
        outside_calls.external_call(site, name, receiver)


def construct_base(site: Call, base: str, instance: Value) -> None:
    """``Class(...)`` where the constructor is that of the outside class ``base``."""
    if site.state.outside.is_subclass(base, "threading.Thread"):
        _thread_target(site, instance)
    else:
        escapes.escape(site)


def _is_thread(site: Call, receiver: Instance) -> bool:
    return any(
        isinstance(base, External) and site.state.outside.is_subclass(base.name, "threading.Thread") for base in receiver.cls.mro
    )


# --- builtins ------------------------------------------------------------------------------------------------------


def _super(site: Call, _: Value | None) -> None:
    """``super()`` and ``super(Class, self)``."""
    state, frame = site.state, site.frame
    at = frame
    while at.function is None or at.scope is not at.function.scope or at.function.owner is None:
        if at.outer is None:
            return
        at = at.outer
    owner = at.function.owner
    if site.arguments.positional:
        for value in site.arguments.positional[0].values:
            owner = value if isinstance(value, ClassValue) else owner
    node = at.scope.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    parameters = [*node.args.posonlyargs, *node.args.args]
    if parameters:
        state.graph.watch(
            at.var(parameters[0].arg),
            lambda value: state.graph.add(site.result, state.super_value(owner, value)),
        )


def _get(site: Call, receiver: Value | None) -> None:
    """``mapping.get(key, default)``."""
    if dynamic.namespace_of(receiver) is not None and site.arguments.positional:
        dynamic.namespace_get(site, receiver)
    else:
        _item(site, "get", receiver)


def _item(site: Call, method: str, receiver: Value | None) -> None:
    """The element at a key that is written out, or the default; any element at another key."""
    state, node, positional = site.state, site.node, site.arguments.positional
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
    key = node.args[0] if named and isinstance(node, ast.Call) and node.args else None
    if not isinstance(receiver, Container) or key is None or indexing.constant_key(key) is None:
        outside_calls.external_call(site, f"builtins.dict.{method}", receiver)
        return
    apart = copy.copy(site)
    apart.result = Node()
    outside_calls.external_call(apart, f"builtins.dict.{method}", receiver)
    indexing.item(state, receiver, key, site.result)
    for default in positional[1:2]:
        state.graph.flow(default, site.result)
    if method == "get" and not positional[1:]:
        state.graph.add(site.result, state.external_instance("types.NoneType"))


def _pop(site: Call, receiver: Value | None) -> None:
    """``mapping.pop(key, default)``."""
    _item(site, "pop", receiver)


def _set_default(site: Call, receiver: Value | None) -> None:
    """``mapping.setdefault(key, value)`` under a constant key: what is there, or comes there."""
    _item(site, "setdefault", receiver)
    if len(site.arguments.positional) < 2 or not isinstance(receiver, Container):
        return
    names, value = site.arguments.positional[:2]

    def named(name: Value) -> None:
        if isinstance(name, Constant):
            site.state.graph.flow(value, site.state.slot(receiver, name.value))

    site.state.graph.watch(names, named)


def _type(site: Call, _: Value | None) -> None:
    def classes(value: Value) -> None:
        if isinstance(value, Instance):
            site.state.graph.add(site.result, value.cls)
        elif isinstance(value, ExternalInstance):
            site.state.graph.add(site.result, site.state.external(value.cls))

    if site.arguments.positional:
        site.state.graph.watch(site.arguments.positional[0], classes)


def _identity(position: int) -> Callable[[Call, Value | None], None]:
    """The result is the argument at ``position``."""

    def model(site: Call, _: Value | None) -> None:
        if len(site.arguments.positional) > position:
            site.state.graph.flow(site.arguments.positional[position], site.result)

    return model


def _cast(site: Call, _: Value | None) -> None:
    """``cast(Type, value)``: the value, or what the type says where nothing is known of it."""
    _identity(1)(site, None)
    if isinstance(site.node, ast.Call) and site.node.args:
        site.state.hints.append((site.result, site.node.args[0], site.frame.scope))


def _new_type(site: Call, _: Value | None) -> None:
    """``NewType(name, Type)`` gives a function that gives its argument."""
    made = site.state.intern("typing.NewType()", lambda: External("typing.NewType()", "function"))
    site.state.graph.add(site.result, made)


def _iter(site: Call, _: Value | None) -> None:
    """``iter(x)``: generators are their own iterators; ``iter(f, sentinel)`` calls ``f``."""
    state = site.state
    if not site.arguments.positional:
        return
    source = site.arguments.positional[0]
    if len(site.arguments.positional) > 1:
        container = state.container("builtins.callable_iterator", site.node)
        element = state.slot(container, None)
        escapes.call_back(site, source, Arguments(), element, "callback")
        state.graph.add(site.result, container)
        return

    def iterator(value: Value) -> None:
        match value:
            case Instance(cls=cls):
                found = members.method(state, cls, "__iter__")
                if found is None:
                    state.graph.add(site.result, value)
                else:
                    state.graph.watch(
                        found,
                        lambda item: members.call_bound(
                            state, item, value, site.node, "iterate", site.frame, Arguments(), site.result
                        ),
                    )
            case GeneratorValue(function=function):
                state.site(site.node, "iterate", site.frame).functions[function.scope] = None
                state.graph.add(site.result, value)
            case Container():
                generator = iterating.generator_expression(state, value)
                if generator is not None:
                    state.site(site.node, "iterate", site.frame).generators[generator] = None
                    state.graph.add(site.result, value)
                    return
                if (call := made_by(value)) is not None:
                    state.site(site.node, "iterate", site.frame).lazies[call] = None
                    state.graph.add(site.result, value)
                    return
                made = state.container("builtins.callable_iterator", (site.node, "iter"))
                outside_protocols.iterate(state, value, state.slot(made, None), site.node)
                state.graph.add(site.result, made)
            case ExternalInstance():
                state.graph.add(site.result, value)
            case Constant():
                state.graph.add(site.result, state.external_instance("typing.Iterator"))
            case _:
                state.graph.add(site.result, state.unknown)

    state.graph.watch(source, iterator)


def _next(site: Call, _: Value | None) -> None:
    state = site.state
    if site.arguments.positional:
        state.graph.watch(
            site.arguments.positional[0],
            lambda value: iterating.advance(state, value, site.result, site.node, site.frame),
        )
    if len(site.arguments.positional) > 1:
        state.graph.flow(site.arguments.positional[1], site.result)


_DRIVERS = ("__next__", "send", "throw", "close")


def _is_generator(site: Call, receiver: Value) -> bool:
    return isinstance(receiver, GeneratorValue) or iterating.generator_expression(site.state, receiver) is not None


def _drive(site: Call, method: str, receiver: Value) -> None:
    """``generator.send(value)`` and its kin run the generator on to its next ``yield``."""
    state = site.state
    if method == "send" and isinstance(receiver, GeneratorValue) and site.arguments.positional:
        state.graph.flow(site.arguments.positional[0], receiver.frame.sent)
    result = Node() if method == "close" else site.result
    iterating.advance(state, receiver, result, site.node, site.frame)


def _property(site: Call, _: Value | None) -> None:
    """``property(fget, fset)`` as a plain call."""
    if site.arguments.positional:
        site.state.graph.watch(
            site.arguments.positional[0],
            lambda value: site.state.graph.add(site.result, decorators.with_kind(site.state, value, "property")),
        )


def _decorator(kind: str) -> Callable[[Call, Value | None], None]:
    def model(site: Call, _: Value | None) -> None:
        if site.arguments.positional:
            site.state.graph.watch(
                site.arguments.positional[0],
                lambda value: site.state.graph.add(site.result, decorators.with_kind(site.state, value, kind)),
            )

    return model


# --- functools, threading ------------------------------------------------------------------------------------------


def _partial(site: Call, _: Value | None) -> None:
    state = site.state
    if not isinstance(site.node, ast.Call) or not site.arguments.positional:
        return
    node, frame = site.node, site.frame
    value = state.intern((PartialValue, node, frame), lambda: PartialValue(node, frame))
    state.graph.flow(site.arguments.positional[0], state.slot(value, "function"))
    partials.keep_partial(state, value, site.arguments)
    state.graph.add(site.result, value)


def _thread(site: Call, receiver: Value | None) -> None:
    """``Thread(target=, args=, kwargs=)``, and ``super().__init__(...)`` of a subclass."""
    state = site.state
    if receiver is None:
        thread = state.external_instance("threading.Thread", site.node, "threading.Thread")
        state.graph.add(site.result, thread)
    else:
        thread = receiver
    _thread_target(site, thread)


def _thread_target(site: Call, thread: Value) -> None:
    arguments = site.arguments
    positional = arguments.positional
    target = arguments.keywords.get("target") or (positional[1] if len(positional) > 1 else None)
    args = arguments.keywords.get("args") or (positional[3] if len(positional) > 3 else None)
    kwargs = arguments.keywords.get("kwargs")
    if target is not None:
        spawned = Arguments(star=[args] if args is not None else [])
        if kwargs is not None:
            spawned.double_star.append(kwargs)
        escapes.call_back(site, target, spawned, Node(), "spawn")
    site.state.spawn_sites.setdefault(site.node, thread)


def _process(cls: str) -> Callable[[Call, Value | None], None]:
    """``Process(target=, args=)``: another process calls the target."""

    def apply(site: Call, receiver: Value | None) -> None:
        site.state.graph.add(site.result, site.state.external_instance(cls, site.node, cls))
        arguments = site.arguments
        target = arguments.keywords.get("target") or next(iter(arguments.positional[1:2]), None)
        args = arguments.keywords.get("args") or next(iter(arguments.positional[3:4]), None)
        if target is not None and receiver is None:
            escapes.call_back(site, target, Arguments(star=[args] if args is not None else []), Node(), "callback")

    return apply


def _timer(site: Call, _: Value | None) -> None:
    state = site.state
    state.graph.add(site.result, state.external_instance("threading.Timer", site.node, "threading.Timer"))
    arguments = site.arguments
    positional = arguments.positional
    target = arguments.keywords.get("function") or (positional[1] if len(positional) > 1 else None)
    args = arguments.keywords.get("args") or (positional[2] if len(positional) > 2 else None)
    if target is not None:
        escapes.call_back(site, target, Arguments(star=[args] if args is not None else []), Node(), "spawn")


def _enter_event(site: Call, receiver: Value | None) -> None:
    """``scheduler.enter(delay, priority, action, argument, kwargs)`` has the action called, and gives the event."""
    arguments = site.arguments
    positional = dict(enumerate(arguments.positional))
    action = arguments.keywords.get("action") or positional.get(2)
    given = arguments.keywords.get("argument") or positional.get(3)
    kwargs = arguments.keywords.get("kwargs") or positional.get(4)
    site.state.graph.add(site.result, site.state.external_instance("sched.Event"))
    if action is not None:
        passed = Arguments(star=[given] if given is not None else [], double_star=[kwargs] if kwargs is not None else [])
        escapes.call_back(site, action, passed, Node(), "callback")


def _raw_thread(site: Call, _: Value | None) -> None:
    """``_thread.start_new_thread(function, args, kwargs)``."""
    positional = site.arguments.positional
    if len(positional) > 1:
        escapes.call_back(site, positional[0], Arguments(star=[positional[1]]), Node(), "spawn")


def _closing(site: Call, receiver: Value | None) -> None:
    """``contextlib.closing(thing)`` calls the ``close`` of an object of the program."""
    state = site.state
    outside_calls.external_call(site, "contextlib.closing", receiver)
    things = site.arguments.positional[:1] or [value for key, value in site.arguments.keywords.items() if key == "thing"]

    def closed(thing: Value) -> None:
        if isinstance(thing, ExternalInstance) and thing.source == _MAKEFILE:  # which is entered and left like itself
            state.site(site.node, "enter", site.frame).externals.setdefault(f"{thing.cls}.__enter__", {})[thing] = None
        found = members.method(state, thing.cls, "close") if isinstance(thing, Instance) else None
        if found is not None:
            close = watching(_called_back, site, thing)
            state.graph.watch(found, close)

    for node in things:
        state.graph.watch(node, closed)


def _enter_context(site: Call, _: Value | None) -> None:
    """``stack.enter_context(manager)`` enters it, and leaves it when the stack is left."""
    from porter.inference import entering

    assert isinstance(site.node, ast.Call)
    for manager in site.arguments.positional[:1]:
        entered = watching(_entered, site, entering.enter)
        site.state.graph.watch(manager, entered)


def _entered(item: Value, site: Call, enter: Callable[..., None]) -> None:
    enter(site.state, item, site.result, site.node, site.frame)


def _called_back(item: Value, site: Call, receiver: Value) -> None:
    members.call_bound(site.state, item, receiver, site.node, "callback", site.frame, Arguments(), Node())


def _start_subclass(site: Call, receiver: Instance) -> None:
    """``start()`` of a ``Thread`` subclass runs its ``run``."""
    found = members.method(site.state, receiver.cls, "run")
    if found is not None:
        members_call = Arguments()
        site.state.graph.watch(
            found,
            lambda item: members.call_bound(site.state, item, receiver, site.node, "spawn", site.frame, members_call, Node()),
        )


def _submit(site: Call, _: Value | None) -> None:
    """``Executor.submit(fn, *args)``: the future's result is what ``fn`` returns."""
    state = site.state
    positional = site.arguments.positional
    if not positional:
        return
    future = state.external_instance("concurrent.futures._base.Future", site.node, "concurrent.futures.Executor.submit")
    state.graph.add(site.result, future)
    rest = Arguments(positional[1:], site.arguments.star, site.arguments.keywords, site.arguments.double_star)
    escapes.call_back(site, positional[0], rest, state.slot(future, None), "spawn")


def _executor_map(site: Call, _: Value | None) -> None:
    state = site.state
    positional = site.arguments.positional
    if not positional:
        return
    parts = []
    for iterable in positional[1:]:
        element = Node()
        state.graph.watch(iterable, watching(lambda value, e: iterating.iterate(state, value, e, site.node, site.frame), element))
        parts.append(element)
    container = state.container("types.GeneratorType", (site.node, "map"))
    escapes.call_back(site, positional[0], Arguments(parts), state.slot(container, None), "spawn")
    state.graph.add(site.result, container)


def _method_of(site: Call, receiver: Value | None) -> None:
    """``function.__get__(instance)``: a bound method."""
    first = site.arguments.positional[:1]
    if receiver is not None and first:
        _bind_each(site, site.state.graph.seed([receiver]), first[0])


def _method_type(site: Call, _: Value | None) -> None:
    """``types.MethodType(function, instance)``."""
    if len(site.arguments.positional) > 1:
        _bind_each(site, site.arguments.positional[0], site.arguments.positional[1])


def _bind_each(site: Call, functions: Node, receivers: Node) -> None:
    state = site.state

    def function(value: Value) -> None:
        def receiver(owner: Value) -> None:
            bound = state.bound(value, owner) if isinstance(value, FunctionValue) else value
            state.graph.add(site.result, bound)

        state.graph.watch(receivers, receiver)

    state.graph.watch(functions, function)


def _vars(site: Call, _: Value | None) -> None:
    """``vars(x)`` is ``x.__dict__``."""
    if site.arguments.positional:
        state = site.state
        state.graph.watch(
            site.arguments.positional[0],
            lambda value: members.load(state, value, "__dict__", site.result, site.node, site.frame),
        )


def _update(site: Call, receiver: Value | None) -> None:
    """``dict.update``: what stands under a constant key goes to the same key."""
    state = site.state
    if not isinstance(receiver, Container):
        outside_calls.external_call(site, "builtins.dict.update", receiver)
        return

    def merge(other: Value) -> None:
        if isinstance(other, Container) and other.cls == "builtins.dict":
            if other is not receiver and state.once("merge", other, receiver):
                state.watch_slots(other, lambda key, node: state.graph.flow(node, state.slot(receiver, key)))
        else:
            element = Node()
            iterating.iterate(state, other, element, site.node, site.frame)
            state.graph.watch(
                element,
                lambda pair: indexing.unpack(state, pair, 1, state.slot(receiver, None), site.node, site.frame),
            )

    for source in (*site.arguments.positional, *site.arguments.double_star):
        state.graph.watch(source, merge)
    for name, value in site.arguments.keywords.items():
        state.graph.flow(value, state.slot(receiver, name))


def _import_module(site: Call, _: Value | None) -> None:
    """``importlib.import_module`` with a name that is written out, or begins or ends with what is."""
    state = site.state

    def named(name: Value) -> None:
        if isinstance(name, Constant):
            found = state.program.named_module(name.value)
            state.graph.add(site.result, found if found is not None else state.unknown)
            return
        state.graph.add(site.result, state.unknown)
        for one, module in sorted(state.program.module_values.items()):
            if isinstance(name, Built) and texts.may_be(name.prefix, name.suffix, one):
                state.graph.add(site.result, module)

    for names in site.arguments.positional[:1]:
        state.graph.watch(names, named)


def _named_tuple(site: Call, _: Value | None) -> None:
    """``namedtuple("Pair", "a b")``: a function that makes tuples whose items have names, too."""
    if isinstance(site.node, ast.Call):
        _made_by(site, "collections.namedtuple()")


def _make_named_tuple(site: Call, _: Value | None) -> None:
    """A call of what ``namedtuple`` gave: its fields come first, as the partial that they are kept in says."""
    state = site.state
    fields, *values = site.arguments.positional
    made = state.container("builtins.tuple", (site.node, "namedtuple"))
    site.site().plain = True
    state.graph.add(site.result, made)

    def named(names: Value) -> None:
        if isinstance(names, Constant):
            for position, name in enumerate(names.value.split()):
                value = values[position] if position < len(values) else site.arguments.keywords.get(name)
                if value is not None:
                    state.graph.flow(value, state.slot(made, position))
                    state.graph.flow(value, state.slot(made, name))

    state.graph.watch(fields, named)


def _partial_method(site: Call, _: Value | None) -> None:
    """``functools.partialmethod``: a partial that is bound to the object it is read through."""
    _partial(site, None)
    for value in site.result.values:
        site.state.once("method", value)


def _made_by(site: Call, maker: str) -> None:
    """The result is a partial of the outside function ``maker``, with what it needs to know as its first argument."""
    state = site.state
    assert isinstance(site.node, ast.Call)
    node, frame = site.node, site.frame
    value = state.intern((PartialValue, node, frame), lambda: PartialValue(node, frame))
    function = state.intern(maker, lambda: External(maker, "function"))
    state.graph.add(state.slot(value, "function"), function)
    names = records.tuple_names(node)
    first = state.graph.seed([state.constant(" ".join(names))]) if names else site.arguments.positional[0]
    state.graph.flow(first, state.slot(value, 0))
    if not names:
        for position, argument in enumerate(site.arguments.positional[1:]):
            state.graph.flow(argument, state.slot(value, position + 1))
    state.graph.add(site.result, value)


def _method_caller(site: Call, _: Value | None) -> None:
    """``operator.methodcaller("name", *args)``."""
    if isinstance(site.node, ast.Call) and site.arguments.positional:
        _made_by(site, "operator.methodcaller()")


def _call_method(site: Call, _: Value | None) -> None:
    """A call of what ``methodcaller`` gave: the name, its arguments, and last the object."""
    from porter.inference.calls import Call

    state = site.state
    name, *arguments, owner = [*site.arguments.positional, state.nothing]
    if arguments:
        owner = arguments.pop()
    loaded = Node()

    def named(value: Value) -> None:
        if isinstance(value, Constant):
            state.graph.watch(owner, lambda item: members.load(state, item, value.value, loaded, site.node, site.frame))

    state.graph.watch(name, named)
    inner = Call(state, site.node, site.frame, Arguments(arguments, [], site.arguments.keywords), site.result, site.role)
    state.graph.watch(loaded, inner.apply)


def _attribute_getter(site: Call, _: Value | None) -> None:
    """``operator.attrgetter("name")``."""
    if isinstance(site.node, ast.Call) and len(site.arguments.positional) == 1:
        _made_by(site, "operator.attrgetter()")


def _wraps(site: Call, _: Value | None) -> None:
    """``functools.wraps(f)`` gives a decorator that keeps its argument."""
    site.state.graph.add(site.result, site.state.external("functools.wraps"))


def _cache(site: Call, _: Value | None) -> None:
    """``lru_cache(f)`` keeps ``f``; ``lru_cache(32)`` and ``lru_cache(maxsize=32)`` give a decorator that does."""
    state = site.state
    decorator = state.external("functools.lru_cache")
    if not site.arguments.positional:
        state.graph.add(site.result, decorator)

    def kept(value: Value) -> None:
        is_function = isinstance(value, (BoundMethod, ClassValue, External, FunctionValue, PartialValue))
        state.graph.add(site.result, value if is_function else decorator)

    for argument in site.arguments.positional[:1]:
        state.graph.watch(argument, kept)


def function_values(value: Value) -> FunctionValue | None:
    """The function behind a function or bound method."""
    if isinstance(value, BoundMethod):
        return value.function
    return value if isinstance(value, FunctionValue) else None


def _gives(cls: str) -> Callable[[Call, Value | None], None]:
    """What gives an object of an outside class, and typeshed does not say so."""

    def apply(call: Call, receiver: Value | None) -> None:
        call.state.graph.add(call.result, call.state.external_instance(cls, call.node))

    return apply


_MODELS: dict[str, Callable[[Call, Value | None], None]] = {
    "argparse.ArgumentParser.set_defaults": parser_defaults.set_defaults,
    "argparse._ActionsContainer.set_defaults": parser_defaults.set_defaults,
    "argparse._SubParsersAction.add_parser": _gives("argparse.ArgumentParser"),
    "builtins.super": _super,
    "builtins.getattr": dynamic.load_named,
    "builtins.setattr": dynamic.store_named,
    "builtins.globals": dynamic.module_namespace,
    "builtins.dict.get": _get,
    "builtins.str.format": dynamic.formatted,
    "builtins.str.replace": dynamic.changed(lambda text, given: text.replace(given[0], given[1]), 2),
    "builtins.str.lower": dynamic.changed(lambda text, _: text.lower(), 0),
    "builtins.str.upper": dynamic.changed(lambda text, _: text.upper(), 0),
    "builtins.type": _type,
    "builtins.dict.pop": _pop,
    "builtins.dict.setdefault": _set_default,
    "builtins.iter": _iter,
    "builtins.next": _next,
    "builtins.aiter": _iter,
    "builtins.anext": _next,
    "builtins.property": _property,
    "builtins.staticmethod": _decorator("staticmethod"),
    "builtins.classmethod": _decorator("classmethod"),
    "contextlib.contextmanager": _decorator("contextmanager"),
    "contextlib.asynccontextmanager": _decorator("asynccontextmanager"),
    "functools.cached_property": _decorator("cached_property"),
    "functools.lru_cache": _cache,
    "functools.cache": _identity(0),
    "functools.update_wrapper": _identity(0),
    "functools.wraps": _wraps,
    "functools.partial": _partial,
    "typing.cast": _cast,
    "typing.NewType": _new_type,
    "typing_extensions.NewType": _new_type,
    "typing.NewType()": _identity(0),
    "copy.copy": _identity(0),
    "weakref.proxy": _identity(0),
    "threading.Thread": _thread,
    "threading.Thread.__init__": _thread,
    "threading.Timer": _timer,
    "_thread.start_new_thread": _raw_thread,
    "sched.scheduler.enter": _enter_event,
    "sched.scheduler.enterabs": _enter_event,
    "functools.partialmethod": _partial_method,
    "types.FunctionType.__get__": _method_of,
    "types.MethodType": _method_type,
    "builtins.vars": _vars,
    "builtins.dict.update": _update,
    "importlib.import_module": _import_module,
    "builtins.__import__": _import_module,
    "collections.namedtuple": _named_tuple,
    "collections.namedtuple()": _make_named_tuple,
    "operator.methodcaller": _method_caller,
    "operator.methodcaller()": _call_method,
    "operator.attrgetter": _attribute_getter,
    "operator.attrgetter()": dynamic.get_attribute,
    "contextlib.closing": _closing,
    "contextlib.ExitStack.enter_context": _enter_context,
    "urllib.request.urlopen": _gives("http.client.HTTPResponse"),
    "urllib.request.OpenerDirector.open": _gives("http.client.HTTPResponse"),
}
_MODELS.update(registering.MODELS)
for _cls in ("multiprocessing.context.Process", *(f"multiprocessing.context.{_kind}Process" for _kind in ("Spawn", "Fork"))):
    _MODELS[_cls] = _process(_cls)
_MODELS["multiprocessing.Process"] = _process("multiprocessing.context.Process")
_MODELS["multiprocessing.context.ForkServerProcess"] = _process("multiprocessing.context.ForkServerProcess")
for _pool in ("Executor", "ThreadPoolExecutor", "ProcessPoolExecutor"):
    _MODELS[f"concurrent.futures.{_pool}.submit"] = _submit
    _MODELS[f"concurrent.futures.{_pool}.map"] = _executor_map
