"""Colours: which functions must be asynchronous, and the chain of calls that says why.

A function is asynchronous if it awaits: it makes a call that the port awaits, or it calls, enters or iterates over something
asynchronous. Overrides of it change with it, and so do all implementations that one call site may meet.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Collection, Container, Mapping

from porter.catalogue.entry import USER
from porter.facts.model import Scope
from porter.inference.agreeing import unresolved
from porter.inference.aliases import bound_names
from porter.inference.blocking import Blocking
from porter.inference.callbacks import callbacks
from porter.inference.colours import Cause, Colours, Conflict
from porter.inference.construction import beyond, class_of, construction, handed_out, why_not_opened
from porter.inference.declared import gives_container
from porter.inference.decorating import decorating
from porter.inference.frontiers import AWAITABLE_SPECIAL as AWAITABLE_SPECIAL
from porter.inference.frontiers import callback, is_applied_below, why_plain
from porter.inference.hooks import waiting_hooks
from porter.inference.init import constructor_of, is_constructor, is_overload
from porter.inference.io_classes import WAITING, file_method
from porter.inference.kin import kin
from porter.inference.lazies import is_lazy
from porter.inference.leaving import never_returns
from porter.inference.program import Module
from porter.inference.result import Inference
from porter.inference.state import Site, caller_of
from porter.inference.structural import protocols
from porter.inference.tidying import tidies
from porter.inference.values import (
    ClassValue,
    External,
    GeneratorValue,
)

_FEEDS = ("iterate", "next", "callback")
"""How a call that makes a lazy iterator reaches what its elements are made of."""
MANAGER = ("__enter__", "__exit__")
ITERATOR = ("__iter__", "__next__")


def colour(
    inference: Inference,
    seeds: list[Blocking],
    pinned: Mapping[Scope, str],
    contained: Container[Scope] = frozenset(),
    quiet: Container[ast.AST] = frozenset(),
    replaced: Collection[str] = frozenset(),
    overrides: Mapping[Scope, str] | None = None,
    spinning: Collection[Scope] = (),
    outside: frozenset[str] = frozenset(),
    lending: Collection[Scope] = (),
    finalizing: Container[Scope] = (),
) -> Colours:
    """The least colouring in which every seed is awaited.

    ``pinned`` functions stay as they are, for the reason that is given; so does what they call, unless they are
    ``contained``: those are left with holes. What stands at ``quiet`` nodes is never run in the port.
    ``replaced`` are full names of outside classes and functions in whose place the port uses others; ``overrides``,
    functions that override what a row names, with the row's name; ``spinning``, those that wait in a loop for what tasks
    change; ``lending``, those that have a thread work with a file; ``outside``, names of outside classes' methods in whose
    place the port has coroutines; ``finalizing``, methods that may be ``__del__`` as well.
    """
    colouring = _Colouring(inference, pinned, contained, quiet, frozenset(replaced))
    colouring.finalizing = finalizing
    colouring.colours.outside = outside
    return colouring.run(seeds, overrides or {}, spinning, lending)


class _Colouring:
    def __init__(
        self,
        inference: Inference,
        pinned: Mapping[Scope, str],
        contained: Container[Scope],
        quiet: Container[ast.AST],
        replaced: frozenset[str],
    ) -> None:
        self.inference = inference
        self.pinned = pinned
        self.contained = contained
        self.quiet = quiet
        self.replaced = replaced
        self.finalizing: Container[Scope] = ()
        self.never_run: list[Site] = []
        self.seeded: set[tuple[ast.AST, str]] = set()
        """Places at which everything from outside that they may reach is awaited."""
        self.colours = Colours()
        self.seeds: set[ast.AST] = set()
        self.work: deque[Scope] = deque()
        self.protocols = protocols(inference.program)
        self.consumers = inference.consumers
        self.decorating = decorating(inference)

    def run(
        self, seeds: list[Blocking], overrides: Mapping[Scope, str], spinning: Collection[Scope], lending: Collection[Scope]
    ) -> Colours:
        self.seeds = {seed.site.node for seed in seeds}
        for scope, row in overrides.items():
            self.mark(scope, Cause(None, family="overrides", row=row), None)
        for scope in spinning:
            self.mark(scope, Cause(None, family="waits in a loop", row="for what another task changes"), None)
        for scope in lending:
            self.mark(scope, Cause(None, family="has a thread work with", row="a connection's file"), None)
        for seed in seeds:
            self.wait(seed.site, Cause(seed.site, blocking=seed))
            self.also_reached(seed)
        self.spread()
        while self.by_name() or self.by_decorator() or self.by_hook():
            self.spread()
        for site in self.never_run:
            if site.role == "call" and site.caller in self.colours.causes:
                self.colours.awaited[site.node, site.role] = site  # never run, but type checkers read it
        self.iterators()
        self.mixtures()
        self.constructors()
        return self.colours

    def also_reached(self, seed: Blocking) -> None:
        """The program's functions that a place reaches which awaits something from outside.

        By a user's row, it is what an attribute, a parameter or a local holds; else an object that takes the place of a
        socket, with methods of the same names, or of a lock.
        """
        if (seed.row.idiom, seed.site.role) in _ALIKE and not seed.others:
            self.seeded.add((seed.site.node, seed.site.role))
            for function in seed.site.functions:
                if not function.is_generator and not never_returns(function):
                    self.mark(function, Cause(seed.site, blocking=seed, family="is called where"), None)
        if seed.row.library != USER or seed.site.role not in ("call", "enter"):
            return
        for function in seed.site.functions:
            owner = self.inference.program.classes.get(function.parent) if function.parent is not None else None
            named = owner is not None and any(base.name == seed.row.name for base in owner.mro)
            skips = named or function.is_generator or never_returns(function)
            if seed.row.tail != function.name and not skips:
                self.mark(function, Cause(seed.site, blocking=seed, family="is reached where"), None)

    def spread(self) -> None:
        """Colour what calls the functions that were coloured."""
        while self.work:
            scope = self.work.popleft()
            self.family(scope)
            for site in self.inference.callers(scope):
                self.reach(site, scope)

    def by_name(self) -> bool:
        """Where types say nothing of an object, let its method's name decide; whether that coloured anything."""
        for site, candidates in unresolved(self.inference):
            module = self.inference.program.module_for(site.caller)
            known = (site.node, site.role) in self.colours.awaited or module.facts.is_dropped(site.node)
            if known or not module.source.is_target:
                continue
            if all(scope in self.colours.causes and not scope.is_generator for scope in candidates):
                self.colours.named[site.node] = candidates
                self.wait(site, Cause(site, callee=candidates[0]))
        for held in callbacks(self.inference):
            methods = [child for cls in held.given for child in cls.scope.children if child in self.colours.causes]
            for site in held.calls if methods else ():
                if (site.node, site.role) not in self.colours.awaited:
                    self.colours.named[site.node] = tuple(methods)
                    self.wait(site, Cause(site, callee=methods[0]))
        return bool(self.work)

    def by_hook(self) -> bool:
        """What a class calls for those that derive from it may wait where the class does; whether that coloured anything."""
        for scope in waiting_hooks(self.inference, self.colours.causes):
            if scope not in self.pinned:
                self.mark(scope, Cause(None, family="is there to be overridden", row="in classes that are given"), None)
        for cls, calls in self.inference.state.given.items():
            init = constructor_of(cls)
            if init is not None and init in self.colours.causes:
                self.colours.named.update((call, (init,)) for call in calls)
        return bool(self.work)

    def by_decorator(self) -> bool:
        """A manager that decorates a function waits as the function does; whether that coloured anything."""
        for held in self.decorating:
            together = (held.function, *held.entering)
            first = next((scope for scope in together if scope in self.colours.causes), None)
            if first is None:
                continue
            if held.function.is_generator or isinstance(held.function.node, ast.AsyncFunctionDef):
                what = "an asynchronous generator" if held.function.is_generator else "a coroutine function"
                reason = f"it decorates {what}, whose elements are made after it was left"
                self.conflict(first, held.decorator, reason, "enter it in the function, by a `with` statement")
                continue
            stuck = next((scope for scope in together if scope in self.pinned), None)
            if stuck is not None:
                for scope in set(together) & self.colours.causes.keys():
                    reason = f"`{stuck.qualname}`, which it is called with, stays synchronous: {self.pinned[stuck]}"
                    self.conflict(scope, held.decorator, reason, "enter the manager in the function, by a `with` statement")
                continue
            for scope in together:
                family = "decorates" if scope is not held.function else "is decorated by"
                self.mark(scope, Cause(None, callee=first, family=family), None)
        return bool(self.work)

    def wait(self, site: Site, cause: Cause) -> None:
        """Something is awaited at ``site``: what runs the code there must be asynchronous."""
        if site.node in self.quiet:
            return
        if site.caller in self.contained:
            self.colours.holes[site.node, site.role] = site
            return
        self.colours.awaited[site.node, site.role] = site
        if site.role in _FEEDS and is_lazy(self.inference, self.inference.program.module_for(site.caller), site.node):
            self.defer(site, cause)
        else:
            self.hold(site, cause)

    def hold(self, site: Site, cause: Cause) -> None:
        """What runs the code at ``site`` waits there."""
        generator = self.generator_around(site)
        if generator is None:
            self.mark(site.caller, cause, site)
        elif generator not in self.colours.generators:
            self.colours.generators[generator] = cause
            self.suspend(generator, cause)

    def suspend(self, generator: Scope, cause: Cause) -> None:
        """A generator expression became asynchronous: so does what takes its elements."""
        consumers = self.consumers.get(generator, ())
        if not consumers:
            scope = cause.callee or (cause.site.caller if cause.site is not None else generator)
            self.conflict(
                scope,
                generator.node,
                "no loop over this generator expression is in sight, so its elements cannot be awaited",
                "make it a list, or a generator function",
            )
        for site in consumers:
            self.wait(site, Cause(site, callee=caller_of(generator)))

    def defer(self, site: Site, cause: Cause) -> None:
        """A lazy iterator became asynchronous: what takes its elements waits, and what made it does not."""
        if site.node in self.colours.lazies:
            return
        self.colours.lazies[site.node] = cause
        self.colours.awaited.setdefault((site.node, site.role), site)
        consumers = self.inference.lazy_consumers.get(site.node, ())
        if not consumers:
            self.conflict(
                cause.callee or site.caller,
                site.node,
                "no loop over this iterator is in sight, so its elements cannot be awaited",
                "make it a list, or a generator function",
            )
        for consumer in consumers:
            reason = Cause(consumer, callee=cause.callee, blocking=cause.blocking)
            self.alike(consumer, reason)
            if consumer.node is site.node:  # looped over where it is made
                self.colours.awaited[consumer.node, consumer.role] = consumer
                self.hold(consumer, reason)
            else:
                self.wait(consumer, reason)

    def alike(self, consumer: Site, cause: Cause) -> None:
        """Lazy iterators that one place may take elements of are asynchronous together; they take plain iterables, too."""
        for other in consumer.lazies:
            module = self.inference.program.module_for(consumer.caller)
            home = module if other in module.facts.parents else self.home_of(other)
            if home is not None and is_lazy(self.inference, home, other):
                made = self.inference.site(other, "iterate") or self.inference.site(other)
                self.defer(Site(other, "iterate", made.caller if made is not None else consumer.caller), cause)

    def home_of(self, node: ast.AST) -> Module | None:
        """The module in which a node stands, if it may change."""
        modules = self.inference.program.modules.values()
        return next((module for module in modules if module.source.is_target and node in module.facts.parents), None)

    def generator_around(self, site: Site) -> Scope | None:
        """The innermost generator expression whose elements are made by running ``site``; its first iterable is not."""
        parents = self.inference.program.module_for(site.caller).facts.parents
        node: ast.AST = site.node
        below: ast.AST | None = None
        outer_iterable = site.role in ("iterate", "next")
        while node in parents and node is not site.caller.node:
            parent = parents[node]
            if isinstance(parent, ast.GeneratorExp):
                first = isinstance(node, ast.comprehension) and parent.generators[0] is node and node.iter is below
                if not first or (outer_iterable and below is site.node):
                    return self.inference.program.comprehensions[parent]
            below, node = node, parent
        return None

    def mark(self, scope: Scope, cause: Cause, site: Site | None) -> None:
        """``scope`` must be asynchronous."""
        if not self.inference.program.module_for(scope).source.is_target:
            return  # a file that is only read for what it says stays as it is, whoever calls from there
        if scope.kind == "module":
            if site is not None and site not in self.colours.entries:
                self.colours.entries.append(site)
            return
        if scope in self.colours.causes or scope in self.contained:
            return
        if scope in self.pinned:
            node = site.node if site is not None else scope.node
            self.colours.conflicts.append(Conflict(scope, node, self.pinned[scope], ""))
            return
        if is_constructor(scope):
            plain = why_not_opened(self.inference, scope)
        elif isinstance(scope.node, ast.AsyncFunctionDef):
            plain = None  # whoever calls it awaits it already, Python itself included: `__aexit__`
        else:
            plain = why_plain(self.inference.program, scope, self.finalizing)
        if plain is not None:
            self.conflict(scope, scope.node, *plain, stays=not is_constructor(scope))
            return
        self.colours.causes[scope] = cause
        self.work.append(scope)

    def family(self, scope: Scope) -> None:
        """Overrides, and the partner of a protocol pair."""
        if scope.parent is None or scope.parent.kind != "class" or is_constructor(scope):
            return  # a constructor is called by name, or by another that is found to do so
        if scope.name.startswith("__") and not scope.name.endswith("__"):
            return  # each class has a private method of its own
        cls = self.inference.program.classes[scope.parent]
        for relative in self.relatives(cls):
            self.override(relative, scope)
        for protocol in self.protocols.of(cls):
            self.override(protocol, scope, "is the protocol of")
        if file_method(self.inference, scope) is not None:
            self.file(cls, scope)
        names = bound_names(scope)
        if not names.isdisjoint(MANAGER):
            self.colours.async_managers.update(self.relatives(cls))
            for name in MANAGER:
                self.members(cls, name, scope)
        if "__next__" in names or ("__iter__" in names and scope.is_generator):
            self.colours.async_iterables.update(self.relatives(cls))
        if "__iter__" in names and not scope.is_generator:
            self.conflict(
                scope, scope.node, "`__iter__` would have to await", "make it a generator, or move the blocking call out of it"
            )

    def file(self, cls: ClassValue, scope: Scope) -> None:
        """All methods of a file that its base class may call are of one colour."""
        relatives = self.relatives(cls)
        self.colours.async_files.update(relatives)
        self.colours.async_managers.update(relatives)
        self.colours.async_iterables.update(relatives)
        for relative in relatives:
            for child in relative.scope.children:
                if child.kind == "function" and child.name in WAITING:
                    self.mark(child, Cause(None, callee=scope, family="is a file's as much as"), None)

    def relatives(self, cls: ClassValue) -> list[ClassValue]:
        """Ancestors and descendants of a class in the program."""
        found: dict[ClassValue, None] = {}
        for ancestor in cls.mro:
            if isinstance(ancestor, ClassValue):
                for relative in self.inference.program.descendants(ancestor) if ancestor is cls else [ancestor]:
                    found[relative] = None
        return list(found)

    def override(self, relative: ClassValue, scope: Scope, family: str = "overrides") -> None:
        for child in relative.scope.children:
            if child.kind != "function" or child.name != scope.name or child is scope:
                continue
            if child.is_generator == scope.is_generator:  # a plain stub of a generator stays one: its type says it all
                self.mark(child, Cause(None, callee=scope, family=family), None)

    def members(self, cls: ClassValue, name: str, scope: Scope) -> None:
        for relative in self.relatives(cls):
            for child in relative.scope.children:
                if child.kind == "function" and child.name == name:
                    self.mark(child, Cause(None, callee=scope, family="is the other half of"), None)

    def reach(self, site: Site, scope: Scope) -> None:
        """``site`` reaches the asynchronous ``scope``."""
        module = self.inference.program.module_for(site.caller)
        if not module.source.is_target:
            self.read_only(module, site, scope)
        if not module.source.is_target or module.facts.is_dropped(site.node):
            return
        if site.node in self.quiet:
            self.never_run.append(site)
            return
        tidy = tidies(self.inference, site, self.seeds)
        if tidy:
            self.colours.tidied[site.node] = tidy
            return
        match site.role:
            case "call" | "spawn" if is_constructor(scope):
                if not self.constructs(site, scope):
                    return
            case "call":
                if scope.is_generator:
                    self.together(site, scope)
                    return
            case "spawn" | "set":
                if site.role == "set":
                    self.conflict(scope, site.node, "a property's setter cannot be awaited", "make it a method")
                return
            case "callback" if (way := callback(self.inference, site, scope)) and (way == "either" or not site.externals):
                if way != "either":
                    self.together(site, scope)
                if way == "awaited":
                    self.wait(site, Cause(site, callee=scope))
                else:
                    self.colours.awaited[site.node, site.role] = site
                return
            case "callback" if self.goes_to_twin(site):
                self.colours.awaited[site.node, site.role] = site
                self.together(site, scope)
                return
            case "callback":
                self.conflict(
                    scope,
                    site.node,
                    "it is called by code that does not await its result",
                    "call it from a coroutine instead, and pass the result",
                    stays=True,
                )
                return
            case "decorate" if not is_applied_below(module, site.node):
                reason = "it decorates, and nothing can await it there"
                self.conflict(scope, site.node, reason, "apply it in a function: `name = decorate(name)`", stays=True)
                return
            case "iterate" if scope.name == "__getitem__":
                self.conflict(scope, site.node, "a loop calls this `__getitem__`, and cannot await it", "write an `__iter__`")
                return
            case "iterate" if not scope.is_generator:
                return  # `__iter__` itself; its iterator is what is asynchronous
            case "iterate" if self.makes_iterator(site):
                self.colours.awaited[site.node, site.role] = site  # `aiter(x)` waits for nothing
                self.together(site, scope)
                return
        self.together(site, scope)
        self.wait(site, Cause(site, callee=scope))

    def read_only(self, module: Module, site: Site, scope: Scope) -> None:
        """A base class in a file that stays as it is calls a method of its own object, and drops what it gives."""
        call, caller = site.node, site.caller
        if site.role != "call" or not isinstance(call, ast.Call) or not isinstance(module.facts.parents.get(call), ast.Expr):
            return
        match call.func:
            case ast.Attribute(value=ast.Name(id=name)) if name in _first_parameter(caller) and self.inherits(scope, caller):
                reason = f"`{caller.qualname}`, in a file that stays as it is, calls it and does not await it"
                self.conflict(scope, call, reason, "port that file too, or let it call a method that does not block", stays=True)

    def inherits(self, scope: Scope, other: Scope) -> bool:
        """Whether ``other`` is a method of an ancestor of the class that has ``scope``."""
        classes = self.inference.program.classes
        mine = classes.get(scope.parent) if scope.parent is not None else None
        theirs = classes.get(other.parent) if other.parent is not None else None
        return mine is not None and theirs is not None and theirs in mine.mro[1:]

    def goes_to_twin(self, site: Site) -> bool:
        """Whether a function is given to what the port replaces by an asynchronous twin, which awaits it."""
        call = self.inference.site(site.node)
        outside = self.inference.state.outside
        names = {outside.public(name) for name in call.externals} if call is not None else set()
        owners = {name.rpartition(".")[0] for name in names}
        return bool(names) and not self.replaced.isdisjoint(names | owners | (set(call.externals) if call else set()))

    def constructs(self, site: Site, scope: Scope) -> bool:
        """Whether ``site`` reaches the constructor ``scope`` in a way that can await; if not, that is a conflict."""
        name = class_of(self.inference.program, scope).scope.name
        if site.role == "spawn":
            self.conflict(scope, site.node, f"a thread makes its `{name}`", "give the thread a function that makes it")
            return False
        match construction(self.inference, site):
            case "inner":
                self.wait(site, Cause(site, callee=scope))
                return False  # of the constructors that a base class may have here, each is looked at by itself
            case "class" | "partial" if not site.plain:
                return True
            case "class" | "partial":
                why = f"this place makes a `{name}` or an object of a class without `__init__`"
            case _:
                why = f"this place calls the class `{name}`, or something else"
        self.conflict(scope, site.node, why, "separate the two")
        return False

    def constructors(self) -> None:
        """A base class's constructor awaits for every subclass that calls it, and nobody else makes such objects."""
        opened = {class_of(self.inference.program, s): s for s in self.colours.causes if is_constructor(s)}
        if not opened:
            return
        for site in list(self.colours.awaited.values()):
            scope = next((f for f in site.functions if is_constructor(f) and f in self.colours.causes), None)
            if scope is None or construction(self.inference, site) != "inner":
                continue
            plain = [f.qualname for f in site.functions if f not in self.colours.causes]
            others = [*plain, *site.externals, *("object.__init__" for _ in beyond(self.inference, site))]
            if others:
                why = f"which constructor runs here depends on the object, and `{others[0]}` does not await"
                self.conflict(scope, site.node, why, "call the base class's constructor by the name of the class")
        family = {sub: scope for cls, scope in opened.items() for sub in self.inheriting(cls)}
        for cls, node, taker in handed_out(self.inference, set(family)):
            why = f"`{cls.scope.name}` is given to `{taker}`, which may call it without `await`"
            self.conflict(family[cls], node, why, "give it a function of your own, or make the object before")

    def inheriting(self, cls: ClassValue) -> list[ClassValue]:
        """The class, and its descendants that have its constructor."""
        found = self.inference.program.descendants(cls)
        return [sub for sub in found if sub is cls or not any(child.name == "__init__" for child in sub.scope.children)]

    def makes_iterator(self, site: Site) -> bool:
        """Whether the place is a call of ``iter``, and no loop takes the elements there: ``for word in iter(words)``."""
        called = self.inference.site(site.node)
        parent = self.inference.program.module_for(site.caller).facts.parents.get(site.node)
        loops = isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is site.node
        return called is not None and "builtins.iter" in called.externals and not loops

    def iterators(self) -> None:
        """Classes whose plain ``__iter__`` gives something asynchronous are asynchronous iterables."""
        for node, role in list(self.colours.awaited):
            site = self.inference.site(node, "iterate") if role in ("iterate", "next") else None
            if site is not None:
                self.async_iterables_of(site)
        for site in self.inference.sites:
            if site.role == "iterate" and self.makes_iterator(site):
                if self.gives_generator(site):
                    self.async_iterables_of(site)
                owners = [scope.parent for scope in site.functions if scope.parent is not None and scope.kind == "function"]
                classes = [self.inference.program.classes.get(owner) for owner in owners]
                if any(cls in self.colours.async_iterables for cls in classes):
                    self.colours.awaited[site.node, site.role] = site

    def async_iterables_of(self, site: Site) -> None:
        """The classes whose plain ``__iter__`` is called at a place become asynchronous iterables."""
        for scope in site.functions:
            if scope.name == "__iter__" and not scope.is_generator and scope.parent is not None:
                self.colours.async_iterables.update(self.relatives(self.inference.program.classes[scope.parent]))

    def gives_generator(self, site: Site) -> bool:
        """Whether a call of ``iter`` gives an asynchronous generator, which nothing but ``next`` may ask for elements."""
        module = self.inference.program.module_for(site.caller)
        values = self.inference.values(site.node, module, site.caller) if isinstance(site.node, ast.Call) else ()
        return any(isinstance(value, GeneratorValue) and value.function.scope in self.colours.causes for value in values)

    def mixtures(self) -> None:
        """A loop takes elements one way only: what it may run over must be asynchronous in every case."""
        for (node, role), site in list(self.colours.awaited.items()):
            called = self.inference.site(node)
            if role not in ("iterate", "next") or (called is not None and called.externals):
                continue  # what a call outside the program is given is looked at argument by argument
            plain: list[object] = [g for g in site.generators if g not in self.colours.generators]
            plain += [made for made in site.lazies if made not in self.colours.lazies]
            plain += [one for one in site.functions if self.gives_plain_iterator(one)]
            scope = self.asynchronous_source(site)
            if scope is not None and (site.plain or plain or self.foreign(site)):
                if gives_container(self.inference, node):
                    del self.colours.awaited[node, role]
                    continue
                self.conflict(
                    scope,
                    node,
                    f"this place may loop over `{scope.qualname}` as well as over something that does not block",
                    "give the loop two versions, or collect the elements before",
                    fails=True,
                )

    def gives_plain_iterator(self, scope: Scope) -> bool:
        """Whether a function is the ``__iter__`` of a class whose iterators stay plain."""
        if scope.name != "__iter__" or scope.is_generator or scope.parent is None or scope in self.colours.causes:
            return False
        cls = self.inference.program.classes.get(scope.parent)
        return cls is not None and self.colours.async_iterables.isdisjoint(self.relatives(cls))

    def asynchronous_source(self, site: Site) -> Scope | None:
        """A function behind what is asynchronous at a loop."""
        scope = next((f for f in site.functions if f in self.colours.causes), None)
        causes = [self.colours.lazies[made] for made in site.lazies if made in self.colours.lazies]
        return scope or next((cause.callee for cause in causes if cause.callee is not None), None)

    def foreign(self, site: Site) -> list[str]:
        """Outside iterators at a loop that are certain: no protocols, which annotations name, and nothing without elements."""
        return [name for name in site.externals if not name.startswith(_NO_ITERATORS)]

    def together(self, site: Site, scope: Scope) -> None:
        """All implementations met at one place have one colour."""
        for other in site.functions:
            if other is not scope and other not in self.colours.causes:
                if not self.inference.program.module_for(other).source.is_target:
                    continue
                if is_constructor(scope) and is_overload(other):
                    continue  # it follows the constructor
                if other.name != scope.name and never_returns(other):
                    continue  # it raises before anybody could await
                if site.role == "iterate" and other.name == "__iter__" and not other.is_generator:
                    continue  # it is the iterator it gives that counts: `mixtures`
                if scope.is_generator != other.is_generator:
                    if scope.is_generator and site.role == "call":
                        continue  # what the other returns is looked at where it is looped over
                    self.conflict(
                        scope,
                        site.node,
                        f"`{other.qualname}`, which this place may also reach, is of another kind",
                        "give the two different names, or make both generators",
                        fails=True,
                    )
                    continue
                if other in self.pinned and other not in self.contained:
                    why = self.pinned[other].rpartition(": ")[2]
                    reason = f"this place may also call `{other.qualname}`, which stays synchronous: {why}"
                    self.conflict(scope, site.node, reason, "separate the two", fails=True)
                    continue
                self.mark(other, Cause(site, callee=scope, family="is called where"), None)
        for child in kin(self.inference, site):
            if child not in self.colours.causes and child not in self.pinned and child.is_generator == scope.is_generator:
                self.mark(child, Cause(site, callee=scope, family="may be called where"), None)
        known = self.inference.state.outside.is_known
        others = [name for name in site.externals if not name.startswith("builtins.object") and known(name)]
        others = [name for name in others if self.colours.outside.isdisjoint(self.inference.state.outside.method_names(name))]
        if others and site.role == "call" and (site.node, site.role) not in self.seeded:
            names = ", ".join(sorted(others))
            reason = f"this place may also call `{names}`, which does not block"
            self.conflict(scope, site.node, reason, "separate the two", fails=True)

    def conflict(self, scope: Scope, node: ast.AST, reason: str, remedy: str, fails: bool = False, stays: bool = False) -> None:
        """Record that ``scope`` cannot become asynchronous."""
        self.colours.conflicts.append(Conflict(scope, node, reason, remedy, fails, stays))


