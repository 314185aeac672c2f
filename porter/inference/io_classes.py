"""Classes of the program that derive from the base classes of ``io``: their methods may become coroutines, all together.

The base class calls some of them (``readlines`` calls ``readline``, that calls ``read``), so it changes with them.
"""

from __future__ import annotations

import ast

from porter.facts.model import Scope
from porter.inference.blocking import Blocking
from porter.inference.result import Inference
from porter.inference.values import ClassValue, External, ExternalInstance, Instance

BASES = frozenset({"io.IOBase", "io.RawIOBase", "io.BufferedIOBase", "io.TextIOBase"})
WAITING = frozenset(
    {
        *("close", "flush", "read", "read1", "readall", "readinto", "readinto1", "readline", "readlines", "peek"),
        *("write", "writelines", "__enter__", "__exit__", "__next__"),
    }
)
"""The methods that are coroutines in an asynchronous file; the others stay plain."""


def io_base(inference: Inference, cls: ClassValue) -> str:
    """The base class of ``io`` that a class derives from, ``""`` if there is none, or others beside it."""
    outside = [base.name for base in cls.mro if isinstance(base, External) and base.name != "builtins.object"]
    public = {inference.state.outside.public(name) for name in outside}
    return next(iter(public)) if len(public) == 1 and public <= BASES else ""


def file_method(inference: Inference, scope: Scope) -> ClassValue | None:
    """The class, if ``scope`` is a method that makes its class an asynchronous file once it waits."""
    if scope.parent is None or scope.parent.kind != "class" or scope.name not in WAITING:
        return None
    cls = inference.program.classes[scope.parent]
    return cls if io_base(inference, cls) else None


def own_files(inference: Inference, b: Blocking) -> list[ClassValue]:
    """The classes of the program whose objects a call is made on, where it reaches what they inherit from ``io``."""
    if b.row.library not in ("io", "typing") or not b.receivers:
        return []
    classes = [value.cls for value in b.receivers if isinstance(value, Instance) and io_base(inference, value.cls)]
    return classes if len(classes) == len(b.receivers) else []


_CONCRETE = frozenset(f"io.{name}" for name in ("TextIOWrapper", "BufferedReader", "BufferedWriter", "BufferedRandom", "FileIO"))
_OPENERS = ("builtins.open", "io.open", "io.open_code", "os.fdopen", "pathlib.Path.open", "tempfile.")


def regular_files(inference: Inference, b: Blocking) -> bool:
    """Whether a call is made on regular files: by its row, or because that is what all its objects are.

    Which method a variable's file has may only be known of the interface (``io.BufferedIOBase.read``), where the variable
    also holds a file that cannot be read, or where the mode is not known.
    """
    if b.row.files or b.row.library != "io" or not b.receivers:
        return b.row.files
    return all(isinstance(value, ExternalInstance) and _is_opened(inference, value) for value in b.receivers)


def _is_opened(inference: Inference, value: ExternalInstance) -> bool:
    return inference.state.outside.public(value.cls) in _CONCRETE or value.source.startswith(_OPENERS)


def given_outside(inference: Inference, cls: ClassValue) -> tuple[ast.AST, str] | None:
    """A place that gives an object of a class to code outside the program, which would not await its methods."""
    family = set(inference.program.descendants(cls))
    for site in inference.sites:
        if site.role != "call" or not site.externals or not isinstance(site.node, ast.Call):
            continue
        names = [inference.state.outside.public(name) for name in site.externals]
        taker = next((name for name in names if name.startswith(_READERS)), "")
        module = inference.program.module_for(site.caller) if taker else None
        for argument in (*site.node.args, *(keyword.value for keyword in site.node.keywords)) if module else ():
            values = inference.values(argument, module) if module is not None else ()
            if any(isinstance(value, Instance) and value.cls in family for value in values):
                return argument, taker
    return None


_READERS = ("io.", "_io.", "shutil.", "csv.", "json.", "pickle.", "gzip.", "zipfile.", "tarfile.", "codecs.", "email.")
"""What reads or writes the files that it is given."""


def is_base(inference: Inference, base: ast.expr, scope: Scope) -> str:
    """The name of the ``io`` class that an expression among a class's bases names."""
    found = inference.program.resolve(base, scope.parent or scope)
    name = inference.state.outside.public(found.name) if isinstance(found, External) else ""
    return name if name in BASES else ""
