"""From what typeshed resolves to the names that catalogue rows use.

Rows are written with the names people know (``socket.socket.recv``); typeshed defines the method elsewhere
(``_socket.socket``), and moves such things between versions. So the row is looked for by asking the catalogue at
each class of the method resolution order, under each public name of that class.
"""

from __future__ import annotations

from collections.abc import Iterator

from porter.catalogue import Catalogue
from porter.inference.stubs_symbols import FunctionSymbol, Symbol
from porter.inference.typeshed import Typeshed


def public_name(typeshed: Typeshed, catalogue: Catalogue, class_name: str, method: str, origin: str = "") -> str:
    """The name under which the catalogue knows a method; without a row, the class's best public name and the method.

    ``origin`` names the callable that gave the object: ``socket.socket.makefile`` makes ``read`` of any file class
    ``socket.socket.makefile().read``.
    """
    if origin and catalogue.row(given := f"{origin}().{method}") is not None:
        return given
    names = [f"{name}.{method}" for name in _class_names(typeshed, class_name)]
    return next((name for name in names if catalogue.row(name) is not None), names[0])


def row_name(typeshed: Typeshed, catalogue: Catalogue, symbol: Symbol) -> str:
    """The name under which the catalogue knows a symbol; without a row, the name it was asked for by."""
    if isinstance(symbol, FunctionSymbol) and symbol.owner and not symbol.bound:
        asked, _, method = symbol.asked.rpartition(".")
        return public_name(typeshed, catalogue, asked, method)
    names = (symbol.asked, *typeshed.public_names(symbol.name))
    return next((name for name in names if catalogue.row(name) is not None), symbol.asked)


def _class_names(typeshed: Typeshed, class_name: str) -> Iterator[str]:
    """Names of a class and its bases, nearest first; the name it was asked for by gives way to a public one."""
    classes = typeshed.mro(class_name)
    if not classes or class_name not in classes:
        yield class_name
    for base in classes:
        yield from typeshed.public_names(base)
