"""Structural types: the protocol classes that a class fits, which nothing but its methods says."""

from __future__ import annotations

import ast
import functools

from porter.inference.program import Module, Program
from porter.inference.type_names import type_names
from porter.inference.values import ClassValue


class Protocols:
    """The protocol classes of a program, each with the names that it asks for."""

    def __init__(self, program: Program) -> None:
        self._wanted: dict[ClassValue, frozenset[str]] = {}
        self._of: dict[ClassValue, list[ClassValue]] = {}
        for cls in program.classes.values():
            if _is_protocol(program.module_for(cls.scope), cls):
                self._wanted[cls] = frozenset(child.name for child in cls.scope.children if child.kind == "function")

    def of(self, cls: ClassValue) -> list[ClassValue]:
        """The protocols that ``cls`` fits, those that it names as a base left out: they are its family anyway."""
        if cls not in self._of:
            has = {name for base in cls.mro if isinstance(base, ClassValue) for name in base.scope.bound}
            fitting = [one for one, wanted in self._wanted.items() if wanted and wanted <= has and one not in cls.mro]
            self._of[cls] = [one for one in fitting if all(_takes(cls, one, name) for name in self._wanted[one])]
        return self._of[cls]


def _takes(cls: ClassValue, protocol: ClassValue, name: str) -> bool:
    """Whether a method of a class takes as many arguments as the protocol's says that it is given."""
    own, wanted = _arguments(cls, name), _arguments(protocol, name)
    if own is None or wanted is None:
        return True
    least = len(wanted.posonlyargs) + len(wanted.args) - len(wanted.defaults)
    most = len(wanted.posonlyargs) + len(wanted.args)
    room = len(own.posonlyargs) + len(own.args)
    needs = room - len(own.defaults)
    return (own.vararg is not None or room >= least) and (wanted.vararg is not None or needs <= most)


def _arguments(cls: ClassValue, name: str) -> ast.arguments | None:
    """The parameters of a method as the first class that has it defines them."""
    for base in cls.mro:
        for child in base.scope.children if isinstance(base, ClassValue) else ():
            if child.name == name and isinstance(child.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return None if child.node.decorator_list else child.node.args
    return None


@functools.lru_cache(maxsize=2)
def protocols(program: Program) -> Protocols:
    """The protocols of a program; they are asked for in each round of settling."""
    return Protocols(program)


def _is_protocol(module: Module, cls: ClassValue) -> bool:
    node = cls.scope.node
    assert isinstance(node, ast.ClassDef)
    return any(one.name == "Protocol" for base in node.bases for one in type_names(module, base))
