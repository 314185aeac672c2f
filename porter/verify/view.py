"""The whole new program as the checks see it: its trees, its scopes, and what each expression may be.

The trees are indexed anew from the text. Before the inference sees them, the names of the asynchronous protocols are
replaced by their plain twins (``__aenter__`` by ``__enter__``, ``anext`` by ``next``), so that it follows values
through them; the checks ask ``original`` for what the text says.
"""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from porter.facts import FileFacts, Scope, index
from porter.inference.engine import infer
from porter.inference.program import Module
from porter.inference.state import Role, Site
from porter.inference.values import ClassValue, External, FunctionValue, Instance, Value
from porter.project.model import SourceFile
from porter.verify.stubs import PROTOCOLS, AwaitedStubs

TRACKED = ("threading.Lock", "threading.Thread", "io.IOBase", "socket.socket")
"""Classes whose objects are told apart by where they were made."""
_BUILTINS = {"aiter": "iter", "anext": "next"}
_GUARDS = frozenset(("isinstance", "hasattr", "callable", "iscoroutine", "iscoroutinefunction", "isawaitable", "isasyncgen"))
_KINDS_OF_CLASSES = frozenset(("isinstance", "hasattr", "callable"))
"""Those that ask for more than a colour: they tell something only of the value that they are asked about."""
_EMPTY_BASES = frozenset(("builtins.object", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "abc.ABC"))
"""Bases that have nothing that could be looped over, entered or called."""
_TYPING = ("Generic", "Protocol")
_NOBODY: Final[frozenset[str]] = frozenset()
_T = TypeVar("_T", bound=ast.AST)
_V = TypeVar("_V")


@functools.cache
def _stubs() -> AwaitedStubs:
    """What is asked of the standard library's stubs has the same answer for every program."""
    return AwaitedStubs()


