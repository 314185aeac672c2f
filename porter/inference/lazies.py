"""Lazy iterators that became asynchronous: which calls of ``zip``, ``map`` and ``itertools`` can have such a form.

Each iterator stands for the call that made it. Where that call is given something asynchronous, the iterator becomes
asynchronous, and so does whatever asks it for elements; the place that made it waits for nothing.
"""

from __future__ import annotations

import ast

from porter.inference.draining import drained
from porter.inference.frontiers import callee, is_eager, is_plain_mapping
from porter.inference.lazy_values import LAZY_CLASSES, TAKING_FUNCTIONS
from porter.inference.program import Module
from porter.inference.result import Inference

LAZY = LAZY_CLASSES - {"builtins.callable_iterator"} | {"itertools.chain.from_iterable", "itertools.tee", "builtins.iter"}
"""The callables that make them, by public name; ``iter`` counts where it is given a function and an end marker."""
_FIRST = TAKING_FUNCTIONS - {"itertools.accumulate", "itertools.groupby"}
"""Those that take it first, the iterable behind it."""


def is_lazy(inference: Inference, module: Module, node: ast.AST) -> bool:
    """Whether a call makes a lazy iterator that gets an asynchronous form in the same place.

    Not where another form is at hand: ``enumerate`` of a loop is a counter, ``list(map(f, xs))`` a comprehension, and ``for x
    in iter(f, end)`` a ``while``.
    """
    if not isinstance(node, ast.Call):
        return False
    name = callee(inference, node)
    if name not in LAZY:
        return False
    parent = module.facts.parents.get(node)
    taken = isinstance(parent, ast.Call) and node in parent.args and is_eager(callee(inference, parent))
    match name:
        case "builtins.iter":
            return len(node.args) == 2 and drained(module, node) is None
        case "builtins.enumerate":
            return not taken and not isinstance(parent, ast.For)
        case "builtins.map" | "builtins.filter":
            return not (taken and is_plain_mapping(node))
    return True


def function_of(inference: Inference, node: ast.Call) -> ast.expr | None:
    """The function that such a call is given for each element."""
    name = callee(inference, node)
    if name in _FIRST:
        return node.args[0] if node.args else None
    if name in TAKING_FUNCTIONS:
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        return node.args[1] if len(node.args) > 1 else words.get("key") or words.get("func")
    return None
