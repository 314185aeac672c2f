"""Abstract values: what an expression may be.

Values are interned by ``Values``: equal values are the same object, so sets of them compare by identity and keep
insertion order, which makes the fixpoint deterministic.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from porter.facts.model import Scope

if TYPE_CHECKING:
    from porter.inference.graph import Node
    from porter.inference.state import Frame


@dataclass(slots=True, eq=False)
class ModuleValue:
    """A module of the program."""

    name: str


@dataclass(slots=True, eq=False)
class External:
    """A module, class or function outside the program, by its qualified name."""

    name: str
    kind: Literal["module", "class", "function", "unknown"]


@dataclass(slots=True, eq=False)
class ClassValue:
    """A class of the program."""

    scope: Scope
    module: str
    bases: tuple[ClassValue | External, ...] = ()
    mro: tuple[ClassValue | External, ...] = ()
    subclasses: list[ClassValue] = field(default_factory=list)
    """Direct subclasses in the program."""

    @property
    def name(self) -> str:
        """``module.Class``."""
        return f"{self.module}.{self.scope.qualname}"


FunctionKind = Literal[
    "plain", "property", "cached_property", "classmethod", "staticmethod", "contextmanager", "asynccontextmanager"
]


@dataclass(slots=True, eq=False)
class FunctionValue:
    """A function of the program, closed over ``outer`` (the frame its ``def`` was evaluated in)."""

    scope: Scope
    module: str
    outer: Frame
    kind: FunctionKind = "plain"
    owner: ClassValue | None = None
    """The class whose body holds the ``def``."""

    @property
    def name(self) -> str:
        """``module.Class.method``."""
        return f"{self.module}.{self.scope.qualname}" if self.scope.qualname else self.module


@dataclass(slots=True, eq=False)
class BoundMethod:
    """A function of the program with its first argument."""

    function: FunctionValue
    receiver: Value


@dataclass(slots=True, eq=False)
class BoundExternal:
    """A method of an outside class with its receiver."""

    name: str
    """``socket.socket.recv``: the public name of the class it was asked of, and the method."""
    attr: str
    receiver: Value


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class of the program; one per class."""

    cls: ClassValue


@dataclass(slots=True, eq=False)
class ExternalInstance:
    """An object of an outside class, and where it came from."""

    cls: str
    origin: ast.AST | None = None
    """The expression (or parameter) that made it, for classes whose objects are followed one by one."""
    source: str = ""
    """Name of the callable that gave it: ``socket.socket.makefile``."""
    key: object = None
    """Type arguments, for containers known by their type only."""
    maker: Value | None = None
    """The object whose method gave it: the socket behind a ``makefile``."""


@dataclass(slots=True, eq=False)
class Container:
    """A builtin container made at one place: its elements live in slots."""

    cls: str
    site: object


@dataclass(slots=True, eq=False)
class GeneratorValue:
    """What calling a generator function gives."""

    function: FunctionValue
    frame: Frame


@dataclass(slots=True, eq=False)
class ManagerValue:
    """What calling a ``@contextmanager`` function gives."""

    function: FunctionValue
    frame: Frame


@dataclass(slots=True, eq=False)
class PartialValue:
    """``functools.partial(...)`` made at one call."""

    site: ast.Call
    frame: Frame


@dataclass(slots=True, eq=False)
class SuperValue:
    """``super()`` inside a method of ``cls``, for one receiver."""

    cls: ClassValue
    receiver: Value


@dataclass(slots=True, eq=False)
class AnyMember:
    """What an object has under a name of which nothing is known."""

    owner: Value


@dataclass(slots=True, eq=False)
class Constant:
    """A string constant: attribute names and dictionary keys are followed."""

    value: str


@dataclass(slots=True, eq=False)
class Built(ExternalInstance):
    """A string that the program builds, of which the ends are known."""

    prefix: str = ""
    suffix: str = ""


@dataclass(slots=True, eq=False)
class Unknown:
    """A value that nothing is known of. It never reads as "does not block"."""

    why: str = ""


UNKNOWN = Unknown()
"""The one unknown value."""

ANY_STRING = ExternalInstance("builtins.str")
"""A string of which nothing more is known."""

Value = (
    ModuleValue
    | External
    | ClassValue
    | FunctionValue
    | BoundMethod
    | BoundExternal
    | Instance
    | ExternalInstance
    | Container
    | GeneratorValue
    | ManagerValue
    | PartialValue
    | SuperValue
    | AnyMember
    | Constant
    | Unknown
)

Slot = str | int | None
"""A key of a container: a constant key or index, or ``None`` for any element."""


@dataclass(slots=True)
class Arguments:
    """The arguments of one call: nodes of the constraint graph."""

    positional: list[Node] = field(default_factory=list)
    star: list[Node] = field(default_factory=list)
    """Iterables passed as ``*x``; they follow the positional ones."""
    keywords: dict[str, Node] = field(default_factory=dict)
    double_star: list[Node] = field(default_factory=list)