class View:
    """A program, indexed and inferred. Raises what ``index`` and ``infer`` raise."""

    def __init__(self, files: Iterable[SourceFile], indexed: Mapping[str, FileFacts] = MappingProxyType({})) -> None:
        """``indexed`` are the facts of some of the files, by path; their names are replaced, too."""
        self.stubs = _stubs()
        self._original: dict[ast.AST, str] = {}
        self._asked: dict[Callable[[View], Any], Any] = {}
        known = [(file, indexed.get(file.shown) or index(file.text)) for file in files]
        for _, facts in known:
            self._name_plainly(facts)
        self.inference = infer(known, TRACKED, self.stubs)
        self.modules: Sequence[Module] = tuple(self.inference.program.modules.values())
        self._loads: dict[Module, dict[tuple[Scope, str], list[ast.Name]]] = {}
        self._stores: dict[Module, dict[tuple[Scope, str], list[ast.Name]]] = {}
        self._attributes: dict[bool, dict[str, list[tuple[Module, ast.Attribute]]]] = {}

    # --- names -----------------------------------------------------------------------------------------------------

    def _name_plainly(self, facts: FileFacts) -> None:
        if _may_say(facts.text, _BUILTINS):
            for name in cast(Sequence[ast.Name], facts.by_type.get(ast.Name, ())):
                if name.id in _BUILTINS and facts.scope_of(name).binding(name.id) is None:
                    self._original[name] = name.id
                    name.id = _BUILTINS[name.id]
        if not _may_say(facts.text, PROTOCOLS):
            return
        for scope in list(facts.scopes.values()):
            if scope.kind == "class":
                for child in scope.children:
                    self._rename_method(scope, child)
        for attribute in cast(Sequence[ast.Attribute], facts.by_type.get(ast.Attribute, ())):
            if attribute.attr in PROTOCOLS:
                self._original[attribute] = attribute.attr
                attribute.attr = PROTOCOLS[attribute.attr]

    def _rename_method(self, owner: Scope, scope: Scope) -> None:
        node = scope.node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in PROTOCOLS:
            self._original[node] = node.name
            node.name = PROTOCOLS[node.name]
            owner.bound.add(node.name)

    def original(self, node: ast.AST) -> str:
        """The name that the text has at a definition, name or attribute."""
        plain = getattr(node, "name", None) or getattr(node, "id", None) or getattr(node, "attr", "")
        return self._original.get(node, str(plain))

    def once(self, ask: Callable[[View], _V]) -> _V:
        """What a check asks of the whole program, found out when it is first asked."""
        if ask not in self._asked:
            self._asked[ask] = ask(self)
        return cast(_V, self._asked[ask])

    # --- nodes -----------------------------------------------------------------------------------------------------

    def nodes(self, module: Module, *types: type[_T]) -> Iterator[_T]:
        """The nodes of some types in a module."""
        for type_ in types:
            yield from module.facts.by_type.get(type_, ())  # type: ignore[misc]

    def parent(self, module: Module, node: ast.AST) -> ast.AST | None:
        """The node that holds ``node``."""
        return module.facts.parents.get(node)

    def function(self, module: Module, node: ast.AST) -> Scope | None:
        """The function or lambda that runs ``node``; ``None`` at module level and in a class body."""
        return module.facts.scope_of(node).function

    def in_coroutine(self, module: Module, node: ast.AST) -> bool:
        """Whether ``node`` runs in an ``async def`` itself, not in a function nested in one."""
        scope = self.function(module, node)
        return scope is not None and isinstance(scope.node, ast.AsyncFunctionDef)

    def in_annotation(self, module: Module, node: ast.AST) -> bool:
        """Whether ``node`` is part of an annotation, where a name may mean what it does not mean in code."""
        parent = self.parent(module, node)
        while isinstance(parent, ast.expr):
            node, parent = parent, self.parent(module, parent)
        return getattr(parent, "annotation", None) is node or getattr(parent, "returns", None) is node

    def guarded(self, module: Module, node: ast.AST) -> bool:
        """Whether the function around asks what it was given, so that both colours may rightly pass through it."""
        scope = self.function(module, node)
        asked = self._asking.get(scope.node, ()) if scope is not None else ()
        text = ast.unparse(node) if asked else ""
        for call in asked:
            if _last_name(call.func) not in _KINDS_OF_CLASSES or ast.unparse(call.args[0]) in text:
                return True
        return False

    @functools.cached_property
    def _asking(self) -> Mapping[ast.AST, list[ast.Call]]:
        """By function, those of the program's questions that stand in it and ask about something, nested ones included."""
        found: dict[ast.AST, list[ast.Call]] = defaultdict(list)
        for module, call in self._questions:
            around = module.facts.parents.get(call) if call.args else None
            while around is not None:
                if around in module.facts.scopes:
                    found[around].append(call)
                around = module.facts.parents.get(around)
        return found

    @functools.cached_property
    def _questions(self) -> tuple[tuple[Module, ast.Call], ...]:
        calls = ((module, call) for module in self.modules for call in self.nodes(module, ast.Call))
        return tuple((module, call) for module, call in calls if _last_name(call.func) in _GUARDS)

    @functools.cached_property
    def questions(self) -> tuple[str, ...]:
        """The texts of the calls by which the program asks values for what they are."""
        return tuple(ast.unparse(call) for _, call in self._questions)

    @functools.cached_property
    def colour_questions(self) -> tuple[str, ...]:
        """Those of them that ask for a colour alone: whether a function is a coroutine function."""
        return tuple(question for question in self.questions if "iscoroutine" in question or "isawaitable" in question)

    @functools.cached_property
    def stored_attributes(self) -> frozenset[str]:
        """The names of the attributes that the program assigns to anywhere."""
        attributes = (node for module in self.modules for node in self.nodes(module, ast.Attribute))
        return frozenset(node.attr for node in attributes if not isinstance(node.ctx, ast.Load))

    # --- inference -------------------------------------------------------------------------------------------------

    def values(self, expr: ast.expr, module: Module) -> tuple[Value, ...]:
        """What an expression may be, every ``await`` taken as done."""
        if isinstance(expr, ast.NamedExpr):
            expr = expr.value
        at = module.facts.scope_of(expr)
        found = self.inference.values(expr, module, at)
        if found or isinstance(expr, ast.Name):
            return found
        # a comprehension's first iterable is evaluated outside of it
        return self.inference.values(expr, module, at.parent) if at.kind == "comprehension" and at.parent else found

    def site(self, node: ast.AST, role: Role = "call") -> Site | None:
        """What is reached at a place."""
        return self.inference.site(node, role)

    def callees(self, node: ast.AST) -> frozenset[str]:
        """Public names of the outside functions that a call reaches."""
        return self._callees.get(node, _NOBODY)

    @functools.cached_property
    def _callees(self) -> Mapping[ast.AST, frozenset[str]]:
        sites = (site for site in self.inference.sites if site.role == "call" and site.externals)
        return {site.node: frozenset(map(self.public, site.externals)) for site in sites}

    def public(self, name: str) -> str:
        """The name under which people know an outside function."""
        return self.inference.state.outside.public(name)

    def module_of(self, scope: Scope) -> Module:
        """The module of a scope."""
        return self.inference.program.module_for(scope)

    def own_method(self, cls: ClassValue, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | External | None:
        """The method that the text names ``name``: the definition, or the outside base that has it or is unknown."""
        for base in cls.mro:
            if isinstance(base, External):
                if self.public(base.name) in _EMPTY_BASES:
                    continue
                if base.kind == "unknown" or (base.name != "builtins.object" and self.stubs.has(base.name, name)):
                    return base
                continue
            for child in base.scope.children:
                node = child.node
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and self.original(node) == name:
                    return node
            if name in base.scope.bound and not any(getattr(child.node, "name", "") == name for child in base.scope.children):
                return External(f"{base.name}.{name}", "unknown")
        return None if self._whole(cls) else External("", "unknown")

    def _whole(self, cls: ClassValue) -> bool:
        """Whether each base of a class and of its ancestors is known."""
        for base in cls.mro:
            if isinstance(base, ClassValue):
                node = base.scope.node
                assert isinstance(node, ast.ClassDef)
                bases = [one for one in node.bases if not (isinstance(one, ast.Subscript) and _last_name(one.value) in _TYPING)]
                if not len(bases) <= len(base.bases) <= len(node.bases) or not _is_plain_class(node):
                    return False
        return True

    # --- uses of names ---------------------------------------------------------------------------------------------

    def loads(self, module: Module, owner: Scope, name: str) -> list[ast.Name]:
        """The places that read a variable of ``owner``."""
        return self._uses(module, self._loads, ast.Load).get((owner, name), [])

    def stores(self, module: Module, owner: Scope, name: str) -> list[ast.Name]:
        """The places that assign to it."""
        return self._uses(module, self._stores, ast.Store).get((owner, name), [])

    def _uses(
        self, module: Module, cache: dict[Module, dict[tuple[Scope, str], list[ast.Name]]], kind: type[ast.expr_context]
    ) -> dict[tuple[Scope, str], list[ast.Name]]:
        if module not in cache:
            found: dict[tuple[Scope, str], list[ast.Name]] = defaultdict(list)
            for node in self.nodes(module, ast.Name):
                if isinstance(node.ctx, kind):
                    owner = self.owner(module, node, node.id)
                    if owner is not None:
                        found[owner, node.id].append(node)
            cache[module] = found
        return cache[module]

    def owner(self, module: Module, node: ast.AST, name: str) -> Scope | None:
        """The scope whose variable ``name`` means at ``node``."""
        return module.facts.scope_of(node).binding(name)

    def attribute_loads(self, name: str) -> list[tuple[Module, ast.Attribute]]:
        """All places in the program that read an attribute of that name."""
        return self._attributes_by_name(is_load=True).get(name, [])

    def attribute_stores(self, name: str) -> list[tuple[Module, ast.Attribute]]:
        """All places that assign to it, or delete it."""
        return self._attributes_by_name(is_load=False).get(name, [])

    def _attributes_by_name(self, *, is_load: bool) -> dict[str, list[tuple[Module, ast.Attribute]]]:
        if not self._attributes:
            self._attributes = {True: defaultdict(list), False: defaultdict(list)}
            for module in self.modules:
                for node in self.nodes(module, ast.Attribute):
                    self._attributes[isinstance(node.ctx, ast.Load)][node.attr].append((module, node))
        return self._attributes[is_load]


def _may_say(text: str, names: Iterable[str]) -> bool:
    """Whether one of the names may stand in a text; beyond ASCII, Python takes different letters for one."""
    return not text.isascii() or any(name in text for name in names)


def _is_plain_class(node: ast.ClassDef) -> bool:
    """Whether neither a metaclass nor a decorator, a dataclass's apart, may add methods to a class."""
    names = [_last_name(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
    metaclasses = [_last_name(one.value) for one in node.keywords]
    return set(names) <= {"dataclass", "final", "total_ordering"} and set(metaclasses) <= {"ABCMeta"}


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def class_of(value: Value) -> ClassValue | None:
    """The program class of an object."""
    return value.cls if isinstance(value, Instance) else None


def is_coroutine_function(value: FunctionValue) -> bool:
    """Whether a function of the program is an ``async def``, generators included."""
    return isinstance(value.scope.node, ast.AsyncFunctionDef)
