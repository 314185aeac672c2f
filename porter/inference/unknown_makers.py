"""Places that make objects of a class that nobody names: ``self.handler_class(request)``, given from outside the program.

Such a place may make objects of a class of the program's, and would not wait for them to open. Names tell which.
"""

from __future__ import annotations

import ast
import functools
import re

from porter.inference.result import Inference
from porter.inference.values import ClassValue

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_SAYS_CLASS = ("class", "cls", "type")
_SAYS_BASE = ("base", "abstract", "default")


def unknown_maker(inference: Inference, cls: ClassValue) -> ast.Call | None:
    """A place that may make objects of ``cls`` or of a class derived from it outside, for all that names tell."""
    return next((call for name, call in _makers(inference) if holds(cls, name)), None)


def holds(cls: ClassValue, part: tuple[str, ...]) -> bool:
    """Whether a class has these words in its name, one after the other; but for those that say that it is a base."""
    words = [word for word in _words(cls.scope.name) if word not in _SAYS_BASE]
    return any(tuple(words[at : at + len(part)]) == part for at in range(len(words)))


def named_class(name: str) -> tuple[str, ...]:
    """The words of the class that a name says it stands for: ``handler``, for ``handler_class``; none, if it does not."""
    words = _words(name)
    return tuple(words[:-1]) if words[-1:] and words[-1] in _SAYS_CLASS else ()


@functools.lru_cache(maxsize=2)
def _makers(inference: Inference) -> tuple[tuple[tuple[str, ...], ast.Call], ...]:
    """Calls of attributes and variables named after a class, of which nothing is known; with the class's words."""
    found = []
    calls = (node for module in inference.program.modules.values() for node in module.facts.nodes if isinstance(node, ast.Call))
    for node in calls:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        words = _words(name)
        if len(words) > 2 and words[-1] in _SAYS_CLASS:
            site = inference.site(node)
            if site is None or not (site.functions or site.externals or site.plain):
                found.append((tuple(words[:-1]), node))
    return tuple(found)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
