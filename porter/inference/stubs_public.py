"""From where typeshed defines a thing to the names people know it by.

CPython keeps many classes in private modules and re-exports them, and typeshed follows, differently from version to
version. So the names are derived: the modules that may re-export are guessed from the private one's name, and each
guess is checked by resolving it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from porter.inference.stubs_scopes import Scopes

_HOMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "_thread": ("threading",),
        "posixpath": ("os.path",),
        "genericpath": ("os.path",),
        "posix": ("os",),
        "_collections_abc": ("collections.abc",),
        "typing": ("collections.abc",),
    }
)
"""Public modules whose names cannot be guessed from the defining one."""


class PublicNames:
    """Public names of classes and functions, remembered."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._names: dict[str, tuple[str, ...]] = {}

    def of(self, canonical: str) -> tuple[str, ...]:
        """All public names that can be verified, and the canonical one last."""
        if canonical not in self._names:
            self._names[canonical] = tuple(dict.fromkeys([*self._search(canonical), canonical]))
        return self._names[canonical]

    def _search(self, canonical: str) -> Iterator[str]:
        module, rest = self._split(canonical)
        if not rest:
            return
        head, *inner = rest.split(".")
        for home in _candidates(module):
            file = self._scopes.files.get(home)
            if file is None or home == module:
                continue
            aliases = (name for name in file.aliases() if name != head) if home in _HOMES.get(module, ()) else ()
            for name in (head, *aliases):
                found = self._scopes.in_module(home, name)
                if found is not None and found.name == f"{module}.{head}" and not name.startswith("_"):
                    yield ".".join((home, name, *inner))

    def _split(self, canonical: str) -> tuple[str, str]:
        """The module part of a name, and the rest."""
        parts = canonical.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            if self._scopes.files.get(".".join(parts[:cut])) is not None:
                return ".".join(parts[:cut]), ".".join(parts[cut:])
        return canonical, ""


def _candidates(module: str) -> Iterator[str]:
    yield from _HOMES.get(module, ())
    parts = module.split(".")
    if parts[-1].startswith("_"):
        yield ".".join([*parts[:-1], parts[-1].lstrip("_")])
    for end in range(1, len(parts)):
        yield ".".join(parts[:end])