_ALIKE = (("sockets", "call"), ("locks", "enter"))
"""Idioms whose objects may have others of the program in their places, and how the places reach these."""


def _first_parameter(scope: Scope) -> list[str]:
    args = getattr(scope.node, "args", None)
    return [arg.arg for arg in (*args.posonlyargs, *args.args)][:1] if args is not None else []


_NO_ITERATORS = ("typing.", "collections.abc.", "_collections_abc.") + tuple(
    f"{cls}." for cls in ("types.NoneType", "builtins.int", "builtins.bool", "builtins.float", "builtins.object")
)


def foreign_override(inference: Inference, scope: Scope) -> str:
    """The outside class whose method this function overrides, or ``""``."""
    if scope.parent is None or scope.parent.kind != "class" or scope.name.startswith("__"):
        return ""
    cls = inference.program.classes[scope.parent]
    for base in cls.mro:
        if isinstance(base, External) and base.name != "builtins.object":
            called_by_name = scope.name.startswith(_BY_NAME.get(base.name, ()))
            if called_by_name or inference.state.outside.has_method(base.name, scope.name):
                return base.name
    return ""


_BY_NAME: Mapping[str, tuple[str, ...]] = {
    "http.server.BaseHTTPRequestHandler": ("do_",),
    "http.server.SimpleHTTPRequestHandler": ("do_",),
    "http.server.CGIHTTPRequestHandler": ("do_",),
    "cmd.Cmd": ("do_", "help_", "complete_"),
    "ast.NodeVisitor": ("visit_",),
    "ast.NodeTransformer": ("visit_",),
}
"""Classes that look their subclasses' methods up by name, and how such names begin: no stub speaks of these methods."""
